# SPDX-License-Identifier: Apache-2.0
"""Base units to people's: four significant digits, one unit a row."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from perfcompare.model.comparison import Comparison, Interval, Scale, Side
from perfcompare.model.metric import Unit

MINUS = "\N{MINUS SIGN}"
"""As wide as a plus sign, and never broken from its number."""
TIMES = "\N{MULTIPLICATION SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
ABSENT = "\N{EM DASH}"

BIG_FACTOR = 3.0
"""From here on a factor (3.2 times) reads better than a percentage (+220 %)."""
BIG_DIVISOR = 10.0
"""And down from a tenth: a twentieth says more than 95 % less."""

_FAR = 99.0
"""Stands for ln 0: beyond every picture, and still a number."""

_LADDERS: dict[Unit, tuple[tuple[float, str], ...]] = {
    Unit.SECONDS: ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s")),
    Unit.BYTES: ((1.0, "B"), (2.0**10, "KiB"), (2.0**20, "MiB"), (2.0**30, "GiB")),
    Unit.COUNT: ((1.0, ""),),
    Unit.RATIO: ((0.01, "%"),),
    Unit.PER_SECOND: ((1.0, "/s"),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """One unit that all values of a row are shown in."""

    factor: float
    """Base units in one of these."""
    symbol: str
    exact: bool
    """Counted, not measured: zeros at the end say nothing and go."""

    def number(self, value: float, *, digits: int = 4) -> str:
        """Write *value* (base unit) without its unit."""
        text = significant(value / self.factor, digits=digits)
        if self.exact and "." in text:
            return text.rstrip("0").rstrip(".")
        return text

    def change(self, value: float) -> str:
        """Write a difference (base unit) with its sign, without its unit."""
        text = self.number(value, digits=3)
        return text if text.startswith(MINUS) or value == 0 else f"+{text}"

    def text(self, value: float, *, digits: int = 4) -> str:
        """Write *value* (base unit) with its unit."""
        return self.join(self.number(value, digits=digits))

    def join(self, number: str) -> str:
        """Put the unit behind a number."""
        return _spaced(number, self.symbol)

    @property
    def points(self) -> str:
        """The unit of a difference: percentage points are no percentage."""
        return "pp" if self.symbol == "%" else self.symbol


def ruler_for(unit: Unit, values: Iterable[float]) -> Ruler:
    """Choose the unit in which the largest of *values* is at least 1."""
    largest = max((abs(value) for value in values), default=0.0)
    ladder = _LADDERS[unit]
    # 0.99995 of a unit already shows as 1.000 of it.
    fitting = [step for step in ladder if largest >= step[0] * 0.99995]
    factor, symbol = (fitting or [ladder[0]])[-1] if largest else ladder[-1]
    exact = unit in {Unit.COUNT, Unit.RATIO}
    return Ruler(factor=factor, symbol=symbol, exact=exact)


def significant(value: float, *, digits: int = 4) -> str:
    """Write *value* with *digits* significant digits, never with an exponent."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return f"{value}".replace("-", MINUS)
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])
    places = digits - 1 - exponent
    return f"{round(value, places):.{max(0, places)}f}".replace("-", MINUS)


def percent(share: float) -> str:
    """Write a relative change with its sign, without its unit: +12.3."""
    value = round(share * 100, 1)
    if abs(value) >= 100:
        return f"{value:+.0f}".replace("-", MINUS)
    return f"{value:+.1f}".replace("-", MINUS) if value else "0.0"


def centres(comparison: Comparison) -> tuple[float | None, float | None]:
    """Return the mean over rounds of base and of target, so that the effect fits them.

    The effect is a mean over rounds of log-ratios, or of differences; geometric means,
    or plain ones, have it between them, which medians need not.
    """
    sides = (comparison.base, comparison.target)
    base, target = (_centre(side, comparison.scale) for side in sides)
    return base, target


def _centre(side: Side, scale: Scale) -> float | None:
    if not side.values:
        return side.median
    if scale is Scale.DIFFERENCE:
        return math.fsum(side.values) / len(side.values)
    if min(side.values) <= 0:
        return side.median
    return math.exp(math.fsum(map(math.log, side.values)) / len(side.values))


def effect_text(comparison: Comparison, ruler: Ruler) -> str:
    """Write the effect of a comparison, or a dash."""
    if comparison.effect is None:
        return ABSENT
    return _spaced(*_on_scale(comparison, comparison.effect, ruler))


def ratio_text(effect: float) -> str:
    """Write target / base as a change: "+12.3 %"."""
    return _spaced(*_ratio(effect))


def interval_text(
    comparison: Comparison, interval: Interval | None, ruler: Ruler
) -> str:
    """Write an interval on the scale of the effect, or nothing."""
    if interval is None:
        return ""
    return _between(
        _on_scale(comparison, interval.low, ruler),
        _on_scale(comparison, interval.high, ruler),
    )


def ratio_interval_text(interval: Interval) -> str:
    """Write an interval of target / base as changes: "+1.2 to +3.4 %"."""
    return _between(_ratio(interval.low), _ratio(interval.high))


def detectable_text(comparison: Comparison, ruler: Ruler) -> str:
    """Write the smallest change that would have shown, or a dash."""
    size = comparison.detectable_effect
    if size is None:
        return ABSENT
    if comparison.scale is Scale.RATIO:
        return _spaced(percent(abs(size)).lstrip("+"), "%")
    return _spaced(ruler.number(abs(size), digits=3), ruler.points)


def tolerated(comparison: Comparison) -> float | None:
    """Return how far the metric may move, as *effect* - 1 or as a difference.

    A change must pass both the threshold and the floor to matter, so the larger of
    the two counts: the margin of the judgement, and where that was not computed
    what threshold and floor come to.  None where neither is set.
    """
    if comparison.margin is not None:
        return comparison.margin or None
    floor, threshold = comparison.floor, comparison.threshold
    if comparison.scale is Scale.DIFFERENCE:
        return floor or None
    return max(threshold or 0.0, _floor_as_ratio(comparison)) or None


def _floor_as_ratio(comparison: Comparison) -> float:
    """Put the floor on the scale of the effect, around the middle of both sides."""
    base, target = centres(comparison)
    if not base or not target or base * target < 0:
        return 0.0
    # A ratio r around the middle m is a difference of 2 m sinh(ln(r) / 2).
    middle = math.sqrt(base * target)
    return math.expm1(2 * math.asinh(comparison.floor / (2 * middle)))


def tolerance_text(comparison: Comparison, ruler: Ruler) -> str:
    """Write how far the metric may move: "10 %", or "2 ms" where the floor rules."""
    limit = tolerated(comparison)
    if limit is None:
        return ABSENT
    threshold = comparison.threshold
    # The margin went through a logarithm and back.
    if threshold is not None and math.isclose(limit, threshold, rel_tol=1e-6):
        return _spaced(f"{threshold * 100:.4g}", "%")
    return _spaced(f"{comparison.floor / ruler.factor:.4g}", ruler.points)


def shift(comparison: Comparison, value: float) -> float:
    """Put a value of the effect's scale on an axis where 0 is no change."""
    if comparison.scale is Scale.DIFFERENCE:
        return value
    return math.log(value) if value > 0 else -_FAR


def tolerated_shift(comparison: Comparison) -> float | None:
    """Return how far the metric may move on the axis of `shift`."""
    limit = tolerated(comparison)
    if limit is None or comparison.scale is Scale.DIFFERENCE:
        return limit
    return math.log1p(limit)


def leaves_tolerated(comparison: Comparison) -> bool:
    """Tell whether the effect itself is further than the metric may move."""
    limit = tolerated_shift(comparison)
    if limit is None or comparison.effect is None:
        return False
    # What is at the edge but for rounding is at the edge.
    return abs(shift(comparison, comparison.effect)) > limit * (1 + 1e-9)


def _on_scale(comparison: Comparison, value: float, ruler: Ruler) -> tuple[str, str]:
    """Write a value of the effect's scale as number and unit."""
    if comparison.scale is Scale.DIFFERENCE:
        return ruler.change(value), ruler.points
    return _ratio(value)


def _ratio(value: float) -> tuple[str, str]:
    if value >= BIG_FACTOR:
        return TIMES + significant(value, digits=2 if value < 10 else 3), ""
    if 0 < value <= 1 / BIG_DIVISOR:
        return "÷" + significant(1 / value, digits=3), ""
    return percent(value - 1), "%"


def _between(start: tuple[str, str], end: tuple[str, str]) -> str:
    (low, low_unit), (high, unit) = start, end
    told = low if unit == low_unit else _spaced(low, low_unit)
    return f"{told} to {_spaced(high, unit)}"


def _spaced(number: str, unit: str) -> str:
    return f"{number}{SPACE}{unit}" if unit else number
