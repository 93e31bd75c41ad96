# SPDX-License-Identifier: Apache-2.0
"""What is not the same in all of several runs: how and what they measured."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from perfcompare.analysis.differences import PLACE, differences
from perfcompare.model.comparison import Contrast
from perfcompare.model.judgement import (
    Difference,
    DifferenceKind,
    RunFacts,
    Suspicion,
    VariantFacts,
)
from perfcompare.model.side_by_side import Column, Divergence
from perfcompare.model.workload import Workload

_PASSING = ("load at start",)
"""Labels of a host that say how it was for a moment, not what it is."""
_RALLY = ("rally", "rally-openstack")

_KINDS = {
    DifferenceKind.PYTHON: "interpreter",
    DifferenceKind.PACKAGE: "package",
    DifferenceKind.OPTION: "option",
    DifferenceKind.ENVIRONMENT: "variable",
}

_Values = tuple[str | None, ...]


def divergences(columns: Sequence[Column]) -> tuple[Divergence, ...]:
    """Return what differs between the runs: how they were measured, then what."""
    facts = [column.judgement.facts for column in columns]
    measuring = (
        *_host(facts),
        ("perfcompare", tuple(one.perfcompare_version or None for one in facts)),
        *((name, tuple(_version(one, name) for one in facts)) for name in _RALLY),
        *_workloads([column.workloads for column in columns]),
        ("order", tuple(_order(one) for one in facts)),
    )
    measured = (("project", tuple(one.project or None for one in facts)), *_made(facts))
    return tuple(
        Divergence(what=what, values=values, measuring=of_measuring)
        for of_measuring, found in ((True, measuring), (False, measured))
        for what, values in found
        if len(set(values)) > 1
    )


def _host(facts: Sequence[RunFacts]) -> Iterator[tuple[str, _Values]]:
    hosts = [dict(one.host) for one in facts]
    for label in dict.fromkeys(label for host in hosts for label in host):
        if label not in _PASSING:
            yield f"host: {label}", tuple(host.get(label) for host in hosts)


def _version(facts: RunFacts, package: str) -> str | None:
    """Return the version of *package* that drove the load; None when unknown."""
    named = (line.partition("==") for line in facts.generator_packages)
    return next((version for name, _, version in named if name == package), None)


def _order(facts: RunFacts) -> str:
    if facts.one_way:
        return "base first, then target"
    return "blocks alternate" if facts.interleaved else "whole visits alternate"


def _workloads(
    runs: Sequence[tuple[Workload, ...]],
) -> Iterator[tuple[str, _Values]]:
    tables = [{workload.name: workload for workload in run} for run in runs]
    yield "workloads", tuple(", ".join(table) or None for table in tables)
    for name in dict.fromkeys(name for table in tables for name in table):
        if all(name in table for table in tables):
            yield f"workload {name}", _settings([table[name] for table in tables])


def _settings(workloads: Sequence[Workload]) -> _Values:
    """Say how each is run; where only its definition differs, which one it is."""
    told = [
        f"{one.times} times, {one.concurrency} at once, {one.warm_up} warm-up,"
        f" {one.blocks} blocks of {one.scenario}"
        for one in workloads
    ]
    if len(set(told)) == 1:
        told = [
            f"{words}, definition {_digest(one.definition)}"
            for words, one in zip(told, workloads, strict=True)
        ]
    return tuple(told)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]


def _made(facts: Sequence[RunFacts]) -> Iterator[tuple[str, _Values]]:
    """Yield of what base and target are made, release and backend first."""
    made = {
        role: [_variant(one, role) for one in facts] for role in Contrast.TOTAL.variants
    }
    for role, variants in made.items():
        yield f"{role}: release", _each(variants, "release")
        yield f"{role}: backend", _each(variants, "backend")
    # Other services have other packages and options: each of them would be listed.
    if len({one.project for one in facts}) == 1:
        yield from _make_up(made)


def _make_up(
    made: Mapping[str, Sequence[VariantFacts | None]],
) -> Iterator[tuple[str, _Values]]:
    """Yield packages, options and variables, the most suspicious first."""
    roles: dict[Difference, list[str]] = {}
    for role, variants in made.items():
        known = [one for one in variants if one]
        if len(known) == len(variants):
            for found in differences(known, project=""):
                roles.setdefault(found, []).append(role)
    for one in sorted(roles, key=_rank):
        if one.why != PLACE:
            yield (
                f"{' and '.join(roles[one])}: {_KINDS[one.kind]} {one.name}",
                one.values,
            )


def _rank(one: Difference) -> tuple[int, bool]:
    """Put what was set before what was installed: it was set for this run."""
    return list(Suspicion).index(one.suspicion), one.kind is DifferenceKind.PACKAGE


def _variant(facts: RunFacts, role: str) -> VariantFacts | None:
    return next((one for one in facts.variants if one.name == role), None)


def _each(variants: Sequence[VariantFacts | None], field: str) -> _Values:
    return tuple((getattr(one, field) or None) if one else None for one in variants)
