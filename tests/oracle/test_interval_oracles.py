# SPDX-License-Identifier: Apache-2.0
"""Every interval and p-value against an independent source."""

import numpy as np
import pytest
from scipy import stats

from perfcompare.analysis.compare import compare
from perfcompare.analysis.intervals import Estimate, estimate, student, trimmed
from perfcompare.model.comparison import Contrast
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Threshold, Unit

RANDOM = np.random.default_rng(20260601)
PAIRS = [RANDOM.lognormal(0, 0.2, (2, rounds)) for rounds in (3, 4, 5, 6, 7)]
MANY = [RANDOM.normal(0.1, 0.2, rounds) for rounds in (8, 9, 10, 15, 40)]

# "Student" (1908), "The probable error of a mean", Biometrika 6, 1-25: hours of sleep
# gained by ten patients with two drugs; R's `t.test(..., paired = TRUE)` on its data
# set `sleep` prints t = -4.0621, df = 9, p = 0.002833, interval -2.4598858 to
# -0.7001142, mean of the differences -1.58.
SLEEP_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SLEEP_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])

# Dana (1990), self-awareness data, in R. R. Wilcox, "Introduction to Robust Estimation
# and Hypothesis Testing" (2012), section 4.3: the 20 % trimmed mean of the 19 values
# (3 left out at each end) is 282.7 with standard error 56.1, 12 degrees of freedom.
DANA = np.array(
    [
        *(77, 87, 88, 114, 151, 210, 219, 246, 253, 262),
        *(296, 299, 306, 376, 428, 515, 666, 1310, 2611),
    ],
    dtype=float,
)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.shape[1]} rounds")
def test_the_paired_t_test_is_that_of_scipy(pair):
    base, target = np.log(pair)
    found = estimate(target - base)
    oracle = stats.ttest_rel(target, base)

    assert found.method == "t"
    assert found.p_value == pytest.approx(oracle.pvalue)
    for confidence in (0.90, 0.95):
        interval = oracle.confidence_interval(confidence)
        assert found.interval(confidence) == pytest.approx(
            (interval.low, interval.high)
        )


def test_the_paired_t_test_gives_what_student_published():
    found = student(SLEEP_1 - SLEEP_2)

    assert found.mean == pytest.approx(-1.58)
    assert found.mean / found.standard_error == pytest.approx(-4.0621, abs=5e-5)
    assert found.degrees == 9
    assert found.p_value == pytest.approx(0.002833, abs=5e-7)
    assert found.interval(0.95) == pytest.approx((-2.4598858, -0.7001142), abs=5e-8)


@pytest.mark.parametrize("values", MANY, ids=lambda values: f"{len(values)} rounds")
def test_the_trimmed_mean_is_yuens_test_against_a_sample_that_is_always_zero(values):
    found = estimate(values)
    # scipy trims int(trim * n) values; the zeros have no variance and no say in the
    # degrees of freedom.
    oracle = stats.ttest_ind(
        values,
        np.zeros(len(values)),
        equal_var=False,
        trim=(1 + 1e-9) / len(values),
    )

    assert found.method == "yuen"
    assert found.mean / found.standard_error == pytest.approx(oracle.statistic)
    assert found.degrees == pytest.approx(oracle.df)
    assert found.p_value == pytest.approx(oracle.pvalue)
    for confidence in (0.90, 0.95):
        interval = oracle.confidence_interval(confidence)
        assert found.interval(confidence) == pytest.approx(
            (interval.low, interval.high)
        )


def test_the_trimmed_mean_gives_what_wilcox_published():
    found = trimmed(DANA, left_out=(0, 1, 2, 16, 17, 18))
    # He divides s_w by (1 - 2 * 0.2) sqrt(19), Yuen multiplies by sqrt(18 / 13 / 12).
    wilcox = found.standard_error * np.sqrt(13 * 12 / 18) / (0.6 * np.sqrt(19))

    assert found.mean == pytest.approx(282.7, abs=0.05)
    assert wilcox == pytest.approx(56.1, abs=0.05)
    assert found.degrees == 12


@pytest.mark.parametrize("rounds", [(3, 5), (4, 4), (7, 3), (8, 8), (15, 15)])
def test_the_difference_in_differences_is_welchs_test_of_scipy(rounds):
    here, there = (RANDOM.normal(0.1, 0.2 * n, n) for n in rounds)
    found = estimate(here).minus(estimate(there))
    # From 8 rounds on both sides are trimmed; K. K. Yuen (1974).
    trim = (1 + 1e-9) / rounds[0] if rounds[0] >= 8 else 0.0
    oracle = stats.ttest_ind(here, there, equal_var=False, trim=trim)

    assert found.method == "welch"
    assert found.degrees == pytest.approx(oracle.df)
    assert found.p_value == pytest.approx(oracle.pvalue)
    interval = oracle.confidence_interval(0.95)
    assert found.interval(0.95) == pytest.approx((interval.low, interval.high))


def test_what_is_taken_off_stays_as_uncertain_however_many_rounds_there_are():
    here = Estimate(mean=0.3, standard_error=0.2, degrees=3, rounds=4, method="t")
    # 1.96 * 0.16 > 0.3: never; 1.96 * 0.1 < 0.3: with enough rounds here.
    vague, sharp = (
        Estimate(mean=0.0, standard_error=error, degrees=400, rounds=401, method="t")
        for error in (0.16, 0.1)
    )

    assert here.minus(vague).rounds_needed(0.1, parity=True) is None
    needed = here.minus(sharp).rounds_needed(0.1, parity=True)
    assert needed is not None
    more = Estimate(
        mean=0.3,
        standard_error=0.2 * np.sqrt(4 / needed),
        degrees=needed - 1,
        rounds=needed,
        method="t",
    )
    assert more.minus(sharp).p_value <= 0.05


def test_two_samples_without_any_spread_differ_or_do_not():
    same = estimate(np.full(4, 0.5))

    assert same.minus(same).p_value == 1.0
    assert same.minus(estimate(np.full(3, 0.25))).p_value == 0.0


def test_an_interval_that_touches_zero_has_the_p_value_of_its_confidence():
    found = student(SLEEP_1 - SLEEP_2)
    _, high = found.interval(1 - found.p_value)

    assert high == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("rounds", "multiple"),
    # The standardised mean difference d_z that n pairs find with 80 % power, two-sided
    # 5 %, as J. Cohen (1988) and G*Power have it: n = 10 for d_z = 1.0.
    [(3, 3.26), (4, 2.13), (5, 1.68), (6, 1.43), (7, 1.27), (10, 1.00)],
)
def test_the_detectable_effect_in_standard_deviations_is_the_known_one(
    rounds, multiple
):
    found = Estimate(
        mean=0.0,
        standard_error=1 / np.sqrt(rounds),
        degrees=rounds - 1,
        rounds=rounds,
        method="t",
    )

    assert found.detectable() == pytest.approx(multiple, abs=0.01)


def test_four_in_five_experiments_find_the_detectable_effect():
    found = Estimate(mean=0.0, standard_error=1 / 2, degrees=3, rounds=4, method="t")
    experiments = np.random.default_rng(7).normal(found.detectable(), 1, (40_000, 4))
    p_values = np.asarray(stats.ttest_1samp(experiments, 0.0, axis=1).pvalue)

    # The standard error of a rate of 0.8 in 40 000 is 0.002.
    assert np.mean(p_values <= 0.05) == pytest.approx(0.80, abs=0.006)


def test_the_effect_is_the_ratio_of_geometric_means():
    base, target = PAIRS[-1]
    key = MetricKey(
        workload="list",
        action="",
        service="",
        metric=Metric(name="p50", unit=Unit.SECONDS, better=Better.LOWER),
    )
    rounds = tuple(range(1, len(base) + 1))
    compared = compare(
        Sample(key=key, variant="base", rounds=rounds, values=tuple(base)),
        Sample(key=key, variant="target", rounds=rounds, values=tuple(target)),
        contrast=Contrast.TOTAL,
        threshold=Threshold(metric="p50", ratio=0.1, floor=0.0, primary=True),
    )

    assert compared.effect == pytest.approx(stats.gmean(target) / stats.gmean(base))
