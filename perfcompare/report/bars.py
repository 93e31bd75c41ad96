# SPDX-License-Identifier: Apache-2.0
"""The effect with its interval as a small bar against the threshold band.

The axis counts thresholds, so that the band is in the same place in every line
and one look down the column tells which intervals leave it.
"""

from dataclasses import dataclass

from perfcompare.model.comparison import Comparison
from perfcompare.report.scale import shift, tolerated_shift

REACH = 3.0
"""Thresholds shown to each side; what lies beyond ends in an arrow."""
WIDTH, HEIGHT = 140, 16
_MARGIN = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Where to draw, in units of a box of WIDTH by HEIGHT."""

    band: bool
    """There is a threshold to draw."""
    low: int
    high: int
    effect: int
    beyond_low: bool
    """The interval goes on to the left of the box."""
    beyond_high: bool


def bar_for(comparison: Comparison) -> Bar | None:
    """Lay out one bar; None when there is no interval to draw."""
    effect, interval = comparison.effect, comparison.ci95
    if effect is None or interval is None:
        return None
    limit = tolerated_shift(comparison)
    ends = (shift(comparison, interval.low), shift(comparison, interval.high))
    # Without a threshold the interval itself sets the measure, and no band is drawn.
    unit = limit or max(map(abs, ends)) / 2 or 1.0
    low, high = ends[0] / unit, ends[1] / unit
    middle = shift(comparison, effect) / unit
    return Bar(
        band=limit is not None,
        low=_x(low),
        high=_x(high),
        effect=_x(middle),
        beyond_low=low < -REACH,
        beyond_high=high > REACH,
    )


def _x(thresholds: float) -> int:
    """Put thresholds on whole units, which is what a screen shows of them."""
    inside = max(-REACH, min(REACH, thresholds))
    return round(WIDTH / 2 + inside / REACH * (WIDTH / 2 - _MARGIN))


BAND_LOW, ZERO, BAND_HIGH = _x(-1), _x(0), _x(1)
"""Where the band lies: in every bar, so that a page draws it once."""
