# SPDX-License-Identifier: Apache-2.0
import io
from dataclasses import replace

from lxml import html

from perfcompare.model.occupancy import Limit
from perfcompare.report.html import write_html
from perfcompare.report.page.busy import MOST_LINES, OPEN_LINES
from perfcompare.testing.judgements import imported_run, parity_run
from perfcompare.testing.redistributed import redistributed_run
from perfcompare.testing.shapes import occupancy_of

BOTH = ("base", "target")


def section_of(judgement):
    out = io.StringIO()
    write_html(judgement, out)
    found = html.document_fromstring(out.getvalue()).xpath(
        "//section[@aria-labelledby='busy']"
    )
    return found[0] if found else None


def words(element):
    return " ".join(element.text_content().split())


def test_one_line_a_level_and_variant_says_who_was_how_busy():
    rows = section_of(redistributed_run()).xpath(".//tbody/tr")

    assert [words(cell) for cell in rows[2]] == [
        "list imagesunder load (4 clients)",
        *("base", "saturated", "3.9", "1.0", "0.99manila-api"),
        *("1.0", "0.34", "1.5 of 2"),
    ]
    assert [words(row[0]) for row in rows[:2]] == ["list imagesalone (1 client)"] * 2


def test_the_section_begins_with_what_was_limited_and_explains_it():
    section = section_of(redistributed_run())

    assert words(section[1]).startswith("Saturated: list images under load (4 clients)")
    terms = [words(term) for term in section.xpath(".//dt")]
    assert terms[:2] == ["saturated", "free"]


def test_what_nobody_counted_is_a_dash():
    (one,) = occupancy_of("list", ("base",), limit=Limit.UNKNOWN)
    unseen = replace(
        one,
        in_flight=None,
        service="",
        process_cpu_ratio=None,
        services_cpu_ratio=None,
        generator_cpu_ratio=None,
        host_cpu_ratio=None,
    )
    section = section_of(replace(parity_run(), occupancy=(unseen,)))

    assert [words(cell) for cell in section.xpath(".//tbody/tr/td")[2:]] == ["—"] * 6
    assert words(section[1]) == "Unknown: nobody watched the processes."


def test_a_host_of_unknown_cores_says_what_was_used_alone():
    (one,) = occupancy_of("list", ("base",))
    section = section_of(replace(parity_run(), occupancy=(replace(one, cores=None),)))

    assert words(section.xpath(".//tbody/tr/td")[-1]) == "0.71"


def test_many_lines_are_folded_and_very_many_left_to_the_programs():
    run = replace(parity_run(), occupancy=occupancy_of("list", BOTH) * MOST_LINES)
    section = section_of(run)

    tables = section.xpath(".//table")
    assert [len(table.xpath("./tbody/tr")) for table in tables] == [
        OPEN_LINES,
        MOST_LINES - OPEN_LINES,
    ]
    assert "48 more lines in comparison.json" in words(section)


def test_where_nothing_is_known_there_is_no_section():
    assert section_of(imported_run()) is None
