# SPDX-License-Identifier: Apache-2.0
"""What curves come to in each phase: the words and the numbers beside the plots."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perfcompare.model.judgement import Curve, PhaseMark
from perfcompare.model.visit import Phase
from perfcompare.report.plots.curves import values_of
from perfcompare.report.plots.lines import Line
from perfcompare.report.scale import Ruler
from perfcompare.report.words import plural, printable

LEVELS = frozenset({"pss_bytes", "threads"})
"""Quantities that are held, not used up: their value at the end of a phase says more
than their mean over it."""

_Points = NDArray[np.bool_]

_STEADY = 0.05
"""A level that moves by less, of the larger, is told to stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """One quantity of one service in one variant, medians over rounds.

    Of memory and threads: the median of idle, and the values when the first warm-up,
    the last load and settling end.  Of what is used per second: the mean over each
    phase of all workloads.  None where the visits have no such phase.
    """

    variant: str
    rounds: int
    idle: float | None
    warm_up: float | None
    load: float | None
    settle: float | None
    peak: float | None
    """The most of a round."""


def stages(curves: Sequence[Curve], marks: Sequence[PhaseMark]) -> tuple[Stages, ...]:
    """Return the stages of one quantity of one service, variant by variant."""
    return tuple(
        _of_variant([one for one in curves if one.variant == variant], marks)
        for variant in dict.fromkeys(curve.variant for curve in curves)
    )


def told(found: Stages, ruler: Ruler, *, level: bool) -> str:
    """Say what a curve shows: "target rises from 97 MiB in idle to 161 MiB ..."."""

    def text(value: float | None) -> str:
        return "unknown" if value is None else ruler.text(value, digits=3)

    name = printable(found.variant, limit=40)
    words = _moves(found, text) if level else _uses(found, text)
    return f"{name} {words} (median of {plural(found.rounds, 'round')})"


def _moves(found: Stages, text: Callable[[float | None], str]) -> str:
    if found.idle is None or found.load is None or found.peak is None:
        return f"is at most {text(found.peak)}"
    larger = max(found.idle, found.load)
    words = f"stays at {text(found.idle)}"
    if abs(found.load - found.idle) > _STEADY * larger:
        words = (
            f"{'rises' if found.load > found.idle else 'falls'} from"
            f" {text(found.idle)} in idle to {text(found.load)} at the end of the load"
        )
    if found.peak > larger * (1 + _STEADY):
        words += f", {text(found.peak)} at its peak"
    return words


def _uses(found: Stages, text: Callable[[float | None], str]) -> str:
    parts = [
        f"{text(value)} {when}"
        for value, when in (
            (found.idle, "in idle"),
            (found.load, "under load"),
            (found.peak, "at its peak"),
        )
        if value is not None
    ]
    return f"uses {', '.join(parts)}"


def _of_variant(curves: Sequence[Curve], marks: Sequence[PhaseMark]) -> Stages:
    seconds = np.asarray(curves[0].seconds, dtype=np.float64)
    rows = values_of(curves, seconds=seconds)
    phase = _level if curves[0].quantity in LEVELS else _rate
    return Stages(
        variant=curves[0].variant,
        rounds=len({curve.round for curve in curves}),
        idle=phase(rows, _parts(seconds, marks, Phase.IDLE), Phase.IDLE),
        warm_up=phase(rows, _parts(seconds, marks, Phase.WARM_UP), Phase.WARM_UP),
        load=phase(rows, _parts(seconds, marks, Phase.LOAD), Phase.LOAD),
        settle=phase(rows, _parts(seconds, marks, Phase.SETTLE), Phase.SETTLE),
        peak=_over_rounds(rows, np.max),
    )


def _parts(
    seconds: Line, marks: Sequence[PhaseMark], phase: Phase
) -> list[tuple[float, _Points]]:
    """Return the length of each time of a phase, and which points are in it."""
    return [
        (mark.duration_seconds, inside)
        for mark in marks
        if mark.phase == phase
        for inside in [
            (seconds >= mark.seconds)
            & (seconds <= mark.seconds + mark.duration_seconds)
        ]
        if inside.any()
    ]


def _level(
    rows: Line, parts: Sequence[tuple[float, _Points]], phase: Phase
) -> float | None:
    if not parts:
        return None
    _, inside = parts[0] if phase in {Phase.IDLE, Phase.WARM_UP} else parts[-1]
    if phase is Phase.IDLE:
        return _over_rounds(rows[:, inside], np.median)
    return _over_rounds(rows[:, inside], lambda known: known[-1])


def _rate(
    rows: Line, parts: Sequence[tuple[float, _Points]], _phase: Phase
) -> float | None:
    """Average over all times of a phase, each as long as it is on the axis."""
    sums = []
    for row in rows:
        known = [
            (seconds, float(row[inside][np.isfinite(row[inside])].mean()))
            for seconds, inside in parts
            if np.isfinite(row[inside]).any()
        ]
        whole = sum(seconds for seconds, _ in known)
        if whole:
            sums.append(sum(seconds * mean for seconds, mean in known) / whole)
    return float(np.median(sums)) if sums else None


def _over_rounds(rows: Line, reduce: Callable[[Line], float]) -> float | None:
    known = [row[np.isfinite(row)] for row in rows]
    found = [float(reduce(values)) for values in known if len(values)]
    return float(np.median(found)) if found else None
