# SPDX-License-Identifier: Apache-2.0
"""What people are shown of a row: its verdict, or that its regression is known."""

from enum import StrEnum

from perfcompare.model.comparison import Comparison, Verdict
from perfcompare.report.standing import acknowledged, standing


class Shown(StrEnum):
    """The verdicts of a page, worst first: those of the model, and one more."""

    REGRESSION = "regression"
    KNOWN = "known regression"
    """Acknowledged, and so no failure until its day has come."""
    IMPROVEMENT = "improvement"
    REDISTRIBUTION = "redistribution"
    """The same waiting, shared out differently."""
    PARITY = "parity"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not comparable"


UNDECIDED = frozenset({Shown.INCONCLUSIVE, Shown.NOT_COMPARABLE})


def shown(comparison: Comparison) -> Shown:
    """Return what the row is shown and counted as."""
    verdict = standing(comparison)
    if verdict is Verdict.REGRESSION and acknowledged(comparison):
        return Shown.KNOWN
    return Shown(verdict.value)
