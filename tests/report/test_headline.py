# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.model.caveat import OneWay, Uncorrected
from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.model.failure import Failure
from perfcompare.report.headline import (
    answer,
    answer_clauses,
    count_words,
    headline,
    of_contrast,
    verdict_counts,
)
from perfcompare.report.shown import Shown
from perfcompare.report.undecided import rounds_missing
from perfcompare.testing.comparisons import MIB, comparison_of, key_of
from perfcompare.testing.judgements import (
    imported_run,
    inconclusive_run,
    parity_run,
    regression_run,
)


def said(*rows):
    """Answer for these rows, a no-break space read as a space."""
    text = answer(replace(parity_run(), comparisons=rows))
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


def latency(verdict, *, name="p50", target=0.25, workload="list"):
    return comparison_of(key_of(name, workload=workload), 0.25, target, verdict)


def memory(service, verdict=Verdict.REGRESSION, *, metric="pss_peak", target=178):
    key = key_of(metric, service=service)
    return comparison_of(key, 105 * MIB, target * MIB, verdict)


def test_parity_of_everything_is_one_short_sentence():
    text = headline(parity_run())

    assert text == (
        "manila 2026.1 eventlet → 2026.2 threading: no latency regression;"
        " parity shown for all 12"
    )


def test_the_answer_names_what_grew_and_how_many_threads_there_are():
    text = headline(regression_run()).replace("\N{NO-BREAK SPACE}", " ")

    assert text.startswith("manila 2026.1 eventlet → 2026.2 threading: no latency")
    assert "manila-scheduler memory +69.5 % (105 → 178 MiB), threads 1 → 53" in text
    assert text.endswith("2 undecided, 3 more rounds would decide")


def test_an_undecided_latency_is_not_told_as_no_regression():
    text = said(latency(Verdict.PARITY), latency(Verdict.INCONCLUSIVE, name="p90"))

    assert text.startswith("no latency regression shown so far;")


def test_a_latency_of_which_nothing_is_known_is_told_so():
    assert answer(inconclusive_run()).startswith("nothing shown about latency;")


def test_the_worst_latency_is_named_with_its_workload():
    text = said(
        latency(Verdict.REGRESSION, target=0.31), latency(Verdict.PARITY, name="p90")
    )

    assert text == (
        "latency regressed in 1 of 2, worst list p50 +24.0 % (250 → 310 ms);"
        " parity shown for 1 of 2"
    )


def test_a_run_without_latencies_does_not_speak_of_them():
    assert said(memory("api", Verdict.PARITY)) == "parity shown"


def test_faster_workloads_are_counted():
    text = said(latency(Verdict.IMPROVEMENT), latency(Verdict.PARITY))

    assert text == "no latency regression, 1 of 2 faster; parity shown for 1 of 2"


def test_one_service_is_named_once_for_its_memory():
    text = said(memory("api"), memory("api", metric="pss_idle", target=150))

    assert text.count("api memory") == 1


def test_more_regressions_than_can_be_read_are_counted():
    text = said(*(memory(f"service-{at}") for at in range(6)))

    assert "service-2 memory" in text
    assert "service-3" not in text
    assert "3 more regressions" in text


def test_a_regression_that_is_no_memory_has_its_own_name():
    row = comparison_of(
        key_of("error_rate", workload="list"), 0.0, 0.05, Verdict.REGRESSION
    )

    assert said(row).startswith("list error rate +5 pp (0 → 5 %)")


def test_several_improvements_are_named_by_the_first():
    text = said(*(memory(name, Verdict.IMPROVEMENT, target=80) for name in "ab"))

    assert text.startswith("better: a memory -23.8 % (105 → 80.0 MiB) and 1 more")


def test_a_regression_without_a_median_tells_its_effect_alone():
    row = memory("api")
    row = replace(row, base=replace(row.base, median=None, values=()))

    assert said(row).startswith("api memory +69.5 %;")


def test_what_is_not_comparable_is_counted():
    assert said(latency(Verdict.NOT_COMPARABLE)).endswith("1 not comparable")


def test_nothing_to_judge_is_told_so():
    informational = replace(latency(Verdict.REGRESSION), primary=False)

    assert said(informational).startswith("nothing was compared")


def test_unknown_variants_are_named_by_their_role():
    assert headline(imported_run()).startswith("base → target: ")
    facts = replace(imported_run().facts, variants=())
    assert headline(replace(imported_run(), facts=facts)).startswith("base → target: ")


@pytest.mark.parametrize(
    ("needed", "missing"), [((9, 8), 3), ((9, None), None), ((6,), None)]
)
def test_the_rounds_that_are_missing_decide_every_row_or_are_not_told(needed, missing):
    rows = [
        replace(latency(Verdict.INCONCLUSIVE), rounds_needed=count) for count in needed
    ]

    assert rounds_missing(rows) == missing


def taken_back(row):
    return replace(row, caveats=(Uncorrected(metrics=11, p_adjusted=0.07),))


def test_a_regression_that_may_be_chance_is_told_as_undecided():
    text = said(
        taken_back(latency(Verdict.REGRESSION, target=0.31)), latency(Verdict.PARITY)
    )

    assert text == (
        "no latency regression shown so far; p50 of list looks slower (+24.0 %), but"
        " does not survive the correction for 11 metrics: undecided; parity shown for"
        " 1 of 2; 1 undecided"
    )


def test_several_changes_that_may_be_chance_are_counted():
    text = said(
        memory("api", Verdict.PARITY),
        *(taken_back(memory(name, Verdict.IMPROVEMENT, target=80)) for name in "ab"),
        taken_back(latency(Verdict.IMPROVEMENT, target=0.2)),
    )

    assert "better:" not in text
    assert (
        "3 metrics look better (first: a memory -23.8 %), but do not survive the"
        " correction for 11 metrics: undecided"
    ) in text


def test_more_rounds_are_promised_to_those_alone_that_they_would_decide():
    text = said(latency(Verdict.INCONCLUSIVE), taken_back(latency(Verdict.REGRESSION)))

    assert text.endswith("2 undecided, 3 more rounds would decide 1 of them")


def test_a_correction_changes_what_is_counted():
    rows = [taken_back(latency(Verdict.REGRESSION)), latency(Verdict.REGRESSION)]

    assert count_words(rows) == "1 regression, 1 inconclusive"


def test_undecided_rows_are_counted_when_nobody_knows_how_many_rounds_they_need():
    row = replace(latency(Verdict.INCONCLUSIVE), rounds_needed=None)

    assert said(row).endswith("1 undecided")


def test_primary_rows_come_before_the_others_in_their_own_order():
    rows = of_contrast(regression_run(), Contrast.TOTAL)

    assert [row.primary for row in rows] == [True] * 10 + [False] * 7
    assert rows[0].verdict is Verdict.REGRESSION


def test_every_verdict_is_counted_those_that_do_not_occur_included():
    counts = verdict_counts([latency(Verdict.PARITY)])

    assert list(counts) == list(Shown)
    assert sum(counts.values()) == counts[Shown.PARITY] == 1


def test_only_nouns_have_a_plural():
    rows = [latency(verdict) for verdict in Verdict for _ in range(2)]

    assert count_words(rows) == (
        "2 regressions, 2 improvements, 2 redistributions, 2 parity, 2 inconclusive,"
        " 2 not comparable"
    )


def test_a_one_way_run_tells_what_it_shows_in_full():
    total = latency(Verdict.INCONCLUSIVE)
    backend = replace(latency(Verdict.PARITY), contrast=Contrast.BACKEND)
    run = replace(parity_run(), comparisons=(total, backend))
    corrected = replace(run, facts=replace(run.facts, one_way=True))
    one_way = replace(corrected, caveats=(OneWay(),))

    assert answer(one_way).endswith("the backend alone, compared in rounds: 1 parity")
    assert "parity shown" not in answer(one_way)
    # A sham was taken off: nothing is in the way of parity.
    assert "parity shown for none of 1" in answer(corrected)
    assert "backend" not in answer(run)


FAILURE = Failure(
    at=1.0,
    activity="start",
    round=3,
    rounds=6,
    variant="target",
    service="api",
    message="api did not answer",
    hint="",
    log_lines=(),
    log="",
)


def failed(rounds_done, *rows):
    run = replace(parity_run(), comparisons=rows, failure=FAILURE)
    return answer_clauses(
        replace(run, facts=replace(run.facts, rounds_done=rounds_done))
    )


def test_what_ended_an_experiment_comes_before_what_was_compared():
    first, second, *rest = failed(2, latency(Verdict.PARITY))

    assert first == (
        "the experiment failed in round 3 of 6 while target was starting: api did not"
        " answer"
    )
    assert second.startswith("2 rounds are complete")
    assert rest == ["no latency regression", "parity shown"]


def test_an_experiment_without_a_complete_round_tells_only_what_ended_it():
    first, second = failed(0)

    assert first.startswith("the experiment failed in round 3 of 6")
    assert second == "no round is complete, so nothing is compared"
