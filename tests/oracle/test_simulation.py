# SPDX-License-Identifier: Apache-2.0
"""The simulated services are what their description says."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from perfcompare.experiment.schedule import balanced
from perfcompare.testing.plans import make_plan
from perfcompare.testing.simulation import (
    CI,
    ENVIRONMENTS,
    LAB,
    UNCHANGED,
    Layout,
    Shift,
    base_is_second,
    memory,
    simulate,
)

STILL = replace(LAB, name="still", node_sd=0.0, start_sd=0.0, slow_share_sd=0.0)
SIX = Layout(rounds=6, workloads=1, shared_nodes=True)


def measured(environment, layout=SIX, *, shift=UNCHANGED, count=1500, seed=1):
    random = np.random.default_rng(seed)
    return simulate(environment, layout, shift=shift, repetitions=count, random=random)


def medians(runs):
    """Return log medians with the axes repetition, round, side."""
    values = runs.quantile(0.5)
    return np.log(np.stack((values.base, values.target), axis=-1))[:, 0]


def test_p95_is_1_7_times_and_p99_3_1_times_the_median():
    p50, p95, p99 = np.quantile(measured(STILL).base, [0.50, 0.95, 0.99])

    assert p95 / p50 == pytest.approx(1.70, abs=0.02)
    assert p99 / p50 == pytest.approx(3.1, abs=0.1)


def test_calls_remember_one_call():
    bodies = np.log(measured(replace(STILL, name="body"), count=300).base)[:, 0]
    ranks = stats.rankdata(bodies, axis=-1)
    lag_one = stats.pearsonr(ranks[..., 1:].ravel(), ranks[..., :-1].ravel())

    # 0.2 among the body, a tenth less for the pairs that a slow call breaks.
    assert lag_one.statistic == pytest.approx(0.17, abs=0.015)


def test_rounds_share_a_node_and_jobs_do_not():
    rounds = medians(measured(CI))
    jobs = medians(measured(CI, replace(SIX, shared_nodes=False)))

    assert np.std(np.diff(rounds)) == pytest.approx(0.058, abs=0.003)
    assert np.std(np.diff(jobs)) == pytest.approx(0.127, abs=0.005)
    assert np.std(rounds) == pytest.approx(np.std(jobs), rel=0.05)


def test_a_shift_is_the_ratio_of_the_medians():
    shifted = medians(measured(CI, shift=Shift(duration=1.2, slow_share=1.0)))

    assert np.exp(np.diff(shifted).mean()) == pytest.approx(1.2, abs=0.005)


def test_the_order_is_that_of_an_experiment():
    variants = make_plan().variants
    seconds = [balanced(variants, index)[1].name.value for index in range(12)]

    assert [second == "base" for second in seconds] == [
        base_is_second(index) for index in range(12)
    ]


def test_a_drift_slows_the_later_slots():
    drifting = replace(STILL, name="drift", drift_per_slot=0.1)
    level = medians(measured(drifting)).mean(axis=0)
    # A B, B A, B A, A B, A B, B A: where base stands among twelve slots.
    slots = np.array([[0, 1], [3, 2], [5, 4], [6, 7], [8, 9], [11, 10]])

    assert level - level[0, 0] == pytest.approx(0.1 * slots, abs=0.01)


def test_neighbours_slow_one_visit_in_twelve():
    restless = replace(STILL, name="neighbours", neighbours=0.08)
    slowed = medians(measured(restless)) - np.log(0.1038) > np.log(1.15)

    # 8 %, of which 1 in 10 is slowed by less than 15 %.
    assert slowed.mean() == pytest.approx(0.072, abs=0.01)


def test_heavy_tails_have_the_same_spread():
    tails, normal = ENVIRONMENTS["ci, heavy tails"], CI
    spreads = [np.std(np.diff(medians(measured(one)))) for one in (tails, normal)]

    assert spreads[0] == pytest.approx(spreads[1], rel=0.1)
    assert stats.kurtosis(np.diff(medians(measured(tails))), axis=None) > 1


def test_workloads_of_a_run_share_half_the_luck_of_a_start():
    lucky = replace(STILL, name="lucky", start_sd=0.5)
    values = measured(lucky, Layout(rounds=6, workloads=2, shared_nodes=True))
    first, second = np.moveaxis(np.log(values.quantile(0.5).base), 1, 0)

    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] == pytest.approx(
        0.5, abs=0.03
    )


def test_memory_agrees_within_half_a_percent():
    values = memory(
        shift=1.1, rounds=6, repetitions=500, random=np.random.default_rng(1)
    )

    assert np.std(np.log(values.base)) == pytest.approx(0.005, rel=0.05)
    assert np.mean(values.target) / np.mean(values.base) == pytest.approx(1.1, abs=1e-3)


def test_the_same_seed_gives_the_same_runs():
    assert np.array_equal(
        measured(CI, count=3, seed=7).target, measured(CI, count=3, seed=7).target
    )
