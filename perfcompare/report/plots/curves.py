# SPDX-License-Identifier: Apache-2.0
"""A quantity of a service over a visit: rounds thin, their median bold."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from perfcompare.model.judgement import Curve, PhaseMark
from perfcompare.model.visit import Phase
from perfcompare.report.plots.figure import Label, colour_of, dashes_of, drawn
from perfcompare.report.plots.lines import Line, simplified
from perfcompare.report.scale import Ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS_OF_A_PLOT = 2400
"""Vertices of all thin lines together: what keeps the page small."""
_MOST_POINTS, _FEWEST_POINTS = 120, 24
_MEDIAN_POINTS = 160
_PHASES = (Phase.LOAD, Phase.IDLE, Phase.SETTLE, Phase.WARM_UP)
"""Labelled in this order, as long as there is room."""
_LABEL_SHARE = 0.12
"""Of the axis: about as long as the word "warm-up" is."""


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
            axes.plot(x, y, color=colour_of(curve.variant), linewidth=0.5, alpha=0.35)
        for variant in dict.fromkeys(curve.variant for curve in curves):
            grid, values = median_curve([c for c in curves if c.variant == variant])
            axes.plot(
                grid,
                values / ruler.factor,
                color=colour_of(variant),
                linewidth=1.8,
                dashes=dashes_of(variant),
            )
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0, right=spans[0] or 1)
        _mark_phases(axes, marks)
        axes.set_xlabel("seconds since the start of idle")

    return drawn(draw, label)


def median_curve(curves: Sequence[Curve]) -> tuple[Line, Line]:
    """Return the median over rounds as far as more than half of them reach."""
    reach = float(np.median([curve.seconds[-1] for curve in curves]))
    start = float(np.median([curve.seconds[0] for curve in curves]))
    grid = np.linspace(start, reach, _MEDIAN_POINTS)
    lines = [np.interp(grid, curve.seconds, curve.values) for curve in curves]
    values = np.median(np.vstack(lines), axis=0)
    return simplified(grid, values, spans=_spans(curves))


def _spans(curves: Sequence[Curve]) -> tuple[float, float]:
    return (
        max(curve.seconds[-1] for curve in curves),
        max(max(curve.values) for curve in curves),
    )


def _mark_phases(axes: "Axes", marks: Sequence[PhaseMark]) -> None:
    for mark in marks:
        colour = colour_of(mark.variant)
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
