# SPDX-License-Identifier: Apache-2.0
"""What is not the same in every variant: most suspicious first, and countable."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.model.judgement import (
    Difference,
    DifferenceKind,
    Judgement,
    Suspicion,
)
from perfcompare.report.differences import KINDS, NAME, WHY
from perfcompare.report.scale import ABSENT
from perfcompare.report.versions import kept_and_changed, step_between
from perfcompare.report.words import listed, plural, printable

SHOWN = 12
"""So many are seen at once; the rest is folded."""

_MARKS = {Suspicion.HIGH: "▲", Suspicion.MEDIUM: "◆", Suspicion.LOW: "○"}
"""A shape for each, so that none is told by its colour alone."""
_SHORT = 48
"""Longer values are folded."""
_LONG = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What one variant has."""

    kept: str
    """As the first variant has it."""
    changed: str
    """What differs from there on."""
    whole: str
    """All of a long value, to unfold; "" where nothing was left out."""
    same: bool
    """The same as in the first variant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceLine:
    """One line of the list."""

    kind: str
    name: str
    step: str
    """What of a version changed, or where it is absent; "" of anything else."""
    values: tuple[Value, ...]
    """One a variant, in their order; a dash where it is absent."""
    mark: str
    suspicion: Suspicion
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """All lines, most suspicious first, and how many there are of what."""

    counts: str
    seen: tuple[DifferenceLine, ...]
    folded: tuple[DifferenceLine, ...]


def differences_of(judgement: Judgement) -> Differences:
    """Put what differs in lines; the first `SHOWN` of them are to be seen at once."""
    variants = [printable(one.name, limit=40) for one in judgement.facts.variants]
    lines = tuple(_line(one, variants) for one in judgement.differences)
    return Differences(
        counts=counts(judgement.differences), seen=lines[:SHOWN], folded=lines[SHOWN:]
    )


def counts(differences: Sequence[Difference]) -> str:
    """Count them: "86 packages and 1 variable; suspicion 1 high, 23 medium"."""
    kinds = Counter(one.kind for one in differences)
    told = listed([plural(kinds[kind], KINDS[kind]) for kind in KINDS if kinds[kind]])
    levels = Counter(one.suspicion for one in differences)
    suspicion = ", ".join(
        f"{_MARKS[level]} {levels[level]} {level}"
        for level in Suspicion
        if levels[level]
    )
    return f"{told}; suspicion {suspicion}" if told else ""


def _line(one: Difference, variants: Sequence[str]) -> DifferenceLine:
    return DifferenceLine(
        kind=KINDS[one.kind],
        name=printable(one.name, limit=NAME),
        step=_step(one, variants),
        values=tuple(
            _value(value, one, first=at == 0) for at, value in enumerate(one.values)
        ),
        mark=_MARKS[one.suspicion],
        suspicion=one.suspicion,
        why=printable(one.why, limit=WHY),
    )


def _step(one: Difference, variants: Sequence[str]) -> str:
    absent = [
        name for name, value in zip(variants, one.values, strict=False) if value is None
    ]
    if absent:
        return f"not in {listed(absent)}"
    if one.kind is not DifferenceKind.PACKAGE:
        return ""
    versions = [value for value in one.values if value is not None]
    others = [value for value in versions if value != versions[0]]
    return step_between(versions[0], others[0]) if others else ""


def _value(value: str | None, one: Difference, *, first: bool) -> Value:
    """Lay out what one variant has beside what the first one has."""
    begin = one.values[0]
    same = value == begin and not first
    if value is None:
        return Value(kept=ABSENT, changed="", whole="", same=same)
    if len(value) > _SHORT:
        short, whole = printable(value, limit=_SHORT), printable(value, limit=_LONG)
        return Value(kept=short, changed="", whole=whole, same=same)
    kept, changed = value, ""
    if one.kind is DifferenceKind.PACKAGE and begin is not None and value != begin:
        kept, changed = kept_and_changed(begin, value)
    return Value(kept=printable(kept), changed=printable(changed), whole="", same=same)
