# SPDX-License-Identifier: Apache-2.0
"""What ran, what differs and how to measure it again."""

from collections.abc import Mapping

from perfcompare.model.judgement import Judgement, RunFacts
from perfcompare.report.again import commands
from perfcompare.report.page.differences import differences_of
from perfcompare.report.page.evidence import evidence_finding, evidence_matrix
from perfcompare.report.words import moment, span

_GENERATORS = ("rally", "rally-openstack")
"""Packages that drive the load, of the many in their environment."""


def provenance_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what evidence.html.j2, differences.html.j2, provenance.html.j2 show."""
    facts = judgement.facts
    return {
        "facts": facts,
        # Only of visits that were seen is it known that they were alike.
        "alike": any(one.evidence for one in facts.variants) and not facts.one_way,
        "evidence_matrix": evidence_matrix(facts.variants),
        "evidence_finding": evidence_finding(facts.variants),
        "differences": differences_of(judgement),
        "provenance": provenance(facts),
        "commands": commands(facts),
    }


def provenance(facts: RunFacts) -> tuple[tuple[str, str], ...]:
    """Label → value: what measured, with what, when and where."""
    load = [
        line.replace("==", " ")
        for line in facts.generator_packages
        if line.partition("==")[0] in _GENERATORS
    ]
    took = None
    if facts.started_at is not None and facts.ended_at is not None:
        took = facts.ended_at - facts.started_at
    told = (
        ("perfcompare", facts.perfcompare_version),
        ("load generator", ", ".join(load)),
        ("began", moment(facts.started_at)),
        ("took", "" if took is None else span(took)),
        *facts.host,
    )
    return tuple((label, value) for label, value in told if value)
