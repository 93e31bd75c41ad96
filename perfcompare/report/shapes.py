# SPDX-License-Identifier: Apache-2.0
"""What became of the distribution of a workload's durations, in words."""

import math
from collections import Counter
from collections.abc import Sequence

from perfcompare.analysis.metrics import TIMES
from perfcompare.analysis.shapes import LEAST_BEYOND
from perfcompare.model.comparison import Comparison, Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.model.metric import Unit
from perfcompare.model.shape import REDISTRIBUTIONS, Shape, ShapeKind, ShapePoint
from perfcompare.report.scale import ratio_text, ruler_for
from perfcompare.report.words import plural, printable

KIND_WORDS = {
    ShapeKind.SHIFTED: "quantiles moved one way, and so did the mean",
    ShapeKind.TAIL_ONLY: "the slowest iterations moved; the median shows parity",
    ShapeKind.SPREAD_OUT: (
        "fast iterations got faster, slow ones slower; mean and rate show parity"
    ),
    ShapeKind.EVENED_OUT: (
        "fast iterations got slower, slow ones faster; mean and rate show parity"
    ),
    ShapeKind.CROSSED: (
        "some quantiles got faster and others slower, and the mean changed too"
    ),
    ShapeKind.UNCHANGED: "mean, median and p90 show parity",
    ShapeKind.UNDECIDED: "these rounds do not show what became of the distribution",
}
"""What a kind means, as a sentence without its head."""

QUIET_KINDS = (ShapeKind.UNCHANGED, ShapeKind.UNDECIDED)
"""Kinds of which nobody asks where."""
_NAMED = 3
_CLAUSES = 2
"""So many redistributions are told with both sides."""


def of_contrast(judgement: Judgement, contrast: Contrast) -> tuple[Shape, ...]:
    """Return the shapes of one contrast, in the order of its rows."""
    return tuple(one for one in judgement.shapes if one.contrast is contrast)


def kind_of_row(row: Comparison, shapes: Sequence[Shape]) -> ShapeKind | None:
    """Return the shape of the workload whose time the row is; None of any other."""
    if not row.key.is_whole_workload or row.key.metric.name not in TIMES:
        return None
    found = (
        one.kind
        for one in shapes
        if one.contrast is row.contrast and one.workload == row.key.workload
    )
    return next(found, None)


def quantile_name(probability: float) -> str:
    """Name a quantile as its metric is named: "p50"."""
    return f"p{probability * 100:g}"


def redistribution_clauses(judgement: Judgement) -> tuple[str, ...]:
    """Say of the target where the same waiting is shared out differently."""
    ours = [
        one
        for one in of_contrast(judgement, Contrast.TOTAL)
        if one.kind in REDISTRIBUTIONS
    ]
    told = [
        f"{_name(one)}: waiting redistributed ({one.kind}):"
        f" {_both_sides(one, values=True)}, mean and rate show parity"
        for one in ours[:_CLAUSES]
    ]
    rest = len(ours) - len(told)
    more = f"waiting redistributed in {plural(rest, 'more workload')}"
    return (*told, more) if rest else tuple(told)


def shape_words(judgement: Judgement) -> str:
    """Name the shapes of the target: "list evened out (p50 …); 2 unchanged"."""
    found = of_contrast(judgement, Contrast.TOTAL)
    changed = [one for one in found if one.kind not in QUIET_KINDS]
    kinds = Counter(one.kind for one in found)
    rest = len(changed) - _NAMED
    told = [
        *(f"{_name(one)} {_short(one)}" for one in changed[:_NAMED]),
        *([f"{rest} more changed"] if rest > 0 else []),
        *(f"{kinds[kind]} {kind}" for kind in QUIET_KINDS if kinds[kind]),
    ]
    return "; ".join(told)


def left_out_words(shape: Shape) -> str:
    """Say which quantiles lack iterations: "left out: p99 (needs 1,000 …)"."""
    told = [
        f"{quantile_name(each)} (needs {_iterations(each):,} iterations a visit)"
        for each in shape.left_out
    ]
    return f"left out: {', '.join(told)}" if told else ""


def _iterations(probability: float) -> int:
    # 10 / (1 - 0.99) is a little less than 1,000 in floating point.
    return math.ceil(round(LEAST_BEYOND / min(probability, 1 - probability), 6))


def _name(shape: Shape) -> str:
    return printable(shape.workload, limit=50)


def _short(shape: Shape) -> str:
    sides = _both_sides(shape, values=False)
    return f"{shape.kind} ({sides})" if sides else f"{shape.kind}"


def _both_sides(shape: Shape, *, values: bool) -> str:
    """Write who pays and who gains, the lower quantile first."""
    sides = [side for side in (shape.slower, shape.faster) if side is not None]
    ordered = sorted(sides, key=lambda side: side.probability)
    return ", ".join(_moved(side, values=values) for side in ordered)


def _moved(point: ShapePoint, *, values: bool) -> str:
    said = f"{quantile_name(point.probability)} {ratio_text(point.effect)}"
    if not values:
        return said
    ends = (point.base_seconds, point.target_seconds)
    ruler = ruler_for(Unit.SECONDS, ends)
    between = " → ".join(ruler.number(end, digits=3) for end in ends)
    return f"{said} ({ruler.join(between)})"
