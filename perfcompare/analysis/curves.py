# SPDX-License-Identifier: Apache-2.0
"""Memory, threads, CPU and context switches over a visit, aligned on its phases.

A visit is cut into bins of its own time as it comes (`traces`); when all have come,
the bins of each phase are stretched onto the axis that all share (`aligned`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfcompare.analysis.intervals import Floats
from perfcompare.analysis.own_time import OwnTime, Segment, bins_of, own_time
from perfcompare.analysis.resources import (
    Looks,
    grown,
    of_owner,
    summed,
    used_between_turns,
)
from perfcompare.model.judgement import Curve, PhaseMark
from perfcompare.model.metric import ALL_SERVICES
from perfcompare.model.target import CONTROL
from perfcompare.model.visit import Phase, Visit

_COUNTERS = {
    "cpu_ratio": ("cpu_seconds",),
    "switches_per_second": ("voluntary_switches", "involuntary_switches"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One quantity of one service in one visit, bin by bin of its own time."""

    service: str
    variant: str
    round: int
    quantity: str
    segments: tuple[Segment, ...]
    counts: tuple[int, ...]
    """Bins of each segment."""
    values: Floats
    """Of all bins; NaN where nobody looked."""


def traces(visit: Visit, readings: pd.DataFrame) -> tuple[Trace, ...]:
    """Trace the services of the visit's variant and the controls beside them.

    What has no value anywhere has no trace.
    """
    own = own_time(visit)
    if own is None:
        return ()
    return tuple(
        Trace(
            service=service,
            variant=visit.variant,
            round=visit.round,
            quantity=quantity,
            segments=own.segments,
            counts=own.counts,
            values=values,
        )
        for owner in (visit.variant, CONTROL)
        for service, part in of_owner(readings, owner).items()
        if service != ALL_SERVICES
        for quantity, values in _quantities(visit, own, part, alone=owner != CONTROL)
        if np.isfinite(values).any()
    )


def aligned(found: Sequence[Trace], marks: Sequence[PhaseMark]) -> tuple[Curve, ...]:
    """Stretch each phase of each trace onto the axis that *marks* describe."""
    if not marks:
        return ()
    counts = bins_of([mark.duration_seconds for mark in marks])
    middles = [(np.arange(count) + 0.5) / count for count in counts]
    seconds = tuple(
        float(second)
        for mark, middle in zip(marks, middles, strict=True)
        for second in mark.seconds + middle * mark.duration_seconds
    )
    places: list[Segment] = [(Phase(mark.phase), mark.workload) for mark in marks]
    return tuple(
        Curve(
            service=trace.service,
            variant=trace.variant,
            round=trace.round,
            quantity=trace.quantity,
            seconds=seconds,
            values=tuple(_stretched(trace, places, middles).tolist()),
        )
        for trace in found
    )


def _stretched(
    trace: Trace, places: Sequence[Segment], middles: Sequence[Floats]
) -> Floats:
    ends = np.cumsum(trace.counts)
    own = dict(
        zip(trace.segments, np.split(trace.values, ends[:-1].tolist()), strict=True)
    )
    parts = []
    for place, middle in zip(places, middles, strict=True):
        part = own.get(place)
        if part is None:
            parts.append(np.full(len(middle), np.nan))
        elif len(part) == len(middle):
            parts.append(part)
        else:
            fractions = (np.arange(len(part)) + 0.5) / len(part)
            parts.append(np.interp(middle, fractions, part))
    return np.concatenate(parts)


def _quantities(
    visit: Visit, own: OwnTime, part: pd.DataFrame, *, alone: bool
) -> Iterator[tuple[str, Floats]]:
    yield "pss_bytes", _levels(own, summed(part, "pss_bytes"), steps=False)
    yield "threads", _levels(own, summed(part, "threads"), steps=True)
    for quantity, columns in _COUNTERS.items():
        counter = grown(part, *columns)
        standing_by = used_between_turns(visit, counter) if alone else None
        yield quantity, _rates(own, counter, alone=alone, standing_by=standing_by or 0)


def _levels(own: OwnTime, looks: Looks, *, steps: bool) -> Floats:
    """Return what was seen in each bin: between two looks, or at the nearest (steps).

    What was there at the first and at the last look was so in the whole phase of that
    look; in a phase before or after them nobody looked.
    """
    if not len(looks.times):
        return np.full(len(own.edges) - 1, np.nan)
    at = own.centres
    if steps:
        middles = (looks.times[1:] + looks.times[:-1]) / 2
        values = looks.totals[np.searchsorted(middles, at)]
    else:
        values = np.interp(at, looks.times, looks.totals)
    starts, ends = own.bounds.T
    seen = (ends >= looks.times[0]) & (starts <= looks.times[-1])
    return np.where(np.repeat(seen, own.counts), values, np.nan)


def _rates(own: OwnTime, counter: Looks, *, alone: bool, standing_by: float) -> Floats:
    """Return the growth of a counter per second of own time in each bin.

    A look may be longer apart from the next than a turn lasts.  A service has nothing
    to do while others have the turn, so what it did between two looks it did in its
    turn, but for what it uses *standing_by* (per second).  A control serves the others
    then: of it the share of time counts, as where it stands between two workloads.
    """
    if len(counter.times) < 2:
        return np.full(len(own.edges) - 1, np.nan)
    by_then = own.own(counter.times)
    turns = np.diff(by_then)
    spans = np.diff(own.with_pauses(counter.times)) if alone else turns
    growth = np.diff(counter.totals) * spans / np.diff(counter.times)
    growth = np.maximum(growth - standing_by * (spans - turns), 0.0)
    growth[turns <= 0] = 0.0
    totals = np.concatenate([[0.0], np.cumsum(growth)])
    watched = np.diff(np.clip(own.edges, by_then[0], by_then[-1]))
    found = np.diff(np.interp(own.edges, by_then, totals))
    rates = np.full(len(watched), np.nan)
    np.divide(found, watched, out=rates, where=watched > 0)
    return rates
