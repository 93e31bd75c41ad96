# SPDX-License-Identifier: Apache-2.0
"""How the effect moves with what others take: by level, and per core.

Nothing here measures or prints.  Differences are those of `pair`: ln(target / base) of
a round, or target - base where zero is a legal value (the error rate).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from perfcompare.analysis.intervals import Estimate, student
from perfcompare.analysis.metrics import threshold_for
from perfcompare.analysis.pairs import pair
from perfcompare.model.comparison import Scale
from perfcompare.model.metric import MetricKey, Sample

METRICS = (
    "mean",
    "p50",
    "p90",
    "throughput",
    "cpu_seconds_per_iteration",
    "pss_peak",
    "error_rate",
)

SHARE_OF_THRESHOLD = 1 / 3
"""A bias beyond it turns verdicts; the rest of the threshold is for noise."""

LEAST_ROUNDS = 2
"""One round has no spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One metric of target beside base, round by round."""

    key: MetricKey
    scale: Scale
    differences: Mapping[int, float]
    """By round."""
    limit: float
    """The bias that is too much, on the scale of the differences.  The threshold's
    floor is left aside: how much that forgives depends on the service's size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """A straight line through a row's differences over the CPU that others used."""

    per_core: float
    low: float
    """Ends of its 95 % interval."""
    high: float

    def reaches(self, limit: float) -> tuple[float, float]:
        """Return from how many cores on the bias is *limit*, and at the earliest."""
        steepest = max(abs(self.low), abs(self.high))
        return _over(limit, abs(self.per_core)), _over(limit, steepest)


def rows(samples: Sequence[Sample], *, controls: frozenset[str]) -> tuple[Row, ...]:
    """Pair base with target, for METRICS of whole workloads and of services."""
    sides: dict[MetricKey, dict[str, Sample]] = {}
    for sample in samples:
        key = sample.key
        wanted = not key.action and key.service not in controls
        if key.metric.name in METRICS and wanted:
            sides.setdefault(key, {})[sample.variant] = sample
    found = [
        _row(key, both["base"], both["target"])
        for key, both in sides.items()
        if both.keys() >= {"base", "target"}
    ]
    return tuple(sorted(found, key=_order))


def _row(key: MetricKey, base: Sample, target: Sample) -> Row:
    threshold = threshold_for(key, (), rounds=len(base.rounds))
    pairs = pair(base, target, threshold)
    if pairs.scale is Scale.RATIO and threshold.ratio is not None:
        limit = math.log1p(threshold.ratio * SHARE_OF_THRESHOLD)
    else:
        limit = pairs.margin * SHARE_OF_THRESHOLD
    return Row(
        key=key,
        scale=pairs.scale,
        differences=dict(zip(pairs.rounds, pairs.differences.tolist(), strict=True)),
        limit=limit,
    )


def _order(row: Row) -> tuple[str, int, str]:
    return row.key.workload, METRICS.index(row.key.metric.name), row.key.service


def effect(row: Row, levels: Mapping[int, float], level: float) -> Estimate | None:
    """Estimate the mean difference at *level*; None where it has too few rounds.

    Args:
        row: All rounds.
        levels: By round.
        level: One of them.
    """
    own = [
        difference
        for number, difference in row.differences.items()
        if levels.get(number) == level
    ]
    return student(np.array(own)) if len(own) >= LEAST_ROUNDS else None


def bias(row: Row, levels: Mapping[int, float], level: float) -> Estimate | None:
    """Estimate how far the effect at *level* is from that at the lowest level.

    Other rounds, so Welch's interval.  None at the lowest level itself.
    """
    lowest = min(levels.values())
    own, quiet = effect(row, levels, level), effect(row, levels, lowest)
    if level == lowest or own is None or quiet is None:
        return None
    return own.minus(quiet)


def mark(found: Estimate, limit: float) -> str:
    """Return "!" for a bias surely beyond *limit*, "?" for one that seems so."""
    low, high = found.interval(0.95)
    if low > limit or high < -limit:
        return "!"
    return "?" if abs(found.mean) > limit else ""


def slope(row: Row, others: Mapping[int, float]) -> Slope | None:
    """Fit the row's differences over *others* by least squares.

    None below three rounds, or where others always used the same.

    Args:
        row: All rounds.
        others: Cores that others used, by round.
    """
    common = [number for number in row.differences if number in others]
    used = [others[number] for number in common]
    if len(common) <= LEAST_ROUNDS or np.ptp(used) == 0:
        return None
    differences = [row.differences[number] for number in common]
    if np.ptp(differences) == 0:
        return Slope(per_core=0.0, low=0.0, high=0.0)
    found = stats.linregress(used, differences)
    # Two parameters are fitted.
    half = stats.t.ppf(0.975, len(common) - 2) * found.stderr
    per_core = float(found.slope)
    return Slope(
        per_core=per_core, low=float(per_core - half), high=float(per_core + half)
    )


def _over(limit: float, steepness: float) -> float:
    return limit / steepness if steepness else math.inf
