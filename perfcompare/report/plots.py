# SPDX-License-Identifier: Apache-2.0
"""Curves over a visit and distributions of durations, drawn by matplotlib.

No user's word is drawn: names stand in the page around the plot.  matplotlib is
imported only when something is drawn.
"""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perfcompare.model.judgement import Curve, Distribution, PhaseMark
from perfcompare.model.visit import Phase
from perfcompare.report.scale import Ruler
from perfcompare.report.svg import GRID, INK, OTHER, SERIES, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Line = NDArray[np.float64]

WIDTH_INCHES, HEIGHT_INCHES = 4.0, 2.1
_POINTS_OF_A_PLOT = 2400
"""Vertices of all thin lines together: what keeps the page small."""
_MOST_POINTS, _FEWEST_POINTS = 120, 24
_MEDIAN_POINTS = 160
_PLOTTED_POINTS = 220.0
"""About as wide and as high as a plot is, in units of a line's simplification."""
_MARKED = (0.5, 0.9, 0.95)
_TICKS = (0.0, 0.5, 0.9, 0.95, 0.99, 0.999)
_LOG_FROM = 30.0
_MOST_LOG_TICKS = 5
_LOG_STEPS = (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 4))
"""Digits and every how many powers of ten: the first that gives few enough is taken."""
_PHASES = (Phase.LOAD, Phase.IDLE, Phase.SETTLE, Phase.WARM_UP)
"""Labelled in this order, as long as there is room."""
_LABEL_SHARE = 0.12
"""Of the axis: about as long as the word "warm-up" is."""

_DASHES: Mapping[str, tuple[float, ...]] = {
    "base": (5, 2),
    "target": (),
    "crossover": (6, 2, 1, 2),
    "sham": (1, 1.5),
}
_SHAPES = {"base": "s", "target": "o", "crossover": "^", "sham": "D"}
_FAMILIES = frozenset(
    {"axes", "figure", "font", "grid", "lines", "path", "savefig", "svg", "text"}
    | {"xaxis", "xtick", "yaxis", "ytick"}
)
"""Of matplotlib's settings: those that show in these plots."""
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "perfcompare",
    "text.parse_math": False,
    "font.size": 8.0,
    "axes.edgecolor": INK,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "axes.linewidth": 0.6,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "xtick.minor.size": 0.0,
    "xtick.major.pad": 4.0,
    "ytick.major.pad": 4.0,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a plot is called, for its element."""

    prefix: str
    """Of every id in it; unique in the page."""
    title: str
    description: str


def draw_curves(
    curves: Sequence[Curve], marks: Sequence[PhaseMark], *, ruler: Ruler, label: Label
) -> str:
    """Draw one quantity of one service: rounds thin, their median bold."""

    def draw(axes: "Axes") -> None:
        thin = max(
            _FEWEST_POINTS, min(_MOST_POINTS, _POINTS_OF_A_PLOT // max(1, len(curves)))
        )
        spans = _spans(curves)
        for curve in curves:
            grid = np.linspace(curve.seconds[0], curve.seconds[-1], thin)
            values = np.interp(grid, curve.seconds, curve.values) / ruler.factor
            x, y = simplified(grid, values, spans=(spans[0], spans[1] / ruler.factor))
            axes.plot(x, y, color=_colour(curve.variant), linewidth=0.5, alpha=0.35)
        for variant in dict.fromkeys(curve.variant for curve in curves):
            grid, values = median_curve([c for c in curves if c.variant == variant])
            axes.plot(
                grid,
                values / ruler.factor,
                color=_colour(variant),
                linewidth=1.8,
                dashes=_DASHES.get(variant, (2, 2)),
            )
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0, right=spans[0] or 1)
        _mark_phases(axes, marks)
        axes.set_xlabel("seconds since the start of idle")

    return _drawn(draw, label)


def draw_distribution(
    distributions: Sequence[Distribution], *, ruler: Ruler, label: Label
) -> str:
    """Draw the share of iterations that had ended by then; the tail is stretched."""

    def draw(axes: "Axes") -> None:
        least = min(min(one.durations_seconds) for one in distributions)
        most = max(max(one.durations_seconds) for one in distributions)
        for one in distributions:
            height = _stretched(one.probabilities, one.iterations)
            colour = _colour(one.variant)
            durations = np.asarray(one.durations_seconds) / ruler.factor
            x, y = simplified(
                durations, height, spans=((most - least) / ruler.factor, 3.0)
            )
            dashes = _DASHES.get(one.variant, (2, 2))
            axes.plot(x, y, color=colour, linewidth=1.4, dashes=dashes)
            at = np.interp(_MARKED, one.probabilities, durations)
            axes.plot(
                at,
                _stretched(_MARKED, one.iterations),
                color=colour,
                linestyle="none",
                marker=_SHAPES.get(one.variant, "v"),
                markersize=4,
            )
        if least > 0 and most / least > _LOG_FROM:
            axes.set_xscale("log")
            ticks = log_ticks(*axes.get_xlim())
            axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
            axes.minorticks_off()
        top = max(one.iterations for one in distributions)
        shown = [tick for tick in _TICKS if (1 - tick) * top >= 1] or [0.0]
        axes.set_yticks(
            _stretched(shown, top), labels=[f"{tick * 100:g}{'%'}" for tick in shown]
        )
        axes.set_ylim(bottom=0)
        axes.set_xlabel(ruler.symbol)

    return _drawn(draw, label)


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
    return next((found for found in choices if len(found) <= _MOST_LOG_TICKS), ())


def median_curve(curves: Sequence[Curve]) -> tuple[Line, Line]:
    """Return the median over rounds as far as more than half of them reach."""
    reach = float(np.median([curve.seconds[-1] for curve in curves]))
    start = float(np.median([curve.seconds[0] for curve in curves]))
    grid = np.linspace(start, reach, _MEDIAN_POINTS)
    lines = [np.interp(grid, curve.seconds, curve.values) for curve in curves]
    values = np.median(np.vstack(lines), axis=0)
    return simplified(grid, values, spans=_spans(curves))


def simplified(x: Line, y: Line, *, spans: tuple[float, float]) -> tuple[Line, Line]:
    """Leave out the points that nobody would see missing (Ramer-Douglas-Peucker).

    Args:
        x: Ascending.
        y: Parallel to *x*.
        spans: What the plot shows of x and of y, in their units.
    """
    across = np.asarray(x) / (spans[0] or 1.0) * _PLOTTED_POINTS
    up = np.asarray(y) / (spans[1] or 1.0) * _PLOTTED_POINTS / 2
    keep = np.zeros(len(across), dtype=bool)
    keep[[0, -1]] = True
    open_spans = [(0, len(across) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        run, rise = across[last] - across[first], up[last] - up[first]
        length = np.hypot(run, rise) or 1.0
        off = (
            np.abs(
                run * (up[inner] - up[first]) - rise * (across[inner] - across[first])
            )
            / length
        )
        if off.max() > 0.3:
            middle = first + 1 + int(off.argmax())
            keep[middle] = True
            open_spans += [(first, middle), (middle, last)]
    return np.asarray(x)[keep], np.asarray(y)[keep]


def _spans(curves: Sequence[Curve]) -> tuple[float, float]:
    return (
        max(curve.seconds[-1] for curve in curves),
        max(max(curve.values) for curve in curves),
    )


def _stretched(probabilities: Sequence[float], iterations: int) -> Line:
    """Give the tail room: every factor of ten in 1 - p is as high as the last."""
    beyond = 1 - np.asarray(probabilities, dtype=np.float64)
    return -np.log10(np.maximum(beyond, 0.5 / max(1, iterations)))


def _colour(variant: str) -> str:
    return SERIES.get(variant, OTHER)


def _mark_phases(axes: "Axes", marks: Sequence[PhaseMark]) -> None:
    for mark in marks:
        colour = _colour(mark.variant)
        axes.axvline(mark.seconds, color=colour, linewidth=0.7, dashes=(1, 2))
    placed: list[float] = []
    room = axes.get_xlim()[1] * _LABEL_SHARE
    for phase in _PHASES:
        begins = [mark.seconds for mark in marks if mark.phase == phase]
        if not begins or any(abs(begins[0] - other) < room for other in placed):
            continue
        placed.append(begins[0])
        axes.annotate(
            phase.value,
            (begins[0], 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, 2),
            textcoords="offset points",
            fontsize=7,
        )


def _drawn(draw: "Callable[[Axes], None]", label: Label) -> str:
    import matplotlib as mpl  # noqa: PLC0415  # half a second that --help does not pay
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    out = io.StringIO()
    # Not the reader's own matplotlibrc: the same judgement gives the same bytes.
    style: Any = {
        name: value
        for name, value in mpl.rcParamsDefault.items()
        if name.split(".")[0] in _FAMILIES
    }
    style.update(_STYLE)
    with mpl.rc_context(style):
        figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES))
        FigureCanvasSVG(figure)
        figure.patch.set_visible(False)
        axes = figure.add_axes((0.12, 0.19, 0.86, 0.72))
        axes.patch.set_visible(False)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(visible=True, axis="y")
        draw(axes)
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=nothing)
    return tidy(
        out.getvalue(),
        prefix=label.prefix,
        title=label.title,
        description=label.description,
    )
