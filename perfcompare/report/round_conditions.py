# SPDX-License-Identifier: Apache-2.0
"""What was seen in each round of things that should not move, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from perfcompare.model.judgement import Judgement, RoundCondition
from perfcompare.report.scale import ABSENT, SPACE, significant
from perfcompare.report.words import plural, printable

_RULES = {
    "voided": "what is voided is left out of every comparison, by the plan's rule",
    "marked": "what is marked is still compared",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundLine:
    """One round of the table."""

    number: int
    steal: str
    others: str
    reasons: str
    fate: str
    """compared, marked or voided."""


def round_lines(judgement: Judgement) -> tuple[RoundLine, ...]:
    """Make one line a round."""
    return tuple(
        RoundLine(
            number=one.round,
            steal=_share(one.steal_ratio),
            others=_share(one.others_ratio),
            reasons=printable("; ".join(one.reasons), limit=500) or ABSENT,
            fate=_fate(one),
        )
        for one in judgement.conditions
    )


def round_words(judgement: Judgement) -> str:
    """Say what became of the rounds, and where nobody looked."""
    fates = {_fate(one) for one in judgement.conditions}
    told = f"None of {plural(len(judgement.conditions), 'round')} is marked."
    if aside := set_aside(judgement):
        rules = [rule for fate, rule in _RULES.items() if fate in fates]
        told = f"{aside.capitalize()}: {', '.join(rules)}."
    unseen = [
        one.round
        for one in judgement.conditions
        if one.steal_ratio is None or one.others_ratio is None
    ]
    if not unseen:
        return told
    return f"{told} Not all of the host was watched in {_rounds(unseen)}."


def set_aside(judgement: Judgement) -> str:
    """Name the rounds that are voided or marked: "round 4 voided, 2 marked".

    "" where there are none.
    """
    told = [
        f"{_rounds(one.round for one in judgement.conditions if _fate(one) == fate)}"
        f" {fate}"
        for fate in ("voided", "marked")
        if any(_fate(one) == fate for one in judgement.conditions)
    ]
    return ", ".join(told)


def voided(judgement: Judgement) -> str:
    """Name the rounds that are left out of every comparison; "" without any."""
    numbers = [one.round for one in judgement.conditions if one.voided]
    return f"{_rounds(numbers)} voided" if numbers else ""


def _fate(one: RoundCondition) -> str:
    if one.voided:
        return "voided"
    return "marked" if one.reasons else "compared"


def _rounds(numbers: Iterable[int]) -> str:
    told = [str(number) for number in numbers]
    return f"{'round' if len(told) == 1 else 'rounds'} {', '.join(told)}"


def _share(ratio: float | None) -> str:
    if ratio is None:
        return ABSENT
    return f"{significant(ratio * 100, digits=2)}{SPACE}%"
