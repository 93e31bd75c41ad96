# SPDX-License-Identifier: Apache-2.0
"""Repeated looks against published constants, another method, and a simulation."""

import numpy as np
import pytest
from scipy import special, stats

from perfcompare.analysis.intervals import ONE_LOOK, estimate
from perfcompare.analysis.sequential import (
    crossing,
    level,
    levels,
    repeated,
    spending,
)

USUAL = (4, 6, 8, 10)


def bound_of(alpha, looks):
    return float(-special.ndtri(level(alpha, looks) / 2))


@pytest.mark.parametrize(
    ("alpha", "looks", "constant"),
    # S. J. Pocock (1977), table 1; C. Jennison, B. W. Turnbull (2000), "Group
    # Sequential Methods with Applications to Clinical Trials", table 2.1.
    [
        (0.05, 2, 2.178),
        (0.05, 3, 2.289),
        (0.05, 4, 2.361),
        (0.05, 5, 2.413),
        (0.05, 10, 2.555),
        (0.01, 2, 2.772),
        (0.01, 3, 2.873),
        (0.01, 4, 2.939),
        (0.01, 5, 2.986),
        (0.10, 2, 1.875),
        (0.10, 5, 2.122),
    ],
)
@pytest.mark.parametrize("step", [1, 7])
def test_the_bounds_of_equal_steps_are_those_of_pocock(alpha, looks, constant, step):
    equal = tuple(step * number for number in range(1, looks + 1))

    assert bound_of(alpha, equal) == pytest.approx(constant, abs=0.0006)


@pytest.mark.parametrize(
    ("looks", "chance"),
    # P. Armitage, C. K. McPherson, B. C. Rowe (1969), table 2: the chance of a result
    # "significant at 5 %" in repeated tests of normal data whose variance is known.
    [(1, 0.050), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193)],
)
def test_looking_again_and_again_at_5_percent_costs_what_armitage_found(looks, chance):
    found = crossing(1.959964, tuple(range(1, looks + 1)))

    assert found == pytest.approx(chance, abs=0.0006)


@pytest.mark.parametrize("looks", [(4, 6), (3, 10), (4, 6, 7), USUAL])
@pytest.mark.parametrize("bound", [1.0, 2.0, 3.0])
def test_the_integration_is_the_multivariate_normal_distribution(bound, looks):
    at = np.array(looks, dtype=float)
    # Corr(Z_j, Z_k) = sqrt(n_j / n_k) for j < k.
    correlation = np.sqrt(np.minimum.outer(at, at) / np.maximum.outer(at, at))
    within = stats.multivariate_normal(cov=correlation).cdf(
        np.full(len(at), bound), lower_limit=np.full(len(at), -bound)
    )

    assert crossing(bound, looks) == pytest.approx(1 - within, abs=2e-4)


def test_without_a_look_nothing_is_crossed():
    assert crossing(2.0, ()) == 0.0
    assert crossing(0.0, USUAL) == 1.0


def test_small_chances_are_exact_too():
    single = float(2 * special.ndtr(-9.0))

    # At least the first look alone, at most all of them apart.
    assert single < crossing(9.0, USUAL) <= 4 * single * (1 + 1e-9)
    assert crossing(35.0, USUAL) > 0.0


def test_a_repeated_p_value_is_5_percent_where_a_look_decides_at_5_percent():
    each = levels(USUAL)

    assert repeated(each.change, USUAL) == pytest.approx(0.05, abs=1e-7)
    assert repeated(each.parity, USUAL) == pytest.approx(0.10, abs=1e-7)
    assert each.change == level(0.04, USUAL)


@pytest.mark.parametrize("p_value", [0.0, 0.03, 1.0])
@pytest.mark.parametrize("looks", [(), (6,)])
def test_one_look_costs_nothing(p_value, looks):
    assert repeated(p_value, looks) == p_value
    assert level(0.05, looks) == 0.05
    assert levels(looks) == ONE_LOOK


def test_the_extremes_of_a_p_value_stay_what_they_are():
    assert repeated(0.0, USUAL) == 0.0
    assert repeated(1.0, USUAL) == 1.0


def test_the_spending_grows_with_the_looks_to_all_of_alpha():
    at = [spending(USUAL, done) for done in (0, 3, 4, 7, 9, 10)]
    found = [one for one in at if one is not None]

    assert [one.done for one in found] == [
        *((), (), (4,), (4, 6), (4, 6, 8)),
        USUAL,
    ]
    assert found[0].spent == 0.0
    assert found[2].spent == found[2].level
    spent = [one.spent for one in found[2:]]
    assert spent == sorted(spent)
    assert spent[-1] == pytest.approx(0.05)
    assert {(one.planned, one.alpha) for one in found} == {(USUAL, 0.05)}


def test_a_fixed_number_of_rounds_spends_nothing():
    assert spending((), 6) is None


def test_students_t_and_the_trimmed_mean_keep_the_rate_over_all_looks():
    """The theory is of normal data with known variance; rounds are few."""
    experiments = np.random.default_rng(5).normal(0, 1, (4000, 10))
    each = levels(USUAL).change
    wrong = [
        any(estimate(rounds[:look]).p_value <= each for look in USUAL)
        for rounds in experiments
    ]

    # The standard error of a rate of 5 % in 4000 is 0.34 points.
    assert 0.04 < np.mean(wrong) <= 0.05
