# SPDX-License-Identifier: Apache-2.0
"""Whether an effect agrees with itself where the conditions of one run differed.

Sham and self-calibration compare what shared one bias, and so cannot see it.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from perfcompare.analysis.busy import Disturbance
from perfcompare.analysis.intervals import Estimate, Floats, student
from perfcompare.analysis.loads import Load
from perfcompare.analysis.pairs import effect_of
from perfcompare.model.agreement import Agreement, Conditions
from perfcompare.model.comparison import (
    Comparison,
    Contrast,
    Interval,
    Scale,
    Verdict,
)
from perfcompare.model.workload import Workload

LEAST_APART_CORES = 0.1
"""Others' CPU in busier rounds beyond that in quieter ones, to call them two kinds."""
_LEAST_ROUNDS = 2

Ends = tuple[float, float]
"""The mean duration in the first half of a visit's blocks, and in the last."""


def ends_of(load: Load) -> Ends | None:
    """Return the means of the first and the last half of a visit's blocks.

    None where either half has no success.
    """
    if not len(load.blocks):
        return None
    middle = (load.blocks.min() + load.blocks.max()) / 2
    first = load.durations_seconds[load.blocks < middle]
    last = load.durations_seconds[load.blocks > middle]
    return (
        (float(first.mean()), float(last.mean())) if len(first) and len(last) else None
    )


def agreements(
    comparisons: Sequence[Comparison],
    *,
    disturbed: Mapping[str, Disturbance],
    ends: Mapping[tuple[str, str], Mapping[int, Ends]],
    workloads: Sequence[Workload],
) -> tuple[Agreement, ...]:
    """Compare the effect on each workload's mean under different conditions.

    Args:
        comparisons: As they are judged; means of the total are asked.
        disturbed: What others used, by workload.
        ends: By workload and variant, then by round.
        workloads: The plan's; those of one title are levels of one scenario.
    """
    means = {
        row.key.workload: row
        for row in comparisons
        if row.key.is_whole_workload
        and row.key.metric.name == "mean"
        and row.contrast is Contrast.TOTAL
        and row.verdict is not Verdict.NOT_COMPARABLE
        and row.scale is Scale.RATIO
    }
    found = [
        *(_by_host(row, disturbed.get(name)) for name, row in means.items()),
        *(_by_time(row, ends) for row in means.values()),
        *_by_concurrency(means, workloads),
    ]
    return tuple(one for one in found if one is not None)


def _by_host(row: Comparison, seen: Disturbance | None) -> Agreement | None:
    logs = _logs(row)
    if seen is None or not logs.keys() <= seen.ratios.keys():
        return None
    order = sorted(logs, key=lambda number: seen.ratios[number])
    half = len(order) // 2
    quieter, busier = order[:half], order[len(order) - half :]
    if half < _LEAST_ROUNDS:
        return None
    apart = np.mean([seen.ratios[each] for each in busier]) - np.mean(
        [seen.ratios[each] for each in quieter]
    )
    if apart < LEAST_APART_CORES:
        return None
    one, other = (
        student(np.array([logs[each] for each in part])) for part in (quieter, busier)
    )
    return _agreement(
        row, Conditions.HOST, one.mean, other.mean, estimate=other.minus(one)
    )


def _by_time(
    row: Comparison, ends: Mapping[tuple[str, str], Mapping[int, Ends]]
) -> Agreement | None:
    sides = [
        ends.get((row.key.workload, variant), {}) for variant in row.contrast.variants
    ]
    rounds = [number for number in row.rounds if all(number in side for side in sides)]
    if len(rounds) < _LEAST_ROUNDS:
        return None
    base, target = (np.log([side[number] for number in rounds]) for side in sides)
    effects = target - base
    return _paired(row, Conditions.TIME, effects[:, 0], effects[:, 1])


def _by_concurrency(
    means: Mapping[str, Comparison], workloads: Sequence[Workload]
) -> Iterator[Agreement]:
    for alone in workloads:
        if alone.concurrency != 1 or alone.name not in means:
            continue
        for level in workloads:
            several = level.title == alone.title and level.concurrency > 1
            if several and level.name in means:
                one, other = _logs(means[alone.name]), _logs(means[level.name])
                rounds = sorted(one.keys() & other.keys())
                if len(rounds) >= _LEAST_ROUNDS:
                    yield _paired(
                        means[level.name],
                        Conditions.CONCURRENCY,
                        np.array([one[number] for number in rounds]),
                        np.array([other[number] for number in rounds]),
                    )


def _paired(
    row: Comparison, conditions: Conditions, one: Floats, other: Floats
) -> Agreement:
    return _agreement(
        row,
        conditions,
        float(one.mean()),
        float(other.mean()),
        estimate=student(np.round(other - one, 12)),
    )


def _agreement(
    row: Comparison,
    conditions: Conditions,
    one: float,
    other: float,
    *,
    estimate: Estimate,
) -> Agreement:
    low, high = estimate.interval(0.95)
    limit = np.log1p(row.threshold or 0.0)
    return Agreement(
        key=row.key,
        conditions=conditions,
        one=effect_of(one, Scale.RATIO),
        other=effect_of(other, Scale.RATIO),
        ratio=effect_of(estimate.mean, Scale.RATIO),
        ci95=Interval(
            low=effect_of(low, Scale.RATIO), high=effect_of(high, Scale.RATIO)
        ),
        differs=bool((low > 0 or high < 0) and abs(estimate.mean) >= limit),
    )


def _logs(row: Comparison) -> dict[int, float]:
    """Return ln(target / base) by round."""
    pairs = zip(row.rounds, row.base.values, row.target.values, strict=True)
    return {number: float(np.log(target / base)) for number, base, target in pairs}
