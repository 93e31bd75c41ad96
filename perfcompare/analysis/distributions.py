# SPDX-License-Identifier: Apache-2.0
"""Latency distributions: all rounds of a workload in one variant, as quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perfcompare.analysis.intervals import Floats
from perfcompare.model.judgement import Distribution

PROBABILITIES: tuple[float, ...] = tuple(step / 200 for step in range(201))

KEPT = 1000
"""Durations that are kept of one visit: 8 kB a workload, whatever it measured."""

_POINTS = 400
"""Of a distribution, equally likely, that its density is made of."""
_QUARTER_OF_NORMAL = 0.6373
"""Standard deviations that the middle quarter of a normal distribution is wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The durations of one visit, thinned where there are too many."""

    durations_seconds: Floats
    """Ascending, at most KEPT."""
    iterations: int
    """How many these stand for."""


def part_of(durations_seconds: Floats) -> Part:
    """Keep at most KEPT of the durations, in any order, evenly spaced in rank."""
    count = len(durations_seconds)
    kept = np.sort(durations_seconds)
    if count > KEPT:
        kept = np.interp(np.linspace(0, count - 1, KEPT), np.arange(count), kept)
    return Part(durations_seconds=kept, iterations=count)


def distribution(
    parts: Sequence[Part], *, workload: str, action: str, variant: str
) -> Distribution:
    """Pool at least one part; each duration weighs as many as it stands for."""
    durations = np.concatenate([part.durations_seconds for part in parts])
    weights = np.concatenate(
        [
            np.full(len(part.durations_seconds), part.iterations)
            / len(part.durations_seconds)
            for part in parts
        ]
    )
    order = np.argsort(durations, kind="stable")
    durations, weights = durations[order], weights[order]
    # With equal weights rank i of n lies at i / (n - 1), as numpy's "linear" has it.
    ranks = np.cumsum(weights) - weights
    places = ranks / (ranks[-1] or 1.0)
    quantiles = np.interp(PROBABILITIES, places, durations)
    return Distribution(
        workload=workload,
        action=action,
        variant=variant,
        iterations=sum(part.iterations for part in parts),
        probabilities=PROBABILITIES,
        durations_seconds=tuple(float(value) for value in quantiles),
    )


def density(one: Distribution, at_seconds: Floats, *, log: bool) -> Floats:
    """Estimate how dense the durations lie at *at_seconds*, from their quantiles.

    A Gaussian kernel of width 0.9 A n^(-1/5) (B. W. Silverman, Density Estimation for
    Statistics and Data Analysis, 1986, eq. 3.31).  A is there the least of two
    estimates of the standard deviation; the width of the shortest quarter is a third
    one, which does not see how far two modes are apart and so does not blur them.

    Args:
        one: All its durations above 0 where *log*.
        at_seconds: Ascending; the kernel is at least as wide as one of its steps.
        log: Whether it is the density of the logarithm, as a log axis shows it.

    Returns:
        The density per second, or per unit of the natural logarithm.
    """
    scaled = np.log if log else np.asarray
    values: Floats = scaled(np.asarray(one.durations_seconds, dtype=np.float64))
    places: Floats = scaled(at_seconds)
    middles = (np.arange(_POINTS) + 0.5) / _POINTS
    points = np.interp(middles, one.probabilities, values)
    quarter = _POINTS // 4
    shortest = float((points[quarter:] - points[:-quarter]).min()) / _QUARTER_OF_NORMAL
    # n is what was measured; the points only stand for it.
    width = 0.9 * min(float(points.std()), shortest) * max(1, one.iterations) ** -0.2
    width = max(width, float(np.diff(places).max(initial=0.0)), 1e-12)
    away = (places[:, None] - points[None, :]) / width
    kernel = np.exp(-0.5 * away**2) / (width * np.sqrt(2 * np.pi))
    found: Floats = kernel.mean(axis=1)
    return found
