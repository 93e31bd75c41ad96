# SPDX-License-Identifier: Apache-2.0
"""The rounds of one comparison as paired dots, by arithmetic alone.

Rounds go to the right as they were measured, so that a drift shows.  A page may hold
hundreds of these: whole numbers, one path for all dots of a kind, and what depends on
the numbers of the rounds alone is drawn once in a page.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.model.comparison import Comparison
from perfcompare.report.scale import Ruler
from perfcompare.report.words import plural

HEIGHT = 108
TOP, BOTTOM = 12, 82
"""Where the largest and the smallest value lie."""
_LEFT, _RIGHT = 84, 14
_STEP, _ROOMY_WIDTH, _SMALLEST_STEP = 26, 300, 6
_LABEL_WIDTH = 18
"""Room that the number of a round takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What pictures of the same rounds share."""

    numbers: tuple[int, ...]

    @property
    def step(self) -> int:
        """Return how far a round is from the next."""
        fitting = _ROOMY_WIDTH // max(1, len(self.numbers))
        return max(_SMALLEST_STEP, min(_STEP, fitting))

    @property
    def width(self) -> int:
        """Return how wide the picture is."""
        return _LEFT + self.step * max(0, len(self.numbers) - 1) + _RIGHT

    @property
    def labels(self) -> tuple[tuple[int, int], ...]:
        """Return x and number of the rounds that are named: as many as have room."""
        every = math.ceil(_LABEL_WIDTH / self.step)
        return tuple(
            (self.x(at), number)
            for at, number in enumerate(self.numbers)
            if at % every == 0
        )

    def x(self, at: int) -> int:
        """Return where a round lies."""
        return _LEFT + at * self.step


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """One picture: path data, and the two ends of its axis in people's units."""

    axis: Rounds
    links: str
    """A line from base to target in each round."""
    base: str
    target: str
    ends: tuple[tuple[int, str], ...]
    """y and value; one where all values are the same."""
    said: str
    """What it shows: "target above base in 6 of 6 rounds"."""


def dots_for(comparison: Comparison, ruler: Ruler) -> Dots | None:
    """Lay out one picture; None when there is no pair to draw."""
    pairs = tuple(zip(comparison.base.values, comparison.target.values, strict=True))
    values = [value for pair in pairs for value in pair]
    if not values or not all(map(math.isfinite, values)):
        return None
    low, high = min(values), max(values)
    axis = Rounds(numbers=comparison.rounds)
    places = [
        (axis.x(at), *(_y(value, low, high) for value in pair))
        for at, pair in enumerate(pairs)
    ]
    ends = ((_y(high, low, high), high), (_y(low, low, high), low))
    return Dots(
        axis=axis,
        links="".join(f"M{x} {base}V{target}" for x, base, target in places),
        base=points_path([(x, base) for x, base, _ in places]),
        target=points_path([(x, target) for x, _, target in places]),
        ends=tuple((y, ruler.text(value)) for y, value in dict(ends).items()),
        said=_words(pairs),
    )


def points_path(places: Sequence[tuple[int, int]]) -> str:
    """Draw lines of no length, which show as their caps; each from the one before.

    "" without any.
    """
    if not places:
        return ""
    steps = (
        f"m{x - left}{y - before:+}h0"
        for (left, before), (x, y) in itertools.pairwise(places)
    )
    return f"M{places[0][0]} {places[0][1]}h0{''.join(steps)}"


def _y(value: float, low: float, high: float) -> int:
    """Put larger values higher; halves first, since a span may be more than a float."""
    if low == high:
        return (TOP + BOTTOM) // 2
    share = (value / 2 - low / 2) / (high / 2 - low / 2)
    return round(BOTTOM - share * (BOTTOM - TOP))


def _words(pairs: Sequence[tuple[float, float]]) -> str:
    above = sum(target > base for base, target in pairs)
    below = sum(target < base for base, target in pairs)
    equal = len(pairs) - above - below
    rounds = plural(len(pairs), "round")
    if equal == len(pairs):
        return f"target equal to base in {equal} of {rounds}"
    side, count = ("above", above) if above >= below else ("below", below)
    aside = f", equal in {equal}" if equal else ""
    return f"target {side} base in {count} of {rounds}{aside}"
