# SPDX-License-Identifier: Apache-2.0
"""Which backend really ran: the matrix of services and variants."""

import io
from dataclasses import replace

from lxml import html

from perfcompare.model.variant import Backend
from perfcompare.report.html import write_html
from perfcompare.report.page.evidence import (
    MOST_SERVICES,
    evidence_finding,
    evidence_matrix,
)
from perfcompare.testing.judgements import imported_run, parity_run, regression_run

BASE, TARGET = parity_run().facts.variants
EVENTLET, THREADING = Backend.EVENTLET, Backend.THREADING


def variant_of(*found, expected=THREADING, service="api"):
    """Return a variant whose one service has processes that were found so."""
    one = TARGET.evidence[0]
    return replace(
        TARGET,
        evidence=tuple(
            replace(one, service=service, expected=expected, found=each)
            for each in found
        ),
    )


def cell_of(*found, **changes):
    ((cell,),) = (
        line.cells for line in evidence_matrix([variant_of(*found, **changes)])
    )
    return cell


def section_of(judgement):
    out = io.StringIO()
    write_html(replace(judgement, curves=(), distributions=()), out)
    tree = html.document_fromstring(out.getvalue())
    (section,) = tree.xpath("//section[@aria-labelledby='evidence']")
    return section


def words(element):
    return " ".join(" ".join(element.itertext()).split())


def test_each_service_has_a_line_and_each_variant_a_column():
    section = section_of(regression_run())
    rows = section.findall("div//tbody/tr")

    assert [words(row) for row in rows] == [
        (
            "manila-api"
            " ? eventlet expected, serves nothing 1 process"
            " ? threading expected, serves nothing 1 process"
            " ? eventlet expected, serves nothing 1 process"
            " ? eventlet expected, serves nothing 1 process"
        ),
        (
            "manila-scheduler ✓ eventlet, as expected 1 process"
            " ✓ threading, as expected 1 process"
            " ✓ eventlet, as expected 1 process ✓ eventlet, as expected 1 process"
        ),
        (
            "manila-share ✓ eventlet, as expected 1 process"
            " ✓ threading, as expected 1 process"
            " ✓ eventlet, as expected 1 process ✓ eventlet, as expected 1 process"
        ),
    ]


def test_a_backend_that_was_not_expected_is_marked_and_counted():
    cell = cell_of(None, EVENTLET, THREADING)

    assert (cell.mark, cell.told) == ("✗", "eventlet found, threading expected")
    assert cell.aside == "in 1 of 3 processes, 1 serving nothing"
    assert cell.wrong


def test_a_master_beside_its_workers_is_told_apart():
    cell = cell_of(None, THREADING, THREADING)

    assert (cell.mark, cell.told) == ("✓", "threading, as expected")
    assert cell.aside == "3 processes, 1 serving nothing"


def test_a_service_that_one_variant_lacks_is_told_from_a_variant_nobody_looked_at():
    lines = evidence_matrix(
        [
            variant_of(THREADING),
            variant_of(THREADING, service="other"),
            replace(TARGET, evidence=()),
        ]
    )

    assert [cell.told for cell in lines[0].cells] == [
        "threading, as expected",
        "did not run",
        "not verified",
    ]


def test_the_finding_counts_what_serves():
    assert evidence_finding([variant_of(None, THREADING), variant_of(THREADING)]) == (
        "2 processes that serve were looked at from inside, and each ran the backend"
        " that was expected; 1 more only watch over others and serve nothing."
    )


def test_the_finding_says_how_many_ran_another_backend():
    assert evidence_finding([variant_of(EVENTLET)]) == (
        "1 process that serves was looked at from inside, and 1 ran another backend"
        " than expected."
    )


def test_without_proofs_there_is_no_matrix():
    section = section_of(imported_run())

    assert section.find(".//table") is None
    assert "base : not verified, no process was looked at" in words(section)
    assert evidence_finding(imported_run().facts.variants).startswith("No process was")


def test_services_without_end_are_left_to_the_proofs():
    one = TARGET.evidence[0]
    many = tuple(replace(one, service=f"s{at}") for at in range(MOST_SERVICES + 5))

    assert len(evidence_matrix([replace(TARGET, evidence=many)])) == MOST_SERVICES


def test_each_process_shows_what_it_ran_and_how_that_is_known():
    folded = section_of(regression_run()).findall("details")

    assert words(folded[0].find("summary")) == (
        "base : 3 processes: eventlet in 2, 1 serving nothing"
    )
    assert "✓ eventlet 1 hub in thread MainThread" in words(folded[0])


def test_a_process_that_ran_another_backend_is_marked_in_its_proof():
    run = parity_run()
    wrong = replace(run.facts, variants=(BASE, variant_of(EVENTLET)))
    section = section_of(replace(run, facts=wrong))

    assert "✗ eventlet" in words(section.findall("details")[1])
    assert len(section.find_class("wrong")) == 1
