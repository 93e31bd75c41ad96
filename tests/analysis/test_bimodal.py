# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy import stats

from perfcompare.analysis.modes import Modes, bimodal, two_modes
from perfcompare.model.caveat import Bimodal

SIMULATED = 300


def modes_of(durations):
    modes = two_modes(durations)
    assert modes is not None
    return modes


def around(random, count, *, share, apart, sd=0.1):
    """Return two log-normals; *share* of them is around the value *apart* as high."""
    high = random.random(count) < share
    return 0.05 * np.where(high, apart, 1.0) * random.lognormal(0, sd, count)


def tailed(random, count, *, sd):
    """Return a log-normal body whose longest 5 % are stretched by a Pareto tail."""
    durations = 0.05 * random.lognormal(0, sd, count)
    stalled = random.random(count) < 0.05
    durations[stalled] *= 1 + random.pareto(1.5, np.count_nonzero(stalled))
    return durations


@pytest.mark.parametrize("count", [100, 300, 1000])
@pytest.mark.parametrize("sd", [0.1, 0.4])
def test_a_body_with_a_tail_is_taken_for_two_modes_in_less_than_1_of_100(count, sd):
    random = np.random.default_rng(17)
    found = [two_modes(tailed(random, count, sd=sd)) for _ in range(SIMULATED)]

    assert sum(modes is not None for modes in found) < 0.01 * SIMULATED


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_modes_1_6_times_apart_are_told_in_9_of_10_visits_of_200(share):
    random = np.random.default_rng(18)
    found = [
        two_modes(around(random, 200, share=share, apart=1.6)) for _ in range(SIMULATED)
    ]

    assert sum(modes is not None for modes in found) > 0.9 * SIMULATED


def test_each_side_has_its_median_and_its_share():
    random = np.random.default_rng(19)
    modes = modes_of(around(random, 1000, share=0.3, apart=2.0))

    assert modes.low_seconds == pytest.approx(0.05, rel=0.03)
    assert modes.high_seconds == pytest.approx(0.1, rel=0.03)
    assert modes.high_share == pytest.approx(0.3, abs=0.04)


def test_the_valley_of_an_even_mixture_lies_where_its_density_is_lowest():
    # Two equal normals on the scale of ln, six of their own sd apart: the density is
    # lowest halfway.  Quantiles of the mixture instead of random numbers.
    grid = np.linspace(-1, 2, 20_001)
    cumulated = 0.5 * (stats.norm.cdf(grid, 0, 0.1) + stats.norm.cdf(grid, 0.6, 0.1))
    durations = np.exp(np.interp((np.arange(800) + 0.5) / 800, cumulated, grid))
    modes = modes_of(durations)

    assert modes.high_share == 0.5
    assert np.log([modes.low_seconds, modes.high_seconds]) == pytest.approx(
        [0.0, 0.6], abs=0.01
    )


@pytest.mark.parametrize(
    ("share", "told"), [(0.08, False), (0.12, True), (0.88, True), (0.92, False)]
)
def test_a_tenth_of_the_iterations_makes_a_mode(share, told):
    quantiles = stats.norm.ppf((np.arange(500) + 0.5) / 500) * 0.05
    high = np.arange(500) % 100 < round(100 * share)
    durations = np.exp(quantiles) * np.where(high, 2.0, 1.0)

    assert (two_modes(durations) is not None) is told


def test_modes_nearer_than_any_threshold_are_one():
    durations = np.repeat([0.100, 0.105], 100)

    assert two_modes(durations) is None
    assert two_modes(np.repeat([0.100, 0.120], 100)) is not None


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_a_longer_unit_changes_no_shape(factor):
    durations = around(np.random.default_rng(20), 400, share=0.4, apart=1.8)
    modes, scaled = modes_of(durations), modes_of(durations * factor)

    assert scaled.low_seconds == pytest.approx(modes.low_seconds * factor)
    assert scaled.high_share == modes.high_share


def test_the_order_of_a_large_visit_hides_no_mode():
    durations = around(np.random.default_rng(21), 50_000, share=0.3, apart=1.6)
    drawn, ordered = modes_of(durations), modes_of(np.sort(durations))

    assert drawn.high_share == pytest.approx(0.3, abs=0.05)
    assert ordered.high_share == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(
    "durations",
    [
        np.full(200, 0.1),
        np.repeat([0.1, 0.2], 24),
        np.concatenate((np.zeros(60), np.repeat([0.1, 0.2], 24))),
        np.array([]),
    ],
)
def test_what_never_varies_or_is_little_has_no_modes(durations):
    assert two_modes(durations) is None


SEEN = Modes(low_seconds=0.1, high_seconds=0.2, high_share=0.3)
OTHER = Modes(low_seconds=0.12, high_seconds=0.26, high_share=0.4)


def test_two_modes_are_said_with_their_medians_over_the_rounds_that_show_them():
    assert bimodal("target", (SEEN, None, OTHER, OTHER)) == Bimodal(
        variant="target",
        low_seconds=0.12,
        high_seconds=0.26,
        high_share=0.4,
        rounds=3,
    )


@pytest.mark.parametrize("seen", [(), (SEEN, None), (SEEN, None, None), (None,)])
def test_two_modes_in_half_of_the_rounds_are_not_said(seen):
    assert bimodal("target", seen) is None
