# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from perfcompare.analysis.distributions import (
    KEPT,
    PROBABILITIES,
    distribution,
    part_of,
)

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
