# SPDX-License-Identifier: Apache-2.0
import itertools
import math
import re
import subprocess
import sys
from importlib import resources

import numpy as np
import pytest
from lxml import etree
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from perfcompare.model.comparison import Verdict
from perfcompare.model.judgement import Distribution
from perfcompare.model.metric import Unit
from perfcompare.report.plots.distributions import (
    distribution_plot,
    draw_distribution,
    log_ticks,
    round_ticks,
)
from perfcompare.report.plots.effects import VERDICTS
from perfcompare.report.plots.figure import GRID, INK, PAPER, SERIES, Label, element
from perfcompare.report.plots.lines import simplified
from perfcompare.report.plots.svg import PageRenderer
from perfcompare.report.scale import ruler_for
from perfcompare.report.shown import Shown

LABEL = Label(prefix="p", title="<title>", description="what & how")
MILLISECONDS = ruler_for(Unit.SECONDS, [0.02])


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


def drawn(*distributions):
    return draw_distribution(distributions, ruler=MILLISECONDS, label=LABEL)


def paths(svg, variant, *, rule):
    return [
        path.get("d")
        for path in etree.fromstring(svg).iter("path")
        if f"var(--series-{variant})" in path.get("style") and rule in path.get("style")
    ]


def test_every_variant_has_a_hill_a_line_and_marks_in_both_panes():
    names = ("base", "target", "crossover", "sham", "other")
    durations = np.linspace(0.01, 0.02, 50)
    svg = drawn(*(distribution(durations, variant=name) for name in names))

    for name in names:
        assert len(paths(svg, name, rule="fill-opacity")) == 1
        assert len(paths(svg, name, rule="stroke-width:1.4")) == 1
        marks = paths(svg, name, rule="fill:var")
        assert [mark.count("M") for mark in marks if mark.count("M") > 1] == [3, 3]


def test_marks_of_variants_differ_in_shape():
    names = ("base", "target", "crossover", "sham", "other")
    durations = np.linspace(0.01, 0.02, 50)
    svg = drawn(*(distribution(durations, variant=name) for name in names))
    shapes = {
        re.sub(r"^M\S+ \S+?(?=m)", "", mark.split("z")[0])
        for name in names
        for mark in paths(svg, name, rule="fill:var")
        if mark.count("M") == 3
    }

    assert len(shapes) == len(names)


def test_hills_are_named_and_a_stranger_s_name_is_not_drawn():
    durations = np.linspace(0.01, 0.02, 50)
    svg = drawn(distribution(durations), distribution(durations, variant="<b>evil</b>"))

    assert "base" in texts(svg)
    assert "evil" not in svg


def test_two_modes_are_two_summits_in_the_plot():
    two = np.concatenate((np.linspace(0.01, 0.012, 100), np.linspace(0.02, 0.022, 100)))
    (hill,) = paths(drawn(distribution(two)), "base", rule="fill-opacity")
    start, *steps = re.findall(r"(-?[\d.]+) ?(-?[\d.]+)", hill)
    heights = np.cumsum([float(start[1]), *(float(step[1]) for step in steps)])
    summits = [
        at
        for at in range(1, len(heights) - 1)
        # y grows downwards.
        if heights[at] <= heights[at - 1] and heights[at] < heights[at + 1]
    ]

    assert len([at for at in summits if heights[at] < heights.max() - 20]) == 2


def test_both_panes_share_their_axis():
    """What is marked above stands straight over the same mark below."""
    svg = drawn(distribution(np.geomspace(0.01, 0.3, 201)))
    above, below = (
        re.findall(r"M([\d.]+) ", mark)
        for mark in paths(svg, "base", rule="fill:var")
        if mark.count("M") == 3
    )

    assert above == below
    assert len(set(above)) == 3


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 10.0, (0, 5, 10)),
        (17.2, 23.9, (18, 20, 22)),
        (0.41, 0.62, (0.45, 0.5, 0.55, 0.6)),
        (0.0, 0.3, (0, 0.1, 0.2, 0.3)),
        (95.0, 505.0, (100, 200, 300, 400, 500)),
        (30.0, 560.0, (100, 200, 300, 400, 500)),
    ],
)
def test_a_plain_axis_has_few_round_numbers(low, high, ticks):
    assert round_ticks(low, high) == ticks


def test_more_figures_are_coarser_ones():
    random = np.random.default_rng(3)
    rough = distribution(np.sort(random.lognormal(-4, 0.5, 201)))
    sizes = [
        len(
            element(
                distribution_plot(
                    [rough], ruler=MILLISECONDS, label=LABEL, figures=count
                )
            )
        )
        for count in (1, 40, 100)
    ]

    assert sizes[0] == sizes[1] > sizes[2]


def test_a_closed_path_a_gap_and_a_turned_text_become_svg():
    figure = Figure(figsize=(1, 1), dpi=72)
    figure.add_artist(Line2D([0, 0.5, math.nan, 0.5, 1], [0, 0.5, 0, 0.5, 0.5]))
    figure.add_artist(Rectangle((0, 0), 0.5, 0.5, facecolor="#123456", linewidth=0))
    figure.text(0.5, 0.5, "a < b & c", rotation=90, weight="bold", color="#ff0000")
    renderer = PageRenderer(72, 72, paint=lambda colour: colour)
    figure.draw(renderer)
    root = etree.fromstring(f"<svg>{renderer.elements}</svg>")
    found = [path.get("d") for path in root.iter("path")]
    (text,) = root.iter("text")

    assert "M0 72l36-36M36 36l36 0" in found
    assert any(re.fullmatch(r"M0 72l36 0 0-36-36 0z", d) for d in found)
    assert text.text == "a < b & c"
    assert "rotate(-90)" in text.get("transform")
    assert text.get("font-weight") == "bold"
    assert "#ff0000" in text.get("style")


def test_colours_of_a_plot_are_those_of_the_light_page():
    css = resources.files("perfcompare.report") / "templates" / "css" / "page.css"
    light = css.read_text().partition("@media")[0]
    page = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", light))

    assert {name: page[f"series-{name}"] for name in SERIES} == SERIES
    assert (page["soft"], page["grid"], page["paper"]) == (INK, GRID, PAPER)
    assert {verdict: page[verdict.replace(" ", "-")] for verdict in Verdict} == {
        verdict: VERDICTS[Shown(verdict)] for verdict in Verdict
    }
