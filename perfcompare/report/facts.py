# SPDX-License-Identifier: Apache-2.0
"""What a page says about the run itself: conditions and evidence."""

from collections import Counter
from collections.abc import Sequence

from perfcompare.model.judgement import Judgement, RunFacts, VariantFacts
from perfcompare.report.words import (
    UNKNOWN,
    moment,
    plural,
    printable,
    span,
)

_NAME = 120


def conditions(judgement: Judgement) -> tuple[tuple[str, str], ...]:
    """Label → words, for the first screen."""
    facts = judgement.facts
    # The host's own labels in their order; the first few name the machine.
    host = ", ".join(
        printable(f"{label} {value}", limit=60) for label, value in facts.host[:3]
    )
    shown = (
        *((variant.name, made_of(variant)) for variant in facts.variants),
        ("backends", backend_evidence(facts.variants)),
        ("rounds", rounds(judgement)),
        ("measured", _when(facts)),
        ("host", host or UNKNOWN),
    )
    return tuple((printable(label, limit=40), text) for label, text in shown)


def rounds(judgement: Judgement) -> str:
    """Say how many rounds there are, and in which order they were measured."""
    facts = judgement.facts
    count = f"{facts.rounds_done}"
    if facts.rounds_done != facts.rounds_planned:
        # A sequential experiment that ended early was not cut short.
        most = f"{facts.rounds_planned} planned"
        if judgement.spending:
            most = f"at most {facts.rounds_planned}"
        count += f" of {most}"
    if facts.started_at is None:
        return f"{count}, order {UNKNOWN}"
    if facts.one_way:
        return f"{count}, base first, then target"
    how = "blocks alternate" if facts.interleaved else "whole visits alternate"
    return f"{count}, {how}"


def made_of(variant: VariantFacts) -> str:
    """Name release and backend, or say what nobody knows."""
    if not (variant.release or variant.backend):
        return UNKNOWN
    release = variant.release or f"release {UNKNOWN}"
    return printable(f"{release}, {variant.backend or f'backend {UNKNOWN}'}", limit=80)


def backend_evidence(variants: Sequence[VariantFacts]) -> str:
    """Say whether it was proven what every process ran."""
    missing = [variant.name for variant in variants if not variant.evidence]
    processes = [one for variant in variants for one in variant.evidence]
    wrong = [one for one in processes if one.found not in {None, one.expected}]
    if wrong:
        return (
            f"{len(wrong)} of {plural(len(processes), 'process', 'processes')} differ"
        )
    if len(missing) == len(variants):
        return "not verified"
    if missing:
        return printable(f"not verified in {', '.join(missing)}", limit=_NAME)
    return f"verified in {plural(len(processes), 'process', 'processes')}"


def evidence_words(variant: VariantFacts) -> str:
    """Say in one line what the processes of one variant were seen to run."""
    found = Counter(one.found.value for one in variant.evidence if one.found)
    told = [f"{backend} in {count}" for backend, count in sorted(found.items())]
    idle = len(variant.evidence) - found.total()
    total = plural(len(variant.evidence), "process", "processes")
    return f"{total}: {', '.join([*told, *([f'{idle} serving nothing'] * bool(idle))])}"


def _when(facts: RunFacts) -> str:
    if facts.started_at is None:
        return UNKNOWN
    if facts.ended_at is None:
        return moment(facts.started_at)
    return f"{moment(facts.started_at)}, {span(facts.ended_at - facts.started_at)}"
