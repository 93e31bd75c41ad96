# SPDX-License-Identifier: Apache-2.0
"""The shift function of one workload: the effect on every quantile, drawn.

Quantiles stand at equal distances, so that the tail is seen as well as the middle;
effects stand on a logarithmic axis.  A page draws each workload once and shows it in
every line of its times.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from perfcompare.analysis.metrics import QUANTILES
from perfcompare.model.comparison import Comparison, Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.model.shape import Shape, ShapeKind, ShapePoint
from perfcompare.report.page.dots import points_path
from perfcompare.report.scale import ratio_interval_text, ratio_text
from perfcompare.report.shapes import (
    KIND_WORDS,
    QUIET_KINDS,
    left_out_words,
    of_contrast,
    quantile_name,
)
from perfcompare.report.undecided import busy_host

WIDTH, HEIGHT = 340, 150
LEFT, RIGHT = 56, WIDTH - 8
TOP, BOTTOM = 8, HEIGHT - 26
"""Where the axes end."""
VIEW = f"0 0 {WIDTH} {HEIGHT}"
MOST_PICTURES = 20
"""Beyond, comparison.json alone: a page that opens beats one more picture."""
_INSET = 10
"""Between the ends of the axis and the first and last quantile."""
_FAR = 2.0
"""Intervals are followed so far beyond what moved; then they end without a cap."""
_LEAST = math.log(1.02)
"""The axis reaches at least so far, so that nothing is not drawn as much."""
_APART = 13
"""Between two numbers of the axis."""
_LADDERS = (
    (1.01, 1.02, 1.05, 1.1, 1.2, 1.3, 1.5, 2, 3, 5, 10, 30, 100, 1000),
    (0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5, 0.3, 0.2, 1 / 10, 1 / 30, 1 / 100, 1 / 1000),
)
"""Effects that may be written at the axis, from no change outwards."""
_CAP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One picture, as paths in a box of WIDTH by HEIGHT, and what it says."""

    name: str
    """Its id in the page."""
    kind: str
    means: str
    """The kind as a sentence, and which quantiles are left out."""
    said: str
    """Every effect with its interval."""
    band: str
    """What is tolerated, from quantile to quantile; "" where nothing is known."""
    axis: str
    line: str
    intervals: str
    clear: str
    """Quantiles whose interval leaves out that nothing changed."""
    others: str
    ticks: tuple[tuple[int, str], ...]
    """y and effect."""
    labels: tuple[tuple[int, str], ...]
    """x and quantile, in percent; many pictures have the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    steps: int
    low: float
    """Logarithms of effects at the ends of the upright axis."""
    high: float

    def x(self, at: int) -> int:
        """Put a quantile; a single one stands in the middle."""
        if self.steps < 1:
            return (LEFT + RIGHT) // 2
        room = RIGHT - LEFT - 2 * _INSET
        return round(LEFT + _INSET + at * room / self.steps)

    def y(self, value: float) -> int:
        """Put the logarithm of an effect; slower is higher."""
        inside = max(self.low, min(self.high, value))
        share = (inside - self.low) / (self.high - self.low)
        return round(BOTTOM - share * (BOTTOM - TOP))

    def holds(self, value: float) -> bool:
        """Tell whether it is within the picture."""
        return self.low <= value <= self.high


def shifts(judgement: Judgement) -> Mapping[str, Shift]:
    """Return pictures of target against base, by workload.

    Shapes that changed have theirs before those that did not.
    """
    rows: dict[str, dict[str, Comparison]] = {}
    for row in judgement.comparisons:
        if row.contrast is Contrast.TOTAL and row.key.is_whole_workload:
            rows.setdefault(row.key.workload, {})[row.key.metric.name] = row
    shapes = [one for one in of_contrast(judgement, Contrast.TOTAL) if one.points]
    shapes.sort(key=lambda one: one.kind in QUIET_KINDS)
    return {
        shape.workload: shift_for(
            shape, rows.get(shape.workload, {}), name=f"shift-{at}"
        )
        for at, shape in enumerate(shapes[:MOST_PICTURES])
    }


def shift_for(shape: Shape, rows: Mapping[str, Comparison], *, name: str) -> Shift:
    """Draw one shape that has points.

    Args:
        shape: What is drawn.
        rows: Comparisons of the workload by metric, for what they tolerate.
        name: The id of the picture.
    """
    points = shape.points
    limits = [_tolerated(point, rows) for point in points]
    axes = _axes(points, limits)
    places = [
        (axes.x(at), axes.y(math.log(point.effect))) for at, point in enumerate(points)
    ]
    sure = [_is_clear(point) for point in points]
    return Shift(
        name=name,
        kind=shape.kind.value,
        means=_means(shape, rows),
        said=_said(points),
        band=_band(limits, axes),
        axis=f"M{LEFT} {axes.y(0.0)}H{RIGHT}",
        line="M" + "L".join(f"{x} {y}" for x, y in places),
        intervals="".join(
            _interval(point, axes.x(at), axes) for at, point in enumerate(points)
        ),
        clear=points_path([*itertools.compress(places, sure)]),
        others=points_path([*itertools.compress(places, (not each for each in sure))]),
        ticks=_ticks(axes),
        labels=tuple(
            (axes.x(at), quantile_name(point.probability)[0 if not at else 1 :])
            for at, point in enumerate(points)
        ),
    )


def _means(shape: Shape, rows: Mapping[str, Comparison]) -> str:
    words = KIND_WORDS[shape.kind]
    if shape.kind is ShapeKind.UNDECIDED and any(map(busy_host, rows.values())):
        words = "the host was busy, and beside others times may show another effect"
    parts = (words, left_out_words(shape))
    return "; ".join(part for part in parts if part)


def _said(points: Sequence[ShapePoint]) -> str:
    told = []
    for point in points:
        words = f"{quantile_name(point.probability)} {ratio_text(point.effect)}"
        if point.interval is not None:
            words += f" ({ratio_interval_text(point.interval)})"
        told.append(words)
    return f"target against base: {', '.join(told)}"


def _tolerated(point: ShapePoint, rows: Mapping[str, Comparison]) -> float | None:
    """Return how far the quantile may move, by the rule of that next below with a row.

    Below the median, by that of the median.  None where there is neither.
    """
    found = [
        rows[name]
        for name, probability in QUANTILES.items()
        if name in rows and probability <= max(point.probability, QUANTILES["p50"])
    ]
    if not found:
        return None
    threshold, floor = found[-1].threshold or 0.0, found[-1].floor
    # A ratio r around the middle m is a difference of 2 m sinh(ln(r) / 2).
    middle_seconds = math.sqrt(point.base_seconds * point.target_seconds)
    limit = max(math.log1p(threshold), 2 * math.asinh(floor / (2 * middle_seconds)))
    return limit or None


def _axes(points: Sequence[ShapePoint], limits: Sequence[float | None]) -> _Axes:
    known = [limit * 1.25 for limit in limits if limit is not None]
    moved = [_LEAST, -_LEAST, *known, *(-limit for limit in known)]
    moved += [math.log(point.effect) for point in points]
    far = max(map(abs, moved)) * _FAR
    ends = [
        max(-far, min(far, end))
        for point in points
        if point.interval is not None
        for end in _ends(point)
    ]
    low, high = min(*moved, *ends), max(*moved, *ends)
    return _Axes(steps=len(points) - 1, low=low, high=high)


def _ends(point: ShapePoint) -> tuple[float, float]:
    """Return the logarithms of both ends of its interval; no numbers without one."""
    if point.interval is None:
        return math.nan, math.nan
    ends = (point.interval.low, point.interval.high)
    low, high = (math.log(end) if end > 0 else -math.inf for end in ends)
    return low, high


def _is_clear(point: ShapePoint) -> bool:
    low, high = _ends(point)
    return low > 0 or high < 0


def _band(limits: Sequence[float | None], axes: _Axes) -> str:
    """Draw the band as one stair; it is as wide as the nearest quantile has it."""
    if any(limit is None for limit in limits):
        return ""
    known = [limit for limit in limits if limit is not None]
    steps = [
        (limit, (axes.x(at) + axes.x(at + 1)) // 2)
        for at, (limit, following) in enumerate(itertools.pairwise(known))
        if limit != following
    ]
    steps.append((known[-1], RIGHT))
    starts = [LEFT, *(edge for _, edge in steps[:-1])]
    there = "".join(f"V{axes.y(limit)}H{edge}" for limit, edge in steps)
    back = "".join(
        f"V{axes.y(-limit)}H{start}"
        for (limit, _), start in zip(reversed(steps), reversed(starts), strict=True)
    )
    return f"M{LEFT} {axes.y(0.0)}{there}{back}z"


def _interval(point: ShapePoint, x: int, axes: _Axes) -> str:
    if point.interval is None:
        return ""
    low, high = _ends(point)
    start = f"M{x} {axes.y(low)}"
    if axes.holds(low):
        start = f"M{x - _CAP} {axes.y(low)}h{2 * _CAP}m-{_CAP} 0"
    head = f"m-{_CAP} 0h{2 * _CAP}" if axes.holds(high) else ""
    return f"{start}V{axes.y(high)}{head}"


def _ticks(axes: _Axes) -> tuple[tuple[int, str], ...]:
    """Return round effects, from no change outwards, as many as have room."""
    found = {1.0: axes.y(0.0)}
    for ladder in _LADDERS:
        last = axes.y(0.0)
        for effect in ladder:
            y = axes.y(math.log(effect))
            if axes.holds(math.log(effect)) and abs(y - last) >= _APART:
                found[effect] = last = y
    return tuple(
        (y, ratio_text(effect).replace(".0", "")) for effect, y in found.items()
    )
