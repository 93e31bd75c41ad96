# SPDX-License-Identifier: Apache-2.0
"""Latencies around two values: how that is told from one value with a tail."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perfcompare.analysis.intervals import Floats
from perfcompare.model.caveat import Bimodal

LEAST_SHARE = 0.10
"""Of iterations on either side of the valley: a tail of stalls is no second mode."""

DEEPEST_VALLEY = 0.5
"""Density between the modes, beside the lower of the two, that still parts them."""

_MOST = 1000
"""Durations of a visit that are looked at."""

_LEAST = 50

_BINS = 256

_NARROWEST = 0.02
"""Bandwidth on the scale of ln: modes within some 7 % of each other are one, for they
are nearer than any threshold."""

_CLOSEST = 0.4
# The middle 40 % of normal data are 2 * 0.5244 standard deviations long.
_CLOSEST_OF_NORMAL = 1.0488


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """The two sides of a valley between latencies."""

    low_seconds: float
    """The median of the lower side."""
    high_seconds: float
    high_share: float
    """Of all iterations."""


def two_modes(durations_seconds: Floats) -> Modes | None:
    """Find the deepest valley between the durations of a visit, in any order.

    The density of their logarithm is estimated with a Gaussian kernel; a valley is
    where it is below half of the highest point on either side, with at least a tenth
    of the durations left and right of it.  None where there is no such valley.

    B. W. Silverman, "Using Kernel Density Estimates to Investigate Multimodality"
    (1981), J. R. Statist. Soc. B 43, 97-99, counts the modes of such an estimate.  His
    bandwidth for one mode is 0.9 s n^(-1/5) ("Density Estimation" (1986), section
    3.4.2).  The spread s of two modes together would smooth them into one, so s is
    that of the two fifths of the data which lie closest together and so within one of
    the modes (of the half: R. Grübel, "The Length of the Shorth" (1988), Ann. Statist.
    16, 619-628; which two equal modes would fill).

    Note:
        Simulated: of log-normal latencies with a Pareto tail of 5 % none in 1000 is
        taken for two modes (n = 100 to 1000); modes 1.6 times apart, 30 to 70 %, with
        an sd of 10 % each are told in 96 of 100 at n = 200.  Silverman's own s finds
        64; his test by bootstrap needs some hundred estimates for one answer.
    """
    count = len(durations_seconds)
    if count < _LEAST:
        return None
    chosen = durations_seconds
    if count > _MOST:
        chosen = chosen[np.linspace(0, count - 1, _MOST).astype(int)]
    logs = np.log(np.sort(chosen[chosen > 0]))
    valley = _valley(logs) if len(logs) >= _LEAST else None
    if valley is None:
        return None
    low, high = logs[logs < valley], logs[logs >= valley]
    return Modes(
        low_seconds=float(np.exp(np.median(low))),
        high_seconds=float(np.exp(np.median(high))),
        high_share=len(high) / len(logs),
    )


def bimodal(variant: str, seen: Sequence[Modes | None]) -> Bimodal | None:
    """Say so where more than half of the rounds show two modes, one of *seen* each."""
    found = [modes for modes in seen if modes]
    if 2 * len(found) <= len(seen):
        return None
    return Bimodal(
        variant=variant,
        low_seconds=float(np.median([modes.low_seconds for modes in found])),
        high_seconds=float(np.median([modes.high_seconds for modes in found])),
        high_share=float(np.median([modes.high_share for modes in found])),
        rounds=len(found),
    )


def _valley(logs: Floats) -> float | None:
    """Return where the ascending *logs* part, if they do."""
    count = len(logs)
    bandwidth = max(0.9 * _spread(logs) * count**-0.2, _NARROWEST)
    # What lies further out is in the outermost bins: no side is as small as that.
    first, last = logs[count // 50], logs[-1 - count // 50]
    first, last = first - 4 * bandwidth, last + 4 * bandwidth
    width = (last - first) / _BINS
    places = np.clip((logs - first) / width, 0, _BINS - 1).astype(int)
    counts = np.bincount(places, minlength=_BINS).astype(np.float64)
    # A tail so long that bins are wider than the kernel has no finer shape to show.
    reach = np.arange(1 - _BINS // 2, _BINS // 2) * width / max(bandwidth, width)
    density = np.convolve(counts, np.exp(-0.5 * reach**2), mode="same")
    left = np.maximum.accumulate(density)
    right = np.maximum.accumulate(density[::-1])[::-1]
    below = np.cumsum(counts) / count
    inside = np.flatnonzero((below >= LEAST_SHARE) & (below <= 1 - LEAST_SHARE))
    if not len(inside):
        return None
    depths = density[inside] / np.minimum(left, right)[inside]
    deepest = int(np.argmin(depths))
    if depths[deepest] >= DEEPEST_VALLEY:
        return None
    return float(first + (inside[deepest] + 1) * width)


def _spread(logs: Floats) -> float:
    """Return the standard deviation that the closest part would have if normal."""
    part = int(_CLOSEST * len(logs)) + 1
    shortest = np.min(logs[part - 1 :] - logs[: len(logs) - part + 1])
    return float(shortest) / _CLOSEST_OF_NORMAL
