# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.shape import ShapeKind
from perfcompare.report.headline import answer_clauses
from perfcompare.report.shapes import (
    KIND_WORDS,
    kind_of_row,
    left_out_words,
    redistribution_clauses,
    shape_words,
)
from perfcompare.testing.comparisons import comparison_of, key_of
from perfcompare.testing.judgements import judgement_of
from perfcompare.testing.redistributed import (
    ALONE,
    EVENED_OUT,
    TITLE,
    redistributed_run,
)
from perfcompare.testing.shapes import shape_of

SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def plain(text):
    return text.replace(SPACE, " ").replace(MINUS, "-")


def spread_out(name):
    return shape_of(name, [1 / each for each in EVENED_OUT], ShapeKind.SPREAD_OUT)


def test_every_kind_is_said_in_words():
    assert KIND_WORDS.keys() == set(ShapeKind)


def test_a_redistribution_is_said_with_both_sides_after_regressions():
    told = [plain(clause) for clause in answer_clauses(redistributed_run())]

    assert told == [
        "no latency regression",
        (
            "list images: waiting redistributed (evened out):"
            " p50 +26.6 % (26.1 → 33.0 ms), p90 -29.5 % (50.0 → 35.2 ms),"
            " mean and rate show parity"
        ),
        "parity shown for 6 of 7",
    ]


def test_a_regression_comes_before_a_redistribution():
    run = redistributed_run()
    key = key_of("mean", workload=ALONE)
    slower = comparison_of(key, 0.0118, 0.0146, Verdict.REGRESSION)
    rows = (slower, *(row for row in run.comparisons if row.key != key))
    first, second, *_ = answer_clauses(replace(run, comparisons=rows))

    assert plain(first) == (
        "latency regressed in 1 of 4, worst list images (1 client) mean +23.7 %"
        " (11.8 → 14.6 ms)"
    )
    assert second.startswith("list images: waiting redistributed")


def test_the_lower_quantile_is_said_first_whichever_way_it_moved():
    run = replace(redistributed_run(), shapes=(spread_out("list"),))

    (told,) = redistribution_clauses(run)
    assert plain(told).startswith(
        "list: waiting redistributed (spread out): p10 -24.8 % (21.3 → 16.0 ms), p90"
    )


def test_more_redistributions_than_are_read_are_counted():
    shapes = tuple(spread_out(f"w{at}") for at in range(4))
    told = redistribution_clauses(replace(redistributed_run(), shapes=shapes))

    assert len(told) == 3
    assert told[-1] == "waiting redistributed in 2 more workloads"


def test_what_is_redistributed_between_other_variants_is_no_answer():
    shape = replace(spread_out("list"), contrast=Contrast.SHAM)

    assert redistribution_clauses(replace(redistributed_run(), shapes=(shape,))) == ()


def test_short_formats_name_what_changed_and_count_the_rest():
    kinds = (ShapeKind.SHIFTED, ShapeKind.TAIL_ONLY, ShapeKind.CROSSED)
    shapes = (
        shape_of("a", EVENED_OUT, ShapeKind.UNCHANGED),
        *(shape_of(f"{kind[0]}", EVENED_OUT, kind) for kind in kinds),
        shape_of("list", EVENED_OUT, ShapeKind.EVENED_OUT),
        shape_of("b", EVENED_OUT, ShapeKind.UNDECIDED),
    )
    run = replace(redistributed_run(), shapes=shapes)

    assert shape_words(run) == (
        "s shifted; t tail only; c crossed; 1 more changed; 1 unchanged; 1 undecided"
    )
    assert plain(shape_words(replace(run, shapes=shapes[4:]))) == (
        "list evened out (p10 +33.0 %, p90 -29.5 %); 1 undecided"
    )


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ((), ""),
        # At least 10 iterations must lie beyond: 10 / 0.01 and 10 / 0.1.
        ((0.99,), "left out: p99 (needs 1,000 iterations a visit)"),
        (
            (0.1, 0.95),
            (
                "left out: p10 (needs 100 iterations a visit),"
                " p95 (needs 200 iterations a visit)"
            ),
        ),
    ],
)
def test_what_is_left_out_says_how_many_iterations_it_needs(left_out, said):
    shape = replace(spread_out("list"), left_out=left_out)

    assert left_out_words(shape) == said


def test_the_times_of_a_whole_workload_have_the_shape_of_its_contrast():
    time = comparison_of(key_of("mean", workload="list"), 1, 1, Verdict.PARITY)
    action = replace(time, key=replace(time.key, action="inside"))
    errors = comparison_of(key_of("error_rate", workload="list"), 0, 0, Verdict.PARITY)
    sham = replace(time, contrast=Contrast.SHAM)
    shapes = (spread_out("list"),)

    kinds = [kind_of_row(row, shapes) for row in (time, action, errors, sham)]
    assert kinds == [ShapeKind.SPREAD_OUT, None, None, None]


def test_the_mean_counts_as_a_latency():
    row = comparison_of(
        key_of("mean", workload=TITLE), 0.01, 0.0124, Verdict.REGRESSION
    )
    run = judgement_of([row], ExitStatus.REGRESSION)

    assert plain(answer_clauses(run)[0]) == (
        "latency regressed in 1 of 1, worst list images mean +24.0 % (10.0 → 12.4 ms)"
    )
