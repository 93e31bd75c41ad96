# SPDX-License-Identifier: Apache-2.0
import io
import itertools
import re
from dataclasses import replace

import pytest
from lxml import html

from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.model.judgement import VariantFacts
from perfcompare.model.variant import Backend
from perfcompare.report.html import write_html
from perfcompare.report.trust import confidence, sham_words
from perfcompare.testing.judgements import (
    imported_run,
    inconclusive_run,
    parity_run,
    regression_run,
)
from perfcompare.testing.large import large_run
from perfcompare.testing.redistributed import redistributed_run
from perfcompare.testing.uncorrected import uncorrected_run

LIMIT_BYTES = 1_500_000


def page_of(judgement):
    out = io.StringIO()
    write_html(judgement, out)
    return out.getvalue()


def tree_of(judgement):
    """Render without plots, which take their time."""
    judgement = replace(judgement, curves=(), distributions=())
    return html.document_fromstring(page_of(judgement))


def words(element):
    """Read an element, one space between any two pieces of text."""
    return " ".join(" ".join(element.itertext()).split())


@pytest.fixture(scope="module")
def page():
    return page_of(regression_run())


@pytest.fixture(scope="module")
def tree(page):
    return html.document_fromstring(page)


def test_the_page_begins_with_the_answer(tree):
    body = tree.find("body")

    assert words(body.find("header")).startswith(
        "Manila from eventlet to threads ✗ regression exit status 1"
        " manila 2026.1 eventlet → 2026.2 threading"
        " no latency regression shown so far"
    )
    assert words(tree.find("head/title")).startswith("regression: manila 2026.1")


def test_the_first_screen_counts_the_verdicts_by_word_and_shape(tree):
    chips = [words(chip) for chip in tree.find_class("counts")[0]]

    assert chips == [
        "✗ 1 regression",
        "✓ 2 improvements",
        "= 5 parity",
        "? 2 inconclusive",
        "∅ 0 not comparable",
    ]


def test_the_first_screen_says_what_was_compared(tree):
    compared, trusted = (
        [words(row) for row in facts] for facts in tree.find_class("facts")
    )

    assert compared == [
        "base 2026.1, eventlet",
        "target 2026.2, threading",
        "crossover 2026.2, eventlet",
        "sham 2026.1, eventlet",
        "backends verified in 12 processes",
        "measured 2026-09-21 14:13 UTC, 41 min",
        "host CPU Xeon at 2.20 GHz, cores 2, memory 7.8 GiB",
    ]
    assert trusted == [
        "rounds 6, whole visits alternate",
        "false alarms 1 of 1,680 same-variant comparisons (0.06 %)",
        "sham none of 3 that count called better or worse",
        "agreement 3 of 3 effects agree under two conditions",
        "would show latency changes from 3.0 %, memory changes from 3.0 % (median)",
    ]


def test_the_table_has_one_line_a_primary_metric_worst_first(tree):
    section = tree.xpath("//section[@aria-labelledby='verdicts']")[0]
    rows = [words(row) for row in section.xpath("div/table/tbody/tr[1]")]

    assert len(rows) == 10
    assert rows[0] == (
        "✗ regression memory peak (PSS) manila-scheduler 105.0 → 178.0 MiB"
        " +69.5 % +66.0 to +73.1 % +69.5 %, 95 % interval +66.0 to +73.1 %,"
        " tolerated 10 % 10 % 3.0 %"
    )
    assert len(section.xpath("details/div/table/tbody")) == 7


def test_a_note_is_linked_from_its_line(tree):
    (link,) = tree.xpath("//section[@aria-labelledby='verdicts']/div//tr[1]/td/a")
    note = tree.get_element_by_id(link.get("href").removeprefix("#"))

    assert words(link) == "[1]"
    assert words(note) == "target: about 6 of 60 iterations of a round lie beyond p90"


def test_a_line_without_an_interval_has_no_bar():
    tree = tree_of(inconclusive_run())

    assert tree.find_class("bar") == []
    assert "at least 3 can show a difference" in words(tree)


def test_attribution_stands_side_by_side(tree):
    section = tree.xpath("//section[@aria-labelledby='attribution']")[0]
    rows = section.findall(".//tbody/tr")
    effects = [words(effect) for effect in rows[0].find_class("effect")]

    assert len(rows) == 7
    assert effects == ["+69.5 %", "+5.4 %", "+60.8 %"]


def test_half_an_attribution_says_what_was_not_measured():
    run = regression_run()
    rows = [row for row in run.comparisons if row.contrast is not Contrast.RELEASE]
    tree = tree_of(replace(run, comparisons=tuple(rows)))

    section = tree.xpath("//section[@aria-labelledby='attribution']")[0]
    assert words(section).count("not measured") == 7


def test_the_sham_tells_that_a_copy_of_base_is_called_the_same(tree):
    section = tree.xpath("//section[@aria-labelledby='trust']")[0]

    assert "none of the 3 comparisons that count" in words(section)


def sham_of(**changes):
    run = regression_run()
    rows = tuple(
        replace(row, **changes)
        if row.contrast is Contrast.SHAM and row.key.workload
        else row
        for row in run.comparisons
    )
    return replace(run, comparisons=rows)


@pytest.mark.parametrize("verdict", [Verdict.REGRESSION, Verdict.IMPROVEMENT])
def test_a_false_verdict_on_a_sham_is_counted(verdict):
    assert sham_words(sham_of(verdict=verdict)) == (
        "1 of the 3 comparisons that count came out as better or worse"
    )


def test_a_false_verdict_for_information_is_told_apart():
    said = sham_words(sham_of(verdict=Verdict.REGRESSION, primary=False))

    assert said == (
        "none of the 2 comparisons that count came out as better or worse, and 1 of 1"
        " for information"
    )


def test_a_sham_of_which_others_wait_is_counted_as_such_and_not_as_moved():
    run = sham_of(verdict=Verdict.REDISTRIBUTION, effect=1.5)

    assert sham_words(run) == (
        "none of the 3 comparisons that count came out as better or worse; 1 came out"
        " as redistributed"
    )
    assert dict(confidence(run))["sham"].endswith(", 1 redistributed")


def test_a_sham_that_moves_too_far_without_being_sure_is_told():
    said = sham_words(sham_of(effect=1.5))

    assert said.startswith("none of the 3 comparisons")
    assert said.endswith("; 1 more moved further than the metric may, but not surely")


def test_a_sham_is_told_by_its_numbers_and_not_by_where_they_are_drawn():
    # A tenth of a pixel is more than 0.1 % of this margin.
    beyond, within = (
        sham_words(sham_of(margin=0.1, effect=effect)) for effect in (1.1001, 1.0999)
    )

    assert "1 more moved further" in beyond
    assert "moved further" not in within


def test_every_service_has_its_curves_and_every_workload_its_distribution(tree):
    services = tree.xpath("//section[@aria-labelledby='services']")[0]
    durations = tree.xpath("//section[@aria-labelledby='durations']")[0]

    assert [words(name) for name in services.iter("h3")] == [
        "manila-scheduler ✗ regression",
        "manila-api",
        "manila-share",
    ]
    assert len(services.find_class("plot")) == 12
    assert len(durations.find_class("plot")) == 3
    assert len(durations.xpath(".//tbody/tr")) == 12


def test_every_picture_says_what_it_shows(tree):
    plots = tree.xpath("//svg[@role='img']")

    assert len(plots) > 12
    assert all(words(plot.find("title")) for plot in plots)
    described = [plot for plot in plots if plot.get("aria-labelledby")]
    assert len(described) == 15
    for plot in described:
        title, text = (
            tree.get_element_by_id(name) for name in plot.get("aria-labelledby").split()
        )
        assert words(title)
        assert "base" in words(text)


def test_every_column_of_every_table_has_a_header(tree):
    assert all(
        header.get("scope") in {"col", "row", "rowgroup"}
        for header in tree.xpath("//table//th")
    )
    assert all(table.find("thead") is not None for table in tree.iter("table"))


def test_no_id_occurs_twice(tree):
    ids = tree.xpath("//@id")

    assert len(ids) == len(set(ids))


def test_every_reference_inside_the_page_arrives(tree, page):
    ids = set(tree.xpath("//@id"))
    named = set(re.findall(r'(?:href="|url\()#([^")]+)', page))

    assert named
    assert named <= ids


def test_headings_do_not_skip_a_level(tree):
    levels = [int(heading.tag[1]) for heading in tree.xpath("//h1|//h2|//h3|//h4")]

    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_an_imported_run_says_what_is_unknown():
    text = words(tree_of(imported_run()))

    for part in (
        "backends not verified",
        "measured unknown",
        "host unknown",
        "base : not verified, no process was looked at",
        "Unknown: these results were measured elsewhere.",
        "base unknown",
        "the same, or unknown",
    ):
        assert part in text


def test_nothing_claims_a_backend_that_nobody_knows():
    run = imported_run()
    named = [replace(one, release="2026.1") for one in run.facts.variants]
    curves = parity_run().curves[:1]
    for variants in (run.facts.variants, tuple(named)):
        facts = replace(run.facts, variants=variants)
        text = words(
            html.document_fromstring(
                page_of(replace(run, facts=facts, curves=curves, distributions=()))
            )
        )

        assert "eventlet" not in text
        assert "threading" not in text
        assert "started afresh" not in text
    assert text.count("base : 2026.1, backend unknown") == 1
    assert "base 2026.1, backend unknown" in text


def test_where_base_was_always_first_nothing_says_that_visits_alternate():
    run = parity_run()
    facts = replace(run.facts, one_way=True, interleaved=False)
    text = words(tree_of(replace(run, facts=facts)))

    assert "rounds 6, base first, then target" in text
    assert "alternate" not in text
    assert "started afresh" not in text


def test_a_regression_that_may_be_chance_is_shown_as_undecided_with_its_reason():
    tree = tree_of(uncorrected_run())
    row = tree.xpath("//section[@aria-labelledby='verdicts']//tbody/tr")[0]

    assert words(tree.find("head/title")).startswith("inconclusive: ")
    assert words(tree.find_class("counts")[0]).startswith("✗ 0 regressions")
    assert words(row).startswith("? inconclusive regression by itself p50 latency")
    assert words(row).endswith("[1]")
    assert "survive the correction" in words(tree.get_element_by_id("note-1"))
    how = words(tree.xpath("//section[@aria-labelledby='how']")[0])
    assert "what does not survive the correction" in how


def test_what_is_watched_beside_the_services_is_labelled_control():
    run = uncorrected_run()
    watched = tuple(
        replace(curve, service=name)
        for curve, name in zip(run.curves, ("manila-api", "mariadb"), strict=False)
    )
    tree = html.document_fromstring(
        page_of(replace(run, curves=watched, distributions=()))
    )

    assert "list_shares · mariadb (control)" in words(tree)
    headings = [
        words(one) for one in tree.xpath("//*[@aria-labelledby='services']//h3")
    ]
    assert headings == ["manila-api", "mariadb control"]


def test_provenance_names_the_interpreters_and_perfcompare():
    run = parity_run()
    base, target = run.facts.variants
    other = replace(target, python="CPython 3.12.3")
    tree = tree_of(replace(run, facts=replace(run.facts, variants=(base, other))))

    assert "perfcompare 1.0.0" in words(tree)
    assert "base : CPython 3.11.7 , 3 packages" in words(tree)
    assert "target : CPython 3.12.3 , 4 packages" in words(tree)


def test_sections_of_which_nothing_is_known_are_left_out():
    run = imported_run()
    facts = replace(run.facts, variants=())
    tree = tree_of(replace(run, facts=facts, caveats=(), comparisons=()))

    headings = [words(heading) for heading in tree.findall(".//h2")]
    assert headings == [
        "What was compared",
        "How far to trust it",
        "What changed, worst first",
        "How to read this, in five sentences",
        "Provenance",
    ]
    assert "No metric counts for the verdict in this run." in words(tree)


def test_no_more_is_fetched_from_anywhere(page):
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href|action|data)\s*=\s*[\"'](?!#)", page)
    assert not re.search(r"https?:|//\w|@import|url\((?!#)", page)
    assert page.count("<script") == 1
    assert "javascript:" not in page


def test_the_policy_stands_before_anything_that_it_governs(page):
    assert page.index("Content-Security-Policy") < page.index("<style")


def test_the_same_run_is_the_same_bytes(page):
    assert page_of(regression_run()) == page


def test_a_run_of_300_metrics_10_rounds_and_3_variants_stays_small():
    page = page_of(large_run())

    assert len(page.encode()) <= LIMIT_BYTES
    tree = html.document_fromstring(page)
    assert len(tree.xpath("//section[@aria-labelledby='durations']//table//tr")) == 151
    assert "38 more workloads and actions" in words(tree)


def test_the_first_screen_tells_one_client_from_many():
    compared = tree_of(redistributed_run()).find_class("facts")[0]

    assert "alone (1 client) +1.7 % (parity)" in words(compared[-1])


def test_a_redistribution_is_counted_on_the_first_screen_where_there_is_one(tree):
    counts = tree_of(redistributed_run()).find_class("counts")[0]

    assert "⇄ 1 redistribution" in words(counts)
    assert "redistribution" not in words(tree.find_class("counts")[0])


def test_every_verdict_has_a_class_of_its_own():
    row = parity_run().comparisons[0]
    rows = tuple(replace(row, verdict=verdict) for verdict in Verdict)
    tree = tree_of(replace(parity_run(), comparisons=rows))

    table = tree.xpath("//section[@aria-labelledby='verdicts']//table")[0]
    assert [mark.get("class") for mark in table.find_class("verdict")] == [
        "verdict regression",
        "verdict improvement",
        "verdict parity",
        "verdict redistribution",
        "verdict inconclusive",
        "verdict not-comparable",
    ]


def test_a_variant_with_a_name_of_its_own_has_a_line_of_its_own():
    run = parity_run()
    other = VariantFacts(
        name="other",
        release="main",
        backend="",
        packages=("manila @ file:///src", "editable"),
        evidence=(),
        config=(),
        environment=(),
        python="",
    )
    curves = tuple(replace(curve, variant="other") for curve in run.curves[:2])
    facts = replace(run.facts, variants=(*run.facts.variants, other))
    page = page_of(replace(run, facts=facts, curves=curves, distributions=()))

    assert "var(--series-other)" in page
    assert "backends not verified in other" in words(html.document_fromstring(page))
    assert "file:///src" in page


def test_a_process_that_ran_another_backend_is_told_on_the_first_screen():
    run = parity_run()
    base, target = run.facts.variants
    wrong = tuple(replace(one, found=Backend.EVENTLET) for one in target.evidence)
    target = replace(target, evidence=wrong)
    facts = replace(run.facts, variants=(base, target), rounds_done=4, ended_at=None)
    told = [
        words(row)
        for facts in tree_of(replace(run, facts=facts)).find_class("facts")
        for row in facts
    ]

    assert "backends 3 of 6 processes differ" in told
    assert "rounds 4 of 6 planned, blocks alternate" in told
    assert "measured 2026-09-21 14:13 UTC" in told


def test_a_workload_of_which_nothing_succeeded_has_no_distribution():
    run = parity_run()
    empty = [
        replace(one, probabilities=(), durations_seconds=())
        for one in run.distributions
    ]
    curves = tuple(replace(one, seconds=(), values=()) for one in run.curves)
    page = page_of(replace(run, distributions=(*empty[:2],), curves=curves))

    assert 'class="plot"' not in page
