# SPDX-License-Identifier: Apache-2.0
"""What differs between the variants: counted, most suspicious first, scannable."""

import io
from dataclasses import replace

import pytest
from lxml import html

from perfcompare.model.judgement import Difference, DifferenceKind, Suspicion
from perfcompare.report.html import write_html
from perfcompare.report.page.differences import SHOWN, counts, differences_of
from perfcompare.report.versions import kept_and_changed, step_between
from perfcompare.testing.judgements import parity_run, regression_run


def package(name="thing", values=("1.2.3", "1.3.0"), **changes):
    made = Difference(
        kind=DifferenceKind.PACKAGE,
        name=name,
        values=values,
        suspicion=Suspicion.LOW,
        why="",
    )
    return replace(made, **changes)


def line_of(difference):
    (line,) = differences_of(replace(parity_run(), differences=(difference,))).seen
    return line


def section_of(judgement):
    out = io.StringIO()
    write_html(replace(judgement, curves=(), distributions=()), out)
    tree = html.document_fromstring(out.getvalue())
    (section,) = tree.xpath("//section[@aria-labelledby='differences']")
    return section


def words(element):
    return " ".join(" ".join(element.itertext()).split())


def test_all_that_differs_stands_in_its_order_with_mark_and_word():
    section = section_of(regression_run())

    assert [words(row) for row in section.findall("div//tbody/tr")] == [
        (
            "▲ high cotyledon package, not in base and sham — 2.2.0 2.2.0 —"
            " forks and watches the workers where the backend is threading"
        ),
        (
            "▲ high manila.conf: [DEFAULT] backend option, not in base and sham"
            " — threading threading — chooses the concurrency backend of oslo.service"
        ),
        (
            "◆ medium OS_MANILA_DISABLE_EVENTLET_PATCHING variable"
            " false true true false keeps eventlet from patching the standard library"
        ),
        "○ low manila package, major 22.0.2 23.0.1 23.0.1 22.0.2 —",
    ]


def test_the_heading_line_counts_kinds_and_suspicions():
    section = section_of(regression_run())

    assert words(section.find("p")).startswith(
        "2 packages, 1 option and 1 variable; suspicion ▲ 2 high, ◆ 1 medium, ○ 1 low."
    )
    assert counts(()) == ""


def test_no_more_than_a_dozen_are_seen_and_the_rest_is_folded():
    run = replace(parity_run(), differences=(package(),) * (SHOWN + 3))
    section = section_of(run)

    assert SHOWN == 12
    assert len(section.findall("div//tbody/tr")) == SHOWN
    assert len(section.findall("details//tbody/tr")) == 3
    assert words(section.find("details/summary")) == "3 less suspicious differences"


def test_of_a_version_only_what_changed_is_bold():
    run = replace(parity_run(), differences=(package(),))
    (bold,) = section_of(run).iter("strong")

    assert words(bold) == "3.0"
    assert words(bold.getparent()) == "1. 3.0"


def test_what_is_as_in_the_first_variant_is_told_from_it():
    line = line_of(package(values=("1", "2", "1")))

    assert [value.same for value in line.values] == [False, False, True]


def test_a_long_value_is_folded_and_still_there():
    value = "x" * 100 + "the end"
    run = replace(
        parity_run(),
        differences=(package(kind=DifferenceKind.OPTION, values=(value, None)),),
    )
    (fold,) = section_of(run).findall("div//details")

    assert words(fold.find("summary")).startswith("xxxx")
    assert len(words(fold.find("summary"))) < 60
    assert words(fold).endswith("the end")


def test_nothing_that_differs_is_told():
    section = section_of(replace(parity_run(), differences=()))

    assert "Nothing that was recorded" in words(section)
    assert section.find(".//table") is None


def test_only_packages_have_versions():
    option = package(kind=DifferenceKind.OPTION)

    assert line_of(option).step == ""
    assert [value.changed for value in line_of(option).values] == ["", ""]


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("17.3.0", "18.3.1", "major"),
        ("4.5.1", "4.8.0", "minor"),
        ("0.41.0", "0.41.3", "patch"),
        ("3.11", "3.20", "minor"),
        ("1", "1.0.1", "patch"),
        ("2.9.0.post0", "2.9.0.post1", "other"),
        ("2026.2.25", "2026.10.18", "calendar"),
        # One of them is no year: the scheme changed.
        ("3.1", "2026.1", "major"),
        ("file:///src/thing", "1.0", "other"),
        ("", "1.0", "other"),
    ],
)
def test_a_step_is_named_by_the_largest_part_that_differs(old, new, step):
    assert step_between(old, new) == step


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("4.5.1", "4.8.0", ("4.", "8.0")),
        ("17.3.0", "18.3.0", ("", "18.3.0")),
        # A dot fewer: all of the last piece differs.
        ("1.2", "1.2.1", ("1.", "2.1")),
        ("3.1.1", "3.10.1", ("3.", "10.1")),
        ("1.0", "1.0", ("1.0", "")),
    ],
)
def test_a_version_is_parted_where_it_begins_to_differ(old, new, parts):
    assert kept_and_changed(old, new) == parts


def test_versions_that_are_all_one_but_where_one_is_absent_name_no_step():
    assert line_of(package(values=(None, "1.0"))).step == "not in base"
    assert line_of(package(values=("1.0", "1.0"))).step == ""
