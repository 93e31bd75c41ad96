# SPDX-License-Identifier: Apache-2.0
import math
import re
from dataclasses import replace

import pytest

from perfcompare.model.comparison import Verdict
from perfcompare.report.page.dots import BOTTOM, TOP, Rounds, dots_for
from perfcompare.report.rows import row_ruler
from perfcompare.testing.comparisons import comparison_of, key_of


def row(base, target):
    made = comparison_of(key_of("p50", workload="w"), 1.0, 1.0, Verdict.PARITY)
    return replace(
        made,
        rounds=tuple(range(1, len(base) + 1)),
        base=replace(made.base, values=base),
        target=replace(made.target, values=target),
    )


def drawn(base, target):
    comparison = row(base, target)
    return dots_for(comparison, row_ruler(comparison))


def points(path):
    """Follow a path of dots, each of which is told from the one before."""
    x = y = 0
    found = []
    for step, right, down in re.findall(r"([Mm])(\d+)\s?([+-]?\d+)h0", path):
        x, y = (
            (int(right), int(down)) if step == "M" else (x + int(right), y + int(down))
        )
        found.append((x, y))
    return found


def test_the_larger_value_lies_higher_and_the_ends_of_the_axis_name_both():
    dots = drawn((0.1, 0.2), (0.3, 0.2))

    assert dots
    assert points(dots.base) == [(84, BOTTOM), (110, (TOP + BOTTOM) // 2)]
    assert points(dots.target) == [(84, TOP), (110, (TOP + BOTTOM) // 2)]
    assert dots.ends == ((TOP, "300.0\xa0ms"), (BOTTOM, "100.0\xa0ms"))


def test_a_line_joins_base_and_target_of_the_same_round():
    dots = drawn((0.1, 0.3), (0.3, 0.1))

    assert dots
    assert dots.links == f"M84 {BOTTOM}V{TOP}M110 {TOP}V{BOTTOM}"


@pytest.mark.parametrize(
    ("base", "target", "said"),
    [
        ((1.0, 1.0, 1.0), (2.0, 2.0, 2.0), "target above base in 3 of 3 rounds"),
        ((2.0, 2.0, 1.0), (1.0, 1.0, 2.0), "target below base in 2 of 3 rounds"),
        (
            (1.0, 2.0, 3.0),
            (1.0, 2.5, 3.0),
            "target above base in 1 of 3 rounds, equal in 2",
        ),
        ((1.0,), (1.0,), "target equal to base in 1 of 1 round"),
    ],
)
def test_the_picture_says_in_how_many_rounds_target_is_above_or_below(
    base, target, said
):
    dots = drawn(base, target)

    assert dots
    assert dots.said == said


def test_values_that_are_all_the_same_lie_in_the_middle_and_are_named_once():
    dots = drawn((2.0, 2.0), (2.0, 2.0))

    assert dots
    assert dots.ends == (((TOP + BOTTOM) // 2, "2.000\xa0s"),)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_not_drawn(value):
    assert drawn((1.0, value), (1.0, 2.0)) is None


def test_no_rounds_are_no_picture():
    assert drawn((), ()) is None


def test_a_span_larger_than_any_float_is_still_drawn():
    dots = drawn((-1.5e308,), (1.5e308,))

    assert dots
    assert points(dots.base) == [(84, BOTTOM)]


def test_as_many_rounds_are_numbered_as_have_room():
    few, many = Rounds(numbers=(1, 2, 4)), Rounds(numbers=tuple(range(1, 41)))

    assert few.labels == ((84, 1), (110, 2), (136, 4))
    assert [number for _, number in many.labels] == list(range(1, 41, 3))
    assert many.width < 400
