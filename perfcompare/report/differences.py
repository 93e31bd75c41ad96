# SPDX-License-Identifier: Apache-2.0
"""What is not the same in every variant, as lines that are safe to show."""

from dataclasses import dataclass

from perfcompare.model.judgement import (
    Difference,
    DifferenceKind,
    Judgement,
    Suspicion,
)
from perfcompare.report.scale import ABSENT
from perfcompare.report.words import printable

KINDS = {
    DifferenceKind.PYTHON: "interpreter",
    DifferenceKind.PACKAGE: "package",
    DifferenceKind.OPTION: "option",
    DifferenceKind.ENVIRONMENT: "variable",
}
NAME = 120
WHY = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceLine:
    """One line of the list."""

    kind: str
    name: str
    values: tuple[str, ...]
    """One a variant, in their order; a dash where it is absent."""
    suspicion: Suspicion
    why: str


def suspected(judgement: Judgement) -> tuple[DifferenceLine, ...]:
    """Return the differences that are likely to explain a change, on one line each."""
    return tuple(
        _line(one) for one in judgement.differences if one.suspicion is Suspicion.HIGH
    )


def _line(one: Difference) -> DifferenceLine:
    return DifferenceLine(
        kind=KINDS[one.kind],
        name=printable(one.name, limit=NAME),
        values=tuple(
            ABSENT if value is None else printable(value, limit=NAME)
            for value in one.values
        ),
        suspicion=one.suspicion,
        why=printable(one.why, limit=WHY),
    )
