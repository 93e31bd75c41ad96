# SPDX-License-Identifier: Apache-2.0
import io
from dataclasses import replace

import pytest
from lxml import html

from perfcompare.report.html import write_html
from perfcompare.report.page.durations import MOST_FIGURES, figure_ids
from perfcompare.report.plots.distributions import VIEW_HEIGHT, VIEW_WIDTH
from perfcompare.report.scale import TIMES
from perfcompare.testing.judgements import parity_run, regression_run
from perfcompare.testing.run_facts import distributions_of


def page_of(judgement):
    out = io.StringIO()
    write_html(judgement, out)
    return html.document_fromstring(out.getvalue())


def test_every_figure_of_durations_can_be_shown_again_by_its_id():
    judgement = regression_run()
    found = figure_ids(judgement)
    tree = page_of(judgement)

    assert set(found) == {(one.workload, one.action) for one in judgement.distributions}
    for name in found.values():
        figure = tree.get_element_by_id(name)
        box = [float(number) for number in figure.get("viewbox").split()]
        assert figure.tag == "svg"
        assert box == pytest.approx([0, 0, VIEW_WIDTH, VIEW_HEIGHT])


def section_of(tree):
    return tree.xpath("//section[@aria-labelledby='durations']")[0]


def words(element):
    return " ".join(element.text_content().split())


def test_a_figure_tells_what_it_finds():
    base, slow = distributions_of(["list"], ["base", "target"])
    slow = replace(
        slow, durations_seconds=tuple(28.7 * one for one in base.durations_seconds)
    )
    run = replace(parity_run(), distributions=(base, slow))
    figure = section_of(page_of(run)).find(".//svg[@role='img']")
    title, description = (
        words(figure.find(f".//{name}")) for name in ("title", "desc")
    )

    told = "target's p50 703.5 ms against base's 24.51 ms"
    assert title == f"durations of list: {told} ({TIMES}28.7)"
    assert f"p90: base 38.42 ms, target 1103 ms ({TIMES}28.7)" in description
    assert description.startswith("p50: base 24.51 ms, target 703.5 ms")


def test_a_figure_without_base_or_target_only_names_itself():
    run = replace(parity_run(), distributions=distributions_of(["list"], ["base"]))
    title = section_of(page_of(run)).find(".//svg/title")

    assert words(title) == "durations of list"


@pytest.mark.parametrize(
    ("factor", "text"),
    [(1.0, "0.0 %"), (1.5, "+50.0 %"), (0.5, "\u221250.0 %"), (0.1, "÷10.0")],
)
def test_a_change_is_written_as_people_say_it(factor, text):
    base, other = distributions_of(["list"], ["base", "target"])
    durations = tuple(factor * one for one in base.durations_seconds)
    run = replace(
        parity_run(),
        distributions=(base, replace(other, durations_seconds=durations)),
    )

    assert f"({text})" in words(section_of(page_of(run)).find(".//svg/title"))


def test_a_duration_of_nothing_has_no_ratio():
    base, other = distributions_of(["list"], ["base", "target"])
    nothing = tuple(0.0 for _ in base.durations_seconds)
    run = replace(
        parity_run(), distributions=(replace(base, durations_seconds=nothing), other)
    )

    assert "(" not in words(section_of(page_of(run)).find(".//svg/title"))


def test_the_table_has_all_quantiles_of_all_variants():
    run = parity_run()
    table = section_of(page_of(run)).find(".//table")
    heads = [words(cell) for cell in table.find("thead").iter("th")]

    assert heads == [
        *("workload", "variant", "iterations"),
        *("p50", "p90", "p95", "p99", "slowest"),
    ]
    assert len(table.find("tbody")) == len(run.distributions)


def test_what_is_too_much_to_draw_is_counted_and_stands_in_the_table():
    found = distributions_of([f"w{at:03}" for at in range(MOST_FIGURES)], ["base"])
    actions = tuple(replace(one, action="get") for one in found[:3])
    run = replace(parity_run(), distributions=(*actions, *found))
    section = section_of(page_of(run))

    assert len(section.find_class("plot")) == MOST_FIGURES
    assert len(figure_ids(run)) == MOST_FIGURES
    assert ("w000", "get") not in figure_ids(run)
    assert "Not drawn, to keep the page small: 3 more" in words(section)
    assert "w000 · get" in words(section.find(".//table"))


@pytest.mark.parametrize("durations", [None, ()])
def test_nothing_measured_is_no_section(durations):
    (one,) = distributions_of(["list"], ["base"])
    empty = () if durations is None else (replace(one, durations_seconds=durations),)
    run = replace(parity_run(), distributions=empty)

    assert not page_of(run).xpath("//section[@aria-labelledby='durations']")
    assert figure_ids(run) == {}
