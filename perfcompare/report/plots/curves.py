# SPDX-License-Identifier: Apache-2.0
"""A quantity of a service over a visit: rounds thin, their median bold.

No user's word is drawn: workloads are numbers, and the page says which.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from perfcompare.model.judgement import Curve, PhaseMark
from perfcompare.model.visit import Phase
from perfcompare.report.plots.figure import (
    GRID,
    LEFT_POINTS,
    RIGHT_POINTS,
    WIDTH_POINTS,
    Label,
    Plot,
    colour_of,
    dashes_of,
    lattice,
    single,
)
from perfcompare.report.plots.lines import Line, simplified
from perfcompare.report.scale import Ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS_OF_A_PLOT = 1100
"""Of all thin lines together: what keeps the page small."""
_FEWEST_POINTS = 24
_STEPS_UP = 220
"""Heights that a thin line can take: twice the points that a plot is high."""
_ACROSS_POINTS = WIDTH_POINTS - LEFT_POINTS - RIGHT_POINTS
_LABEL_SIZE_POINTS = 7
_OF_A_LETTER = 0.52
_ABOVE = 1.03
"""Height of the names of the phases, as a share of the axes."""
_APART_POINTS = 2.0
_INNER, _ENDS = (Phase.WARM_UP, Phase.LOAD), (Phase.IDLE, Phase.SETTLE)
MOST_NUMBERED = 30
"""Workloads that can be told apart on one axis; beyond, all are one load."""


def curves_plot(
    curves: Sequence[Curve], marks: Sequence[PhaseMark], *, ruler: Ruler, label: Label
) -> Plot:
    """Draw one quantity of one service: rounds thin, their median bold."""

    def draw(axes: "Axes") -> None:
        grid = np.asarray(curves[0].seconds, dtype=np.float64)
        lines = {
            variant: values_of(
                [one for one in curves if one.variant == variant], seconds=grid
            )
            / ruler.factor
            for variant in dict.fromkeys(curve.variant for curve in curves)
        }
        most = max(float(np.nanmax(values, initial=0.0)) for values in lines.values())
        end = _end(grid, marks)
        few = max(_FEWEST_POINTS, _POINTS_OF_A_PLOT // len(curves))
        for variant, values in lines.items():
            x, y = _rounds_as_one(*_coarse(grid, values, few), most=most)
            axes.plot(x, y, color=colour_of(variant), linewidth=0.5, alpha=0.35)
        for variant, values in lines.items():
            x, y = _median_line(grid, values, spans=(end, most))
            colour, dashes = colour_of(variant), dashes_of(variant)
            axes.plot(x, y, color=colour, linewidth=1.6, dashes=dashes)
        axes.set_xlim(0, end)
        axes.set_ylim(0, most * 1.06 or 1)
        _show_phases(axes, _told_apart(marks))
        axes.set_xlabel("seconds")

    return single(draw, label)


def values_of(curves: Sequence[Curve], *, seconds: Line) -> Line:
    """Return the values of all rounds at the same *seconds*, one row a curve."""
    own = tuple(seconds.tolist())
    return np.vstack(
        [
            np.asarray(curve.values, dtype=np.float64)
            if curve.seconds == own
            else np.interp(seconds, curve.seconds, curve.values, np.nan, np.nan)
            for curve in curves
        ]
    )


def median_of(values: Line) -> Line:
    """Return the median over rows wherever at least half of them have a value."""
    seen = np.isfinite(values)
    enough = seen.any(axis=0) & (2 * seen.sum(axis=0) >= len(values))
    median = np.full(values.shape[1], np.nan)
    median[enough] = np.nanmedian(values[:, enough], axis=0)
    return median


def _end(grid: Line, marks: Sequence[PhaseMark]) -> float:
    ends = [mark.seconds + mark.duration_seconds for mark in marks]
    return max([float(grid[-1]), *ends]) or 1.0


def _coarse(grid: Line, values: Line, most: int) -> tuple[Line, Line]:
    """Average neighbours until no more than *most* points are left of a line."""
    size = -(-len(grid) // most)
    if size < 2:
        return grid, values
    starts = np.arange(0, len(grid), size)
    seen = np.isfinite(values)
    count = np.add.reduceat(seen, starts, axis=1, dtype=np.float64)
    total = np.add.reduceat(np.where(seen, values, 0.0), starts, axis=1)
    mean = np.full(total.shape, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    width = np.diff(np.append(starts, len(grid)))
    return np.add.reduceat(grid, starts) / width, mean


def _rounds_as_one(grid: Line, values: Line, *, most: float) -> tuple[Line, Line]:
    """Put all rounds into one line with gaps, without points on a level stretch."""
    step = most / _STEPS_UP or 1.0
    level = np.round(values / step)
    same = level[:, 1:] == level[:, :-1]
    kept = np.ones(level.shape, dtype=bool)
    kept[:, 1:-1] = ~(same[:, 1:] & same[:, :-1])
    gap = np.ones((len(level), 1), dtype=bool)
    kept = np.hstack([kept, gap])
    across = np.hstack([np.tile(grid, (len(level), 1)), gap * np.nan])
    return across[kept], np.hstack([level * step, gap * np.nan])[kept]


def _median_line(
    grid: Line, values: Line, *, spans: tuple[float, float]
) -> tuple[Line, Line]:
    """Simplify the median, stretch by stretch where it has gaps."""
    median = median_of(values)
    seen = np.flatnonzero(np.isfinite(median))
    parts = np.split(seen, np.flatnonzero(np.diff(seen) > 1) + 1)
    x, y = [np.array([np.nan])], [np.array([np.nan])]
    for part in parts:
        if len(part):
            across, up = simplified(grid[part], median[part], spans=spans)
            x += [across, np.array([np.nan])]
            y += [up, np.array([np.nan])]
    return np.concatenate(x), np.concatenate(y)


def _show_phases(axes: "Axes", marks: Sequence[PhaseMark]) -> None:
    """Shade the load, draw a line where a workload begins, name what has room."""
    corners = [
        corner
        for mark in marks
        if mark.phase == Phase.LOAD
        for corner in _box(mark.seconds, mark.seconds + mark.duration_seconds)
    ]
    if corners:
        _shade(axes, corners)
    begins = {_name(mark): mark.seconds for mark in reversed(marks)}
    lattice(axes, [begin for begin in begins.values() if begin > 0])
    taken: list[tuple[float, float]] = []
    scale = axes.get_xlim()[1] / _ACROSS_POINTS
    for text, middle in _names(marks):
        half = len(text) * _LABEL_SIZE_POINTS * _OF_A_LETTER / 2 * scale
        at = min(max(middle, half), axes.get_xlim()[1] - half)
        place = (at - half, at + half + _APART_POINTS * scale)
        if all(place[1] <= low or high <= place[0] for low, high in taken):
            taken.append(place)
            axes.text(
                at,
                _ABOVE,
                text,
                transform=axes.get_xaxis_transform(),
                ha="center",
                va="baseline",
                fontsize=_LABEL_SIZE_POINTS,
            )


def _names(marks: Sequence[PhaseMark]) -> Iterator[tuple[str, float]]:
    """Yield what may stand above the phases and where, the most important first."""
    workloads = numbered(marks)
    if len(workloads) == 1:
        inner = [mark for mark in marks if mark.phase in _INNER]
        yield from ((mark.phase, _middle([mark])) for mark in reversed(inner))
    else:
        for number, name in enumerate(workloads, start=1):
            ours = [mark for mark in marks if mark.workload == name]
            yield str(number), _middle(ours)
    ends = [mark for mark in marks if mark.phase in _ENDS]
    yield from ((mark.phase, _middle([mark])) for mark in ends)


def numbered(marks: Sequence[PhaseMark]) -> tuple[str, ...]:
    """Return the workloads in the order of their numbers, from 1; () for too many."""
    found = tuple(dict.fromkeys(mark.workload for mark in marks if mark.workload))
    return found if len(found) <= MOST_NUMBERED else ()


def _told_apart(marks: Sequence[PhaseMark]) -> tuple[PhaseMark, ...]:
    """Return the marks, or one for all workloads where they are too many to see."""
    of_workloads = [mark for mark in marks if mark.workload]
    if not of_workloads or numbered(marks):
        return tuple(marks)
    first, last = of_workloads[0], of_workloads[-1]
    end = last.seconds + last.duration_seconds
    whole = PhaseMark(
        phase=Phase.LOAD,
        workload=Phase.LOAD,
        seconds=first.seconds,
        duration_seconds=end - first.seconds,
    )
    return (*(mark for mark in marks if not mark.workload), whole)


def _middle(marks: Sequence[PhaseMark]) -> float:
    last = marks[-1]
    return (marks[0].seconds + last.seconds + last.duration_seconds) / 2


def _name(mark: PhaseMark) -> str:
    return mark.workload or mark.phase


def _box(start: float, end: float) -> list[tuple[float, float]]:
    return [(start, 0.0), (start, 1.0), (end, 1.0), (end, 0.0), (start, 0.0)]


def _shade(axes: "Axes", corners: Sequence[tuple[float, float]]) -> None:
    from matplotlib.patches import PathPatch  # noqa: PLC0415  # matplotlib
    from matplotlib.path import Path  # noqa: PLC0415

    codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY]
    boxes = Path(corners, list(itertools.islice(itertools.cycle(codes), len(corners))))
    patch = PathPatch(
        boxes,
        facecolor=GRID,
        alpha=0.55,
        linewidth=0,
        zorder=-1,
        transform=axes.get_xaxis_transform(),
    )
    # Straight into the axes: add_patch would look at the limits of the data.
    axes.add_artist(patch)
