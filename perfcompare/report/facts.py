# SPDX-License-Identifier: Apache-2.0
"""What a page says about the run itself: conditions, evidence, differences."""

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.model.judgement import RunFacts, VariantFacts
from perfcompare.report.words import (
    UNKNOWN,
    moment,
    plural,
    printable,
    printable_lines,
    span,
)

_NAME = 120
_LINES_DIFFED = 4000
"""Beyond this, comparing line by line takes longer than anybody waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not the same in every variant."""

    name: str
    values: tuple[str, ...]
    """One a variant, in their order; "—" where it is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigDifference:
    """One file of base against the same file of another variant."""

    name: str
    variant: str
    lines: tuple[tuple[str, str], ...]
    """("added" | "removed" | "same", text)."""


def conditions(facts: RunFacts) -> tuple[tuple[str, str], ...]:
    """Label → words, for the first screen."""
    # The host's own labels in their order; the first few name the machine.
    host = ", ".join(
        printable(f"{label} {value}", limit=60) for label, value in facts.host[:3]
    )
    shown = (
        *((variant.name, made_of(variant)) for variant in facts.variants),
        ("backends", backend_evidence(facts.variants)),
        ("rounds", rounds(facts)),
        ("measured", _when(facts)),
        ("host", host or UNKNOWN),
    )
    return tuple((printable(label, limit=40), text) for label, text in shown)


def rounds(facts: RunFacts) -> str:
    """Say how many rounds there are, and in which order they were measured."""
    count = f"{facts.rounds_done}"
    if facts.rounds_done != facts.rounds_planned:
        count += f" of {facts.rounds_planned} planned"
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


def python_differences(variants: Sequence[VariantFacts]) -> tuple[Difference, ...]:
    """Return the interpreter where variants are known to have different ones."""
    if len({variant.python for variant in variants if variant.python}) < 2:
        return ()
    return _differences([{"Python": variant.python or UNKNOWN} for variant in variants])


def package_differences(variants: Sequence[VariantFacts]) -> tuple[Difference, ...]:
    """Return the packages that differ; those of unknown variants do not count."""
    known = [dict(_package(line) for line in one.packages) for one in variants]
    return _differences(known)


def environment_differences(variants: Sequence[VariantFacts]) -> tuple[Difference, ...]:
    """Return the toggles that differ."""
    return _differences([dict(one.environment) for one in variants])


def _differences(known: Sequence[dict[str, str]]) -> tuple[Difference, ...]:
    names = sorted({name for values in known for name in values})
    rows = ((name, [values.get(name) for values in known]) for name in names)
    return tuple(
        Difference(
            name=printable(name, limit=_NAME),
            values=tuple(
                "—" if value is None else printable(value, limit=_NAME)
                for value in values
            ),
        )
        for name, values in rows
        if len(set(values)) > 1
    )


def _package(line: str) -> tuple[str, str]:
    """Split ``name==version`` and ``name @ url`` alike."""
    for mark in ("==", " @ "):
        name, found, rest = line.partition(mark)
        if found:
            return name, rest
    return line, "present"


def config_differences(
    variants: Sequence[VariantFacts],
) -> tuple[ConfigDifference, ...]:
    """Return each file of base that another variant has otherwise."""
    if not variants:
        return ()
    base, *others = variants
    before = dict(base.config)
    found = []
    for other in others:
        after = dict(other.config)
        for name in sorted(before.keys() | after.keys()):
            lines = _diff(before.get(name, ""), after.get(name, ""))
            if lines:
                found.append(
                    ConfigDifference(
                        name=printable(name, limit=_NAME),
                        variant=printable(other.name, limit=40),
                        lines=lines,
                    )
                )
    return tuple(found)


def _diff(before: str, after: str) -> tuple[tuple[str, str], ...]:
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return ()
    if len(old) + len(new) > _LINES_DIFFED:
        return (("same", f"{len(old)} lines in base, {len(new)} here"),)
    kinds = {"+": "added", "-": "removed", " ": "same"}
    diff = difflib.unified_diff(old, new, lineterm="", n=1)
    shown = [line for line in diff if not line.startswith(("+++", "---", "@@"))]
    return tuple((kinds[line[0]], printable_lines(line)) for line in shown)
