# SPDX-License-Identifier: Apache-2.0
import itertools
import math
import re

import matplotlib as mpl
import numpy as np
import pytest
from lxml import etree

from perfcompare.model.judgement import Curve, PhaseMark
from perfcompare.model.metric import Unit
from perfcompare.report.plots.curves import curves_plot, median_of, numbered, values_of
from perfcompare.report.plots.figure import Label, element
from perfcompare.report.scale import ruler_for
from perfcompare.testing.over_visits import marks_of

LABEL = Label(prefix="p", title="<title>", description="what & how")


def curve(values, *, variant="base", number=1, seconds=None):
    return Curve(
        service="api",
        variant=variant,
        round=number,
        quantity="threads",
        seconds=tuple(map(float, range(len(values)))) if seconds is None else seconds,
        values=tuple(values),
    )


def drawn(*curves, marks=()):
    ruler = ruler_for(Unit.COUNT, [1.0])
    return element(curves_plot(curves, marks, ruler=ruler, label=LABEL))


def mark(phase, seconds, duration, workload=""):
    return PhaseMark(
        phase=phase, workload=workload, seconds=seconds, duration_seconds=duration
    )


def texts(svg):
    return [element.text for element in etree.fromstring(svg).iter("text")]


def paths(svg, style):
    found = etree.fromstring(svg).iter("path")
    return [path for path in found if style in path.get("style", "")]


def strokes(svg, variant):
    return paths(svg, f"stroke:var(--series-{variant})")


def bold(svg, variant):
    return [one for one in strokes(svg, variant) if "width:1.6" in one.get("style")]


def test_text_in_a_plot_is_text_in_the_colour_of_the_page():
    svg = drawn(curve([1, 5, 3]))

    assert "seconds" in texts(svg)
    assert "currentColor" in svg
    assert "#" not in re.sub(r'id="[^"]*"', "", svg)


def test_a_plot_names_and_describes_itself():
    root = etree.fromstring(drawn(curve([1, 2])))

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "pt pd"
    assert root.find("title").text == "<title>"
    assert root.find("desc").text == "what & how"


def test_every_round_is_a_stroke_of_one_thin_line_and_their_median_is_bold():
    svg = drawn(*(curve([1, number], number=number) for number in range(1, 6)))
    thin, thick = strokes(svg, "base")

    assert thin.get("d").count("M") == 5
    assert thick.get("d").count("M") == 1
    assert "stroke-opacity" in thin.get("style")


def test_the_median_is_drawn_above_all_rounds_of_all_variants():
    svg = drawn(curve([1, 2]), curve([2, 3], variant="target"))
    widths = re.findall(r"stroke:var\(--series-\w+\);stroke-width:([\d.]+)", svg)

    assert widths == ["0.5", "0.5", "1.6", "1.6"]


def test_ten_restless_rounds_of_three_variants_stay_small():
    rounds = [
        curve(
            [1 + (at * 7 + number * 5) % 11 for at in range(140)],
            number=number,
            variant=variant,
        )
        for number in range(10)
        for variant in ("base", "target", "crossover")
    ]

    assert len(drawn(*rounds, marks=marks_of(["a", "b", "c"]))) < 14_000


def test_rounds_that_hardly_move_cost_next_to_nothing():
    rounds = [curve([100.0 + number] * 140, number=number) for number in range(30)]

    assert len(drawn(*rounds)) < 3_500


def test_what_is_averaged_to_save_points_keeps_its_mean():
    svg = drawn(*(curve([0.0, 8.0] * 70, number=number) for number in range(60)))
    # 0 is at 122.5 of 151.2 points, and 8 would be at 19.7: the middle is at 71.
    heights = [
        float(height)
        for height in re.findall(r"M[\d.]+ ([\d.]+)", strokes(svg, "base")[0].get("d"))
    ]

    assert heights
    assert max(abs(height - heights[0]) for height in heights) < 0.2
    assert "l" in strokes(svg, "base")[0].get("d")


def test_variants_differ_in_dash_and_not_in_colour_alone():
    names = ("base", "target", "crossover", "sham", "other")
    svg = drawn(*(curve([1, 2], variant=name) for name in names))
    dashes = {
        line.get("style").partition("stroke-dasharray:")[2].partition(";")[0]
        for name in names
        for line in bold(svg, name)
    }

    assert len(dashes) == len(names)


def test_the_axis_begins_at_nothing():
    svg = drawn(curve([1000.0, 1010.0]))

    assert "0" in texts(svg)
    assert "1000" in texts(svg)


def test_a_gap_is_no_line():
    values = [1.0, 1.0, math.nan, math.nan, 3.0, 3.0]
    svg = drawn(curve(values), curve(values, number=2))
    thin, thick = strokes(svg, "base")

    assert thin.get("d").count("M") == 4
    assert thick.get("d").count("M") == 2


def test_the_median_is_there_where_half_of_the_rounds_are():
    missing = math.nan
    rows = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, missing], [3.0, missing, missing]])

    assert median_of(rows)[:2].tolist() == [2.0, 1.5]
    assert math.isnan(median_of(rows)[2])


def test_rounds_with_other_seconds_are_laid_on_the_first():
    seconds = np.array([0.0, 1.0, 2.0])
    rows = values_of([curve([1.0, 3.0], seconds=(0.0, 1.0))], seconds=seconds)

    assert rows[0, :2].tolist() == [1.0, 3.0]
    assert math.isnan(rows[0, 2])


def test_one_workload_has_its_phases_named():
    svg = drawn(curve([1.0] * 60), marks=marks_of(["boot"]))

    assert {"idle", "warm-up", "load", "settle"} <= set(texts(svg))


def test_many_workloads_are_numbered_and_the_load_is_shaded():
    marks = marks_of(["a", "b", "c"])
    svg = drawn(curve([1.0] * 60), marks=marks)
    (shade,) = paths(svg, "fill:var(--grid)")

    assert {"idle", "1", "2", "3", "settle"} <= set(texts(svg))
    assert "load" not in texts(svg)
    assert shade.get("d").count("M") == 3
    assert numbered(marks) == ("a", "b", "c")


@pytest.mark.parametrize("count", [1, 2, 5, 12, 30, 150])
def test_no_two_names_of_phases_overlap(count):
    marks = marks_of([f"w{number}" for number in range(count)])
    svg = drawn(curve([1.0] * 60), marks=marks)
    above = sorted(
        (float(text.get("x")), 0.5 * 7 * len(text.text))
        for text in etree.fromstring(svg).iter("text")
        if text.get("font-size") == "7"
    )

    assert len(above) >= 3
    for (left, width), (right, next_width) in itertools.pairwise(above):
        assert right - left > (width + next_width) / 2
    assert all(x - width / 2 >= 0 and x + width / 2 <= 288 for x, width in above)


def test_more_workloads_than_can_be_told_apart_are_one_load():
    marks = marks_of([f"w{number}" for number in range(150)])
    svg = drawn(curve([1.0] * 60), marks=marks)

    assert numbered(marks) == ()
    assert {"idle", "load", "settle"} <= set(texts(svg))
    assert paths(svg, "fill:var(--grid)")[0].get("d").count("M") == 1
    assert len(svg) < 2_600


def test_no_stranger_s_word_is_drawn():
    marks = (mark("<script>", 0.0, 2.0), mark("load", 2.0, 2.0, "<b>"))
    svg = drawn(curve([1.0] * 5), marks=marks)

    assert not any("<" in text or "b" in text for text in texts(svg))


def test_a_settle_too_short_for_its_name_is_not_named():
    marks = (
        mark("idle", 0.0, 50.0),
        mark("load", 50.0, 49.0, "a"),
        mark("load", 99.0, 0.5, "b"),
        mark("settle", 99.5, 0.5),
    )
    found = texts(drawn(curve([1.0] * 100), marks=marks))

    assert {"idle", "1", "2"} <= set(found)
    assert "settle" not in found


def test_a_name_at_the_edge_stays_within_the_plot():
    marks = (mark("load", 0.0, 98.0, "a"), mark("settle", 98.0, 2.0))
    svg = drawn(curve([1.0] * 100), marks=marks)
    (settle,) = (
        one for one in etree.fromstring(svg).iter("text") if one.text == "settle"
    )

    # The axes end at 282.3 points; the word is 22 wide.
    assert 268 < float(settle.get("x")) < 272


def test_a_plot_is_the_same_whatever_the_reader_has_set_for_matplotlib():
    before = drawn(curve([1, 5, 3]))
    with mpl.rc_context({"font.size": 30, "axes.grid": True, "svg.fonttype": "path"}):
        after = drawn(curve([1, 5, 3]))

    assert after == before


def test_drawing_leaves_matplotlib_as_it_was():
    before = dict(mpl.rcParams)
    drawn(curve([1, 5, 3]))

    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    "values",
    [
        [0.0],
        [0.0, 0.0],
        [7.0],
        [1e-9, 2e-9],
        [1e12, 1e12],
        [math.nan, 1.0],
        [math.nan],
    ],
)
def test_a_curve_of_almost_nothing_can_be_drawn(values):
    assert drawn(curve(values)).endswith("</svg>")
