# SPDX-License-Identifier: Apache-2.0
"""The durations of iterations: how dense they lie, and the share that had ended."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfcompare.analysis.distributions import density
from perfcompare.model.judgement import Distribution
from perfcompare.report.plots.figure import (
    BOTTOM_POINTS,
    GAP_POINTS,
    INK,
    RIGHT_POINTS,
    WIDTH_POINTS,
    Label,
    Pane,
    Plot,
    beside,
    colour_of,
    dashes_of,
    element,
    lattice,
    scale_of,
    shape_of,
)
from perfcompare.report.plots.lines import Line, simplified
from perfcompare.report.scale import Ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DENSITY_POINTS, _SHARE_POINTS = 72.0, 107.7
"""Heights of the two panes."""
_LEFT_POINTS, _TOP_POINTS = 46.0, 3.6
"""Room for the names of variants, and for hills."""
VIEW_WIDTH = WIDTH_POINTS
VIEW_HEIGHT = _TOP_POINTS + _DENSITY_POINTS + GAP_POINTS + _SHARE_POINTS + BOTTOM_POINTS
"""Of the figure's viewBox."""

_NAMED = frozenset({"base", "target", "crossover", "sham"})
"""Short names of ours, which a plot can carry; others stand in the legend."""
_MARKED = (0.5, 0.9, 0.95)
_TICKS = (0.0, 0.5, 0.9, 0.95, 0.99, 0.999)
_STEPS = 200
"""Places across at which density is estimated."""
_HILL_SCALE = 2.0
_LOG_FROM = 12.0
_MOST_TICKS = 5
_LOG_STEPS = (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 4))
"""Digits and every how many powers of ten: the first that gives few enough is taken."""
_FINE = 0.3
"""Simplification of few figures; see `lines.simplified`."""
_COARSE = 0.8
_FEW_FIGURES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Across:
    """The axis of durations, which both panes share."""

    low: float
    high: float
    """In the ruler's unit."""
    log: bool
    ticks: tuple[float, ...]
    tolerance: float

    @property
    def places(self) -> Line:
        """Return the places at which density is estimated, edge to edge."""
        spaced = np.geomspace if self.log else np.linspace
        return spaced(self.low, self.high, _STEPS)

    def apply(self, axes: "Axes", *, labels: bool) -> None:
        """Give *axes* this axis, with uprights at its numbers."""
        if self.log:
            axes.set_xscale("log")
        axes.set_xlim(self.low, self.high)
        texts = [f"{tick:g}" if labels else "" for tick in self.ticks]
        scale_of(axes.xaxis, self.ticks, texts)
        lattice(axes, self.ticks)

    def simplified(self, x: Line, y: Line, *, span: float) -> tuple[Line, Line]:
        """Leave out what nobody sees, on this axis and one that shows *span*."""
        if not self.log:
            spans = (self.high - self.low, span)
            return simplified(x, y, spans=spans, tolerance=self.tolerance)
        spans = (math.log(self.high / self.low), span)
        logs, kept = simplified(np.log(x), y, spans=spans, tolerance=self.tolerance)
        return np.exp(logs), kept


def draw_distribution(
    distributions: Sequence[Distribution], *, ruler: Ruler, label: Label
) -> str:
    """Draw one workload as an element for a page."""
    return element(distribution_plot(distributions, ruler=ruler, label=label))


def distribution_plot(
    distributions: Sequence[Distribution],
    *,
    ruler: Ruler,
    label: Label,
    figures: int = 1,
) -> Plot:
    """Return the plot of one workload: its density above, the share ended below.

    Args:
        distributions: At least one, in the order to draw.
        ruler: Of all durations.
        label: Of the plot.
        figures: How many the page has: the more there are, the coarser are lines.
    """
    across = _across(distributions, ruler, figures=figures)

    def draw_density(axes: "Axes") -> None:
        across.apply(axes, labels=False)
        scale_of(axes.yaxis, (), ())
        axes.set_ylim(0, len(distributions))
        axes.spines[["left", "bottom"]].set_visible(False)
        lattice(axes, range(len(distributions)), upright=False, colour=INK)
        for row, one in enumerate(reversed(distributions)):
            _draw_ridge(axes, one, row=row, across=across, ruler=ruler)

    def draw_share(axes: "Axes") -> None:
        across.apply(axes, labels=True)
        top = max(one.iterations for one in distributions)
        shown = [tick for tick in _TICKS if (1 - tick) * top >= 1] or [0.0]
        highest = 0.0
        for one in distributions:
            height = _stretched(one.probabilities, one.iterations)
            highest = max(highest, float(height[-1]))
            durations = np.asarray(one.durations_seconds) / ruler.factor
            x, y = across.simplified(durations, height, span=3.0)
            colour, dashes = colour_of(one.variant), dashes_of(one.variant)
            axes.plot(x, y, color=colour, linewidth=1.4, dashes=dashes)
            _mark(axes, one, _stretched(_MARKED, one.iterations), ruler)
        texts = [f"{tick * 100:g}{'%'}" for tick in shown]
        scale_of(axes.yaxis, [float(at) for at in _stretched(shown, top)], texts)
        axes.set_ylim(0, highest * 1.05)
        axes.set_xlabel(ruler.symbol)

    return Plot(
        label=label,
        panes=(
            Pane(height_points=_DENSITY_POINTS, draw=draw_density),
            Pane(height_points=_SHARE_POINTS, draw=draw_share),
        ),
        width_points=WIDTH_POINTS,
        left_points=_LEFT_POINTS,
        right_points=RIGHT_POINTS,
        top_points=_TOP_POINTS,
    )


def _draw_ridge(
    axes: "Axes", one: Distribution, *, row: int, across: _Across, ruler: Ruler
) -> None:
    """Draw the density of one variant on a base line of its own."""
    from matplotlib.patches import Polygon  # noqa: PLC0415  # matplotlib, when drawn

    places = across.places
    found = density(one, places * ruler.factor, log=across.log)
    height = found / found.max() * 0.88
    # Corners show in what is smooth: simplified as if it were drawn larger.
    span = axes.get_ylim()[1] / _HILL_SCALE
    x, y = across.simplified(places, row + height, span=span)
    colour = colour_of(one.variant)
    # Open below: a fill closes itself, and its edge is to have no line there.
    hill = Polygon(
        np.column_stack((x, y)),
        closed=False,
        facecolor=(colour, 0.16),
        edgecolor=colour,
        linewidth=1,
        linestyle=(0, dashes_of(one.variant)) if dashes_of(one.variant) else "-",
    )
    axes.add_artist(hill)
    _mark(axes, one, np.full(len(_MARKED), row + 0.02), ruler)
    if one.variant in _NAMED:
        beside(axes, one.variant, row + 0.25)


def _mark(axes: "Axes", one: Distribution, heights: Line, ruler: Ruler) -> None:
    at = np.interp(_MARKED, one.probabilities, one.durations_seconds) / ruler.factor
    axes.plot(
        at,
        heights,
        color=colour_of(one.variant),
        linestyle="none",
        marker=shape_of(one.variant),
        markersize=5.5,
        markeredgewidth=0,
        clip_on=False,
    )


def _across(
    distributions: Sequence[Distribution], ruler: Ruler, *, figures: int
) -> _Across:
    least = min(min(one.durations_seconds) for one in distributions) / ruler.factor
    most = max(max(one.durations_seconds) for one in distributions) / ruler.factor
    log = least > 0 and most / least > _LOG_FROM
    if log:
        margin = (most / least) ** 0.04
        low, high = least / margin, most * margin
        ticks = log_ticks(low, high)
    else:
        spread = most - least
        # Where all are the same, a tenth around it is shown.
        margin = spread * 0.04 or most * 0.1 or 1.0
        low, high = least - margin, most + margin
        ticks = round_ticks(low, high)
    tolerance = min(_COARSE, _FINE * max(1.0, figures / _FEW_FIGURES))
    return _Across(low=low, high=high, log=log, ticks=ticks, tolerance=tolerance)


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Return round numbers from *low* to *high* on a log axis, few enough to read."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    choices = (
        tuple(
            value
            for exponent in range(first, last + 1)
            for digit in digits
            if exponent % every == 0
            # Through decimal text: 2 * 10.0 ** -3 is not what is written as 0.002.
            and low <= (value := float(f"{digit}e{exponent}")) <= high
        )
        for digits, every in _LOG_STEPS
    )
    return next((found for found in choices if len(found) <= _MOST_TICKS), ())


def round_ticks(low: float, high: float) -> tuple[float, ...]:
    """Return round numbers from *low* to *high*, few enough to read."""
    power = 10.0 ** math.floor(math.log10(high - low))
    # Less than ten powers fit, so that the last step always gives few enough.
    steps = (power * factor for factor in (0.1, 0.2, 0.5, 1, 2, 5))
    choices = (_multiples(low, high, step) for step in steps)
    return next(found for found in choices if len(found) <= _MOST_TICKS)


def _multiples(low: float, high: float, step: float) -> tuple[float, ...]:
    # 0.3 / 0.1 is not quite 3, and 3 * 0.1 is not what is written as 0.3.
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(float(f"{at * step:.12g}") for at in range(first, last + 1))


def _stretched(probabilities: Sequence[float], iterations: int) -> Line:
    """Give the tail room: every factor of ten in 1 - p is as high as the last."""
    beyond = 1 - np.asarray(probabilities, dtype=np.float64)
    return -np.log10(np.maximum(beyond, 0.5 / max(1, iterations)))
