# SPDX-License-Identifier: Apache-2.0
"""The shift function of each workload: which quantiles moved, and what that makes.

K. A. Doksum (1974), "Empirical probability plots and statistical inference for
nonlinear models in the two-sample case", Annals of Statistics 2, 267-277, compares two
distributions quantile by quantile.  Here each quantile of a visit is one value, and the
log-ratios of the rounds are judged, as for any other metric.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from perfcompare.analysis.intervals import ONE_LOOK, Estimate, Floats, estimate
from perfcompare.analysis.loads import Load
from perfcompare.analysis.metrics import (
    METRICS,
    QUANTILES,
    threshold_for,
)
from perfcompare.analysis.pairs import effect_of
from perfcompare.model.comparison import (
    Comparison,
    Contrast,
    Interval,
    Scale,
    Verdict,
)
from perfcompare.model.metric import Sample, Threshold
from perfcompare.model.shape import REDISTRIBUTIONS, Shape, ShapeKind, ShapePoint

PROBABILITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
TAIL = 0.9
"""Quantiles from here on are the tail."""
LEAST_BEYOND = 10
"""Iterations of a visit on the far side of a quantile, else it rests on too few."""
_LEAST_ROUNDS = 3

CHANGED = {Verdict.REGRESSION: 1, Verdict.IMPROVEMENT: -1}
"""Verdicts of a quantile that moved → the way it moved."""
_NAMES = {probability: name for name, probability in QUANTILES.items()}

# Comparisons of one workload as a whole in one contrast, by the name of their metric.
_Rows = Mapping[str, Comparison]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """The quantiles of one workload in one visit."""

    round: int
    seconds: Mapping[float, float]
    """By probability."""
    iterations: int | None
    """Successes that they rest on; None where nobody knows."""


def quantiles_of(load: Load, *, number: int) -> Quantiles | None:
    """Reduce the successes of a visit's workload; None where there is none.

    Args:
        load: A whole workload, not one of its actions.
        number: The visit's round.
    """
    if not len(load.durations_seconds):
        return None
    return Quantiles(
        round=number,
        seconds=dict(
            zip(
                PROBABILITIES,
                np.quantile(load.durations_seconds, PROBABILITIES).tolist(),
                strict=True,
            )
        ),
        iterations=len(load.durations_seconds),
    )


def sampled_quantiles(
    samples: Iterable[Sample],
) -> Mapping[tuple[str, str], Sequence[Quantiles]]:
    """Return what samples alone tell: the quantiles that are metrics, visit by visit.

    As `shapes` takes them.
    """
    seconds: dict[tuple[str, str], dict[int, dict[float, float]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for sample in samples:
        probability = QUANTILES.get(sample.key.metric.name)
        if probability is not None and sample.key.is_whole_workload:
            by_round = seconds[sample.key.workload, sample.variant]
            for number, value in zip(sample.rounds, sample.values, strict=True):
                by_round[number][probability] = value
    return {
        place: [
            Quantiles(round=number, seconds=values, iterations=None)
            for number, values in by_round.items()
        ]
        for place, by_round in seconds.items()
    }


def shapes(
    comparisons: Sequence[Comparison],
    quantiles: Mapping[tuple[str, str], Sequence[Quantiles]],
    *,
    thresholds: Sequence[Threshold],
) -> tuple[Shape, ...]:
    """Return the shape of each workload in each contrast, in the order of the rows.

    Args:
        comparisons: As `perfcompare.analysis.comparable.comparable` returns them; the
            rounds that a workload's mean was judged on are those of its shape.
        quantiles: One a visit, by workload and variant.
        thresholds: The plan's, as for `judge`.
    """
    found: dict[tuple[Contrast, str], dict[str, Comparison]] = defaultdict(dict)
    for row in comparisons:
        if row.key.is_whole_workload:
            found[row.contrast, row.key.workload][row.key.metric.name] = row
    made = (
        _shape(contrast, workload, rows, quantiles, thresholds)
        for (contrast, workload), rows in found.items()
        if "mean" in rows
    )
    return tuple(shape for shape in made if shape is not None)


def _shape(
    contrast: Contrast,
    workload: str,
    rows: _Rows,
    quantiles: Mapping[tuple[str, str], Sequence[Quantiles]],
    thresholds: Sequence[Threshold],
) -> Shape | None:
    rounds = rows["mean"].rounds
    sides = [
        [one for one in quantiles.get((workload, variant), ()) if one.round in rounds]
        for variant in contrast.variants
    ]
    if not rounds or any(len(side) != len(rounds) for side in sides):
        return None
    visits = [one for side in sides for one in side]
    known = set.intersection(*(set(one.seconds) for one in visits))
    counts = [one.iterations for one in visits if one.iterations is not None]
    carried = [each for each in sorted(known) if _is_carried(each, counts)]
    points = tuple(_points(sides, carried))
    moves = _moves(points, rows, thresholds)
    kind = _kind(moves, rows)
    shared = kind in REDISTRIBUTIONS
    return Shape(
        contrast=contrast,
        workload=workload,
        kind=kind,
        points=points,
        left_out=tuple(sorted(known.difference(carried))),
        slower=_furthest(points, moves, 1) if shared else None,
        faster=_furthest(points, moves, -1) if shared else None,
        rounds=rounds,
    )


def _is_carried(probability: float, iterations: Sequence[int]) -> bool:
    if not iterations:
        return True
    # In floating point 100 (1 - 0.9) is less than 10.
    beyond = round(min(iterations) * min(probability, 1 - probability), 6)
    return beyond >= LEAST_BEYOND


def _points(
    sides: Sequence[Sequence[Quantiles]], carried: Sequence[float]
) -> Iterator[ShapePoint]:
    for probability in carried:
        before, after = (
            np.array(
                [
                    one.seconds[probability]
                    for one in sorted(side, key=lambda one: one.round)
                ]
            )
            for side in sides
        )
        if np.any(before <= 0) or np.any(after <= 0):
            continue
        differences = np.round(np.log(after) - np.log(before), 12)
        found = _estimate(differences)
        mean = float(differences.mean()) if found is None else found.mean
        yield ShapePoint(
            probability=probability,
            base_seconds=float(np.exp(np.log(before).mean())),
            target_seconds=float(np.exp(np.log(after).mean())),
            effect=effect_of(mean, Scale.RATIO),
            interval=None if found is None else _simultaneous(found, len(carried)),
        )


def _estimate(differences: Floats) -> Estimate | None:
    if len(differences) < _LEAST_ROUNDS:
        return None
    return estimate(differences)


def _simultaneous(found: Estimate, points: int) -> Interval:
    """Return one of *points* intervals that hold all at once in 95 of 100 runs.

    Each is taken at (1 - alpha)^(1 / points), which suffices however the points depend
    on one another: Z. Šidák (1967), "Rectangular confidence regions for the means of
    multivariate normal distributions", JASA 62, 626-633.
    """
    low, high = found.interval((1 - ONE_LOOK.change) ** (1 / max(points, 1)))
    return Interval(low=effect_of(low, Scale.RATIO), high=effect_of(high, Scale.RATIO))


def _moves(
    points: Sequence[ShapePoint], rows: _Rows, thresholds: Sequence[Threshold]
) -> Mapping[float, int]:
    """Return 1 for each quantile that got slower, and -1 for each that got faster.

    A quantile that has a row of its own is asked there.  It is one question asked
    beforehand, and a redistribution needs the answers of p50, p90, mean and rate all
    together, which needs no correction: R. L. Berger (1982), "Multiparameter
    hypothesis testing and acceptance sampling", Technometrics 24, 295-300.  Any other
    quantile must move beyond its simultaneous interval, and by the threshold of the
    quantile with a row that is next below it.
    """
    found = {}
    for point in points:
        name = _NAMES.get(point.probability, "")
        move = CHANGED.get(rows[name].verdict, 0) if name in rows else 0
        move = move or _beyond(point, rows, thresholds)
        if move:
            found[point.probability] = move
    return found


def _beyond(point: ShapePoint, rows: _Rows, thresholds: Sequence[Threshold]) -> int:
    if point.interval is None:
        return 0
    below = [
        name
        for name, each in QUANTILES.items()
        if each <= max(point.probability, QUANTILES["p50"])
    ]
    key = replace(rows["mean"].key, metric=METRICS[below[-1]])
    limit = threshold_for(key, thresholds, len(rows["mean"].rounds))
    far = abs(point.target_seconds - point.base_seconds) >= limit.floor
    ratio = 1 + (limit.ratio or 0.0)
    if point.interval.low > 1 and point.effect >= ratio and far:
        return 1
    if point.interval.high < 1 and point.effect <= 1 / ratio and far:
        return -1
    return 0


def _kind(moves: Mapping[float, int], rows: _Rows) -> ShapeKind:
    mean = rows["mean"].verdict
    slower = [each for each, move in moves.items() if move > 0]
    faster = [each for each, move in moves.items() if move < 0]
    if slower and faster:
        if _is_parity(rows, "mean", "throughput"):
            evened = np.mean(slower) < np.mean(faster)
            return ShapeKind.EVENED_OUT if evened else ShapeKind.SPREAD_OUT
        return ShapeKind.CROSSED if mean in CHANGED else ShapeKind.UNDECIDED
    moved = slower or faster
    if not moved:
        same = _is_parity(rows, "mean", "p50", "p90")
        return ShapeKind.UNCHANGED if same else ShapeKind.UNDECIDED
    if min(moved) >= TAIL and _is_parity(rows, "p50"):
        return ShapeKind.TAIL_ONLY
    if CHANGED.get(mean) == (1 if slower else -1):
        return ShapeKind.SHIFTED
    return ShapeKind.UNDECIDED


def _is_parity(rows: _Rows, *names: str) -> bool:
    return all(name in rows and rows[name].verdict is Verdict.PARITY for name in names)


def _furthest(
    points: Sequence[ShapePoint], moves: Mapping[float, int], way: int
) -> ShapePoint:
    return max(
        (point for point in points if moves.get(point.probability) == way),
        key=lambda point: way * point.effect,
    )
