# SPDX-License-Identifier: Apache-2.0
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcompare.analysis.loads import COLUMNS, loads

NAMES = ("workload", "action", "phase", "block", "duration_seconds", "error")
WORDS = ("workload", "action", "phase", "error")


def frame(*rows):
    return pd.DataFrame(rows, columns=NAMES).astype(
        {"block": "int32", "duration_seconds": float}
    )


def places(found):
    return [(load.workload, load.action) for load in found]


BOTH = (
    ("list", "", "load", 1, 0.5, ""),
    ("list", "get", "load", 1, 0.2, ""),
    ("create", "", "load", 1, 0.9, ""),
    ("list", "", "load", 2, 0.4, ""),
    ("list", "get", "load", 2, 0.1, ""),
)


def test_workloads_and_actions_come_in_the_order_of_first_appearance():
    assert places(loads(frame(*BOTH))) == [
        ("list", ""),
        ("list", "get"),
        ("create", ""),
    ]


def test_durations_and_blocks_stay_parallel_and_in_the_order_of_the_frame():
    whole, *_ = loads(frame(*BOTH))

    assert whole.durations_seconds.tolist() == [0.5, 0.4]
    assert whole.blocks.tolist() == [1, 2]


def test_nothing_but_the_load_is_judged():
    warm_up = ("list", "", "warm-up", 0, 9.0, "")
    other = ("warm only", "", "warm-up", 0, 9.0, "boom")
    (whole,) = loads(frame(warm_up, other, BOTH[0]))

    assert (whole.workload, whole.total, whole.errors) == ("list", 1, {})
    assert whole.durations_seconds.tolist() == [0.5]


def test_failures_are_counted_with_their_messages_and_have_no_duration():
    (whole,) = loads(
        frame(
            ("list", "", "load", 1, 7.0, "timed out"),
            ("list", "", "load", 1, 0.5, ""),
            ("list", "", "load", 2, 8.0, "gone"),
            ("list", "", "load", 2, 9.0, "timed out"),
        )
    )

    assert (whole.failed, whole.total) == (3, 4)
    assert list(whole.errors.items()) == [("timed out", 2), ("gone", 1)]
    assert (whole.durations_seconds.tolist(), whole.blocks.tolist()) == ([0.5], [1])


def test_a_load_that_failed_altogether_is_there_without_durations():
    (whole,) = loads(frame(("list", "", "load", 1, 7.0, "boom")))

    assert (whole.failed, whole.total, len(whole.durations_seconds)) == (1, 1, 0)


@pytest.mark.parametrize("rows", [(), [("list", "", "warm-up", 0, 9.0, "")]])
def test_without_a_load_there_are_none(rows):
    assert loads(frame(*rows)) == ()


def test_the_columns_named_are_all_that_is_read():
    with_more = frame(*BOTH).assign(number=0, started_at=0.0)

    assert places(loads(with_more[list(COLUMNS)])) == places(loads(with_more))


def test_more_workloads_and_actions_than_fit_sixteen_bits_are_told_apart():
    # Of 300 times 300 the first is place 0; 218 * 300 + 136 = 2^16 would be, too.
    pairs = [(f"{each:03}", f"{each:03}") for each in range(300)] + [("218", "136")]
    found = loads(frame(*((*pair, "load", 1, 0.5, "") for pair in pairs)))

    assert places(found) == pairs


rows = st.tuples(
    st.sampled_from(["b", "a", "c"]),
    st.sampled_from(["", "y", "x"]),
    st.sampled_from(["load", "load", "warm-up"]),
    st.integers(0, 4),
    st.floats(0, 10),
    st.sampled_from(["", "", "no", "never"]),
)


@given(st.lists(rows, max_size=30), st.booleans())
def test_every_load_is_what_a_plain_loop_would_find(given_rows, categories):
    data = frame(*given_rows)
    if categories:
        data = data.astype(dict.fromkeys(WORDS, "category"))

    judged = [row for row in given_rows if row[2] == "load"]
    expected = dict.fromkeys(row[:2] for row in judged)
    found = loads(data)
    assert places(found) == list(expected)
    for load in found:
        own = [row for row in judged if row[:2] == (load.workload, load.action)]
        good = [row for row in own if not row[5]]
        assert load.durations_seconds.tolist() == [row[4] for row in good]
        assert load.blocks.tolist() == [row[3] for row in good]
        assert (load.failed, load.total) == (len(own) - len(good), len(own))
        bad = [row[5] for row in own if row[5]]
        assert load.errors == {error: bad.count(error) for error in bad}
