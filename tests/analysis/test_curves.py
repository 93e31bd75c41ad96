# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfcompare.analysis.curves import aligned, traces
from perfcompare.analysis.own_time import BINS, shared_axis
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


def visit(*windows, variant="target", number=1):
    return replace(
        EMPTY_VISIT,
        round=number,
        variant=variant,
        ended_at=0.0,
        ready_seconds=0.0,
        services=("api",),
        controls=("mariadb",),
        windows=windows,
        overhead_seconds=0.0,
    )


def readings(times, **columns):
    base = {
        "at": np.asarray(times, dtype=float),
        "owner": "target",
        "service": "api",
        "pid": 1,
        "parent_pid": 0,
        "threads": 3,
        "pss_bytes": 100.0,
        "cpu_seconds": 0.0,
        "voluntary_switches": np.nan,
        "involuntary_switches": np.nan,
    }
    return pd.DataFrame(base | columns)


def drawn(*visited):
    """Return the curves of visits with their readings, by variant and quantity."""
    found = [trace for one, frame in visited for trace in traces(one, frame)]
    curves = aligned(found, shared_axis([one for one, _ in visited]))
    return {(curve.variant, curve.quantity): curve for curve in curves}


def at(curve, second):
    """Return the value of the bin around *second* of the shared axis."""
    return values_of(curve)[int(np.abs(np.array(curve.seconds) - second).argmin())]


def values_of(curve):
    values = curve.values  # noqa: PD011  # of a dataclass, not of a frame
    return np.asarray(values)


IDLE = window(Phase.IDLE, 1000.0, 1010.0)
LOAD = window(Phase.LOAD, 1012.0, 1020.0, "list")
LOOKS = np.arange(1000.0, 1021.0, 0.5)


def alternating(position):
    """Return blocks of one second, of which every second one is a variant's own."""
    return [
        window(Phase.LOAD, 1010.0 + start, 1011.0 + start, "list", block)
        for block, start in enumerate(range(position, 20, 2), start=1)
    ]


def own_work(blocks, times, *, rate):
    """Return CPU seconds that grow only while one of *blocks* runs."""
    return [
        rate * sum(min(max(time - each.started_at, 0.0), 1.0) for each in blocks)
        for time in times
    ]


def test_a_visit_has_a_curve_of_each_quantity_from_its_first_window_to_its_last():
    frame = readings(LOOKS, voluntary_switches=0.0, involuntary_switches=0.0)
    found = drawn((visit(IDLE, LOAD), frame))

    assert [quantity for _, quantity in found] == [
        "pss_bytes",
        "threads",
        "cpu_ratio",
        "switches_per_second",
    ]
    seconds = found["target", "threads"].seconds
    assert 0.0 < seconds[0] < 0.2
    assert 17.8 < seconds[-1] < 18.0
    assert list(seconds) == sorted(seconds)


def test_what_a_variant_does_in_its_blocks_is_at_the_same_second_in_all():
    base, target = alternating(0), alternating(1)
    times = np.arange(1000.0, 1031.0, 0.25)
    found = drawn(
        *(
            (
                visit(IDLE, *blocks, variant=name),
                readings(
                    times,
                    owner=name,
                    cpu_seconds=own_work(blocks, times, rate=0.8),
                    pss_bytes=np.where(times < blocks[5].started_at, 100.0, 300.0),
                ),
            )
            for name, blocks in (("base", base), ("target", target))
        )
    )

    for name in ("base", "target"):
        cpu, memory = found[name, "cpu_ratio"], found[name, "pss_bytes"]
        assert [at(cpu, second) for second in (5.0, 10.5, 15.0, 19.5)] == pytest.approx(
            [0.0, 0.8, 0.8, 0.8], abs=1e-6
        )
        # The sixth block begins after five seconds of load.
        assert (at(memory, 14.7), at(memory, 15.3)) == (100.0, 300.0)
    assert found["base", "threads"].seconds == found["target", "threads"].seconds


def test_what_a_variant_does_in_short_turns_is_not_spread_over_the_looks_around_them():
    # Turns of 0.2 s every 1.2 s, looks every 0.5 s: most of a look is no turn.
    turns = [
        window(Phase.LOAD, start, start + 0.2, "list", block)
        for block, start in enumerate(np.arange(1000.1, 1012.0, 1.2), start=1)
    ]
    times = np.arange(999.0, 1015.0, 0.5)
    done = [
        0.9 * sum(min(max(time - each.started_at, 0.0), 0.2) for each in turns)
        for time in times
    ]
    found = drawn((visit(*turns), readings(times, cpu_seconds=done)))
    inner = values_of(found["target", "cpu_ratio"])[10:-10]

    assert np.mean(inner) == pytest.approx(0.9, rel=0.02)


def test_standing_by_adds_nothing():
    blocks = alternating(0)
    times = np.arange(999.7, 1031.0, 0.7)
    busy = np.asarray(own_work(blocks, times, rate=0.5))
    polling = 0.1 * (times - times[0])
    found = drawn((visit(*blocks), readings(times, cpu_seconds=busy + polling)))
    inner = values_of(found["target", "cpu_ratio"])[10:-10]

    # Its own 0.5, and the 0.1 that it always uses; not 0.1 of the pause on top.
    assert np.mean(inner) == pytest.approx(0.6, rel=0.02)


def test_what_is_done_in_a_pause_alone_is_not_drawn():
    blocks = alternating(0)
    times = np.arange(1000.0, 1030.0, 0.5)
    burst = np.clip((times - 1015.0) * 5, 0.0, 5.0)
    found = drawn((visit(*blocks), readings(times, cpu_seconds=burst)))

    assert not values_of(found["target", "cpu_ratio"]).any()


def test_a_control_is_drawn_for_its_share_of_the_time_of_the_variant_s_turns():
    blocks = alternating(0)
    times = np.arange(999.7, 1031.0, 0.7)
    frame = readings(
        times, owner="control", service="mariadb", cpu_seconds=0.7 * (times - 999.7)
    )
    found = traces(visit(*blocks), frame)

    assert {(one.service, one.variant) for one in found} == {("mariadb", "target")}
    (cpu,) = (one for one in found if one.quantity == "cpu_ratio")
    assert set(values_of(cpu).round(6)) == {0.7}


def test_voluntary_and_involuntary_switches_are_added_up():
    frame = readings(
        LOOKS,
        voluntary_switches=100.0 * (LOOKS - 1000.0),
        involuntary_switches=20.0 * (LOOKS - 1000.0),
    )
    found = drawn((visit(IDLE, LOAD), frame))

    assert at(found["target", "switches_per_second"], 5.0) == pytest.approx(120.0)


def test_each_phase_is_as_long_as_it_is_in_the_median():
    visits = [
        visit(IDLE, window(Phase.LOAD, 1010.0, 1010.0 + length, "list"), number=number)
        for number, length in enumerate((10.0, 12.0, 20.0), start=1)
    ]
    marks = shared_axis(visits)
    grown = [
        readings(times, pss_bytes=np.linspace(0.0, 100.0, len(times)))
        for length in (10.0, 20.0)
        for times in [np.linspace(1010.0, 1010.0 + length, 50)]
    ]
    found = aligned(
        [
            trace
            for one, frame in zip((visits[0], visits[2]), grown, strict=True)
            for trace in traces(one, frame)
        ],
        marks,
    )

    assert [mark.seconds for mark in marks] == [0.0, 10.0]
    assert marks[1].duration_seconds == 12.0
    short, long = (curve for curve in found if curve.quantity == "pss_bytes")
    assert at(short, 16.0) == pytest.approx(50.0, abs=1.0)
    assert at(long, 16.0) == pytest.approx(50.0, abs=1.0)


def test_a_phase_that_a_visit_has_not_is_a_gap_in_its_curve():
    whole = visit(IDLE, LOAD, variant="base")
    partial = visit(IDLE)
    found = drawn((whole, readings(LOOKS, owner="base")), (partial, readings(LOOKS)))
    threads = found["target", "threads"]

    assert at(threads, 9.0) == 3.0
    assert math.isnan(at(threads, 11.0))
    assert at(found["base", "threads"], 11.0) == 3.0


def test_a_phase_in_which_nobody_looked_is_a_gap():
    found = drawn((visit(IDLE, LOAD), readings([1001.0, 1002.0, 1003.0])))
    threads, cpu = found["target", "threads"], found["target", "cpu_ratio"]

    # What was there at the last look of a phase was there until its end.
    assert at(threads, 9.5) == 3.0
    assert math.isnan(at(threads, 12.0))
    # But nobody knows what was used after it.
    assert at(cpu, 2.0) == 0.0
    assert math.isnan(at(cpu, 9.5))


def test_threads_are_whole_and_memory_moves_between_looks():
    frame = readings([1000.0, 1010.0], threads=[1, 9], pss_bytes=[0.0, 100.0])
    found = drawn((visit(IDLE), frame))

    assert set(found["target", "threads"].values) == {1.0, 9.0}
    assert at(found["target", "pss_bytes"], 5.0) == pytest.approx(50.0, abs=1.0)


def test_a_long_visit_has_no_more_points_than_a_picture_can_show():
    times = np.linspace(1000.0, 1020.0, 10_000)
    found = drawn((visit(IDLE, LOAD), readings(times)))

    assert {len(curve.values) for curve in found.values()} == {BINS}


def test_a_quantity_that_was_never_read_has_no_curve():
    found = drawn((visit(IDLE), readings([1001.0, 1002.0], pss_bytes=np.nan)))

    assert [quantity for _, quantity in found] == ["threads", "cpu_ratio"]


def test_a_single_look_has_no_curve_of_what_grows():
    found = drawn((visit(IDLE), readings([1001.0])))

    assert [quantity for _, quantity in found] == ["pss_bytes", "threads"]


def test_two_looks_at_the_same_process_number_of_two_processes_use_nothing_negative():
    frame = readings(LOOKS, cpu_seconds=np.where(LOOKS < 1005.0, LOOKS, 0.0))
    found = drawn((visit(IDLE, LOAD), frame))

    assert min(found["target", "cpu_ratio"].values) >= 0.0


def test_only_the_variant_and_the_controls_are_drawn():
    frame = pd.concat(
        [
            readings([1001.0]),
            readings([1001.0], service="data"),
            readings([1001.0], owner="control", service="mariadb"),
            readings([1001.0], owner="base", service="other"),
            readings([1001.0], owner="host", service="steal"),
        ]
    )
    found = traces(visit(IDLE), frame)

    assert {one.service for one in found} == {"api", "data", "mariadb"}
    assert {one.variant for one in found} == {"target"}


@pytest.mark.parametrize(
    "windows", [(), (window(Phase.IDLE, 1000.0, 1000.0),)], ids=["none", "no length"]
)
def test_a_visit_without_a_window_of_any_length_has_no_curves(windows):
    found = traces(visit(*windows), readings([1000.0, 1001.0]))

    assert found == ()
    assert aligned(found, shared_axis([visit(*windows)])) == ()


def test_a_visit_that_was_not_watched_has_no_curves():
    assert traces(visit(IDLE), readings([1001.0], owner="base")) == ()
