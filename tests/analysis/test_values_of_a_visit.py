# SPDX-License-Identifier: Apache-2.0
import dataclasses
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfcompare.analysis.loads import loads as taken_apart
from perfcompare.analysis.values import visit_values
from perfcompare.model.visit import Phase, Stop, Window
from perfcompare.testing.visits import EMPTY_VISIT

ITERATION = ["workload", "action", "phase", "block", "duration_seconds", "error"]
READING = ["at", "owner", "service", "pid", "pss_bytes", "threads", "cpu_seconds"]


def window(phase, start, end, *, workload="", block=0):
    return Window(
        phase=phase,
        workload=workload,
        block=block,
        started_at=start,
        ended_at=end,
        iterations=0,
        generator_cpu_seconds=None,
    )


IDLE = window(Phase.IDLE, 0.0, 10.0)
WARM_UP = window(Phase.WARM_UP, 10.0, 12.0, workload="list")
BLOCK_1 = window(Phase.LOAD, 12.0, 16.0, workload="list", block=1)
BLOCK_2 = window(Phase.LOAD, 20.0, 24.0, workload="list", block=2)
SETTLE = window(Phase.SETTLE, 24.0, 30.0)
ALL = (IDLE, WARM_UP, BLOCK_1, BLOCK_2, SETTLE)


def visit(*, windows=ALL, stops=()):
    return replace(
        EMPTY_VISIT,
        variant="target",
        started_at=-5.0,
        ended_at=31.0,
        ready_seconds=4.5,
        services=("api",),
        controls=("mariadb",),
        windows=windows,
        stops=stops,
        overhead_seconds=0.5,
    )


def iterations(*rows):
    return pd.DataFrame(rows, columns=ITERATION)


def readings(*rows):
    frame = pd.DataFrame(rows, columns=READING)
    other = ["rss_bytes", "uss_bytes", "file_descriptors"]
    switches = ["voluntary_switches", "involuntary_switches"]
    for column in (*other, *switches):
        if column not in frame:
            frame[column] = np.nan
    return frame


def look(at, pid, *, owner="target", service="api", pss=np.nan, threads=1, cpu=0.0):
    return (at, owner, service, pid, pss, threads, cpu)


def values(visit, iterations, readings):
    found = visit_values(visit, taken_apart(iterations), readings)
    return {str(key): value for key, value in found.items()}


NO_LOAD = iterations()
NO_LOOKS = readings()


def loads(durations, *, action="", phase="load", error=""):
    return [
        ("list", action, phase, 1 + place % 2, duration, error)
        for place, duration in enumerate(durations)
    ]


def test_quantiles_pool_the_blocks_and_are_those_of_numpy():
    durations = np.random.default_rng(1).lognormal(-3, 0.5, 101)
    found = values(visit(), iterations(*loads(durations)), NO_LOOKS)

    for name, quantile in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
        assert found[f"list/{name}"] == pytest.approx(np.quantile(durations, quantile))
    assert found["list/max"] == durations.max()
    assert found["list/mean"] == pytest.approx(durations.mean())


def test_warm_up_and_failures_have_no_say_in_the_latency():
    rows = [
        *loads([0.1, 0.2, 0.3]),
        *loads([9.0], phase="warm-up"),
        *loads([0.001], error="boom"),
    ]
    found = values(visit(), iterations(*rows), NO_LOOKS)

    assert (found["list/p50"], found["list/max"]) == (0.2, 0.3)


def test_an_action_has_latencies_of_its_own_and_nothing_else():
    rows = [*loads([0.3, 0.5]), *loads([0.1, 0.2], action="get")]
    found = values(visit(), iterations(*rows), NO_LOOKS)

    assert found["list/p50"] == pytest.approx(0.4)
    assert found["list/get/p50"] == pytest.approx(0.15)
    assert "list/get/error_rate" not in found
    assert found["list/throughput"] == 2 / 8


def test_throughput_is_successes_over_the_seconds_of_its_blocks():
    rows = [*loads([0.1] * 30), *loads([0.1] * 10, error="boom")]
    found = values(visit(), iterations(*rows), NO_LOOKS)

    # Two blocks of 4 s, the 4 s between them not counted.
    assert found["list/throughput"] == 30 / 8
    assert found["list/error_rate"] == 0.25


def test_without_block_times_there_is_no_throughput():
    found = values(visit(windows=()), iterations(*loads([0.1])), NO_LOOKS)

    assert "list/throughput" not in found
    assert found["list/p50"] == 0.1


def test_when_everything_failed_only_the_error_rate_is_left():
    found = values(visit(), iterations(*loads([0.1, 0.1], error="boom")), NO_LOOKS)

    assert found == {"list/error_rate": 1.0, "list/throughput": 0.0} | {
        "(all)/ready_seconds": 4.5
    }


def test_a_category_column_does_as_well_as_text():
    frame = iterations(*loads([0.1, 0.3]))
    for column in ("workload", "action", "phase", "error"):
        frame[column] = frame[column].astype("category")

    assert values(visit(), frame, NO_LOOKS)["list/p50"] == pytest.approx(0.2)


def test_idle_memory_is_the_median_over_looks_of_the_sum_over_the_tree():
    frame = readings(
        *(look(at, 1, pss=100.0) for at in (1.0, 2.0, 3.0)),
        *(look(at, 2, pss=pss) for at, pss in ((1.0, 10.0), (2.0, 80.0), (3.0, 20.0))),
        look(13.0, 1, pss=500.0),
        look(13.0, 2, pss=50.0),
    )
    found = values(visit(), NO_LOAD, frame)

    assert found["api/pss_idle"] == 120.0
    assert found["api/pss_peak"] == 550.0


def test_a_look_that_missed_a_process_is_no_look_at_the_tree():
    frame = readings(
        look(1.0, 1, pss=100.0),
        look(1.0, 2, pss=50.0),
        look(2.0, 1, pss=100.0),
        look(2.0, 2),
        look(3.0, 1),
        look(3.0, 2),
    )

    assert values(visit(), NO_LOAD, frame)["api/pss_idle"] == 150.0


def test_the_peak_is_the_most_from_idle_to_settle_and_nothing_outside():
    frame = readings(
        look(-1.0, 1, pss=999.0, threads=99),
        look(18.0, 1, pss=300.0, threads=7),
        look(25.0, 1, pss=200.0, threads=9),
        look(30.5, 1, pss=999.0, threads=99),
    )
    found = values(visit(), NO_LOAD, frame)

    assert (found["api/pss_peak"], found["api/threads_peak"]) == (300.0, 9)
    assert "api/pss_idle" not in found


def test_without_an_idle_phase_there_is_no_idle_memory():
    frame = readings(look(13.0, 1, pss=100.0))
    found = values(visit(windows=(BLOCK_1,)), NO_LOAD, frame)

    assert "api/pss_idle" not in found
    assert found["api/pss_peak"] == 100.0


def test_without_windows_no_look_belongs_to_a_phase():
    frame = readings(look(1.0, 1, pss=100.0))

    assert values(visit(windows=()), NO_LOAD, frame) == {"(all)/ready_seconds": 4.5}


def test_services_add_up_to_a_total_and_controls_do_not():
    frame = readings(
        look(1.0, 1, pss=100.0, threads=2),
        look(1.0, 2, service="data", pss=30.0, threads=3),
        look(1.0, 3, owner="control", service="mariadb", pss=70.0, threads=40),
        look(1.0, 4, owner="base", service="api", pss=1000.0),
    )
    found = values(visit(), NO_LOAD, frame)

    assert found["(all)/pss_idle"] == found["(all)/pss_peak"] == 130.0
    assert found["(all)/threads_peak"] == 5
    assert "(all)/threads_idle" not in found
    assert "mariadb/pss_idle" not in found


def test_other_quantities_are_summed_over_the_tree_too():
    frame = readings(look(1.0, 1, threads=3), look(1.0, 2, threads=4))
    frame["rss_bytes"] = 10.0
    frame["uss_bytes"] = 5.0
    frame["file_descriptors"] = 8.0
    found = values(visit(), NO_LOAD, frame)

    assert found["api/threads_idle"] == 7
    assert found["api/rss_peak"] == 20.0
    assert found["api/uss_peak"] == 10.0
    assert found["api/fds_peak"] == 16.0


TEN = iterations(*loads([0.1] * 10))


def cpu(*rows, windows=ALL):
    found = values(visit(windows=windows), TEN, readings(*rows))
    return found.get("list/api/cpu_seconds_per_iteration")


def test_cpu_is_what_the_tree_used_from_the_first_block_to_the_last():
    rows = [look(at, 1, cpu=at / 2) for at in np.arange(0.0, 30.0, 0.5)]

    # From 12 s to 24 s at half a core, over 10 iterations.
    assert cpu(*rows) == pytest.approx(6.0 / 10)


def test_cpu_between_two_looks_is_shared_out_evenly():
    assert cpu(look(11.0, 1, cpu=3.0), look(25.0, 1, cpu=17.0)) == pytest.approx(1.2)


def test_a_process_that_appears_counts_from_zero_and_one_that_goes_is_kept():
    rows = [
        look(10.0, 1, cpu=100.0),
        look(12.0, 1, cpu=100.0),
        look(14.0, 1, cpu=101.0),
        look(14.0, 2, cpu=0.5),
        look(16.0, 2, cpu=2.5),
        look(24.0, 3, cpu=4.0),
    ]

    # 1 s of pid 1, which goes; 2.5 s of pid 2 and 4 s of pid 3, which come.
    assert cpu(*rows) == pytest.approx(7.5 / 10)


def test_a_process_number_given_twice_takes_nothing_back():
    rows = [
        look(12.0, 1, cpu=5.0),
        look(14.0, 1, cpu=6.0),
        look(16.0, 1, cpu=0.5),
        look(24.0, 1, cpu=1.5),
    ]

    assert cpu(*rows) == pytest.approx(2.0 / 10)


def test_one_look_is_no_difference():
    assert cpu(look(14.0, 1, cpu=5.0)) is None


def test_without_blocks_nothing_was_used_by_a_workload():
    rows = [look(1.0, 1, cpu=5.0), look(2.0, 1, cpu=6.0)]

    assert cpu(*rows, windows=(IDLE,)) is None


def test_a_control_counts_within_the_blocks_only():
    rows = [
        look(at, 9, owner="control", service="mariadb", cpu=at)
        for at in (0.0, 12.0, 16.0, 20.0, 24.0, 30.0)
    ]
    found = values(visit(), TEN, readings(*rows))

    # 4 s in each of two blocks; the 4 s between them were another variant's.
    assert found["list/mariadb/cpu_seconds_per_iteration"] == pytest.approx(0.8)


def test_context_switches_are_those_of_both_kinds():
    frame = readings(*(look(at, 1) for at in (12.0, 18.0, 24.0)))
    frame["voluntary_switches"] = [100.0, np.nan, 400.0]
    frame["involuntary_switches"] = [10.0, 20.0, 50.0]
    found = values(visit(), TEN, frame)

    assert found["list/api/context_switches_per_iteration"] == pytest.approx(34.0)


def test_counters_that_were_never_read_have_no_value():
    frame = readings(*(look(at, 1) for at in (12.0, 24.0)))
    found = values(visit(), TEN, frame)

    assert "list/api/context_switches_per_iteration" not in found


def test_a_stop_is_timed_for_each_service():
    stops = (
        Stop(service="api", stop_seconds=1.5, killed=False, orphans=0),
        Stop(service="data", stop_seconds=30.0, killed=True, orphans=0),
    )
    found = values(visit(stops=stops), NO_LOAD, NO_LOOKS)

    assert found == {
        "(all)/ready_seconds": 4.5,
        "api/stop_seconds": 1.5,
        "data/stop_seconds": 30.0,
    }


def test_a_service_that_somebody_else_started_has_no_time_to_ready():
    unknown = dataclasses.replace(visit(windows=()), ready_seconds=None)

    assert values(unknown, NO_LOAD, NO_LOOKS) == {}
