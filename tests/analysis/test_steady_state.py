# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from scipy import stats

from perfcompare.analysis.steadiness import not_steady, trend

WARMING = (0.20, 0.25, 0.30, 0.25)


def told_of(trends):
    caveat = not_steady("target", trends, warm_up=4)
    assert caveat is not None
    return caveat


def test_a_trend_is_the_first_third_over_the_last_by_their_medians():
    durations = np.array([0.3] * 4 + [9.0] + [0.7] * 5 + [0.2] * 5 + [9.0])

    assert trend(durations) == pytest.approx(math.log(0.3 / 0.2))


def test_the_middle_third_does_not_matter():
    durations = np.array([0.1] * 5 + [7.0] * 5 + [0.1] * 5)

    assert trend(durations) == 0


@pytest.mark.parametrize(("count", "known"), [(14, False), (15, True)])
def test_a_third_of_fewer_than_five_shows_no_trend(count, known):
    assert (trend(np.full(count, 0.1)) is not None) is known


@pytest.mark.parametrize("durations", [[0.0] * 5 + [0.1] * 10, [0.1] * 10 + [0.0] * 5])
def test_a_duration_of_zero_has_no_ratio(durations):
    assert trend(np.array(durations)) is None


def test_rounds_that_agree_are_told_with_their_interval():
    caveat = told_of(WARMING)

    oracle = stats.ttest_1samp(WARMING, 0).confidence_interval(0.95)
    assert (caveat.variant, caveat.warm_up) == ("target", 4)
    assert caveat.ratio == pytest.approx(math.exp(0.25))
    assert caveat.low == pytest.approx(math.exp(oracle.low))
    assert caveat.high == pytest.approx(math.exp(oracle.high))


def test_a_load_that_became_slower_is_not_steady_either():
    caveat = told_of([-each for each in WARMING])

    assert caveat.ratio == pytest.approx(math.exp(-0.25))
    assert caveat.high < 1


@pytest.mark.parametrize(
    ("trends", "told"),
    [
        # A tenth is ln 1.1 = 0.0953.
        ((0.09, 0.10, 0.09, 0.10), False),
        ((0.10, 0.10, 0.09, 0.10), True),
        ((0.3, 0.3, 0.3), True),
        ((0.3, 0.3), False),
        ((), False),
        # The mean is 0.25 all the same, but the rounds do not agree.
        ((0.9, -0.3, 0.5, -0.1), False),
        ((0.0, 0.0, 0.0), False),
    ],
)
def test_only_what_matters_and_is_sure_is_told(trends, told):
    assert (not_steady("base", trends, warm_up=0) is not None) is told


def test_a_host_whose_speed_wanders_is_no_warm_up():
    # The sd of a third's median in one visit is about 10 % on virtual machines.
    random = np.random.default_rng(22)
    told = [
        not_steady("base", trends, warm_up=4) is not None
        for trends in random.normal(0, 0.10 * math.sqrt(2), (1000, 6))
    ]

    # The interval excludes 0 in 5 of 100.
    assert np.mean(told) < 0.06


def test_words_tell_a_short_warm_up_from_a_slowdown():
    warming = told_of(WARMING)
    slowing = told_of([-each for each in WARMING])

    assert str(warming) == (
        "target was not warm: the first third of its iterations took +28% against the"
        " last third (95 % interval +20% to +37%) after 4 of warm-up; raise"
        " warm_up_iterations"
    )
    assert str(slowing) == (
        "target slowed down under the load: the first third of its iterations took"
        " -22% against the last third (95 % interval -27% to -17%) so its latencies"
        " depend on how long the load lasts"
    )
