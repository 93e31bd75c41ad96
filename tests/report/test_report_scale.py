# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import replace

import pytest

from perfcompare.model.comparison import Interval, Verdict
from perfcompare.model.metric import Unit
from perfcompare.report.scale import (
    ABSENT,
    centres,
    detectable_text,
    effect_text,
    interval_text,
    leaves_tolerated,
    percent,
    ruler_for,
    significant,
    tolerance_text,
    tolerated,
)
from perfcompare.report.words import span
from perfcompare.testing.comparisons import MIB, comparison_of, key_of

NBSP = "\N{NO-BREAK SPACE}"


def shown(text):
    """Read a no-break space as a space and a minus sign as a hyphen."""
    return text.replace(NBSP, " ").replace("\N{MINUS SIGN}", "-")


def latency(base=0.250, target=0.252, verdict=Verdict.PARITY, **kwargs):
    return comparison_of(key_of("p50", workload="w"), base, target, verdict, **kwargs)


MILLISECONDS = ruler_for(Unit.SECONDS, [0.25])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (105.0, "105.0"),
        (12.0449, "12.04"),
        (1234.4, "1234"),
        (123456.0, "123500"),
        (9.9996, "10.00"),
        (0.00012345, "0.0001234"),
        (-4.1, "-4.100"),
        (-math.inf, "-inf"),
    ],
)
def test_a_value_has_four_significant_digits_and_no_exponent(value, text):
    assert shown(significant(value)) == text


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (Unit.SECONDS, 3e-7, "0.3000 µs"),
        (Unit.SECONDS, 0.00042, "420.0 µs"),
        (Unit.SECONDS, 0.0214, "21.40 ms"),
        (Unit.SECONDS, 93.0, "93.00 s"),
        # Rounds to 1.000 s: the unit is chosen as it will be shown.
        (Unit.SECONDS, 0.99996, "1.000 s"),
        (Unit.SECONDS, 0.0, "0 s"),
        (Unit.BYTES, 812.0, "812.0 B"),
        (Unit.BYTES, 178 * MIB, "178.0 MiB"),
        (Unit.BYTES, 3 * 2.0**30, "3.000 GiB"),
        (Unit.COUNT, 53.0, "53"),
        (Unit.COUNT, 12.5, "12.5"),
        (Unit.RATIO, 0.0125, "1.25 %"),
        (Unit.PER_SECOND, 40.25, "40.25 /s"),
    ],
)
def test_a_value_is_shown_in_the_unit_that_people_use(unit, value, text):
    assert shown(ruler_for(unit, [value]).text(value)) == text


def test_a_row_has_the_unit_of_its_larger_value():
    ruler = ruler_for(Unit.SECONDS, [0.0008, 1.2])

    assert shown(ruler.text(0.0008)) == "0.0008000 s"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.123, "+12.3"),
        (-0.0412, "-4.1"),
        (0.0, "0.0"),
        (-0.0001, "0.0"),
        (1.52, "+152"),
    ],
)
def test_a_relative_change_always_has_a_sign(share, text):
    assert shown(percent(share)) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1.69, "+69.0 %"),
        (3.24, "\N{MULTIPLICATION SIGN}3.2"),
        (53.0, "\N{MULTIPLICATION SIGN}53.0"),
        (0.5, "-50.0 %"),
        (0.05, "÷20.0"),
        (0.0, "-100 %"),
    ],
)
def test_a_big_change_is_told_as_a_factor(ratio, text):
    row = replace(latency(), effect=ratio)

    assert shown(effect_text(row, MILLISECONDS)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (96.5, "96.5 s"),
        (120.0, "2 min"),
        (7140.0, "119 min"),
        (7200.0, "2 h 0 min"),
        (93784.0, "26 h 3 min"),
    ],
)
def test_a_duration_is_told_as_people_tell_it(seconds, text):
    assert shown(span(seconds)) == text


def test_an_interval_names_its_unit_once():
    row = replace(latency(), ci95=Interval(low=0.983, high=1.025))

    assert shown(interval_text(row, row.ci95, MILLISECONDS)) == "-1.7 to +2.5 %"


def test_an_interval_that_runs_into_factors_names_both_units():
    row = replace(latency(), ci95=Interval(low=1.5, high=4.0))
    times = "\N{MULTIPLICATION SIGN}"

    assert shown(interval_text(row, row.ci95, MILLISECONDS)) == f"+50.0 % to {times}4.0"


def test_a_difference_of_percentages_is_told_in_points():
    row = comparison_of(
        key_of("error_rate", workload="w"), 0.0, 0.012, Verdict.REGRESSION, spread=0.001
    )
    ruler = ruler_for(Unit.RATIO, [0.012])

    told = [effect_text(row, ruler), tolerance_text(row, ruler)]
    assert [shown(text) for text in told] == ["+1.2 pp", "1 pp"]
    assert shown(interval_text(row, row.ci95, ruler)) == "+1.1 to +1.3 pp"
    assert shown(detectable_text(row, ruler)) == "0.147 pp"


def test_no_difference_has_no_sign():
    row = comparison_of(key_of("error_rate"), 0.0, 0.0, Verdict.PARITY, spread=0.001)

    assert shown(effect_text(row, ruler_for(Unit.RATIO, [0.0]))) == "0 pp"


def test_what_was_not_computed_is_a_dash_and_no_number():
    row = latency(verdict=Verdict.NOT_COMPARABLE)

    assert effect_text(row, MILLISECONDS) == ABSENT
    assert detectable_text(row, MILLISECONDS) == ABSENT
    assert interval_text(row, row.ci95, MILLISECONDS) == ""


def test_the_threshold_is_tolerated_where_it_is_larger_than_the_floor():
    row = latency(base=0.250, target=0.252)

    assert shown(tolerance_text(row, MILLISECONDS)) == "10 %"


def test_the_floor_is_tolerated_where_it_is_larger_than_the_threshold():
    # 2 ms around the middle of 10 and 10.1 ms is 22 %.
    row = latency(base=0.0100, target=0.0101)

    assert tolerated(row) == pytest.approx(0.22, abs=0.005)
    assert shown(tolerance_text(row, MILLISECONDS)) == "2 ms"


def test_how_far_a_metric_may_move_is_what_the_judgement_says():
    row = replace(latency(), margin=0.14)

    assert tolerated(row) == 0.14
    assert shown(tolerance_text(row, MILLISECONDS)) == "2 ms"


def test_a_threshold_that_went_through_a_logarithm_is_shown_as_it_was():
    row = replace(latency(), threshold=0.20, margin=math.expm1(math.log1p(0.20)))

    assert row.margin != row.threshold
    assert shown(tolerance_text(row, MILLISECONDS)) == "20 %"


def test_without_a_margin_threshold_and_floor_say_how_far_a_metric_may_move():
    row = latency(base=0.0100, target=0.0101)

    assert tolerated(replace(row, margin=None)) == pytest.approx(row.margin)


def test_without_a_margin_a_difference_may_be_as_large_as_the_floor():
    row = comparison_of(key_of("error_rate"), 0.0, 0.0, Verdict.PARITY)

    assert tolerated(replace(row, margin=None)) == row.floor == 0.01


@pytest.mark.parametrize(
    ("effect", "leaves"),
    [(1.10, False), (1 / 1.10, False), (1.1001, True), (0.0, True)],
)
def test_an_effect_at_the_edge_of_what_is_tolerated_does_not_leave_it(effect, leaves):
    assert leaves_tolerated(replace(latency(), effect=effect)) is leaves


def test_the_change_follows_from_the_values_that_are_shown():
    # Medians 175 and 110: -37 %, while the mean of the log-ratios is -25.9 %.
    values = (0.100, 0.175, 0.180), (0.102, 0.110, 0.114)
    row = latency()
    base, target = (
        replace(side, values=of, median=of[1])
        for side, of in zip((row.base, row.target), values, strict=True)
    )
    logs = [math.log(after / before) for before, after in zip(*values, strict=True)]
    effect = math.exp(sum(logs) / 3)
    before, after = centres(replace(row, base=base, target=target, effect=effect))

    assert before
    assert after
    assert after / before == pytest.approx(effect)
    assert shown(effect_text(replace(row, effect=effect), MILLISECONDS)) == "-25.9 %"


def test_a_difference_lies_between_plain_means():
    row = comparison_of(key_of("error_rate"), 0.0, 0.0, Verdict.PARITY)
    row = replace(row, target=replace(row.target, values=(0.0, 0.0, 0.03)))

    assert centres(row)[0] == 0.0
    assert centres(row)[1] == pytest.approx(0.01)


def test_a_side_whose_mean_has_no_logarithm_shows_its_median():
    row = replace(latency(), target=replace(latency().target, values=(0.0, 1.0)))

    assert centres(row)[1] == row.target.median


def test_a_metric_without_limits_tolerates_anything():
    row = replace(latency(), threshold=None, floor=0.0, margin=None)

    assert tolerated(row) is None
    assert not leaves_tolerated(row)
    assert tolerance_text(row, MILLISECONDS) == ABSENT


def test_a_floor_means_nothing_beside_a_side_without_values():
    row = replace(latency(), margin=None)
    row = replace(row, base=replace(row.base, median=None, values=()))

    assert tolerated(row) == 0.10
