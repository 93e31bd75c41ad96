# SPDX-License-Identifier: Apache-2.0
"""The effects of all runs with their intervals, below one another on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.model.comparison import Comparison, Scale
from perfcompare.report.scale import shift, tolerated_shift
from perfcompare.report.shown import Shown, shown
from perfcompare.report.side_by_side.lines import NOT_MEASURED, Cell, LineWords

WIDTH = 220.0
LANE = 18.0
"""The height of one run."""
_LEFT = 20.0
"""Room for the label of a run."""
_MARGIN = 12.0
_ROOM = 1.12
"""What is drawn, of what is shown: so that no interval ends at the edge."""
_FARTHEST = 7.0
"""ln of a factor of a thousand: a scale that reached further would show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Where to draw one run, in units of a box of WIDTH by LANE a run."""

    label: str
    verdict: Shown | None
    """None where there is nothing to draw."""
    top: float
    middle: float
    band_low: float | None
    """What is tolerated begins here; None where nothing says so."""
    band_width: float
    low: float
    high: float
    effect: float
    beyond_low: bool
    """The interval goes on to the left of the box."""
    beyond_high: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """One picture, and what it shows in words."""

    lanes: tuple[Lane, ...]
    height: float
    zero: float
    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    reach: float
    """From no change to either edge, as `shift` has it."""

    def at(self, value: float) -> float:
        inside = max(-1.0, min(1.0, value / self.reach))
        half = (WIDTH - _LEFT) / 2
        return round(_LEFT + half + inside * (half - _MARGIN), 1)


def forest_of(line: LineWords, labels: Sequence[str]) -> Forest | None:
    """Lay out one picture; None where no run has an interval to draw."""
    measured = [cell.comparison for cell in line.cells if cell]
    drawn = [one for one in measured if one.effect is not None and one.ci95]
    if not drawn or len({one.scale for one in drawn}) > 1:
        return None
    axis = _axis(drawn)
    return Forest(
        lanes=tuple(
            _lane(cell, label, place * LANE, axis)
            for place, (cell, label) in enumerate(zip(line.cells, labels, strict=True))
        ),
        height=LANE * len(labels),
        zero=axis.at(0.0),
        title=f"{line.metric}: the change in each run, {line.line.agreement}",
        description="; ".join(
            _said(cell, label) for cell, label in zip(line.cells, labels, strict=True)
        ),
    )


def _axis(drawn: Sequence[Comparison]) -> _Axis:
    ends = [
        abs(shift(one, end))
        for one in drawn
        if one.ci95
        for end in (one.ci95.low, one.ci95.high)
    ]
    bands = [tolerated_shift(one) or 0.0 for one in drawn]
    reach = max(*ends, *bands) * _ROOM or 1.0
    return _Axis(reach=min(reach, _FARTHEST) if _are_logs(drawn) else reach)


def _are_logs(drawn: Sequence[Comparison]) -> bool:
    return drawn[0].scale is Scale.RATIO


def _lane(cell: Cell | None, label: str, top: float, axis: _Axis) -> Lane:
    one = cell.comparison if cell else None
    if one is None or one.effect is None or one.ci95 is None:
        return Lane(
            label=label,
            verdict=None,
            top=top,
            middle=top + LANE / 2,
            band_low=None,
            band_width=0.0,
            low=0.0,
            high=0.0,
            effect=0.0,
            beyond_low=False,
            beyond_high=False,
        )
    low, high = shift(one, one.ci95.low), shift(one, one.ci95.high)
    limit = tolerated_shift(one)
    return Lane(
        label=label,
        verdict=shown(one),
        top=top,
        middle=top + LANE / 2,
        band_low=None if limit is None else axis.at(-limit),
        band_width=round(axis.at(limit) - axis.at(-limit), 1) if limit else 0.0,
        low=axis.at(low),
        high=axis.at(high),
        effect=axis.at(shift(one, one.effect)),
        beyond_low=low < -axis.reach,
        beyond_high=high > axis.reach,
    )


def _said(cell: Cell | None, label: str) -> str:
    if cell is None:
        return f"{label} {NOT_MEASURED}"
    interval = f", 95 % interval {cell.interval}" if cell.interval else ""
    return f"{label} {cell.verdict} {cell.effect}{interval}, tolerated {cell.tolerance}"
