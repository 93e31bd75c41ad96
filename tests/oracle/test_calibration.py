# SPDX-License-Identifier: Apache-2.0
"""How often the rule is wrong, on rounds whose truth is known (fixed seeds)."""

from collections import Counter

import numpy as np
import pytest

from perfcompare.analysis.compare import compare
from perfcompare.analysis.family import adjusted, exit_status
from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Threshold, Unit

KEY = MetricKey(
    workload="list",
    action="",
    service="",
    metric=Metric(name="p50", unit=Unit.SECONDS, better=Better.LOWER),
)
P50 = Threshold(metric="p50", ratio=0.10, floor=0.002, primary=True)
ANY = Threshold(metric="p50", ratio=0.0, floor=0.0, primary=True)
REPETITIONS = 1500


def experiments(count, *, truth, sd, rounds, seed, threshold=P50):
    """Judge rounds of about 100 ms: both sides share what slows a round down."""
    random = np.random.default_rng(seed)
    numbers = tuple(range(1, rounds + 1))
    for _ in range(count):
        base = 0.1 * random.lognormal(0, 0.2, rounds)
        target = base * truth * random.lognormal(0, sd, rounds)
        yield compare(
            Sample(key=KEY, variant="base", rounds=numbers, values=tuple(base)),
            Sample(key=KEY, variant="target", rounds=numbers, values=tuple(target)),
            contrast=Contrast.TOTAL,
            threshold=threshold,
        )


def rates(comparisons):
    found = Counter(one.verdict for one in comparisons)
    return {verdict: count / found.total() for verdict, count in found.items()}


@pytest.mark.parametrize(
    ("rounds", "sd"), [(4, 0.05), (6, 0.03), (6, 0.08), (10, 0.08)]
)
def test_nothing_is_called_a_regression_once_in_a_hundred_times(rounds, sd):
    found = rates(experiments(REPETITIONS, truth=1.0, sd=sd, rounds=rounds, seed=1))

    assert found.get(Verdict.REGRESSION, 0) <= 0.01
    assert found.get(Verdict.IMPROVEMENT, 0) <= 0.01


@pytest.mark.parametrize("rounds", [4, 6, 10])
def test_a_change_at_the_margin_is_called_parity_about_once_in_twenty(rounds):
    found = rates(experiments(REPETITIONS, truth=1.1, sd=0.04, rounds=rounds, seed=2))

    # 5 % by construction, and 1 % of chance in 1500 repetitions.
    assert 0.01 <= found.get(Verdict.PARITY, 0) <= 0.065


@pytest.mark.parametrize(("rounds", "power"), [(4, 0.85), (6, 0.98), (10, 0.99)])
def test_twenty_percent_more_is_found(rounds, power):
    found = rates(experiments(REPETITIONS, truth=1.2, sd=0.05, rounds=rounds, seed=3))

    assert found[Verdict.REGRESSION] >= power


def test_no_change_is_called_parity_where_the_rounds_agree():
    found = rates(experiments(REPETITIONS, truth=1.0, sd=0.04, rounds=6, seed=4))

    assert found[Verdict.PARITY] >= 0.95


@pytest.mark.parametrize("rounds", [3, 6, 8, 12])
def test_the_p_value_of_no_change_is_below_five_percent_that_often(rounds):
    found = experiments(REPETITIONS, truth=1.0, sd=0.1, rounds=rounds, seed=5)
    alarms = sum(one.p_value <= 0.05 for one in found) / REPETITIONS

    # Three standard errors of a rate of 0.05 in 1500 are 0.017.
    assert 0.033 <= alarms <= 0.067


def test_a_disturbed_round_costs_the_trimmed_mean_less_than_it_costs_the_mean():
    clean = 0.1 * np.ones(10)
    slow = clean * 1.2 * np.random.default_rng(6).lognormal(0, 0.03, 10)
    slow[3] *= 4
    numbers = tuple(range(1, 11))
    found = compare(
        Sample(key=KEY, variant="base", rounds=numbers, values=tuple(clean)),
        Sample(key=KEY, variant="target", rounds=numbers, values=tuple(slow)),
        contrast=Contrast.TOTAL,
        threshold=P50,
    )

    assert found.method == "yuen"
    assert found.effect == pytest.approx(1.2, abs=0.04)
    assert found.verdict is Verdict.REGRESSION


def test_a_family_of_unchanged_metrics_fails_a_job_at_most_once_in_twenty():
    size, runs = 20, 200
    stream = experiments(
        size * runs, truth=1.0, sd=0.1, rounds=6, seed=8, threshold=ANY
    )
    alarms = sum(
        exit_status(adjusted([next(stream) for _ in range(size)]))
        is ExitStatus.REGRESSION
        for _ in range(runs)
    )

    # With no margin at all, 2.5 % of runs; raw, 1 - 0.975^20 = 40 %.
    assert alarms / runs <= 0.05
