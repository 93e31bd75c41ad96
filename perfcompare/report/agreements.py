# SPDX-License-Identifier: Apache-2.0
"""Whether one effect, measured under two conditions, is the same: in words."""

from collections.abc import Sequence

from perfcompare.model.agreement import Agreement
from perfcompare.model.judgement import Judgement
from perfcompare.report.scale import ratio_text, significant
from perfcompare.report.words import name_of


def agreement_lines(judgement: Judgement) -> tuple[str, ...]:
    """Say each, those that differ first."""
    return tuple(_line(one) for one in _ordered(judgement.agreements))


def agreement_words(judgement: Judgement) -> str:
    """Count those that agree, and say the first that differs; "" without any."""
    found = _ordered(judgement.agreements)
    if not found:
        return ""
    apart = sum(one.differs for one in found)
    told = f"{len(found) - apart} of {len(found)} effects agree under two conditions"
    if not apart:
        return told
    first = f"{'differs' if apart == 1 else 'first of those that differ'}:"
    return f"{told}; {first} {_short(found[0])}"


def _ordered(agreements: Sequence[Agreement]) -> list[Agreement]:
    return sorted(agreements, key=lambda one: not one.differs)


def _short(one: Agreement) -> str:
    return (
        f"{name_of(one.key)} {ratio_text(one.one)} and {ratio_text(one.other)}"
        f" ({one.conditions})"
    )


def _line(one: Agreement) -> str:
    """Write "quieter and busier rounds: mean of list +24 % and +22 %, agree"."""
    verdict = "differ" if one.differs else "agree"
    ratio = f"second / first {significant(one.ratio, digits=3)}"
    if one.ci95 is not None:
        low, high = (
            significant(end, digits=3) for end in (one.ci95.low, one.ci95.high)
        )
        ratio += f", 95 % interval {low} to {high}"
    return (
        f"{one.conditions}: {name_of(one.key)} {ratio_text(one.one)} and"
        f" {ratio_text(one.other)}, {verdict} ({ratio})"
    )
