# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pandas as pd
import pytest

from perfcompare.analysis.curves import POINTS, curves, marks
from perfcompare.analysis.distributions import (
    KEPT,
    PROBABILITIES,
    distribution,
    part_of,
)
from perfcompare.model.judgement import PhaseMark
from perfcompare.model.visit import Phase, Visit, Window

RANDOM = np.random.default_rng(11)


def pooled(*parts):
    return distribution(
        [part_of(np.sort(np.array(part))) for part in parts],
        workload="list",
        action="get",
        variant="base",
    )


def test_a_distribution_has_the_quantiles_of_numpy_over_all_rounds():
    rounds = [RANDOM.lognormal(-3, 0.4, size) for size in (300, 200, 250)]
    found = pooled(*rounds)

    expected = np.quantile(np.concatenate(rounds), PROBABILITIES)
    assert found.durations_seconds == pytest.approx(expected)
    assert found.iterations == 750
    assert (found.probabilities[0], found.probabilities[-1]) == (0.0, 1.0)


def test_a_large_visit_is_thinned_and_keeps_its_shape_ends_and_weight():
    large, small = RANDOM.lognormal(-3, 0.4, 50_000), RANDOM.lognormal(-2, 0.4, 500)
    part = part_of(np.sort(large))
    found = pooled(large, small)

    both = np.concatenate((large, small))
    assert len(part.durations_seconds) == KEPT
    assert found.iterations == 50_500
    assert found.durations_seconds[-1] == both.max()
    assert found.durations_seconds[1:-1] == pytest.approx(
        np.quantile(both, PROBABILITIES[1:-1]), rel=0.05
    )


def test_one_iteration_is_a_distribution():
    assert set(pooled([0.25]).durations_seconds) == {0.25}


def window(phase, start, end):
    return Window(
        phase=phase,
        workload="",
        block=0,
        started_at=start,
        ended_at=end,
        iterations=0,
    )


def visit(*windows, variant="target", number=1):
    return Visit(
        round=number,
        variant=variant,
        position=0,
        started_at=0.0,
        ended_at=0.0,
        ready_seconds=0.0,
        services=("api",),
        controls=(),
        windows=windows,
        stops=(),
        evidence=(),
        counters=(),
        overhead_seconds=0.0,
        caveats=(),
    )


def readings(times, *, owner="target", service="api", pss=100.0):
    return pd.DataFrame(
        {
            "at": times,
            "owner": owner,
            "service": service,
            "pid": 1,
            "threads": 3,
            "pss_bytes": pss,
            "cpu_seconds": np.asarray(times) * 0.25,
        }
    )


def points(drawn):
    return {
        curve.quantity: list(zip(curve.seconds, curve.values, strict=True))
        for curve in drawn
    }


IDLE = window(Phase.IDLE, 1000.0, 1010.0)
LOAD = window(Phase.LOAD, 1012.0, 1020.0)


def test_curves_start_with_idle_and_end_with_the_last_window():
    times = [999.0, 1000.0, 1004.0, 1020.0, 1021.0]
    found = points(curves(visit(IDLE, LOAD), readings(times)))

    assert found == {
        "pss_bytes": [(0.0, 100.0), (4.0, 100.0), (20.0, 100.0)],
        "threads": [(0.0, 3.0), (4.0, 3.0), (20.0, 3.0)],
        "cpu_ratio": [(4.0, 0.25), (20.0, 0.25)],
    }


def test_a_curve_has_no_more_points_than_a_picture_can_show():
    times = np.linspace(1000.0, 1020.0, 1000)
    found = points(curves(visit(IDLE, LOAD), readings(times)))

    assert {quantity: len(drawn) for quantity, drawn in found.items()} == {
        "pss_bytes": POINTS,
        "threads": POINTS,
        "cpu_ratio": POINTS - 1,
    }
    assert found["threads"][-1] == (20.0, 3.0)
    assert {round(ratio, 9) for _, ratio in found["cpu_ratio"]} == {0.25}


def test_a_quantity_that_was_never_read_has_no_curve():
    found = curves(visit(IDLE), readings([1001.0, 1002.0], pss=np.nan))

    assert [curve.quantity for curve in found] == ["threads", "cpu_ratio"]


def test_a_single_look_has_no_cpu_curve():
    found = curves(visit(IDLE), readings([1001.0]))

    assert [curve.quantity for curve in found] == ["pss_bytes", "threads"]


def test_only_the_services_of_the_variant_are_drawn():
    frame = pd.concat(
        [
            readings([1001.0]),
            readings([1001.0], service="data"),
            readings([1001.0], owner="control", service="mariadb"),
            readings([1001.0], owner="base"),
        ]
    )
    found = curves(visit(IDLE), frame)

    assert {curve.service for curve in found} == {"api", "data"}


def test_a_visit_without_windows_has_no_curves():
    assert curves(visit(), readings([1001.0])) == ()


def test_a_visit_that_was_not_watched_has_no_curves():
    assert curves(visit(IDLE), readings([1001.0], owner="base")) == ()


def test_a_mark_is_the_median_of_where_a_phase_begins():
    visits = [
        visit(IDLE, window(Phase.LOAD, 1000.0 + start, 1030.0), number=number)
        for number, start in enumerate((12.0, 15.0, 13.0))
    ]

    assert marks(visits) == (
        PhaseMark(variant="target", phase="idle", seconds=0.0),
        PhaseMark(variant="target", phase="load", seconds=13.0),
    )


def test_each_variant_has_marks_of_its_own():
    other = visit(LOAD, window(Phase.SETTLE, 1020.0, 1025.0), variant="base")

    assert marks([visit(IDLE), other, visit(variant="sham")]) == (
        PhaseMark(variant="target", phase="idle", seconds=0.0),
        PhaseMark(variant="base", phase="load", seconds=0.0),
        PhaseMark(variant="base", phase="settle", seconds=8.0),
    )
