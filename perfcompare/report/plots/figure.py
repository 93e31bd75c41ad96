# SPDX-License-Identifier: Apache-2.0
"""A figure by matplotlib, made fit for a page.

No user's word is drawn: names stand in the page around the plot.  matplotlib is
imported only when something is drawn.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perfcompare.report.plots.svg import GRID, INK, OTHER, SERIES, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_INCHES, HEIGHT_INCHES = 4.0, 2.1
_FAMILIES = frozenset(
    {"axes", "figure", "font", "grid", "lines", "path", "savefig", "svg", "text"}
    | {"xaxis", "xtick", "yaxis", "ytick"}
)
"""Of matplotlib's settings: those that show in these plots."""
_DASHES: Mapping[str, tuple[float, ...]] = {
    "base": (5, 2),
    "target": (),
    "crossover": (6, 2, 1, 2),
    "sham": (1, 1.5),
}
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


def colour_of(variant: str) -> str:
    """Return the stand-in for a variant's colour, which `tidy` replaces."""
    return SERIES.get(variant, OTHER)


def dashes_of(variant: str) -> tuple[float, ...]:
    """Return the dashes of a variant's lines: none is told by its colour alone."""
    return _DASHES.get(variant, (2, 2))


def drawn(draw: "Callable[[Axes], None]", label: Label) -> str:
    """Return what *draw* puts on axes, as an element for a page."""
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
