# SPDX-License-Identifier: Apache-2.0
import io
from dataclasses import replace

import pytest
from lxml import html

from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.report.html import write_html
from perfcompare.report.page.inside import inside_of, surroundings
from perfcompare.report.scale import TIMES
from perfcompare.testing.comparisons import comparison_of, informational, key_of
from perfcompare.testing.judgements import parity_run, regression_run
from perfcompare.testing.reference import REFERENCE_RUNS

WORKLOAD = "list_shares"
WHOLE = comparison_of(key_of("p50", workload=WORKLOAD), 0.2, 0.2, Verdict.PARITY)


def action(name, *, metric="p50", workload=WORKLOAD):
    key = replace(key_of(metric, workload=workload), action=name)
    return informational(comparison_of(key, 0.1, 0.2, Verdict.REGRESSION))


def counter(service, verdict, *, name="cpu_seconds_per_iteration"):
    key = key_of(name, workload=WORKLOAD, service=service)
    return informational(comparison_of(key, 0.01, 0.02, verdict))


def opened(*others, row=WHOLE):
    run = replace(parity_run(), comparisons=(row, *others))
    return inside_of(row, surroundings(run))


def test_a_whole_workload_opens_to_the_same_metric_of_its_actions():
    inside = opened(
        action("create"),
        action("list"),
        action("create", metric="p90"),
        action("create", workload="another"),
        replace(action("create"), contrast=Contrast.SHAM),
    )

    names = [row.comparison.key.action for row in inside.actions]
    assert names == ["create", "list"]
    assert {row.metric for row in inside.actions} == {"p50 latency"}


def test_an_action_has_no_actions_inside():
    assert opened(action("list"), row=action("create")).actions == ()


def test_counters_of_the_same_work_are_named_where_they_changed_and_else_counted():
    inside = opened(
        counter("api", Verdict.PARITY),
        counter("share", Verdict.REGRESSION),
        counter("data", Verdict.INCONCLUSIVE),
    )

    assert inside.counters.startswith("CPU per iteration of share +100\xa0% (")
    assert inside.counters.endswith(", regression); 2 more: 1 parity, 1 inconclusive")


def test_no_more_counters_are_named_than_are_read():
    inside = opened(*(counter(f"s{at}", Verdict.REGRESSION) for at in range(6)))

    assert inside.counters.count("CPU per iteration") == 4
    assert inside.counters.endswith("; 2 more: 2 regressions")


def test_counters_of_what_is_only_watched_come_last_and_say_so():
    run = parity_run()
    rows = (
        WHOLE,
        counter("mariadb", Verdict.REGRESSION),
        counter("share", Verdict.REGRESSION),
    )
    facts = replace(run.facts, controls=("mariadb",))
    around = surroundings(replace(run, facts=facts, comparisons=rows))
    told = inside_of(WHOLE, around).counters.split("; ")

    assert [one.partition(" +")[0] for one in told] == [
        "CPU per iteration of share",
        "CPU per iteration of mariadb (control)",
    ]


def test_where_no_counter_changed_they_are_counted():
    assert opened(counter("api", Verdict.PARITY)).counters == "1 in all: 1 parity"
    assert opened().counters == ""


def test_counters_stand_beside_latencies_alone():
    errors = comparison_of(
        key_of("error_rate", workload=WORKLOAD), 0.0, 0.0, Verdict.PARITY
    )

    assert opened(counter("api", Verdict.PARITY), row=errors).counters == ""


@pytest.mark.parametrize(("metric", "sign"), [("p50", TIMES), ("error_rate", "+")])
def test_release_and_backend_multiply_or_add_to_the_total(metric, sign):
    row = comparison_of(key_of(metric, workload=WORKLOAD), 0.1, 0.2, Verdict.REGRESSION)
    halves = (
        replace(row, contrast=one) for one in (Contrast.RELEASE, Contrast.BACKEND)
    )
    told = opened(*halves, row=row).attribution

    release, _, backend = told.partition(f" {sign} ")
    assert release.startswith("release +10")
    assert backend.startswith("backend +10")
    assert told.count("regression)") == 2


def test_half_an_attribution_says_what_is_missing():
    half = replace(WHOLE, contrast=Contrast.BACKEND)

    assert opened(half).attribution.startswith(f"release not measured {TIMES} backend ")
    assert opened().attribution == ""


def test_durations_are_shown_for_latencies_of_what_was_drawn():
    figures = surroundings(parity_run()).figures
    errors = comparison_of(
        key_of("error_rate", workload=WORKLOAD), 0.0, 0.0, Verdict.PARITY
    )
    elsewhere = replace(WHOLE, key=key_of("p50", workload="elsewhere"))

    assert opened().figure == figures[WORKLOAD, ""]
    assert opened(row=errors).figure == ""
    assert opened(row=elsewhere).figure == ""


def page_of(judgement):
    out = io.StringIO()
    write_html(judgement, out)
    return html.document_fromstring(out.getvalue())


@pytest.fixture(scope="module")
def tree():
    return page_of(regression_run())


def test_every_line_opens_and_says_what_it_opens(tree):
    lines = tree.xpath("//tbody[@class='metric']")
    summaries = [line.find("tr/td/details/summary").text_content() for line in lines]

    assert len(lines) == 17
    assert summaries[0] == "more on memory peak (PSS), manila-scheduler"
    assert len(set(summaries)) == len(summaries)


def test_an_opened_line_has_the_rounds_in_words_and_the_values_to_copy(tree):
    line = tree.xpath("//tbody[@class='metric']")[0]
    copied = [one.split("\t") for one in line.find(".//pre").text.splitlines()]

    assert line.xpath(".//svg[@class='dots']/title")[0].text == (
        "rounds: target above base in 6 of 6 rounds"
    )
    assert copied[0] == ["round", "base", "target"]
    assert [one[0] for one in copied[1:]] == list("123456")
    assert line.xpath(".//pre/preceding-sibling::p")[0].text == "values, B"


def test_a_latency_shows_the_picture_that_stands_under_durations(tree):
    (use,) = tree.xpath(
        "//tbody[@data-kind='latency'][contains(., 'list_shares')]"
        "[contains(., 'p50')]//svg[@class='plot']/use"
    )
    shown = tree.get_element_by_id(use.get("href").removeprefix("#"))

    assert shown.tag == "svg"
    assert shown.xpath("ancestor::section/@aria-labelledby") == ["durations"]


def test_every_line_has_what_it_is_chosen_by(tree):
    lines = tree.xpath("//tbody[@class='metric']")
    chips = tree.xpath("//*[@id='toolbar']//button/@data-verdict")
    kinds = set(tree.xpath("//select[@id='kind']/option[not(@value)]/text()"))

    assert {line.get("data-verdict") for line in lines} == set(chips)
    assert {line.get("data-kind") for line in lines} == kinds


def test_a_chip_counts_the_lines_of_both_tables(tree):
    chips = {
        chip.get("data-verdict"): " ".join(chip.find_class("tally")[0].text.split())
        for chip in tree.xpath("//*[@id='toolbar']//button[@data-verdict]")
    }

    assert chips == {
        "regression": "1 + 1",
        "improvement": "2 + 0",
        "parity": "5 + 0",
        "inconclusive": "2 + 6",
    }


def test_without_a_script_there_is_no_toolbar_and_no_button_in_a_header(tree):
    assert tree.get_element_by_id("toolbar").get("hidden") is not None
    assert tree.xpath("//th//button") == []


@pytest.mark.parametrize("name", sorted(REFERENCE_RUNS))
def test_every_line_of_every_run_has_as_many_cells_as_the_header(name):
    run = replace(REFERENCE_RUNS[name](), curves=(), distributions=())
    for table in page_of(run).xpath("//section[@aria-labelledby='verdicts']//table"):
        heads = len(table.findall("thead/tr/*"))
        for row in table.findall("tbody/tr"):
            cells = [int(cell.get("colspan", "1")) for cell in row]
            assert sum(cells) == heads
