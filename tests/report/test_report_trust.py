# SPDX-License-Identifier: Apache-2.0
"""What a run says about itself, in every format."""

import io
import json
import math
from dataclasses import replace

import pytest
from lxml import etree, html

from perfcompare.model.caveat import Acknowledged, Uncorrected, UnequalSplit
from perfcompare.model.comparison import Contrast, Corroboration, Verdict
from perfcompare.model.judgement import Calibration
from perfcompare.report.attribution import attributions
from perfcompare.report.counters import latent_words
from perfcompare.report.headline import answer, count_words
from perfcompare.report.html import write_html
from perfcompare.report.json_format import write_json
from perfcompare.report.junit import write_junit
from perfcompare.report.markdown import write_markdown
from perfcompare.report.page.trust import OPEN_AGREEMENTS
from perfcompare.report.round_conditions import round_words
from perfcompare.report.scale import TIMES
from perfcompare.report.shown import Shown, shown
from perfcompare.report.text import write_text
from perfcompare.report.trust import confidence, false_alarms, looks, sham_shown
from perfcompare.testing.comparisons import comparison_of, key_of
from perfcompare.testing.judgements import (
    inconclusive_run,
    parity_run,
    regression_run,
)
from perfcompare.testing.redistributed import busy_run
from perfcompare.testing.sequential import KNOWN, sequential_run
from perfcompare.testing.trust import SPENDING


def written(write, judgement):
    out = io.StringIO()
    write(judgement, out)
    return out.getvalue()


def tree_of(judgement):
    """Render without plots, which take their time."""
    judgement = replace(judgement, curves=(), distributions=())
    return html.document_fromstring(written(write_html, judgement))


def words(element):
    """Read an element, one space between any two pieces of text."""
    return " ".join(" ".join(element.itertext()).split())


def plain(text):
    return " ".join(text.replace("\N{MINUS SIGN}", "-").split())


def latency(verdict, *, workload="list", **changes):
    row = comparison_of(key_of("p50", workload=workload), 0.25, 0.31, verdict)
    return replace(row, **changes)


def test_the_run_says_how_often_it_raised_a_false_alarm_where_nothing_differs():
    (section,) = tree_of(parity_run()).xpath("//section[@aria-labelledby='trust']")
    (first, *_) = section.findall("details[1]//tbody/tr")

    assert words(section).startswith(
        "Can this run be trusted? Judged against itself, this run raised 1 false"
        " verdict in 1,008 same-variant comparisons, and 1 of 84 relabelled runs would"
        " have failed: the rounds of base and target, or the halves"
    )
    assert words(first) == "p90 latency list_shares 1 84 3.0 % 6"


def test_a_run_too_short_to_be_compared_with_itself_says_so():
    tree = tree_of(inconclusive_run())

    (section,) = tree.xpath("//section[@aria-labelledby='trust']")
    assert "there are too few rounds to compare a variant with itself" in words(section)
    assert "false alarms not known, too few rounds" in words(tree.find("body/header"))


def test_a_sequential_run_shows_its_looks_and_what_they_cost():
    tree = tree_of(sequential_run())

    (section,) = tree.xpath("//section[@aria-labelledby='trust']")
    assert (
        "It has looked after 4 and 6 of 4, 6, 8, 10 rounds; 2.8 % of 5 % spent; each"
        " is judged at 1.7 % instead of 5 %"
    ) in words(section)
    header = words(tree.find("body/header"))
    assert "looks after 4 and 6 of 4, 6, 8, 10 rounds; 2.8 % of 5 % spent" in header
    assert "rounds 7 of at most 10, blocks alternate" in header


def test_every_round_shows_what_moved_in_it_and_what_became_of_it():
    tree = tree_of(sequential_run())
    rows = tree.xpath("//table[@class='rounds']/tbody/tr")

    assert [words(row) for row in rows[1:4]] == [
        "2 marked 0.20 % 71 % others used 0.71 cores, 0.02 in the other rounds",
        "3 compared 0.30 % 2.0 % —",
        (
            "4 voided 18 % — 18.3 % of CPU time was stolen, at most 5 % is let pass;"
            " mariadb: CPU per iteration +38 % against the other rounds"
        ),
    ]
    assert "disturbed round 4 voided, round 2 marked" in words(tree.find("body/header"))
    assert "Not all of the host was watched in round 4." in words(tree)


def test_rounds_that_are_all_alike_are_told_in_a_sentence():
    tree = tree_of(parity_run())
    run = parity_run()
    blind = replace(run.conditions[0], steal_ratio=None)

    assert "None of 6 rounds is marked. 6 rounds round fate" in words(tree)
    assert round_words(replace(run, conditions=(blind,))) == (
        "None of 1 round is marked. Not all of the host was watched in round 1."
    )


def test_what_became_of_a_round_is_said_only_where_there_is_such_a_round():
    run = sequential_run()
    first, marked, _, voided, *_ = run.conditions

    assert round_words(replace(run, conditions=(first, marked))) == (
        "Round 2 marked: what is marked is still compared."
    )
    assert round_words(replace(run, conditions=(first, voided))).startswith(
        "Round 4 voided: what is voided is left out of every comparison, by the plan's"
        " rule."
    )


def test_a_sham_shows_what_counts_and_all_that_did_not_stay_put():
    run = regression_run()
    sham = [row for row in run.comparisons if row.contrast is Contrast.SHAM]
    aside = [replace(row, primary=False) for row in sham]
    raised = replace(aside[0], verdict=Verdict.REGRESSION)
    moved = replace(aside[1], effect=1.5)
    still = (aside[2], aside[2])

    run = replace(run, comparisons=(*sham, raised, moved, *still))
    assert sham_shown(run) == (*sham, raised, moved)
    assert "2 more, for information, stayed where they were" in words(tree_of(run))
    assert "for information, stayed" not in words(tree_of(regression_run()))


def test_a_known_regression_is_counted_apart_and_tells_its_reason():
    tree = tree_of(sequential_run())
    chips = [words(chip) for chip in tree.find_class("counts")[0]]
    rows = tree.xpath("//section[@aria-labelledby='verdicts']//tbody/tr")

    assert chips[:2] == ["✗ 1 regression", "† 1 known regression"]
    known = "† known regression memory peak (PSS)"
    assert [words(row).startswith(known) for row in rows].count(True) == 1
    assert "known until 2026-12-31: native stacks" in words(
        tree.get_element_by_id("note-2")
    )


def test_what_counters_say_stands_below_the_verdict_and_is_explained():
    tree = tree_of(sequential_run())
    told = [words(one) for one in tree.find_class("counters")]
    (how,) = tree.xpath("//section[@aria-labelledby='how']")

    assert told == ["strong", "contradicted", "waiting", "latent"]
    assert set(told) <= {words(one) for one in how.iter("dt")}


def test_a_split_that_rests_on_other_rounds_says_so_beside_it():
    (section,) = tree_of(sequential_run()).xpath(
        "//section[@aria-labelledby='attribution']"
    )

    assert f"Release {TIMES} backend is the total, exactly" in words(section)
    assert [words(note) for note in section.findall("ol/li")] == [
        str(UnequalSplit(rounds=(5,)))
    ]
    assert len(section.xpath(".//a[@href='#split-1']")) == 2


def test_the_product_of_release_and_backend_is_shown_as_the_total():
    (split,) = attributions(sequential_run()).lines
    assert split.release
    assert split.backend
    total, release, backend = (
        one.comparison.effect or math.nan
        for one in (split.total, split.release, split.backend)
    )

    assert release * backend == pytest.approx(total)


def test_a_note_of_a_split_that_is_not_shown_is_not_shown_either():
    run = sequential_run()
    other = latency(
        Verdict.PARITY, contrast=Contrast.BACKEND, caveats=(UnequalSplit(rounds=(9,)),)
    )
    run = replace(run, comparisons=(*run.comparisons, other))

    assert attributions(run).notes == (str(UnequalSplit(rounds=(5,))),)


@pytest.mark.parametrize("write", [write_text, write_markdown])
def test_short_formats_tell_what_the_run_says_about_itself(write):
    text = plain(written(write, sequential_run())).lower()

    for told in (
        "false alarms: 1 of 1,680 same-variant comparisons (0.06 %)",
        "sham: none of 1 that count called better or worse",
        "looks: after 4 and 6 of 4, 6, 8, 10 rounds; 2.8 % of 5 % spent",
        "disturbed: round 4 voided, round 2 marked",
        "† known regression",
        "parity, latent",
        "1 regression, 1 known regression, 2 improvements, 1 parity",
    ):
        assert told in text


def test_the_headline_tells_what_is_known_latent_and_voided():
    text = plain(answer(sequential_run()))

    assert text == (
        "latency regressed in 1 of 4, worst create_and_delete_share p50 +20.6 % (412"
        " → 497 ms); parity shown for 1 of 5; 1 known regression: manila-scheduler"
        " memory +69.5 %; list_shares (p50) shows latency parity, but CPU per iteration"
        " of manila-api +22.2 %; round 4 voided"
    )


def test_a_known_latency_is_not_told_as_no_regression():
    rows = (latency(Verdict.REGRESSION, caveats=(KNOWN,)), latency(Verdict.PARITY))

    text = plain(answer(replace(parity_run(), comparisons=rows)))
    assert text == (
        "no new latency regression; parity shown for 1 of 2; 1 known regression: list"
        " p50 latency +24.0 %"
    )


def test_several_known_regressions_are_named_by_the_first():
    rows = [latency(Verdict.REGRESSION, caveats=(KNOWN,)) for _ in range(3)]

    text = plain(answer(replace(parity_run(), comparisons=tuple(rows))))
    assert text.endswith("3 known regressions: list p50 latency +24.0 % and 2 more")
    assert count_words(rows) == "3 known regressions"


def test_what_is_known_changes_nothing_but_a_regression_that_stands():
    chance = (KNOWN, Uncorrected(metrics=9, p_adjusted=0.2))

    assert shown(latency(Verdict.REGRESSION, caveats=(KNOWN,))) is Shown.KNOWN
    assert shown(latency(Verdict.REGRESSION, caveats=chance)) is Shown.INCONCLUSIVE
    assert shown(latency(Verdict.IMPROVEMENT, caveats=(KNOWN,))) is Shown.IMPROVEMENT


def test_every_verdict_of_the_model_is_shown_as_itself():
    assert [shown(latency(verdict)) for verdict in Verdict] == [
        Shown(verdict.value) for verdict in Verdict
    ]


def test_a_known_regression_is_skipped_with_its_reason_and_is_no_failure():
    suite = etree.fromstring(written(write_junit, sequential_run()).encode())[0]
    (reason,) = suite.xpath("testcase[@name='pss_peak']/skipped/@message")

    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")
    assert reason.startswith("known regression: ")
    assert reason.endswith(str(KNOWN))


def test_a_day_is_written_as_a_date_in_json():
    document = json.loads(written(write_json, sequential_run()))
    (known,) = (
        caveat
        for row in document["comparisons"]
        for caveat in row["caveats"]
        if caveat["kind"] == "acknowledged"
    )

    assert known["until"] == "2026-12-31"


def test_json_holds_what_the_run_says_about_itself():
    document = json.loads(written(write_json, sequential_run()))

    assert document["schema_version"] == 3
    assert document["spending"] == {
        "planned": [4, 6, 8, 10],
        "done": [4, 6],
        "alpha": 0.05,
        "level": 0.0166,
        "spent": 0.0279,
    }
    assert document["conditions"][3]["voided"]
    assert document["conditions"][3]["others_ratio"] is None
    assert document["calibration"]["metrics"][0] == {
        "workload": "create_and_delete_share",
        "action": "",
        "service": "",
        "metric": "p90",
        "unit": "s",
        "better": "lower",
        "comparisons": 168,
        "false_verdicts": 1,
    }
    assert document["differences"][0]["values"] == [None, "2.2.0", "2.2.0", None]
    assert document["comparisons"][0]["corroboration"] == "strong"


def test_what_nobody_knows_is_null_in_json():
    document = json.loads(written(write_json, inconclusive_run()))

    assert document["calibration"] is document["spending"] is None
    assert document["comparisons"][0]["corroboration"] is None


def of_one_backend():
    run = parity_run()
    variants = tuple(replace(one, backend="eventlet") for one in run.facts.variants)
    return replace(run, facts=replace(run.facts, variants=variants))


def test_a_latency_that_hides_several_costs_names_two():
    hidden = latency(Verdict.PARITY, corroboration=Corroboration.LATENT)
    grown = [
        comparison_of(
            key_of("threads_peak", service=f"s{at}"), 2.0, 20.0, Verdict.REGRESSION
        )
        for at in range(3)
    ]
    run = replace(of_one_backend(), comparisons=(hidden, *grown))

    assert [plain(text) for text in latent_words(run)] == [
        (
            f"list (p50) shows latency parity, but threads peak of s0 {TIMES}10.0,"
            f" threads peak of s1 {TIMES}10.0 and 1 more"
        )
    ]


def test_counters_of_other_work_or_another_split_are_not_named():
    hidden = latency(Verdict.PARITY, corroboration=Corroboration.LATENT)
    name = "cpu_seconds_per_iteration"
    other = comparison_of(key_of(name, workload="other"), 1, 2, Verdict.REGRESSION)
    ours = comparison_of(key_of(name, workload="list"), 1, 2, Verdict.REGRESSION)
    run = replace(
        parity_run(),
        comparisons=(
            hidden,
            other,
            replace(ours, contrast=Contrast.BACKEND),
            replace(ours, verdict=Verdict.PARITY),
            replace(ours, key=key_of(name, workload="list", service="mariadb")),
            latency(Verdict.REGRESSION),
        ),
    )

    assert latent_words(run) == ("list (p50) shows latency parity, but its work grew",)


def test_what_a_server_was_asked_is_named_and_stands_before_what_all_work_shares():
    hidden = latency(Verdict.PARITY, corroboration=Corroboration.LATENT)
    threads = key_of("threads_peak", service="api")
    asked = key_of("sql_statements_per_iteration", workload="list", service="mariadb")
    grown = [
        comparison_of(key, 10.0, 15.0, Verdict.REGRESSION) for key in (threads, asked)
    ]
    run = replace(of_one_backend(), comparisons=(hidden, *grown))

    assert [plain(text) for text in latent_words(run)] == [
        (
            "list (p50) shows latency parity, but SQL statements per iteration of"
            " mariadb +50.0 %, threads peak of api +50.0 %"
        )
    ]


def test_threads_are_no_cost_on_the_way_to_threads():
    hidden = latency(Verdict.PARITY, corroboration=Corroboration.LATENT)
    threads = key_of("threads_peak", service="api")
    grown = comparison_of(threads, 1.0, 53.0, Verdict.REGRESSION)
    run = replace(parity_run(), comparisons=(hidden, grown))

    assert latent_words(run) == ("list (p50) shows latency parity, but its work grew",)


def test_a_counter_of_no_service_is_named_alone_and_many_workloads_are_counted():
    hidden = latency(Verdict.PARITY, corroboration=Corroboration.LATENT)
    key = key_of("cpu_seconds_per_iteration", workload="list")
    grown = comparison_of(key, 10.0, 20.0, Verdict.REGRESSION)
    tail = replace(hidden, key=key_of("p90", workload="list"))
    other = replace(hidden, key=key_of("p50", workload="show"))
    run = replace(parity_run(), comparisons=(hidden, tail, other, grown))

    assert plain(latent_words(run)[0]) == (
        "list (p50, p90) shows latency parity, but CPU per iteration +100 %"
    )
    assert answer(run).endswith(
        "2 workloads show latency parity, but cost more (latent)"
    )
    page = io.StringIO()
    write_html(run, page)
    assert "shows latency parity, but CPU per iteration" in page.getvalue()


def test_no_false_alarm_is_told_without_a_share():
    calibration = parity_run().calibration
    assert calibration
    quiet = replace(calibration, false_verdicts=0)

    text = false_alarms(replace(parity_run(), calibration=quiet))
    assert text == "none of 1,008 same-variant comparisons"


def test_nothing_compared_with_itself_is_not_told_as_no_false_alarm():
    empty = Calibration(
        comparisons=0,
        false_verdicts=0,
        families=0,
        false_alarms=0,
        variants=(),
        metrics=(),
    )

    text = false_alarms(replace(parity_run(), calibration=empty))
    assert text.startswith("not known, too few rounds")


def test_an_experiment_that_has_not_looked_yet_has_spent_nothing():
    text = looks(replace(SPENDING, done=(), spent=0.0))

    assert plain(text) == "none of 4, 6, 8, 10 rounds; 0 % of 5 % spent"


def test_a_run_that_says_nothing_about_itself_has_no_such_lines():
    bare = replace(
        parity_run(), comparisons=(), agreements=(), calibration=None, conditions=()
    )

    assert confidence(bare) == ()


def test_a_bias_that_both_share_is_looked_for_under_two_conditions():
    section = tree_of(busy_run()).xpath("//section[@aria-labelledby='trust']")[0]
    told = [words(one) for one in section.xpath(".//ul[@class='agreements']/li")]

    assert "shows a bias that both copies share" in words(section)
    assert [one.partition(":")[0] for one in told] == [
        "quieter and busier rounds",
        "first and last blocks",
    ]


def test_many_agreements_are_folded():
    run = busy_run()
    section = tree_of(replace(run, agreements=run.agreements * 4)).xpath(
        "//section[@aria-labelledby='trust']"
    )[0]

    assert len(section.xpath(".//ul[@class='agreements']/li")) == OPEN_AGREEMENTS
    assert "2 more" in [words(one) for one in section.xpath(".//summary")]


def test_where_nothing_was_measured_under_two_conditions_that_is_said():
    run = replace(parity_run(), agreements=())
    section = tree_of(run).xpath("//section[@aria-labelledby='trust']")[0]

    assert "here it was not measured under two" in words(section)


def test_a_metric_that_is_not_in_the_total_has_no_detectable_effect():
    run = parity_run()
    run = replace(run, comparisons=run.comparisons[1:])
    rows = [words(row) for row in tree_of(run).xpath("//details[1]//tbody/tr")]

    assert "p50 latency list_shares 0 84 — —" in rows


def test_a_regression_that_is_known_shows_no_failure_colour_in_text():
    known = replace(parity_run(), comparisons=(latency(Verdict.REGRESSION),))
    row = replace(
        known.comparisons[0],
        caveats=(Acknowledged(reason="r", until=KNOWN.until, where="known.yaml:1"),),
    )
    out = io.StringIO()
    write_text(replace(known, comparisons=(row,)), out, colour=True)

    assert "\x1b[31m† known regression" in out.getvalue()
