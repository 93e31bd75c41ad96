# SPDX-License-Identifier: Apache-2.0
"""Where the numbers come from, and the commands that measure and judge them again."""

import io
from dataclasses import replace

import pytest
from lxml import html

from perfcompare.report.again import commands, judging
from perfcompare.report.html import write_html
from perfcompare.report.page.provenance import provenance
from perfcompare.testing.judgements import imported_run, parity_run

FACTS = parity_run().facts


def typed(*lines, version="1.0.0"):
    facts = replace(FACTS, reproduce="\n".join(lines), perfcompare_version=version)
    return [(one.purpose, one.line) for one in commands(facts)]


def section_of(judgement):
    out = io.StringIO()
    write_html(replace(judgement, curves=(), distributions=()), out)
    tree = html.document_fromstring(out.getvalue())
    (section,) = tree.xpath("//section[@aria-labelledby='provenance']")
    return section


def words(element):
    return " ".join(" ".join(element.itertext()).split())


def test_a_run_is_got_measured_and_judged_again_by_three_commands():
    assert typed("perfcompare run plan.yaml --out /runs/one") == [
        (
            "In a checkout of perfcompare 1.0.0 (the last command tells it)",
            "make venv && . .venv/bin/activate && perfcompare --version",
        ),
        ("Measure", "perfcompare run plan.yaml --out /runs/one"),
        (
            "Judge it again: nothing is measured",
            "perfcompare compare /runs/one",
        ),
    ]


def test_what_was_measured_apart_says_what_comes_when():
    told = typed(
        "perfcompare measure p.yaml --run /r --phase base",
        "perfcompare measure p.yaml --run /r --phase target",
        "perfcompare measure p.yaml --run /r --variant crossover",
    )

    assert [purpose for purpose, _ in told[1:-1]] == [
        "Before the upgrade: measure base",
        "After the upgrade: measure target",
        "Measure crossover",
    ]
    assert told[-1][1] == "perfcompare compare /r"


@pytest.mark.parametrize(
    ("line", "judged"),
    [
        ("perfcompare run p.yaml", "perfcompare compare RUN"),
        ("perfcompare run p.yaml --out=/a", "perfcompare compare /a"),
        ("perfcompare run p.yaml --out '/a b'", "perfcompare compare '/a b'"),
        (
            "perfcompare run p.yaml --out /a --threshold p50=5% --known=k.yaml",
            "perfcompare compare /a --threshold p50=5% --known k.yaml",
        ),
        ("perfcompare run 'not closed --out /a", "perfcompare compare RUN"),
        ("perfcompare run p.yaml --out", "perfcompare compare RUN"),
    ],
)
def test_a_run_is_judged_again_where_it_is_and_as_it_was(line, judged):
    assert judging([line]) == judged


def test_what_was_said_for_each_part_is_said_once():
    line = "perfcompare measure p.yaml --run /a --threshold p50=5%"

    assert judging([line, line]).count("--threshold") == 1


def test_a_version_that_nobody_knows_is_not_named():
    assert typed("perfcompare run p.yaml", version="")[0][0].startswith(
        "In a checkout of perfcompare (the"
    )


def test_without_a_command_line_there_is_nothing_to_type():
    assert typed() == []
    assert "Measure this again" not in words(section_of(imported_run()))


def test_each_command_can_be_reached_by_the_keyboard():
    section = section_of(parity_run())

    assert [words(one) for one in section.findall("ol//pre")] == [
        "make venv && . .venv/bin/activate && perfcompare --version",
        "perfcompare run scenarios/manila/eventlet-to-threading.yaml",
        "perfcompare compare RUN",
    ]
    assert {pre.get("tabindex") for pre in section.iter("pre")} == {"0"}


def test_the_host_the_generator_and_the_time_are_told():
    told = [words(row) for row in section_of(parity_run()).find_class("conditions")[0]]

    assert told == [
        "perfcompare 1.0.0",
        "load generator rally 5.1.1, rally-openstack 4.1.0",
        "began 2026-09-21 14:13 UTC",
        "took 41 min",
        "CPU Xeon at 2.20 GHz",
        "cores 2",
        "memory 7.8 GiB",
        "virtualization kvm",
        "kernel Linux 6.1.0",
    ]


def test_what_is_not_known_of_a_run_has_no_line():
    assert provenance(imported_run().facts) == ()
    assert section_of(imported_run()).find_class("conditions") == []


def test_each_variant_counts_what_it_is_made_of():
    section = section_of(parity_run())
    summaries = [words(one) for one in section.findall("details/summary")]

    assert summaries == [
        "The plan as it was resolved",
        "base : CPython 3.11.7 , 3 packages, 1 configuration file, 1 variable",
        "target : CPython 3.11.7 , 4 packages, 1 configuration file, 1 variable",
        "load generator: 2 packages",
    ]


def test_the_plan_stands_there_as_it_was_resolved():
    section = section_of(parity_run())

    assert words(section.find("details/pre")) == '{ "project": "manila", "rounds": 6 }'
    assert "The plan" not in words(section_of(imported_run()))
