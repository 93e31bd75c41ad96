# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.signal import find_peaks

from perfcompare.analysis.distributions import density, distribution, part_of

RANDOM = np.random.default_rng(5)
PLACES = np.linspace(0.5, 12.0, 400)


def made_of(durations):
    parts = [part_of(np.asarray(durations))]
    return distribution(parts, workload="w", action="", variant="base")


def test_the_density_of_a_normal_sample_is_that_of_scipy():
    sample = RANDOM.normal(5.0, 1.0, 900)
    found = density(made_of(sample), PLACES, log=False)

    # Silverman's rule for a normal sample: 0.9 standard deviations n^(-1/5).
    width = 0.9 * 900**-0.2
    expected = stats.gaussian_kde(sample, bw_method=width / sample.std(ddof=1))(PLACES)
    assert found == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("log", [False, True])
def test_the_density_sums_to_one_on_its_axis(log):
    places = np.geomspace(0.001, 100.0, 2000) if log else np.linspace(-20, 40, 2000)
    sample = np.exp(RANDOM.normal(0.0, 0.5, 500))
    found = density(made_of(sample), places, log=log)

    along = np.log(places) if log else places
    assert np.trapezoid(found, along) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(("apart", "share"), [(5.0, 0.5), (40.0, 0.5), (5.0, 0.2)])
def test_two_modes_stay_two_however_far_apart(apart, share):
    few = round(1000 * share)
    low, high = RANDOM.normal(50.0, 1.0, 1000 - few), RANDOM.normal(0.0, 1.0, few)
    places = np.linspace(40.0, 100.0, 140)
    found = density(
        made_of(np.concatenate((low, 50.0 + apart + high))), places, log=False
    )

    peaks, _ = find_peaks(found, prominence=found.max() / 20)
    assert places[peaks] == pytest.approx([50.0, 50.0 + apart], abs=1.0)


def test_what_is_always_the_same_is_one_spike():
    found = density(made_of([2.0] * 10), np.linspace(1.0, 3.0, 101), log=False)

    assert found.argmax() == 50
    assert np.isfinite(found).all()


@given(factor=st.floats(1e-3, 1e3))
def test_another_unit_changes_nothing_on_a_log_axis(factor):
    sample = np.exp(np.linspace(-1.0, 1.0, 50))
    places = np.geomspace(0.2, 5.0, 40)
    one = density(made_of(sample), places, log=True)
    other = density(made_of(sample * factor), places * factor, log=True)

    assert other == pytest.approx(one, rel=1e-6, abs=1e-9)
