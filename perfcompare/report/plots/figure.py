# SPDX-License-Identifier: Apache-2.0
"""A figure by matplotlib: for a page, or a file of its own.

matplotlib is imported only when something is drawn.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

WIDTH_POINTS, HEIGHT_POINTS = 288.0, 151.2
LEFT_POINTS, RIGHT_POINTS, TOP_POINTS, BOTTOM_POINTS = 34.6, 5.7, 13.6, 28.7
"""Around the panes: room for the numbers of the axes."""
GAP_POINTS = 8.0
"""Between two panes."""
ROOT = "plot"
"""Behind its prefix, the id of a whole plot."""

INK = "#545d68"
"""Drawn in the colour of the text around the plot."""
GRID = "#e3e6ea"
SERIES: Mapping[str, str] = {
    "base": "#4d5561",
    "target": "#0072b2",
    "crossover": "#a8437f",
    "sham": "#9a6700",
}
OTHER = "#545d69"
"""Almost INK: on a page the two are not one."""
PAPER = "#ffffff"
_THEME: Mapping[str, str] = {
    INK: "currentColor",
    GRID: "var(--grid)",
    OTHER: "var(--series-other)",
    **{colour: f"var(--series-{name})" for name, colour in SERIES.items()},
}
"""The light theme's colours become the page's variables, for light and dark."""
_DASHES: Mapping[str, tuple[float, ...]] = {
    "base": (5, 2),
    "target": (),
    "crossover": (6, 2, 1, 2),
    "sham": (1, 1.5),
}
_SHAPES: Mapping[str, str] = {
    "base": "s",
    "target": "o",
    "crossover": "^",
    "sham": "D",
}
_FAMILIES = frozenset(
    {"axes", "figure", "font", "grid", "lines", "patch", "path", "savefig", "svg"}
    | {"text", "xaxis", "xtick", "yaxis", "ytick"}
)
"""Of matplotlib's settings: those that show in these plots."""
_STYLE = {
    "figure.dpi": 72.0,
    "text.parse_math": False,
    "font.size": 8.0,
    "axes.edgecolor": INK,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a plot is called, for its element."""

    prefix: str
    """Of every id in it; unique in the page."""
    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """One pair of axes of a plot."""

    height_points: float
    draw: "Callable[[Axes], None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What can be drawn: into a page, or into a file."""

    label: Label
    panes: tuple[Pane, ...]
    """From top to bottom."""
    width_points: float
    left_points: float
    right_points: float
    top_points: float
    """Around the panes."""

    @property
    def height_points(self) -> float:
        """Return what panes and margins come to."""
        panes = sum(pane.height_points for pane in self.panes)
        return (
            panes + (len(self.panes) - 1) * GAP_POINTS + self.top_points + BOTTOM_POINTS
        )


def colour_of(variant: str) -> str:
    """Return a variant's colour in the light theme."""
    return SERIES.get(variant, OTHER)


def dashes_of(variant: str) -> tuple[float, ...]:
    """Return the dashes of a variant's lines: none is told by its colour alone."""
    return _DASHES.get(variant, (2, 2))


def shape_of(variant: str) -> str:
    """Return matplotlib's name of the mark of a variant."""
    return _SHAPES.get(variant, "v")


def single(draw: "Callable[[Axes], None]", label: Label) -> Plot:
    """Return a plot of one pair of axes."""
    height = HEIGHT_POINTS - TOP_POINTS - BOTTOM_POINTS
    pane = Pane(height_points=height, draw=draw)
    return Plot(
        label=label,
        panes=(pane,),
        width_points=WIDTH_POINTS,
        left_points=LEFT_POINTS,
        right_points=RIGHT_POINTS,
        top_points=TOP_POINTS,
    )


def element(plot: Plot) -> str:
    """Draw a plot as an element for a page."""
    with styled():
        inside = svg_elements(
            figure_of(plot), paint=lambda colour: _THEME.get(colour, colour)
        )
    label = plot.label
    name = label.prefix
    return (
        f'<svg id="{name}{ROOT}" class="plot" viewBox="0 0 {plot.width_points:g}'
        f' {plot.height_points:g}" role="img" aria-labelledby="{name}t {name}d"'
        f' fill="none" font-size="8" stroke-linejoin="round">'
        f'<title id="{name}t">{escape(label.title, quote=False)}</title>'
        f'<desc id="{name}d">{escape(label.description, quote=False)}</desc>'
        f"{inside}</svg>"
    )


def svg_elements(figure: "Figure", *, paint: Callable[[str], str]) -> str:
    """Return what is inside an ``<svg>`` of *figure*, a unit a point."""
    from perfcompare.report.plots.svg import PageRenderer  # noqa: PLC0415  # matplotlib

    width, height = (float(inches) * 72 for inches in figure.get_size_inches())
    renderer = PageRenderer(width, height, paint=paint)
    figure.draw(renderer)
    return renderer.elements


@contextmanager
def styled() -> Iterator[None]:
    """Set matplotlib as these plots want it, whatever its reader has set."""
    import matplotlib as mpl  # noqa: PLC0415  # half a second that --help does not pay

    # Not the reader's own matplotlibrc: the same judgement gives the same bytes.
    style: Any = {
        name: value
        for name, value in mpl.rcParamsDefault.items()
        if name.split(".")[0] in _FAMILIES
    }
    style.update(_STYLE)
    with mpl.rc_context(style):
        yield


def figure_of(plot: Plot, *, above_points: float = 0.0) -> "Figure":
    """Draw a plot under some free room, with the style in force."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    height = plot.height_points + above_points
    figure = Figure(figsize=(plot.width_points / 72, height / 72))
    figure.patch.set_visible(False)
    top = height - above_points - plot.top_points
    wide = plot.width_points
    width = wide - plot.left_points - plot.right_points
    for pane in plot.panes:
        bottom = top - pane.height_points
        axes = figure.add_axes(
            (
                plot.left_points / wide,
                bottom / height,
                width / wide,
                pane.height_points / height,
            )
        )
        axes.patch.set_visible(False)
        axes.spines[["top", "right"]].set_visible(False)
        pane.draw(axes)
        _plain_axes(axes)
        top = bottom - GAP_POINTS
    return figure


def _plain_axes(axes: "Axes") -> None:
    """Write the numbers of both axes, and a grid, as plain texts and one line.

    The axes of matplotlib measure and lay out each of their ticks several times, which
    is most of the time of a plot.
    """
    numbers = axes.get_xaxis_transform() + _shift(axes, 0, -4)
    for at, text in _ticks(axes.xaxis):
        _below(axes, text, at, along=numbers)
    heights = _ticks(axes.yaxis)
    for at, text in heights:
        beside(axes, text, at)
    lattice(axes, [at for at, _ in heights], upright=False)
    unit = axes.get_xlabel()
    if unit:
        _below(axes, unit, 0.5, along=axes.transAxes + _shift(axes, 0, -15))
    axes.xaxis.set_visible(False)
    axes.yaxis.set_visible(False)


def scale_of(axis: "Axis", places: Sequence[float], texts: Sequence[str]) -> None:
    """Write *texts* at *places* of an axis."""
    from matplotlib.ticker import FixedFormatter, FixedLocator  # noqa: PLC0415

    axis.set_major_locator(FixedLocator(list(places)))
    axis.set_major_formatter(FixedFormatter(list(texts)))


def lattice(
    axes: "Axes", places: Sequence[float], *, upright: bool = True, colour: str = GRID
) -> None:
    """Draw thin lines from edge to edge at *places*, as one."""
    from matplotlib.lines import Line2D  # noqa: PLC0415

    along = [0.0, 1.0, math.nan] * len(places)
    at = [place for place in places for _ in range(3)]
    transform = axes.get_xaxis_transform() if upright else axes.get_yaxis_transform()
    xs, ys = (at, along) if upright else (along, at)
    line = Line2D(xs, ys, transform=transform, color=colour, linewidth=0.6, zorder=0)
    axes.add_artist(line)


def beside(axes: "Axes", text: str, at: float) -> None:
    """Write *text* to the left of the axes, at a height in data."""
    moved = axes.get_yaxis_transform() + _shift(axes, -4, 0)
    axes.text(0, at, text, transform=moved, ha="right", va="center_baseline")


def _below(axes: "Axes", text: str, at: float, *, along: "Transform") -> None:
    axes.text(at, 0, text, transform=along, ha="center", va="top")


def _shift(axes: "Axes", x_points: float, y_points: float) -> "Transform":
    from matplotlib.transforms import ScaledTranslation  # noqa: PLC0415

    dots = axes.figure.dpi_scale_trans
    return ScaledTranslation(x_points / 72, y_points / 72, dots)


def _ticks(axis: "Axis") -> list[tuple[float, str]]:
    """Return the places in view and what is written there."""
    low, high = sorted(axis.get_view_interval())
    slack = (high - low) * 1e-9
    places = [float(at) for at in axis.get_majorticklocs()]
    texts = axis.get_major_formatter().format_ticks(places)
    return [
        (at, text)
        for at, text in zip(places, texts, strict=True)
        if low - slack <= at <= high + slack
    ]
