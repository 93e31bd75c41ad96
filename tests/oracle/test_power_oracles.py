# SPDX-License-Identifier: Apache-2.0
"""Powers and numbers of rounds against published tables and other programs."""

import math

import numpy as np
import pytest
from scipy import stats

from perfcompare.analysis.intervals import ONE_LOOK, estimate, student
from perfcompare.analysis.power import (
    Demand,
    power_of_parity,
    power_to_find,
    rounds_to_find,
    rounds_to_parity,
    sd_interval,
    smallest_shift,
)

USUAL = Demand(power=0.80, levels=ONE_LOOK)


# G*Power 3.1, "Means: difference between two dependent means (matched pairs)", a
# priori, two tails, alpha 0.05, power 0.80: total sample size for effect size dz; also
# J. Cohen (1988), table 2.4.1, by way of d = dz sqrt(2).
@pytest.mark.parametrize(
    ("effect_size", "pairs"), [(0.2, 199), (0.5, 34), (0.8, 15), (1.0, 10), (2.0, 5)]
)
def test_rounds_to_find_an_effect_are_the_pairs_of_g_power(effect_size, pairs):
    assert rounds_to_find(effect_size, 1.0, USUAL) == pairs


def test_rounds_to_find_an_effect_are_those_of_r():
    # P. Dalgaard, "Introductory Statistics with R" (2002), 8.3: power.t.test(delta=10,
    # sd=10*sqrt(2), power=0.85, type="paired") prints n = 19.96892.
    demand = Demand(power=0.85, levels=ONE_LOOK)

    assert rounds_to_find(10.0, 10 * math.sqrt(2), demand) == 20


def test_the_power_to_find_an_effect_is_that_of_r():
    # power.t.test(delta=0.5, sd=0.3088401, n=10, type="paired") prints 0.9947832.
    errors = 0.5 / 0.3088401 * math.sqrt(10)

    assert power_to_find(errors, 9, 0.05) == pytest.approx(0.9947832, abs=5e-8)


@pytest.mark.parametrize("degrees", [2, 3, 5, 9, 30, 200])
@pytest.mark.parametrize("errors", [0.0, 0.7, 2.5, 6.0])
def test_the_power_to_find_an_effect_is_the_noncentral_t_of_scipy(degrees, errors):
    critical = stats.t.ppf(0.975, degrees)
    oracle = stats.nct.sf(critical, degrees, errors) + stats.nct.cdf(
        -critical, degrees, errors
    )

    assert power_to_find(errors, degrees, 0.05) == pytest.approx(oracle, abs=1e-7)


# Examples in the manual of R's PowerTOST: power.TOST(CV=0.25, n=24), power.TOST(
# CV=0.25, n=22), sampleN.TOST(CV=0.3) and sampleN.TOST(CV=0.20); true ratio 0.95,
# limits 0.80 to 1.25, exact.  In a 2x2 crossover SE = sqrt(ln(1 + CV^2) 2 / n) on
# n - 2 degrees of freedom.
@pytest.mark.parametrize(
    ("cv", "n", "power"),
    [
        (0.25, 24, 0.7391155),
        (0.25, 22, 0.6953401),
        (0.30, 40, 0.815845),
        (0.20, 20, 0.834680),
    ],
)
def test_the_power_of_parity_is_that_of_powertost(cv, n, power):
    error = math.sqrt(math.log1p(cv**2) * 2 / n)
    found = power_of_parity(
        math.log(1.25) / error, n - 2, 0.05, shift=math.log(0.95) / error
    )

    assert found == pytest.approx(power, abs=6e-7)


# 20 000 experiments: two standard errors are at most 0.007.
@pytest.mark.parametrize(("margin", "rounds"), [(0.10, 4), (0.10, 6), (0.05, 10)])
def test_the_power_of_parity_is_what_simulated_experiments_have(margin, rounds):
    differences = np.random.default_rng(3).normal(0, 0.06, (20_000, rounds))
    error = 0.06 / math.sqrt(rounds)
    means, errors = differences.mean(1), stats.sem(differences, axis=1)
    half = stats.t.ppf(0.95, rounds - 1) * errors
    shown = np.mean((means - half >= -margin) & (means + half <= margin))

    found = power_of_parity(margin / error, rounds - 1, 0.05)
    assert found == pytest.approx(shown, abs=0.009)


def test_rounds_to_parity_are_the_fewest_with_the_power():
    margin, sd = math.log1p(0.10), 0.07
    rounds = rounds_to_parity(margin, sd, USUAL)

    assert rounds is not None
    powers = [
        power_of_parity(margin / sd * math.sqrt(n), n - 1, 0.05)
        for n in (rounds - 1, rounds)
    ]
    assert powers[0] < 0.80 <= powers[1]


def test_the_smallest_shift_is_the_detectable_effect_of_an_estimate():
    for differences in ([0.1, 0.2, 0.4, 0.3], [1.0, 3.0, 2.0, 5.0, 4.0, 2.5]):
        values = np.array(differences)
        sd = float(np.std(values, ddof=1))

        assert smallest_shift(len(values), USUAL) * sd == pytest.approx(
            student(values).detectable(0.05), rel=1e-3
        )


def test_a_spread_has_the_chi_square_interval_of_a_table():
    # Chi-square on 2, 5 and 10 degrees, 10 and 90 % points: 0.211 and 4.605, 1.610 and
    # 9.236, 4.865 and 15.987 (any table).
    for degrees, low, high in (
        (2, 0.211, 4.605),
        (5, 1.610, 9.236),
        (10, 4.865, 15.987),
    ):
        assert sd_interval(1.0, degrees) == pytest.approx(
            (math.sqrt(degrees / high), math.sqrt(degrees / low)), rel=2e-3
        )


def test_an_experiment_of_so_many_rounds_really_decides_as_often():
    # The judge's own interval, over 4000 experiments with the rounds asked for; from 8
    # rounds on it is trimmed, which costs a few points.
    for sd, least in ((0.035, 0.78), (0.07, 0.75)):
        shift = math.log1p(0.06)
        rounds = rounds_to_find(shift, sd, USUAL)
        assert rounds is not None
        differences = np.random.default_rng(4).normal(shift, sd, (4000, rounds))
        found = np.mean([estimate(row).interval(0.95)[0] > 0 for row in differences])

        assert least < found < 0.93
