# SPDX-License-Identifier: Apache-2.0
"""How one row was judged, and on what values."""

from perfcompare.model.comparison import Comparison, Scale
from perfcompare.report.scale import SPACE, Ruler, ruler_for, significant
from perfcompare.report.words import plural

_METHODS = {
    "t": "Student's t",
    "yuen": "Yuen's t on trimmed means",
    "welch": "Welch's t with another run's sham taken off",
}
_SMALLEST_P = 0.0001
"""What is smaller is no better known than this."""
_WHOLE_FROM = 1e6
"""From here on seven digits hold nothing behind the point."""
_UNITS = {"count": "a count", "ratio": "a share of 1"}


def method_words(comparison: Comparison) -> str:
    """Say by which test, how sure, and beyond what a change matters."""
    method = _METHODS.get(comparison.method, comparison.method)
    rounds = plural(len(comparison.rounds), "pair")
    told = [f"{method} on {rounds} of rounds", *_chances(comparison)]
    return "; ".join((*told, _matters(comparison)))


def _chances(comparison: Comparison) -> list[str]:
    if comparison.p_value is None:
        return ["not tested"]
    told = f"p {_chance(comparison.p_value)}"
    if comparison.p_adjusted is not None:
        told += f", adjusted {_chance(comparison.p_adjusted)}"
    return [told]


def _chance(value: float) -> str:
    if value == 0:
        return "0 (all rounds agree exactly)"
    if value < _SMALLEST_P:
        return f"below {_SMALLEST_P:.4f}"
    return significant(value, digits=2)


def _matters(comparison: Comparison) -> str:
    """Name threshold and floor, both of which a change must pass to matter."""
    limits = []
    if comparison.threshold is not None:
        limits.append(f"{comparison.threshold * 100:.4g}{SPACE}%")
    if comparison.floor:
        ruler = ruler_for(comparison.key.metric.unit, (comparison.floor,))
        limits.append(_floor(comparison, ruler))
    if not limits:
        return "any change matters"
    both = "both " if len(limits) > 1 else ""
    return f"matters beyond {both}{' and '.join(limits)}"


def _floor(comparison: Comparison, ruler: Ruler) -> str:
    unit = ruler.points if comparison.scale is Scale.DIFFERENCE else ruler.symbol
    number = f"{comparison.floor / ruler.factor:.4g}"
    return f"{number}{SPACE}{unit}" if unit else number


def raw_unit(comparison: Comparison) -> str:
    """Name the base unit of `raw_lines`."""
    unit = comparison.key.metric.unit.value
    return _UNITS.get(unit, unit)


def raw_lines(comparison: Comparison) -> str:
    """Write each round's values as lines to copy: round, base, target, by tabs.

    Seven digits, or all before the point, are more than a clock or a kernel tells;
    samples.csv has all of them.
    """
    pairs = zip(
        comparison.rounds,
        comparison.base.values,
        comparison.target.values,
        strict=True,
    )
    lines = (
        f"{number}\t{_raw(base)}\t{_raw(target)}" for number, base, target in pairs
    )
    return "\n".join(("round\tbase\ttarget", *lines))


def _raw(value: float) -> str:
    return f"{value:.7g}" if abs(value) < _WHOLE_FROM else f"{value:.0f}"
