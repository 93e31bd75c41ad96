# SPDX-License-Identifier: Apache-2.0
"""First numbers and times in the words of a terminal; no verdict is among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.experiment.progress import Quantity
from perfcompare.model.metric import Unit
from perfcompare.model.variant import VariantName
from perfcompare.report.scale import SPACE, percent, ruler_for
from perfcompare.report.words import printable

_DIGITS = 3
_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What all variants took of one thing so far, one unit for all."""

    subject: str
    numbers: tuple[tuple[str, str], ...]
    """(Variant, number) in the order of the plan."""
    unit: str
    change: str
    """From base to target, "+1.1 %"; "" where one of them has not been measured."""

    def number(self, variant: str) -> str:
        """Return the number of *variant*, "" if it has none."""
        return dict(self.numbers).get(variant, "")


def lines_of(
    quantities: Sequence[Quantity], *, unit: Unit, variants: Sequence[str]
) -> tuple[Line, ...]:
    """Put the numbers of each subject on one line."""
    subjects = dict.fromkeys(each.subject for each in quantities)
    return tuple(
        _line(
            subject,
            {
                each.variant: each.value
                for each in quantities
                if each.subject == subject
            },
            unit=unit,
            variants=variants,
        )
        for subject in subjects
    )


def _line(
    subject: str, values: dict[str, float], *, unit: Unit, variants: Sequence[str]
) -> Line:
    ruler = ruler_for(unit, values.values())
    base, target = values.get(VariantName.BASE), values.get(VariantName.TARGET)
    change = f"{percent(target / base - 1)}{SPACE}%" if base and target else ""
    return Line(
        subject=shown(subject),
        numbers=tuple(
            (name, ruler.number(values[name], digits=_DIGITS))
            for name in variants
            if name in values
        ),
        unit=ruler.symbol,
        change=change,
    )


def shown(text: str) -> str:
    """Return *text* on one line of at most some hundred letters."""
    return printable(text, limit=_NAME)


def most(rounds: int, *, up_to: bool) -> str:
    """Say how many rounds there are."""
    return f"up to {rounds}" if up_to else f"{rounds}"


def duration(seconds: float) -> str:
    """Put *seconds* as people say it: "40 s", "12 min", "3 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def stopwatch(seconds: float) -> str:
    """Put *seconds* as a clock that one watches: "0:07", "1:02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
