# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfcompare.analysis.own_time import BINS, FEWEST_BINS, own_time, shared_axis
from perfcompare.model.visit import Phase, Window
from perfcompare.testing.visits import EMPTY_VISIT


def window(phase, start, end, workload="", block=0):
    return Window(
        phase=phase,
        workload=workload,
        block=block,
        started_at=start,
        ended_at=end,
        iterations=0,
        generator_cpu_seconds=None,
    )


def visit(*windows, number=1, variant="base"):
    return replace(
        EMPTY_VISIT, round=number, variant=variant, ended_at=0.0, windows=windows
    )


def laid(*visits):
    return [
        (mark.phase, mark.workload, mark.seconds, mark.duration_seconds)
        for mark in shared_axis(visits)
    ]


def whole(start, *, first="list"):
    second = {"list": "boot", "boot": "list"}[first]
    return (
        window(Phase.IDLE, start, start + 8.0),
        window(Phase.WARM_UP, start + 9.0, start + 10.0, first),
        window(Phase.LOAD, start + 12.0, start + 14.0, first, 1),
        window(Phase.LOAD, start + 20.0, start + 22.0, first, 2),
        window(Phase.WARM_UP, start + 30.0, start + 31.0, second),
        window(Phase.LOAD, start + 31.0, start + 34.0, second, 1),
        window(Phase.SETTLE, start + 40.0, start + 43.0),
    )


def test_pauses_between_turns_and_between_workloads_are_no_own_time():
    own = own_time(visit(*whole(100.0)))

    assert own is not None
    assert own.edges[-1] == 8.0 + 1.0 + 2.0 + 2.0 + 1.0 + 3.0 + 3.0
    times = np.array([90.0, 108.0, 112.0, 113.0, 118.0, 121.0, 150.0])
    assert own.own(times).tolist() == [0.0, 8.0, 9.0, 10.0, 11.0, 12.0, 20.0]


def test_pauses_of_a_workload_run_from_its_warm_up_to_its_last_block():
    own = own_time(visit(*whole(100.0)))

    assert own is not None
    assert np.diff(own.with_pauses(np.array([109.0, 122.0]))).tolist() == [13.0]
    assert np.diff(own.with_pauses(np.array([122.0, 130.0]))).tolist() == [0.0]


def test_every_bin_is_within_a_window_of_its_own_phase():
    windows = whole(100.0)
    own = own_time(visit(*windows))

    assert own is not None
    places = np.repeat(np.arange(len(own.segments)), own.counts)
    for centre, place in zip(own.centres, places, strict=True):
        assert any(
            (one.phase, one.workload) == own.segments[place]
            and one.started_at <= centre <= one.ended_at
            for one in windows
        )


def test_a_phase_however_short_has_bins():
    short = window(Phase.WARM_UP, 100.0, 100.001, "list")
    own = own_time(visit(window(Phase.IDLE, 0.0, 100.0), short))

    assert own is not None
    assert own.counts == (BINS, FEWEST_BINS)


def test_the_axis_has_each_phase_once_in_the_order_of_a_visit():
    assert laid(visit(*whole(100.0)), visit(*whole(500.0), number=2)) == [
        ("idle", "", 0.0, 8.0),
        ("warm-up", "list", 8.0, 1.0),
        ("load", "list", 9.0, 4.0),
        ("warm-up", "boot", 13.0, 1.0),
        ("load", "boot", 14.0, 3.0),
        ("settle", "", 17.0, 3.0),
    ]


def test_the_axis_holds_workloads_that_only_some_visits_have():
    some = (*whole(100.0)[:4], whole(100.0)[-1])
    other = visit(*whole(900.0, first="boot"), variant="target")

    assert [(phase, name) for phase, name, _, _ in laid(visit(*some), other)] == [
        ("idle", ""),
        ("warm-up", "list"),
        ("load", "list"),
        ("warm-up", "boot"),
        ("load", "boot"),
        ("settle", ""),
    ]


def test_the_median_of_a_phase_is_over_those_that_have_it():
    visits = [
        visit(window(Phase.IDLE, 0.0, 4.0), window(Phase.LOAD, 5.0, 5.0 + length, "w"))
        for length in (2.0, 4.0, 90.0)
    ]

    assert laid(*visits, visit(window(Phase.IDLE, 0.0, 4.0))) == [
        ("idle", "", 0.0, 4.0),
        ("load", "w", 4.0, 4.0),
    ]


@pytest.mark.parametrize(
    "windows",
    [(), (window(Phase.IDLE, 5.0, 5.0),), (window(Phase.LOAD, 5.0, 4.0, "w"),)],
    ids=["none", "no length", "backwards"],
)
def test_a_visit_without_length_has_no_own_time_and_is_not_on_the_axis(windows):
    assert own_time(visit(*windows)) is None
    assert shared_axis([visit(*windows)]) == ()


moments = st.floats(0.0, 1e4, allow_nan=False)


@settings(max_examples=50)
@given(
    st.lists(
        st.builds(
            window,
            st.sampled_from(list(Phase)),
            moments,
            moments,
            st.sampled_from(["", "a", "b"]),
        ),
        max_size=12,
    )
)
def test_own_time_never_runs_backwards_whatever_the_windows(windows):
    own = own_time(visit(*windows))
    if own is None:
        return
    times = np.linspace(-1.0, 1.1e4, 500)

    assert (np.diff(own.own(times)) >= -1e-9).all()
    assert (np.diff(own.with_pauses(times)) >= -1e-9).all()
    assert (np.diff(own.edges) >= 0).all()
    assert sum(own.counts) == len(own.edges) - 1
    assert own.own(times)[-1] == pytest.approx(own.edges[-1])
