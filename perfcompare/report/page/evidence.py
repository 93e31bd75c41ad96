# SPDX-License-Identifier: Apache-2.0
"""Which backend really ran: service by variant, as every process was found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from perfcompare.model.judgement import VariantFacts
from perfcompare.model.visit import ProcessEvidence
from perfcompare.report.words import listed, plural, printable

MOST_SERVICES = 40
"""Beyond, the proofs of each variant alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one service ran in one variant."""

    mark: str
    told: str
    aside: str
    """Of how many processes."""
    wrong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """One service."""

    service: str
    cells: tuple[Cell, ...]
    """One a variant, in their order."""


def evidence_matrix(variants: Sequence[VariantFacts]) -> tuple[EvidenceLine, ...]:
    """Make one line a service, in the order in which they come; () without proofs."""
    services = dict.fromkeys(
        one.service for variant in variants for one in variant.evidence
    )
    return tuple(
        EvidenceLine(
            service=printable(service, limit=80),
            cells=tuple(
                _cell(
                    [one for one in variant.evidence if one.service == service],
                    known=bool(variant.evidence),
                )
                for variant in variants
            ),
        )
        for service in list(services)[:MOST_SERVICES]
    )


def evidence_finding(variants: Sequence[VariantFacts]) -> str:
    """Say in one sentence whether every process ran what it should."""
    processes = [one for variant in variants for one in variant.evidence]
    if not processes:
        return "No process was looked at, so which backend ran is not known."
    serving = [one for one in processes if one.found is not None]
    wrong = [one for one in serving if one.found is not one.expected]
    idle = len(processes) - len(serving)
    told = f"{_processes(serving)} that serve were looked at from inside, and"
    if len(serving) == 1:
        told = "1 process that serves was looked at from inside, and"
    if wrong:
        told += f" {len(wrong)} ran another backend than expected"
    else:
        told += " each ran the backend that was expected"
    if idle:
        told += f"; {idle} more only watch over others and serve nothing"
    return f"{told}."


def _cell(processes: Sequence[ProcessEvidence], *, known: bool) -> Cell:
    if not processes:
        told = "did not run" if known else "not verified"
        return Cell(mark="—", told=told, aside="", wrong=False)
    expected = _listed(one.expected.value for one in processes)
    serving = [one for one in processes if one.found is not None]
    wrong = [one for one in serving if one.found is not one.expected]
    idle = len(processes) - len(serving)
    aside = _processes(processes)
    if idle and serving:
        aside += f", {idle} serving nothing"
    if not serving:
        told = f"{expected} expected, serves nothing"
        return Cell(mark="?", told=told, aside=aside, wrong=False)
    if wrong:
        found = _listed(one.found.value for one in wrong if one.found)
        return Cell(
            mark="✗",
            told=f"{found} found, {expected} expected",
            aside=f"in {len(wrong)} of {aside}",
            wrong=True,
        )
    return Cell(mark="✓", told=f"{expected}, as expected", aside=aside, wrong=False)


def _listed(names: Iterable[str]) -> str:
    return listed(sorted(set(names)))


def _processes(those: Sequence[ProcessEvidence]) -> str:
    return plural(len(those), "process", "processes")
