# SPDX-License-Identifier: Apache-2.0
"""The durations of iterations: the share that had ended by then."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from perfcompare.model.judgement import Distribution
from perfcompare.report.plots.figure import (
    HEIGHT_INCHES,
    WIDTH_INCHES,
    Label,
    colour_of,
    dashes_of,
    drawn,
)
from perfcompare.report.plots.lines import Line, simplified
from perfcompare.report.scale import Ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VIEW_WIDTH, VIEW_HEIGHT = WIDTH_INCHES * 72, HEIGHT_INCHES * 72
"""Of the figure's viewBox."""
_MARKED = (0.5, 0.9, 0.95)
_TICKS = (0.0, 0.5, 0.9, 0.95, 0.99, 0.999)
_LOG_FROM = 30.0
_MOST_LOG_TICKS = 5
_LOG_STEPS = (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 4))
"""Digits and every how many powers of ten: the first that gives few enough is taken."""
_SHAPES = {"base": "s", "target": "o", "crossover": "^", "sham": "D"}


def draw_distribution(
    distributions: Sequence[Distribution], *, ruler: Ruler, label: Label
) -> str:
    """Draw the share of iterations that had ended by then; the tail is stretched."""

    def draw(axes: "Axes") -> None:
        least = min(min(one.durations_seconds) for one in distributions)
        most = max(max(one.durations_seconds) for one in distributions)
        for one in distributions:
            height = _stretched(one.probabilities, one.iterations)
            colour = colour_of(one.variant)
            durations = np.asarray(one.durations_seconds) / ruler.factor
            x, y = simplified(
                durations, height, spans=((most - least) / ruler.factor, 3.0)
            )
            dashes = dashes_of(one.variant)
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

    return drawn(draw, label)


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


def _stretched(probabilities: Sequence[float], iterations: int) -> Line:
    """Give the tail room: every factor of ten in 1 - p is as high as the last."""
    beyond = 1 - np.asarray(probabilities, dtype=np.float64)
    return -np.log10(np.maximum(beyond, 0.5 / max(1, iterations)))
