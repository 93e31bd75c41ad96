# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from perfcompare.analysis.family import adjusted, exit_status
from perfcompare.analysis.judge import judge
from perfcompare.analysis.loads import Load
from perfcompare.analysis.metrics import METRICS, QUANTILES
from perfcompare.analysis.redistribution import redistributed
from perfcompare.analysis.shapes import (
    PROBABILITIES,
    Quantiles,
    quantiles_of,
    sampled_quantiles,
    shapes,
)
from perfcompare.model.busy_caveat import MeanUndecided, Redistributed
from perfcompare.model.comparison import Interval, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import MetricKey, Sample, Threshold
from perfcompare.model.shape import ShapeKind

ROUNDS = (1, 2, 3, 4)
ITERATIONS = 1200
WOBBLE = {1: 1.00, 2: 1.01, 3: 0.99, 4: 1.005}
"""Of a whole round: base and target alike."""
GRAIN = {1: 1.001, 2: 0.999, 3: 1.002, 4: 0.998}
"""Of target alone, so that rounds do not agree exactly."""


def even():
    """Everybody waits about as long: 40 ms, a little more or less."""
    return np.linspace(0.038, 0.042, ITERATIONS)


def uneven():
    """Three of four are quick and the fourth waits; the mean is that of `even`."""
    quick = np.linspace(0.023, 0.025, ITERATIONS * 3 // 4)
    slow = np.linspace(0.087, 0.089, ITERATIONS // 4)
    return np.concatenate([quick, slow])


def load(durations):
    return Load(
        workload="list",
        action="",
        durations_seconds=durations,
        blocks=np.ones(len(durations), dtype=np.int64),
        spent_seconds=float(durations.sum()),
        failed=0,
        total=len(durations),
        errors={},
    )


def key(metric):
    return MetricKey(workload="list", action="", service="", metric=METRICS[metric])


def measured(base, target, *, rounds=ROUNDS, grain=GRAIN):
    """Return samples and quantiles of visits that took *base* and *target*."""
    samples: dict[Any, list[float]] = {}
    quantiles: dict[tuple[str, str], list[Quantiles]] = {}
    for variant, durations in (("base", base), ("target", target)):
        for number in rounds:
            factor = WOBBLE[number] * (grain[number] if variant == "target" else 1.0)
            one = durations * factor
            values = {name: np.quantile(one, p) for name, p in QUANTILES.items()}
            values |= {"mean": one.mean(), "throughput": 4 / one.mean()}
            for name, value in values.items():
                samples.setdefault((name, variant), []).append(float(value))
            found = quantiles_of(load(one), number=number)
            assert found is not None
            quantiles.setdefault(("list", variant), []).append(found)
    return (
        tuple(
            Sample(key=key(name), variant=variant, rounds=rounds, values=tuple(values))
            for (name, variant), values in samples.items()
        ),
        quantiles,
    )


def judged(samples, thresholds=()):
    return judge(
        samples, thresholds=thresholds, variants=("base", "target"), caveats={}
    )


def shape_of(base, target, **others):
    samples, quantiles = measured(base, target, **others)
    (found,) = shapes(judged(samples), quantiles, thresholds=())
    return found


def rows_of(base, target, *thresholds):
    samples, quantiles = measured(base, target)
    rows = judged(samples, thresholds)
    found = shapes(rows, quantiles, thresholds=thresholds)
    return {
        row.key.metric.name: row
        for row in adjusted(redistributed(rows, found, thresholds=thresholds))
    }


def test_waiting_that_is_shared_out_evenly_is_evened_out_with_both_sides():
    found = shape_of(uneven(), even())

    assert found.kind is ShapeKind.EVENED_OUT
    assert found.slower.effect > 1.5
    assert found.faster.effect < 0.6
    assert found.slower.probability < found.faster.probability


def test_the_mirror_image_is_spread_out():
    found = shape_of(even(), uneven())

    assert found.kind is ShapeKind.SPREAD_OUT
    assert found.slower.probability > found.faster.probability


def test_a_longer_service_time_is_shifted():
    assert shape_of(even(), 1.2 * even()).kind is ShapeKind.SHIFTED
    assert shape_of(uneven(), 1.2 * uneven()).kind is ShapeKind.SHIFTED
    assert shape_of(1.2 * uneven(), uneven()).kind is ShapeKind.SHIFTED


def test_a_tail_on_five_percent_is_tail_only():
    tailed = even()
    tailed[-ITERATIONS // 15 :] += 0.03

    found = shape_of(even(), tailed)

    assert found.kind is ShapeKind.TAIL_ONLY


def test_what_stays_is_unchanged():
    assert shape_of(even(), even()).kind is ShapeKind.UNCHANGED


def test_quantiles_that_part_beside_a_changed_mean_are_crossed():
    assert shape_of(uneven(), 1.4 * even()).kind is ShapeKind.CROSSED


def test_an_undecided_mean_is_not_an_equal_one():
    # The mean wanders by more than the threshold, p50 and p90 part all the same.
    grain = {1: 0.80, 2: 1.25, 3: 0.82, 4: 1.22}
    found = shape_of(uneven(), even(), grain=grain)

    assert found.kind is ShapeKind.UNDECIDED
    assert found.slower is found.faster is None


def test_points_that_the_iterations_do_not_carry_are_left_out_and_named():
    found = shape_of(even()[::30], even()[::30])

    # 40 iterations: ten of them lie beyond p25 and p75.
    assert [point.probability for point in found.points] == [0.3, 0.4, 0.5, 0.6, 0.7]
    assert found.left_out == (0.1, 0.2, 0.8, 0.9, 0.95, 0.99)


def test_iterations_that_are_all_equal_make_a_point_of_every_interval():
    found = shape_of(
        np.full(200, 0.05), np.full(200, 0.05), grain=dict.fromkeys(ROUNDS, 1.0)
    )

    assert found.kind is ShapeKind.UNCHANGED
    assert {one.interval for one in found.points} == {Interval(low=1, high=1)}


def test_two_rounds_give_points_without_intervals():
    found = shape_of(even(), 1.2 * even(), rounds=(1, 2))

    assert found.kind is ShapeKind.UNDECIDED
    assert {point.interval for point in found.points} == {None}
    assert found.points[4].effect == pytest.approx(1.2, rel=0.01)


def test_simultaneous_intervals_all_hold_in_95_of_100_runs():
    random = np.random.default_rng(3)
    missed = 0
    for _ in range(200):
        # Rounds of 200 iterations: quantiles of one visit depend on one another.
        samples: dict[Any, list[float]] = {}
        quantiles: dict[tuple[str, str], list[Quantiles]] = {}
        for variant in ("base", "target"):
            for number in range(1, 7):
                one = load(0.1 * random.lognormal(0, 0.3, 200))
                found = quantiles_of(one, number=number)
                assert found is not None
                quantiles.setdefault(("list", variant), []).append(found)
                samples.setdefault(variant, []).append(one.durations_seconds.mean())
        rows = judged(
            [
                Sample(
                    key=key("mean"),
                    variant=variant,
                    rounds=tuple(range(1, 7)),
                    values=tuple(values),
                )
                for variant, values in samples.items()
            ]
        )
        (shape,) = shapes(rows, quantiles, thresholds=())
        intervals = [one.interval for one in shape.points if one.interval is not None]
        assert len(intervals) == 10
        missed += any(not one.low <= 1 <= one.high for one in intervals)

    # 5 % of 200 is 10; with a standard error of 3 more than 19 is no chance.
    assert missed <= 19


def test_samples_alone_give_the_quantiles_that_they_hold():
    samples, _ = measured(uneven(), even())

    (found,) = shapes(judged(samples), sampled_quantiles(samples), thresholds=())

    assert found.kind is ShapeKind.EVENED_OUT
    assert [one.probability for one in found.points] == [0.5, 0.9, 0.95, 0.99]
    assert found.left_out == ()


def test_the_points_are_the_deciles_and_three_of_the_tail():
    found = shape_of(even(), 1.2 * even())

    assert tuple(one.probability for one in found.points) == PROBABILITIES
    assert found.points[0].base_seconds == pytest.approx(0.0384, rel=0.01)
    assert found.rounds == ROUNDS


def test_an_evened_out_quantile_is_no_regression_and_names_both_sides():
    rows = rows_of(uneven(), even())

    assert rows["p50"].verdict is rows["p90"].verdict is Verdict.REDISTRIBUTION
    assert rows["mean"].verdict is Verdict.PARITY
    told = [one for one in rows["p50"].caveats if isinstance(one, Redistributed)]
    assert [one.kind for one in told] == ["evened out"]
    assert "p10 took +65.0%, p80 -52.9%" in str(told[0])
    assert exit_status(tuple(rows.values())) is ExitStatus.OK


def test_a_tail_that_waits_for_the_others_stays_a_regression():
    rows = rows_of(even(), uneven())

    assert rows["p50"].verdict is Verdict.REDISTRIBUTION
    assert rows["p90"].verdict is Verdict.REGRESSION
    assert exit_status(tuple(rows.values())) is ExitStatus.REGRESSION


@pytest.mark.parametrize(
    ("ratio", "primary", "status"),
    [
        (0.5, True, ExitStatus.REGRESSION),
        (0.9, True, ExitStatus.OK),
        (0.5, False, ExitStatus.OK),
    ],
)
def test_a_plan_may_let_a_redistribution_count(ratio, primary, status):
    limit = Threshold(metric="redistribution", ratio=ratio, floor=0.0, primary=primary)

    rows = rows_of(uneven(), even(), limit)

    assert exit_status(tuple(rows.values())) is status


def test_a_quantile_beside_an_undecided_mean_says_so():
    samples, quantiles = measured(even(), 1.2 * even())
    rows = tuple(
        replace(row, verdict=Verdict.INCONCLUSIVE)
        if row.key.metric.name == "mean"
        else row
        for row in judged(samples)
    )
    found = shapes(rows, quantiles, thresholds=())

    told = {
        row.key.metric.name: row.caveats
        for row in redistributed(rows, found, thresholds=())
    }

    assert MeanUndecided() in told["p50"]
    assert MeanUndecided() not in told["mean"]
