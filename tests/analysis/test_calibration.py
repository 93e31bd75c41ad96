# SPDX-License-Identifier: Apache-2.0
from collections import Counter
from functools import partial
from itertools import product

import numpy as np
import pytest

from perfcompare.analysis.calibration import calibrate, rematched, swapped
from perfcompare.analysis.compare import compare
from perfcompare.analysis.family import adjusted, aside
from perfcompare.analysis.judge import judge
from perfcompare.analysis.metrics import METRICS
from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.model.metric import MetricKey, Sample, Threshold

ANY = Threshold(metric="*", ratio=1e-6, floor=0.0, primary=True)
"""Every change that is significant matters."""


def key(metric="mean", service=""):
    workload = "" if service else "list"
    return MetricKey(
        workload=workload, action="", service=service, metric=METRICS[metric]
    )


def sample(values, *, of=None, variant="base"):
    return Sample(
        key=of or key(),
        variant=variant,
        rounds=tuple(range(1, len(values) + 1)),
        values=tuple(float(value) for value in values),
    )


def noise(random, rounds, sd):
    return 0.1 * random.lognormal(0, sd, rounds)


def run(random, *, rounds, sd, metrics=("mean",)):
    """Make two variants that differ in nothing, and the halves of their visits."""
    samples, halves = [], []
    for variant in ("base", "target"):
        for name in metrics:
            shared = noise(random, rounds, 0.3)
            samples.append(
                sample(noise(random, rounds, sd), of=key(name), variant=variant)
            )
            halves.append(
                tuple(
                    sample(
                        shared * noise(random, rounds, sd),
                        of=key(name),
                        variant=variant,
                    )
                    for _ in range(2)
                )
            )
    return tuple(samples), tuple(halves)


def calibrated(samples, halves=(), thresholds=(ANY,)):
    rows = judge(
        samples, thresholds=thresholds, variants=("base", "target"), caveats={}
    )
    return calibrate(samples, halves, totals=adjusted(rows), thresholds=thresholds)


def test_halves_take_all_sign_patterns_of_six_rounds_up_to_a_flip():
    ways = swapped(sample([10, 20, 30, 40, 50, 60]), sample([11, 21, 31, 41, 51, 61]))

    patterns = {
        tuple(b < t for b, t in zip(base.values, target.values, strict=True))
        for base, target in ways
    }
    flipped = {tuple(not one for one in pattern) for pattern in patterns}
    assert len(ways) == len(patterns) == 32
    assert not patterns & flipped
    assert {base.variant for base, _ in ways} == {"base"}


def test_either_half_is_base_about_equally_often_in_every_round():
    ways = swapped(sample(range(10, 110, 10)), sample(range(11, 111, 10)))

    for place in range(10):
        first = sum(base.values[place] % 10 == 0 for base, _ in ways)
        assert 12 <= first <= 20


def test_halves_are_paired_within_the_rounds_that_both_have():
    first = sample([10, 20, 30, 40])
    second = Sample(
        key=key(), variant="base", rounds=(2, 3, 4, 5), values=(21, 31, 41, 51)
    )

    for base, target in swapped(first, second):
        pairs = {
            frozenset(pair) for pair in zip(base.values, target.values, strict=True)
        }
        assert pairs == {
            frozenset((20, 21)),
            frozenset((30, 31)),
            frozenset((40, 41)),
        }


@pytest.mark.parametrize(("rounds", "ways"), [(5, 0), (6, 15), (8, 32), (20, 32)])
def test_rounds_are_paired_with_one_another_in_different_ways(rounds, ways):
    found = rematched(sample(range(1, rounds + 1)))

    pairings = {
        frozenset(
            frozenset(pair) for pair in zip(base.values, target.values, strict=True)
        )
        for base, target in found
    }
    assert len(found) == len(pairings) == ways
    for base, target in found:
        assert sorted((*base.values, *target.values)) == list(range(1, rounds + 1))


def test_of_an_odd_number_of_rounds_each_is_left_out_at_some_time():
    left_out = [
        ({1, 2, 3, 4, 5, 6, 7} - {*base.values, *target.values}).pop()
        for base, target in rematched(sample(range(1, 8)))
    ]

    assert set(left_out) == {1, 2, 3, 4, 5, 6, 7}


@pytest.mark.parametrize("rounds", [6, 7, 8])
def test_neither_side_is_later_than_the_pairing_makes_it(rounds):
    for base, target in rematched(sample(range(1, rounds + 1))):
        gaps = [t - b for b, t in zip(base.values, target.values, strict=True)]
        signs = product((1, -1), repeat=len(gaps))
        least = min(abs(np.dot(sign, gaps)) for sign in signs)
        assert abs(sum(gaps)) == least


def test_a_steady_drift_between_rounds_alone_is_called_no_change():
    # 20 % slower in each round: whoever is later is far slower.
    verdicts = Counter(
        compare(base, target, contrast=Contrast.TOTAL, threshold=ANY).verdict
        for base, target in rematched(sample(0.1 * 1.2 ** np.arange(10)))
    )

    assert verdicts[Verdict.REGRESSION] == verdicts[Verdict.IMPROVEMENT] == 0


@pytest.mark.parametrize("split", [True, False])
def test_noise_alone_is_called_a_change_about_once_in_twenty_times(split):
    random = np.random.default_rng(11)
    false, comparisons = 0, 0
    for _ in range(25):
        samples, halves = run(random, rounds=7, sd=0.05)
        found = calibrated(samples, halves if split else ())
        assert found is not None
        false += found.false_verdicts
        comparisons += found.comparisons

    assert comparisons == 25 * 2 * 32
    assert 0.03 <= false / comparisons <= 0.07


def test_quiet_noise_passes_no_threshold_and_restless_noise_does():
    random = np.random.default_rng(12)
    quiet, *restless = (
        calibrated(samples, halves, thresholds=())
        for samples, halves in (
            run(random, rounds=6, sd=sd) for sd in (0.02, *[0.3] * 10)
        )
    )

    assert quiet is not None
    assert quiet.false_verdicts == quiet.false_alarms == 0
    assert sum(one.false_verdicts for one in restless if one is not None) > 0


def test_what_wanders_between_rounds_raises_verdicts_that_a_calm_run_does_not():
    random = np.random.default_rng(19)
    found = []
    for wander in (0.0, 0.2):
        runs = [
            np.exp(np.cumsum(random.normal(0, wander, 8)) + random.normal(0, 0.01, 8))
            for _ in range(10)
        ]
        judged = [
            calibrated([sample(one), sample(one, variant="target")], thresholds=())
            for one in runs
        ]
        found.append(sum(one.false_verdicts for one in judged if one is not None))

    assert found[0] == 0
    assert found[1] > 10


def test_false_verdicts_are_counted_a_metric_and_most_come_first():
    random = np.random.default_rng(13)
    calm, calm_halves = run(random, rounds=6, sd=0.001, metrics=("mean",))
    wild, wild_halves = run(random, rounds=6, sd=0.6, metrics=("p90",))
    found = calibrated((*calm, *wild), (*calm_halves, *wild_halves), thresholds=())

    assert found is not None
    assert [(str(one.key), one.comparisons) for one in found.metrics] == [
        ("list/p90", 64),
        ("list/mean", 64),
    ]
    assert found.metrics[0].false_verdicts == found.false_verdicts > 0
    assert found.metrics[1].false_verdicts == 0
    assert (found.comparisons, found.families) == (128, 64)
    assert found.variants == ("base", "target")


def test_a_family_raises_an_alarm_by_what_survives_the_correction():
    # All halves differ alike, so exactly the labels that agree in all rounds say so:
    # one way of 32, a regression or its mirror image.
    halves = tuple(
        (sample(values, variant=name), sample(1.5 * values, variant=name))
        for name in ("base", "target")
        for values in [np.array([1.0, 1.1, 0.9, 1.0, 1.05, 0.95])]
    )
    samples = [first for first, _ in halves]
    found = calibrated(samples, halves, thresholds=())

    assert found is not None
    assert (found.false_verdicts, found.families) == (2, 64)
    directions = [
        compare(base, target, contrast=Contrast.TOTAL, threshold=ANY).verdict
        for base, target in swapped(*halves[0])
    ]
    regressions = directions.count(Verdict.REGRESSION)
    assert found.false_alarms == 2 * regressions


def test_only_what_counts_in_the_run_is_judged_again():
    random = np.random.default_rng(14)
    samples = [
        sample(noise(random, 8, 0.05), of=of, variant=variant)
        for of in (key("mean"), key("p99"), key("pss_idle", "mariadb"))
        for variant in ("base", "target")
    ]
    rows = judge(samples, thresholds=(), variants=("base", "target"), caveats={})
    found = calibrate(
        samples, (), totals=adjusted(aside(rows, ["mariadb"])), thresholds=()
    )

    assert found is not None
    assert [str(one.key) for one in found.metrics] == ["list/mean"]


def test_metrics_without_halves_are_judged_beside_those_with():
    random = np.random.default_rng(15)
    samples, halves = run(random, rounds=6, sd=0.05)
    memory = [
        sample(1e8 * noise(random, 6, 0.01), of=key("pss_idle", "api"), variant=variant)
        for variant in ("base", "target")
    ]
    found = calibrated((*samples, *memory), halves, thresholds=())

    assert found is not None
    assert {str(one.key): one.comparisons for one in found.metrics} == {
        "list/mean": 64,
        "api/pss_idle": 30,
    }
    assert found.families == 64


def test_too_few_rounds_to_split_give_nothing():
    random = np.random.default_rng(16)
    samples, halves = run(random, rounds=5, sd=0.05)
    two, two_halves = run(random, rounds=2, sd=0.05)

    assert calibrated(samples) is None
    assert calibrated(samples, halves) is not None
    assert calibrated(two, two_halves) is None


def test_the_same_run_is_calibrated_the_same_way():
    answers = [
        calibrated(*run(np.random.default_rng(17), rounds=9, sd=0.4)) for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert all(one is not None and one.false_verdicts for one in answers)


def test_the_comparison_is_the_one_that_judged_the_run():
    calls: Counter[tuple[str, str]] = Counter()

    def comparing(base, target, **options):
        calls[base.variant, target.variant] += 1
        return compare(base, target, **options)

    samples, halves = run(np.random.default_rng(18), rounds=4, sd=0.1)
    rows = judge(samples, thresholds=(), variants=("base", "target"), caveats={})
    calibrate(
        samples,
        halves,
        totals=adjusted(rows),
        thresholds=(),
        comparing=partial(comparing),
    )

    # 2^3 sign patterns in each of two variants.
    assert calls == {("base", "target"): 16}
