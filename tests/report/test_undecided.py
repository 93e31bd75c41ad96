# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

from perfcompare.model.busy_caveat import BusyHost
from perfcompare.model.comparison import Verdict
from perfcompare.report.headline import answer_clauses
from perfcompare.report.undecided import undecided_clauses
from perfcompare.testing.comparisons import comparison_of, key_of
from perfcompare.testing.judgements import parity_run
from perfcompare.testing.redistributed import busy_run


def undecided(name, *caveats, rounds_needed=None):
    key = key_of("mean", workload=name)
    row = comparison_of(key, 1.0, 1.05, Verdict.INCONCLUSIVE)
    return replace(row, caveats=caveats, rounds_needed=rounds_needed)


def busy(others_ratio, *, decided=False):
    return BusyHost(
        rounds=(1, 2), others_ratio=others_ratio, limit_cores=0.25, decided=decided
    )


def test_what_a_busy_host_leaves_undecided_is_counted_with_the_worst_of_it():
    rows = (undecided("a", busy(0.4)), undecided("b", busy(0.953)))

    assert undecided_clauses(parity_run(), rows) == (
        "2 undecided: busy host (others used 0.95 of 2 cores)",
    )


def test_more_rounds_are_not_promised_to_what_a_busy_host_leaves_undecided():
    assert answer_clauses(busy_run()) == (
        "nothing shown about latency",
        "parity shown for 3 of 7",
        "4 undecided: busy host (others used 0.95 of 2 cores)",
    )


def test_other_undecided_rows_are_counted_apart():
    rows = (undecided("a", busy(0.5)), undecided("b", rounds_needed=9))

    assert undecided_clauses(parity_run(), rows) == (
        "1 undecided: busy host (others used 0.50 of 2 cores)",
        "1 more undecided, 3 more rounds would decide",
    )


def test_a_row_that_was_judged_on_its_quiet_rounds_is_undecided_like_any_other():
    rows = (undecided("a", busy(0.5, decided=True), rounds_needed=9),)

    assert undecided_clauses(parity_run(), rows) == (
        "1 undecided, 3 more rounds would decide",
    )


def test_where_the_cores_are_not_known_others_used_some_of_one():
    run = parity_run()
    run = replace(run, facts=replace(run.facts, host=()))

    assert undecided_clauses(run, (undecided("a", busy(0.5)),)) == (
        "1 undecided: busy host (others used 0.50 of a core)",
    )


def test_nothing_undecided_is_nothing_said():
    assert undecided_clauses(parity_run(), parity_run().comparisons) == ()
