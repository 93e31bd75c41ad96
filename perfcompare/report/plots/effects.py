# SPDX-License-Identifier: Apache-2.0
"""All effects in one plot: each with its interval against what is tolerated."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from perfcompare.model.judgement import Judgement
from perfcompare.report.bars import BAND_HIGH, BAND_LOW, WIDTH, ZERO, Bar, bar_for
from perfcompare.report.headline import primary_total
from perfcompare.report.plots.figure import (
    INK,
    Label,
    Pane,
    Plot,
    beside,
    scale_of,
)
from perfcompare.report.rows import Row, table
from perfcompare.report.scale import MINUS
from perfcompare.report.shown import Shown
from perfcompare.report.words import plural, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_ROWS = 60
_ROW_POINTS = 14.0
_WIDTH_POINTS = 540.0
_LEFT_POINTS, _RIGHT_POINTS, _TOP_POINTS = 230.0, 150.0, 8.0
_LONGEST = 46
"""Letters of a metric's name that find room."""
_MARKS = {Shown.REDISTRIBUTION: "X", Shown.PARITY: "o", Shown.INCONCLUSIVE: "D"}
_BAND = "#dfe3e8"
VERDICTS = {
    Shown.REGRESSION: "#b23c00",
    Shown.KNOWN: "#b23c00",
    Shown.IMPROVEMENT: "#00694c",
    Shown.REDISTRIBUTION: "#5a46a8",
    Shown.PARITY: "#3d4650",
    Shown.INCONCLUSIVE: "#805500",
    Shown.NOT_COMPARABLE: "#8a3a6b",
}
"""Those of the page's light theme."""
_TIPS = {-1: "<", 1: ">"}
_BEYOND = 9
"""How far outside the mark an arrow stands."""


def effects_plot(judgement: Judgement) -> Plot | None:
    """Return the plot of the metrics that count, worst first; None without any."""
    counting = primary_total(judgement)
    drawable = [
        (row, bar)
        for row in table(counting).rows
        if (bar := bar_for(row.comparison)) is not None
    ]
    if not drawable:
        return None
    shown = drawable[:_MOST_ROWS]
    title = "target against base: effect, 95 % interval, and what is tolerated (grey)"
    if len(shown) < len(counting):
        title += f"; {len(shown)} of {plural(len(counting), 'metric')}, worst first"

    def draw(axes: "Axes") -> None:
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.spines[["left", "bottom"]].set_visible(False)
        scale_of(axes.xaxis, (BAND_LOW, ZERO, BAND_HIGH), (f"{MINUS}1", "0", "+1"))
        scale_of(axes.yaxis, (), ())
        axes.set_xlabel("thresholds")
        axes.axvspan(BAND_LOW, BAND_HIGH, color=_BAND, linewidth=0, zorder=0)
        axes.axvline(ZERO, color=INK, linewidth=0.6)
        for at, (row, bar) in enumerate(shown):
            _draw_row(axes, row, bar, at=at)

    return Plot(
        label=Label(prefix="effects-", title=title, description=_described(shown)),
        panes=(Pane(height_points=_ROW_POINTS * len(shown), draw=draw),),
        width_points=_WIDTH_POINTS,
        left_points=_LEFT_POINTS,
        right_points=_RIGHT_POINTS,
        top_points=_TOP_POINTS,
    )


def _described(shown: Sequence[tuple[Row, Bar]]) -> str:
    told = (
        f"{row.metric} {row.where}: {row.effect} ({row.interval}), {row.verdict}"
        for row, _ in shown
    )
    return "; ".join(told)


def _draw_row(axes: "Axes", row: Row, bar: Bar, *, at: int) -> None:
    colour = VERDICTS[row.verdict]
    axes.plot([bar.low, bar.high], [at, at], color=colour, linewidth=1.4)
    ends = ((bar.low, bar.beyond_low, -1), (bar.high, bar.beyond_high, 1))
    for place, beyond, side in ends:
        mark = _TIPS[side] if beyond else "|"
        at_x = place + _BEYOND * side if beyond else place
        axes.plot([at_x], [at], color=colour, marker=mark, markersize=5)
    mark = _MARKS.get(row.verdict, "s")
    axes.plot([bar.effect], [at], color=colour, marker=mark, markersize=5)
    name = printable(f"{row.metric}, {row.where}", limit=_LONGEST)
    beside(axes, name, at)
    side_by_side = axes.get_yaxis_transform()
    for share, text in ((1.03, row.effect), (1.38, f"{row.mark} {row.verdict}")):
        axes.text(share, at, text, transform=side_by_side, va="center_baseline")
