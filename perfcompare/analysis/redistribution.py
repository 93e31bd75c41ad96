# SPDX-License-Identifier: Apache-2.0
"""Quantiles that changed while mean and rate did not: who waits, not what it costs."""

from collections.abc import Sequence
from dataclasses import replace

from perfcompare.analysis.metrics import (
    METRICS,
    QUANTILES,
    REDISTRIBUTION,
    threshold_for,
)
from perfcompare.analysis.shapes import CHANGED, TAIL
from perfcompare.model.busy_caveat import MeanUndecided, Redistributed
from perfcompare.model.caveat import Caveat
from perfcompare.model.comparison import Comparison, Verdict
from perfcompare.model.metric import MetricKey, Threshold
from perfcompare.model.shape import REDISTRIBUTIONS, Shape, ShapeKind


def redistributed(
    comparisons: Sequence[Comparison],
    found: Sequence[Shape],
    *,
    thresholds: Sequence[Threshold],
) -> tuple[Comparison, ...]:
    """Say which changed quantiles are a redistribution, and which may be one.

    Where waiting is shared out differently, a quantile that changed is neither a
    regression nor an improvement, with two exceptions.  A slower tail stays a
    regression (docs/decisions/0009).  So does a quantile that reaches the plan's
    threshold for redistributions, where the plan makes that one primary.
    """
    by_place = {(one.contrast, one.workload): one for one in found}
    means = {
        (row.contrast, row.key.workload): row
        for row in comparisons
        if row.key.is_whole_workload and row.key.metric.name == "mean"
    }
    rows = []
    for row in comparisons:
        place = row.contrast, row.key.workload
        shape, mean = by_place.get(place), means.get(place)
        quantile = row.key.metric.name in QUANTILES and row.key.is_whole_workload
        if not quantile or shape is None or mean is None or row.verdict not in CHANGED:
            rows.append(row)
        elif shape.kind in REDISTRIBUTIONS:
            rows.append(_shared_out(row, shape, mean, thresholds))
        elif mean.verdict is Verdict.INCONCLUSIVE:
            rows.append(_with(row, MeanUndecided()))
        else:
            rows.append(row)
    return tuple(rows)


def _shared_out(
    row: Comparison, shape: Shape, mean: Comparison, thresholds: Sequence[Threshold]
) -> Comparison:
    told = _with(row, *_both_sides(shape, mean))
    if row.verdict is Verdict.REGRESSION:
        if shape.kind is ShapeKind.SPREAD_OUT and _probability(row) >= TAIL:
            return told
        limit = _limit(row.key.workload, thresholds, rounds=len(row.rounds))
        if limit is not None and row.effect is not None and row.effect >= 1 + limit:
            return replace(told, primary=True)
    return replace(told, verdict=Verdict.REDISTRIBUTION, rounds_needed=None)


def _limit(
    workload: str, thresholds: Sequence[Threshold], *, rounds: int
) -> float | None:
    """Return from which slowdown on a redistribution counts; None where none does."""
    key = MetricKey(
        workload=workload,
        action="",
        service="",
        metric=replace(METRICS["p50"], name=REDISTRIBUTION),
    )
    found = threshold_for(key, thresholds, rounds)
    return found.ratio if found.primary else None


def _both_sides(shape: Shape, mean: Comparison) -> tuple[Caveat, ...]:
    if shape.slower is None or shape.faster is None or mean.effect is None:
        return ()
    return (
        Redistributed(
            kind=shape.kind.value,
            slower=shape.slower.probability,
            slower_effect=shape.slower.effect,
            faster=shape.faster.probability,
            faster_effect=shape.faster.effect,
            mean_effect=mean.effect,
        ),
    )


def _with(row: Comparison, *caveats: Caveat) -> Comparison:
    return replace(row, caveats=(*row.caveats, *caveats))


def _probability(row: Comparison) -> float:
    return QUANTILES[row.key.metric.name]
