# SPDX-License-Identifier: Apache-2.0
import itertools
import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from lxml import etree

from perfcompare.model.judgement import Curve, Distribution, PhaseMark
from perfcompare.model.metric import Unit
from perfcompare.report.plots.curves import draw_curves, median_curve
from perfcompare.report.plots.distributions import draw_distribution, log_ticks
from perfcompare.report.plots.figure import Label
from perfcompare.report.plots.lines import simplified
from perfcompare.report.scale import ruler_for

LABEL = Label(prefix="p", title="<title>", description="what & how")
MILLISECONDS = ruler_for(Unit.SECONDS, [0.02])


def curve(values, *, variant="base", number=1, seconds=None):
    return Curve(
        service="api",
        variant=variant,
        round=number,
        quantity="threads",
        seconds=tuple(range(len(values))) if seconds is None else seconds,
        values=tuple(values),
    )


def drawn(*curves, marks=()):
    ruler = ruler_for(Unit.COUNT, [1.0])
    return draw_curves(curves, marks, ruler=ruler, label=LABEL)


def distribution(durations, *, iterations=1000, variant="base"):
    count = len(durations)
    return Distribution(
        workload="w",
        action="",
        variant=variant,
        iterations=iterations,
        probabilities=tuple(np.linspace(0, 1, count)) if count > 1 else (0.5,),
        durations_seconds=tuple(durations),
    )


def texts(svg):
    return [element.text for element in etree.fromstring(svg).iter("text")]


def strokes(svg, variant):
    return [
        element
        for element in etree.fromstring(svg).iter("path")
        if f"stroke:var(--series-{variant})" in element.get("style", "")
    ]


def test_text_in_a_plot_is_text_in_the_colour_of_the_page():
    svg = drawn(curve([1, 5, 3]))

    assert "seconds since the start of idle" in texts(svg)
    assert "#0000" not in svg
    assert "currentColor" in svg


def test_a_plot_names_and_describes_itself():
    root = etree.fromstring(drawn(curve([1, 2])))

    assert root.get("aria-labelledby") == "pt pd"
    assert root.find("title").text == "<title>"
    assert root.find("desc").text == "what & how"


def test_every_round_is_a_line_and_their_median_is_one_more():
    svg = drawn(*(curve([1, number], number=number) for number in range(1, 6)))
    widths = [
        "stroke-width:1.8" in line.get("style", "") for line in strokes(svg, "base")
    ]

    assert sorted(widths) == [False] * 5 + [True]


def test_many_restless_rounds_stay_small():
    rounds = [
        curve([1 + (at * 7 + number * 5) % 11 for at in range(240)], number=number)
        for number in range(30)
    ]

    assert len(drawn(*rounds)) < 25_000


def test_variants_differ_in_dash_and_not_in_colour_alone():
    names = ("base", "target", "crossover", "sham", "other")
    svg = drawn(*(curve([1, 2], variant=name) for name in names))
    dashes = {
        line.get("style").partition("stroke-dasharray:")[2].partition(";")[0]
        for name in names
        for line in strokes(svg, name)
        if "stroke-width:1.8" in line.get("style")
    }

    assert len(dashes) == len(names)


def test_phases_are_marked_and_named_once():
    marks = [
        PhaseMark(variant=variant, phase=phase, seconds=1.0 + at)
        for variant in ("base", "target")
        for at, phase in enumerate(("warm-up", "load", "<script>"))
    ]
    found = texts(drawn(curve([1, 2, 3, 4, 5]), marks=marks))

    assert sorted({*found} & {"warm-up", "load"}) == ["load", "warm-up"]
    assert len([text for text in found if text in {"warm-up", "load"}]) == 2
    assert "<script>" not in found


def test_a_phase_too_near_to_the_load_is_marked_without_its_name():
    marks = [
        PhaseMark(variant="base", phase=phase, seconds=seconds)
        for phase, seconds in (("idle", 0.0), ("warm-up", 49.0), ("load", 50.0))
    ]
    svg = drawn(curve([1, 2], seconds=(0.0, 100.0)), marks=marks)

    assert {*texts(svg)} & {"idle", "warm-up", "load"} == {"idle", "load"}
    assert (
        len([line for line in strokes(svg, "base") if "0.7" in line.get("style")]) == 3
    )


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
    "values", [[0.0], [0.0, 0.0], [7.0], [1e-9, 2e-9], [1e12, 1e12]]
)
def test_a_curve_of_almost_nothing_can_be_drawn(values):
    assert drawn(curve(values)).endswith("</svg>")


@pytest.mark.parametrize(
    "durations", [[0.02], [0.02, 0.02, 0.02], [0.0, 0.1], [0.001, 0.01, 5.0]]
)
def test_a_distribution_of_almost_nothing_can_be_drawn(durations):
    svg = draw_distribution([distribution(durations)], ruler=MILLISECONDS, label=LABEL)

    assert svg.endswith("</svg>")


def test_a_wide_distribution_has_an_axis_of_powers_with_plain_numbers():
    svg = draw_distribution(
        [distribution(np.geomspace(0.001, 5.0, 201))], ruler=MILLISECONDS, label=LABEL
    )

    assert {"1", "10", "100", "1000"} <= set(texts(svg))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (18.0, 720.0, (20, 50, 100, 200, 500)),
        (0.9, 120.0, (1, 3, 10, 30, 100)),
        (0.0012, 0.04, (0.002, 0.005, 0.01, 0.02)),
        (1.0, 10_000.0, (1, 10, 100, 1000, 10_000)),
        (0.01, 200_000.0, (0.01, 1, 100, 10_000)),
    ],
)
def test_an_axis_of_powers_has_few_round_numbers(low, high, ticks):
    assert log_ticks(low, high) == ticks


@pytest.mark.parametrize("most", [0.6, 1.0, 9.0, 200.0])
def test_no_two_numbers_on_an_axis_of_powers_overlap(most):
    svg = draw_distribution(
        [distribution(np.geomspace(0.018, most, 201))], ruler=MILLISECONDS, label=LABEL
    )
    numbers = sorted(
        (float(text.get("x")), len(text.text))
        for text in etree.fromstring(svg).iter("text")
        if re.fullmatch(r"[\d.]+", text.text)
    )

    # A digit of 8 points is about 5 wide.
    assert 2 <= len(numbers) <= 5
    for (left, before), (right, after) in itertools.pairwise(numbers):
        assert right - left > 5 * (before + after) / 2
    assert "times" not in svg


def test_percentiles_that_no_iteration_reaches_are_not_on_the_axis():
    few = [distribution(np.linspace(0.01, 0.02, 50), iterations=50)]
    found = texts(draw_distribution(few, ruler=MILLISECONDS, label=LABEL))

    assert "95%" in found
    assert "99%" not in found


def test_one_iteration_still_has_an_axis():
    one = [distribution([0.02], iterations=0)]

    assert "0%" in texts(draw_distribution(one, ruler=MILLISECONDS, label=LABEL))


def test_the_median_of_rounds_goes_as_far_as_half_of_them():
    rounds = [
        curve([1.0] * length, number=length, seconds=tuple(range(length)))
        for length in (3, 5, 11)
    ]
    seconds, values = median_curve(rounds)

    assert seconds[-1] == 4
    assert set(values) == {1.0}


def test_points_that_nobody_would_miss_are_left_out():
    x = np.linspace(0.0, 10.0, 101)
    y = np.abs(x - 5.0)
    across, up = simplified(x, y, spans=(10.0, 5.0))

    assert list(across) == [0.0, 5.0, 10.0]
    assert list(up) == [5.0, 0.0, 5.0]


def test_nothing_moves_further_than_a_point_by_leaving_points_out():
    x = np.linspace(0.0, 10.0, 500)
    y = np.sin(x) + 0.05 * np.sin(37 * x)
    across, up = simplified(x, y, spans=(10.0, 1.0))

    assert len(across) < 400
    assert np.abs(np.interp(x, across, up) - y).max() < 0.03


def test_matplotlib_is_not_imported_before_something_is_drawn():
    code = "import sys, perfcompare.report.html; print('matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"
