# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.model.comparison import Interval, Scale, Verdict
from perfcompare.report.bars import (
    BAND_HIGH,
    BAND_LOW,
    REACH,
    WIDTH,
    ZERO,
    bar_for,
)
from perfcompare.testing.comparisons import comparison_of, key_of


def row(effect, low, high, **changes):
    made = comparison_of(key_of("p50", workload="w"), 1.0, 1.0, Verdict.PARITY)
    return replace(made, effect=effect, ci95=Interval(low=low, high=high), **changes)


def laid_out(comparison):
    bar = bar_for(comparison)
    assert bar
    return bar


def test_the_axis_counts_what_is_tolerated_so_that_every_row_has_one_band():
    narrow, wide = (
        laid_out(row(1.1, 1.05, 1.1, margin=0.1)),
        laid_out(row(1.2, 1.1, 1.2, margin=0.2)),
    )

    assert (narrow.effect, wide.effect) == (BAND_HIGH, BAND_HIGH)


def test_the_band_is_what_the_judgement_tolerates():
    bar = laid_out(row(1.2, 1.1, 1.3, threshold=0.1, margin=0.2))

    assert bar.effect == BAND_HIGH


def test_an_effect_as_large_as_the_threshold_lies_on_the_edge_of_the_band():
    bar = laid_out(row(1.10, 1 / 1.10, 1.10))

    assert bar.effect == bar.high == BAND_HIGH
    assert bar.low == BAND_LOW


def test_what_lies_beyond_the_picture_is_marked():
    bar = laid_out(row(2.0, 0.0, 3.0))

    assert (bar.beyond_low, bar.beyond_high) == (True, True)
    assert 0 < bar.low < bar.high < WIDTH


def test_a_difference_is_drawn_against_its_floor():
    bar = laid_out(
        row(0.01, -0.01, 0.02, scale=Scale.DIFFERENCE, threshold=None, margin=0.01)
    )

    assert bar.effect == BAND_HIGH
    assert bar.low == BAND_LOW
    assert bar.high == pytest.approx(ZERO + 2 * (BAND_HIGH - ZERO), abs=1)


def test_without_a_threshold_the_interval_fills_the_picture_and_has_no_band():
    bar = laid_out(row(1.2, 1.1, 1.3, margin=0.0))

    assert not bar.band
    assert not bar.beyond_high
    assert bar.high == pytest.approx(ZERO + (WIDTH / 2 - 14) * 2 / REACH, abs=0.5)


def test_no_change_at_all_without_a_threshold_is_a_dot_in_the_middle():
    bar = laid_out(row(1.0, 1.0, 1.0, margin=0.0))

    assert bar.low == bar.high == bar.effect == ZERO


def test_what_was_not_computed_has_no_bar():
    made = row(1, 1, 1)

    assert bar_for(replace(made, effect=None)) is None
    assert bar_for(replace(made, ci95=None)) is None
