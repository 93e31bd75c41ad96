# SPDX-License-Identifier: Apache-2.0
"""Base to target in two steps, drawn on the scale of one row.

Three lanes: what the release does, what the backend does from there on, and both
together.  The axis is that of `scale.shift`: logarithmic where effects multiply, so
that the steps add up in the picture as they multiply in the table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.model.comparison import Comparison, Contrast, Scale
from perfcompare.report.rows import Row
from perfcompare.report.scale import (
    ABSENT,
    centres,
    ruler_for,
    shift,
    tolerated_shift,
)
from perfcompare.report.shown import Shown

WIDTH = 360
HEIGHT = 50
_LEFT, _RIGHT = 62.0, WIDTH - 12.0
"""Where the smallest and the largest value stand; the words stand left of them."""
_LANE = 16
_TOP, _MIDDLE, _BOTTOM = 3, 9, 15
"""Of a bar in its lane."""
_HEAD = 5.0
"""Length of the arrow's head."""
_THIN = 1.5
"""Shorter bars would not be seen."""
_ROOM = 1.25
"""The band is never wider than the picture."""
_FAR = 2.0
"""Intervals are followed so far beyond what moved; then they end without a cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One bar with its interval, as paths."""

    word: str
    baseline: float
    verdict: Shown
    falls: bool
    bar: str
    """An arrow from where the step begins to where it ends."""
    interval: str
    """"" where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """One row's picture, in a box of WIDTH by HEIGHT, and what it says."""

    said: str
    band: tuple[float, float] | None
    """Left edge and width of what is tolerated."""
    zero: float
    links: str
    """From the end of a step to where the next begins."""
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    low: float
    high: float

    def x(self, value: float) -> float:
        """Put a value on the axis, at most a little beyond it."""
        share = (value - self.low) / (self.high - self.low)
        inside = max(-0.01, min(1.01, share))
        return round(_LEFT + inside * (_RIGHT - _LEFT), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    row: Row
    start: float
    end: float
    low: float
    high: float
    """Where the interval has the end; both *end* where there is none."""


def waterfall(total: Row, release: Row | None, backend: Row | None) -> Waterfall | None:
    """Lay out one row; None where an effect is missing or is no number."""
    steps = _steps(total, release, backend)
    if not steps:
        return None
    axis = _axis(total.comparison, steps)
    limit = tolerated_shift(total.comparison)
    return Waterfall(
        said=_said(total, release, backend),
        band=_band(limit, axis) if limit else None,
        zero=axis.x(0),
        links="".join(
            f"M{axis.x(step.end)} {at * _LANE + _BOTTOM}V{(at + 1) * _LANE + _TOP}"
            for at, step in enumerate(steps[:-1])
        ),
        lanes=tuple(_lane(step, at, axis) for at, step in enumerate(steps)),
    )


def passage(total: Row, release: Row | None, backend: Row | None) -> str:
    """Write base, crossover and target in one unit: "101 → 105 → 161 MiB"."""
    base, target = centres(total.comparison)
    between = [
        centres(row.comparison)[row.comparison.contrast is Contrast.RELEASE]
        for row in (release, backend)
        if row is not None
    ]
    values = (base, between[0] if between else None, target)
    ruler = ruler_for(
        total.comparison.key.metric.unit,
        [value for value in values if value is not None],
    )
    told = [
        ABSENT if value is None else ruler.number(value, digits=3) for value in values
    ]
    return ruler.join(" → ".join(told))


def _steps(total: Row, release: Row | None, backend: Row | None) -> tuple[_Step, ...]:
    """Return the steps in their order, the whole last; () where one is unknown."""
    found: list[_Step] = []
    at = 0.0
    for row in (release, backend):
        if row is not None:
            step = _step(row, at)
            if step is None:
                return ()
            found.append(step)
            at = step.end
    whole = _step(total, 0.0)
    return (*found, whole) if whole else ()


def _step(row: Row, start: float) -> _Step | None:
    one = row.comparison
    if one.effect is None or not _can_be_drawn(one.effect, one.scale):
        return None
    end = start + shift(one, one.effect)
    if one.ci95 is None:
        return _Step(row=row, start=start, end=end, low=end, high=end)
    return _Step(
        row=row,
        start=start,
        end=end,
        low=start + shift(one, one.ci95.low),
        high=start + shift(one, one.ci95.high),
    )


def _can_be_drawn(effect: float, scale: Scale) -> bool:
    """Tell whether the axis has a place for it; a logarithmic one has none for 0."""
    return math.isfinite(effect) and (scale is Scale.DIFFERENCE or effect > 0)


def _axis(total: Comparison, steps: Sequence[_Step]) -> _Axis:
    limit = (tolerated_shift(total) or 0.0) * _ROOM
    moved = [0.0, limit, -limit, *(step.end for step in steps)]
    far = max(map(abs, moved)) * _FAR
    ends = [
        max(-far, min(far, end))
        for step in steps
        for end in (step.low, step.high)
        if math.isfinite(end)
    ]
    low, high = min(*moved, *ends), max(*moved, *ends)
    # Nothing moved at all and nothing is tolerated: the zero stands in the middle.
    return _Axis(low=low, high=high) if high > low else _Axis(low=-1.0, high=1.0)


def _band(limit: float, axis: _Axis) -> tuple[float, float]:
    left = axis.x(-limit)
    return left, round(axis.x(limit) - left, 1)


def _lane(step: _Step, at: int, axis: _Axis) -> Lane:
    top = at * _LANE
    return Lane(
        word=step.row.comparison.contrast.value,
        baseline=top + _MIDDLE + 3.5,
        verdict=step.row.verdict,
        falls=step.end < step.start,
        bar=_arrow(axis.x(step.start), axis.x(step.end), top),
        interval=_interval(step, axis, top + _MIDDLE),
    )


def _arrow(start: float, end: float, top: int) -> str:
    """Draw a bar that points to where it leads."""
    high, middle, low = top + _TOP, top + _MIDDLE, top + _BOTTOM
    if abs(end - start) < _THIN:
        return f"M{round(start - _THIN / 2, 1)} {high}h{_THIN}V{low}h-{_THIN}z"
    head = min(_HEAD, abs(end - start))
    neck = round(end - math.copysign(head, end - start), 1)
    return f"M{start} {high}H{neck}L{end} {middle}L{neck} {low}H{start}z"


def _interval(step: _Step, axis: _Axis, y: int) -> str:
    if step.low >= step.high:
        return ""
    caps = "".join(
        f"M{axis.x(end)} {y - 3}v6"
        for end in (step.low, step.high)
        if axis.low <= end <= axis.high
    )
    return f"M{axis.x(step.low)} {y}H{axis.x(step.high)}{caps}"


def _said(total: Row, release: Row | None, backend: Row | None) -> str:
    halves = [
        f"{row.comparison.contrast} {row.effect} ({row.verdict})"
        for row in (release, backend)
        if row is not None
    ]
    return f"{', '.join(halves)}; together {total.effect} ({total.verdict})"
