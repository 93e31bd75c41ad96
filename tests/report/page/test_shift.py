# SPDX-License-Identifier: Apache-2.0
import io
import itertools
import math
import re
from dataclasses import replace

import pytest
from lxml import html

from perfcompare.model.comparison import Contrast, Interval, Verdict
from perfcompare.model.shape import ShapeKind
from perfcompare.report.html import write_html
from perfcompare.report.page import shift
from perfcompare.report.page.shift import BOTTOM, LEFT, RIGHT, TOP, shift_for, shifts
from perfcompare.testing.comparisons import comparison_of, key_of
from perfcompare.testing.redistributed import (
    EVENED_OUT,
    TITLE,
    busy_run,
    redistributed_run,
)
from perfcompare.testing.shapes import shape_of

SHAPE = shape_of(TITLE, EVENED_OUT, ShapeKind.EVENED_OUT)
STILL = shape_of(TITLE, [1.0] * 10, ShapeKind.UNCHANGED)


def drawn(shape=SHAPE, **rows):
    return shift_for(shape, rows, name="shift-0")


def row(metric):
    return comparison_of(key_of(metric, workload=TITLE), 0.1, 0.1, Verdict.PARITY)


def places(line):
    return [(int(x), int(y)) for x, y in re.findall(r"(\d+) (\d+)", line)]


def count(marks):
    return marks.count("h0")


def page_of(judgement):
    out = io.StringIO()
    write_html(judgement, out)
    return html.document_fromstring(out.getvalue())


def test_quantiles_stand_at_equal_distances_and_slower_is_higher():
    line = places(drawn().line)
    steps = [right - left for (left, _), (right, _) in itertools.pairwise(line)]

    assert [text for _, text in drawn().labels] == [
        *("p10", "20", "30", "40", "50", "60", "70", "80", "90", "95")
    ]
    assert max(steps) - min(steps) <= 1
    assert LEFT < line[0][0] < line[-1][0] < RIGHT
    zero = next(y for y, text in drawn().ticks if text == "0\xa0%")
    assert line[0][1] < zero < line[-1][1]


def test_everything_lies_between_the_ends_of_the_axis():
    picture = drawn(p50=row("p50"))
    heights = [y for path in (picture.line, picture.band) for y in ys(path)]

    assert min(heights) >= TOP
    assert max(heights) <= BOTTOM


def ys(path):
    return [int(y) for y in re.findall(r"(?:V|\d )(\d+)", path)]


def test_the_picture_says_every_effect_with_its_interval():
    said = drawn().said.replace("\xa0", " ").replace("\N{MINUS SIGN}", "-")

    assert said.startswith("target against base: p10 +33.0 % (+26.4 to +39.7 %), p20")
    assert said.endswith(
        "p90 -29.5 % (-33.0 to -26.0 %), p95 -29.0 % (-32.6 to -25.5 %)"
    )


def test_points_whose_interval_leaves_out_no_change_are_told_from_the_others():
    # p70 moved by 8 %, its interval of 5 % to either side leaves out 0.
    assert (count(drawn().clear), count(drawn().others)) == (10, 0)
    assert (count(drawn(STILL).clear), count(drawn(STILL).others)) == (0, 10)


def test_below_three_rounds_there_are_no_intervals():
    few = drawn(shape_of(TITLE, EVENED_OUT, ShapeKind.UNDECIDED, rounds=2))

    assert few.intervals == ""
    assert count(few.others) == 10
    assert "(" not in few.said


def test_an_interval_that_goes_far_beyond_ends_without_a_cap_inside_the_picture():
    points = list(STILL.points)
    points[0] = replace(points[0], interval=Interval(low=0.0, high=math.inf))
    picture = drawn(replace(STILL, points=tuple(points)), p50=row("p50"))
    first, second = re.findall(r"M[^M]+", picture.intervals)[:2]

    assert first == f"M{LEFT + 10} {BOTTOM}V{TOP}"
    assert second.count("h6") == 2


def test_each_quantile_has_the_band_of_the_row_below_it():
    # 10 % for p50 and below, 15 % from p90 on: one step up, one down.
    band = drawn(STILL, p50=row("p50"), p90=row("p90")).band

    assert band.count("H") == 4


def test_where_the_floor_rules_the_band_is_wider_for_fast_quantiles():
    floor = replace(row("p50"), threshold=0.0, floor=0.01)
    heights = [int(y) for y in re.findall(r"V(\d+)", drawn(STILL, p50=floor).band)]

    above = heights[: len(heights) // 2]
    assert above == sorted(above)
    assert above[0] < above[-1]


@pytest.mark.parametrize(
    "rows", [{}, {"p50": replace(row("p50"), threshold=None, floor=0.0)}]
)
def test_where_nothing_is_tolerated_there_is_no_band(rows):
    assert drawn(**rows).band == ""


def test_a_single_quantile_stands_in_the_middle():
    picture = drawn(replace(SHAPE, points=SHAPE.points[4:5]))

    assert picture.labels == (((LEFT + RIGHT) // 2, "p50"),)


def test_the_kind_is_said_with_what_is_left_out():
    assert drawn().kind == "evened out"
    assert drawn().means == (
        "fast iterations got slower, slow ones faster; mean and rate show parity;"
        " left out: p99 (needs 1,000 iterations a visit)"
    )


def test_what_a_busy_host_leaves_undecided_says_so():
    run = busy_run()

    assert shifts(run)[TITLE].means.startswith("the host was busy, and beside others")


def test_numbers_of_the_axis_are_round_and_do_not_touch():
    heights = sorted(y for y, _ in drawn().ticks)

    assert all(below - above >= 13 for above, below in itertools.pairwise(heights))
    told = {text.replace("\xa0", " ") for _, text in drawn().ticks}
    assert {"0 %", "+10 %", "\N{MINUS SIGN}10 %", "\N{MINUS SIGN}30 %"} <= told


def test_a_page_draws_each_workload_once_and_shows_it_in_each_of_its_latencies():
    tree = page_of(redistributed_run())
    used = tree.xpath("//figure[contains(@class, 'shift')]//use/@href")

    assert len(tree.xpath("//*[@id='shift-0']")) == 1
    # mean, p90 and p50; throughput is no latency.
    assert used.count("#shift-0") == 3
    assert used.count("#shift-1") == 3


def test_the_values_are_named_beside_each_picture():
    tree = page_of(redistributed_run())
    picture = tree.xpath("//figure[contains(@class, 'shift')]/svg")[0]

    text = tree.get_element_by_id(picture.get("aria-describedby")).text_content()
    assert text.startswith("target against base: p10")


def test_what_changed_has_its_picture_before_what_did_not_and_few_are_enough():
    still = [replace(STILL, workload=f"w{at}") for at in range(shift.MOST_PICTURES + 5)]
    found = shifts(replace(redistributed_run(), shapes=(*still, SHAPE)))

    assert len(found) == shift.MOST_PICTURES
    assert next(iter(found)) == TITLE


def test_shapes_of_other_contrasts_and_without_points_are_not_drawn():
    sham = replace(SHAPE, contrast=Contrast.SHAM)
    empty = replace(SHAPE, points=())

    assert shifts(replace(redistributed_run(), shapes=(sham, empty))) == {}
