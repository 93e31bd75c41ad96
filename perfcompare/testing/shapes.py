# SPDX-License-Identifier: Apache-2.0
"""Shapes, occupancy and agreements with made-up numbers, by arithmetic alone."""

import math
from collections.abc import Mapping, Sequence

from perfcompare.model.agreement import Agreement, Conditions
from perfcompare.model.comparison import Comparison, Contrast, Interval, Verdict
from perfcompare.model.metric import MetricKey
from perfcompare.model.occupancy import Limit, Occupancy
from perfcompare.model.shape import REDISTRIBUTIONS, Shape, ShapeKind, ShapePoint

PROBABILITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)

_Rows = Mapping[str, Comparison]
"""Comparisons of one workload, by the name of their metric."""


def shape_of(
    workload: str,
    effects: Sequence[float],
    kind: ShapeKind,
    *,
    contrast: Contrast = Contrast.TOTAL,
    rounds: int = 6,
) -> Shape:
    """Make a shape with these effects on p10 to p90 and p95; p99 is left out.

    Base takes 20 ms at p10 and ever longer; intervals are ±5 %, and none below three
    rounds.
    """
    points = tuple(
        _point(probability, 0.02 * (1 - probability) ** -0.6, effect, rounds=rounds)
        for probability, effect in zip(PROBABILITIES, effects, strict=True)
    )
    shared = kind in REDISTRIBUTIONS
    return Shape(
        contrast=contrast,
        workload=workload,
        kind=kind,
        points=points,
        left_out=(0.99,),
        slower=max(points, key=lambda point: point.effect) if shared else None,
        faster=min(points, key=lambda point: point.effect) if shared else None,
        rounds=tuple(range(1, rounds + 1)),
    )


def shapes_of(rows: Sequence[Comparison]) -> tuple[Shape, ...]:
    """Make a shape of each workload and contrast that has p50 or p90 among *rows*."""
    found: dict[tuple[Contrast, str], dict[str, Comparison]] = {}
    for row in rows:
        comparable = row.key.is_whole_workload and row.effect is not None
        if comparable and row.key.metric.name in {"p50", "p90"}:
            by_name = found.setdefault((row.contrast, row.key.workload), {})
            by_name[row.key.metric.name] = row
    return tuple(
        shape_of(
            workload,
            [_effect(by_name, probability) for probability in PROBABILITIES],
            _kind(by_name),
            contrast=contrast,
            rounds=len(next(iter(by_name.values())).rounds),
        )
        for (contrast, workload), by_name in found.items()
    )


def occupancy_of(
    workload: str,
    variants: Sequence[str],
    *,
    title: str = "",
    concurrency: int = 4,
    limit: Limit = Limit.FREE,
) -> tuple[Occupancy, ...]:
    """Say how busy the first Manila service was under *workload*, in each variant."""
    saturated = limit is Limit.SATURATED
    alone = concurrency == 1
    return tuple(
        Occupancy(
            workload=workload,
            title=title or workload,
            variant=variant,
            concurrency=concurrency,
            limit=limit,
            in_flight=0.97 * concurrency,
            served=1.02 + 0.11 * at if saturated else None,
            service="manila-api",
            process_cpu_ratio=0.99 if saturated else 0.41 - 0.02 * at,
            services_cpu_ratio=1.04 if saturated else 0.48,
            generator_cpu_ratio=0.11 if alone else 0.34,
            host_cpu_ratio=1.52 if saturated else 0.71,
            cores=2,
        )
        for at, variant in enumerate(variants)
    )


def all_free(
    workloads: Sequence[str], variants: Sequence[str]
) -> tuple[Occupancy, ...]:
    """Let no workload be limited by anything."""
    return tuple(one for name in workloads for one in occupancy_of(name, variants))


def agreement_of(
    key: MetricKey, conditions: Conditions, one: float, other: float, *, differs: bool
) -> Agreement:
    """Compare two effects; the interval of their ratio is ±6 %."""
    return Agreement(
        key=key,
        conditions=conditions,
        one=one,
        other=other,
        ratio=other / one,
        ci95=_around(other / one, 0.06),
        differs=differs,
    )


def agreements_of(rows: Sequence[Comparison]) -> tuple[Agreement, ...]:
    """Let every primary median of the total agree between first and last blocks."""
    return tuple(
        agreement_of(
            row.key, Conditions.TIME, row.effect, row.effect * 1.01, differs=False
        )
        for row in rows
        if row.primary
        and row.contrast is Contrast.TOTAL
        and row.key.is_whole_workload
        and row.key.metric.name == "p50"
        and row.effect
    )


def _point(
    probability: float, base_seconds: float, effect: float, *, rounds: int
) -> ShapePoint:
    return ShapePoint(
        probability=probability,
        base_seconds=base_seconds,
        target_seconds=base_seconds * effect,
        effect=effect,
        interval=_around(effect, 0.05) if rounds > 2 else None,
    )


def _around(middle: float, share: float) -> Interval:
    return Interval(low=middle * (1 - share), high=middle * (1 + share))


def _effect(rows: _Rows, probability: float) -> float:
    """Return the effect on the nearest quantile that has a row."""
    order = ("p90", "p50") if probability >= 0.9 else ("p50", "p90")
    row = next(rows[name] for name in order if name in rows)
    return row.effect or math.nan


def _kind(rows: _Rows) -> ShapeKind:
    verdicts = {name: row.verdict for name, row in rows.items()}
    if set(verdicts.values()) == {Verdict.PARITY}:
        return ShapeKind.UNCHANGED
    if Verdict.INCONCLUSIVE in verdicts.values():
        return ShapeKind.UNDECIDED
    changed = [name for name, it in verdicts.items() if it is not Verdict.PARITY]
    return ShapeKind.TAIL_ONLY if changed == ["p90"] else ShapeKind.SHIFTED
