# SPDX-License-Identifier: Apache-2.0
"""Steps on one axis of time, laid out in percent of its length.

Percent across and pixels down: the picture is as wide as the page, and its words stay
as large as those around it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.model.metric import Unit
from perfcompare.model.upgrade import Upgrade, UpgradeStep
from perfcompare.report.scale import ruler_for
from perfcompare.report.words import printable, span

OUTAGE_BEGINS = "shutdown"
MIGRATES = "migrate"
MOST_LANES = 24
"""Beyond, the table alone."""

_LANE = 34
_TOP = 30
"""Room for the outage above the lanes."""
_BELOW = 22
"""Room for the axis below them."""
_LEAST = 0.3
"""Percent: shorter bars would not be seen."""
_TICKS = 6
_DAY = 86_400.0
_STEPS = (
    *(digit * 10.0**power for power in range(-6, 0) for digit in (1, 2, 5)),
    *(1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0),
    *(3600.0, 7200.0, 10_800.0, 21_600.0, 43_200.0),
)
_UNITS = ((_DAY, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A piece of the axis, in percent of it."""

    left: float
    width: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return round(self.left + self.width, 2)

    @property
    def anchor(self) -> tuple[float, str]:
        """Where words about it stand, and which end of them: never off the picture."""
        if self.left < 50:
            return self.left, "start"
        return self.right, "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One step."""

    name: str
    detail: str
    began: str
    """After the first step's begin."""
    took: str
    bar: Bar
    migrates: bool
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on the axis."""

    left: float
    label: str
    end: str
    """Which end of the label stands at the mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The whole picture."""

    lanes: tuple[Lane, ...]
    """Of all steps; the first `MOST_LANES` of them are drawn."""
    outage: Bar | None
    outage_began: str
    ticks: tuple[Tick, ...]
    foot: int
    """Where the lanes end and the axis begins."""
    height: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    began: float
    whole: float

    def bar(self, start: float, seconds: float) -> Bar:
        """Lay out a piece; what is too short to be seen is drawn a little longer."""
        left = max(0.0, min(100 - _LEAST, (start - self.began) / self.whole * 100))
        width = max(_LEAST, min(100 - left, seconds / self.whole * 100))
        return Bar(left=round(left, 2), width=round(width, 2))


def timeline(upgrade: Upgrade) -> Timeline | None:
    """Lay the steps out on one axis; None without steps, or at no time."""
    axis = _axis(upgrade)
    if axis is None:
        return None
    lanes = tuple(_lane(step, axis, at) for at, step in enumerate(upgrade.steps))
    foot = _TOP + min(MOST_LANES, len(lanes)) * _LANE
    outage, began = _outage(upgrade, axis)
    return Timeline(
        lanes=lanes,
        outage=outage,
        outage_began=began,
        ticks=_ticks(axis.whole),
        foot=foot,
        height=foot + _BELOW,
        said=_said(lanes[:MOST_LANES]),
    )


def took(seconds: float) -> str:
    """Write a duration as `span` does, and in milliseconds below a second."""
    if not math.isfinite(seconds) or seconds >= 1:
        return span(seconds)
    return ruler_for(Unit.SECONDS, [seconds]).text(max(0.0, seconds), digits=2)


def _axis(upgrade: Upgrade) -> _Axis | None:
    if not upgrade.steps:
        return None
    began = min(step.started_at for step in upgrade.steps)
    ends = [step.ended_at for step in upgrade.steps]
    if upgrade.outage_seconds is not None:
        starts = _stops(upgrade.steps)
        ends += [start + upgrade.outage_seconds for start in starts]
    whole = max(ends) - began
    if not all(map(math.isfinite, (began, whole, *ends))):
        return None
    return _Axis(began=began, whole=whole if whole > 0 else 1.0)


def _stops(steps: Sequence[UpgradeStep]) -> tuple[float, ...]:
    """Return when base was stopped; () where no step says so."""
    return tuple(step.started_at for step in steps if step.name == OUTAGE_BEGINS)[:1]


def _lane(step: UpgradeStep, axis: _Axis, at: int) -> Lane:
    seconds = step.ended_at - step.started_at
    return Lane(
        name=printable(step.name, limit=40),
        detail=printable(step.detail, limit=300),
        began=took(step.started_at - axis.began),
        took=took(seconds),
        bar=axis.bar(step.started_at, seconds),
        migrates=step.name == MIGRATES,
        y=_TOP + at * _LANE,
    )


def _outage(upgrade: Upgrade, axis: _Axis) -> tuple[Bar | None, str]:
    starts = _stops(upgrade.steps)
    if upgrade.outage_seconds is None or not starts:
        return None, ""
    bar = axis.bar(starts[0], upgrade.outage_seconds)
    return bar, took(starts[0] - axis.began)


def _ticks(whole: float) -> tuple[Tick, ...]:
    """Mark the axis at round times, in one unit."""
    step = next(
        (step for step in _STEPS if whole / step <= _TICKS),
        _DAY * max(1, math.ceil(whole / _DAY / _TICKS)),
    )
    size, unit = next(each for each in _UNITS if step >= each[0] * 0.999)
    count = math.floor(whole / step * 1.000001)
    return tuple(
        Tick(
            left=(left := round(min(100.0, at * step / whole * 100), 2)),
            label=f"{at * step / size:g}\N{NO-BREAK SPACE}{unit}",
            end=_end(left),
        )
        for at in range(count + 1)
    )


def _end(left: float) -> str:
    if left < 3:
        return "start"
    return "end" if left > 97 else "middle"


def _said(lanes: Sequence[Lane]) -> str:
    return "; ".join(f"{lane.name} {lane.took} from {lane.began}" for lane in lanes)
