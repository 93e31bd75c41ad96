# SPDX-License-Identifier: Apache-2.0
"""The time of a visit in which its variant had the turn, phase after phase.

Where blocks alternate, a variant stands by between its turns for as long as the others
take.  Its own time leaves that out, and so is about the same in every variant.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from perfcompare.analysis.intervals import Floats
from perfcompare.analysis.resources import span
from perfcompare.model.judgement import PhaseMark
from perfcompare.model.visit import Phase, Visit, Window

BINS = 120
"""A curve is a picture: more than these cannot be told apart in it."""

FEWEST_BINS = 2
"""Of each phase, however short."""

Segment = tuple[Phase, str]
"""A phase of a workload; "" in idle and settle."""

_ORDER = tuple(Phase)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTime:
    """A visit's own time: from 0, without gaps, cut into bins that no phase shares."""

    segments: tuple[Segment, ...]
    counts: tuple[int, ...]
    """Bins of each segment."""
    edges: Floats
    """Of all bins, in own seconds; one more than there are bins."""
    bounds: Floats
    """Start and end of each segment in epoch seconds, one row a segment."""
    _clock: tuple[Floats, Floats]
    """Epoch seconds and own seconds of every window's start and end."""
    _workloads: tuple[Floats, Floats]
    """The same, with what lies between the windows of one workload counted in."""

    @property
    def centres(self) -> Floats:
        """Return the middle of each bin in epoch seconds."""
        own = (self.edges[1:] + self.edges[:-1]) / 2
        return np.interp(own, self._clock[1], self._clock[0])

    def own(self, times: Floats) -> Floats:
        """Return the own time that had passed by *times* (epoch seconds)."""
        return np.interp(times, *self._clock)

    def with_pauses(self, times: Floats) -> Floats:
        """Return the same, the pauses between turns of one workload included."""
        return np.interp(times, *self._workloads)


def own_time(visit: Visit) -> OwnTime | None:
    """Return the own time of a visit; None where it has no window of any length."""
    parts = _segments(visit)
    if not parts:
        return None
    windows = [window for part in parts.values() for window in part]
    durations = [_seconds(part) for part in parts.values()]
    ends = np.cumsum(durations)
    counts = bins_of(durations)
    edges = [
        np.linspace(end - duration, end, count + 1)[1:]
        for end, duration, count in zip(ends, durations, counts, strict=True)
    ]
    workloads: dict[str, tuple[float, float]] = {}
    for window in windows:
        # Idle and settle have no workload in common.
        name = window.workload or window.phase.value
        first = workloads.get(name, (window.started_at, 0.0))[0]
        workloads[name] = (first, window.ended_at)
    return OwnTime(
        segments=tuple(parts),
        counts=counts,
        edges=np.concatenate([[0.0], *edges]),
        bounds=np.array([span(part) for part in parts.values()]),
        _clock=_clock([(each.started_at, each.ended_at) for each in windows]),
        _workloads=_clock(list(workloads.values())),
    )


def shared_axis(visits: Sequence[Visit]) -> tuple[PhaseMark, ...]:
    """Lay the phases of all visits out on one axis, each of its median length.

    Idle comes first and settle last; workloads are in the order in which they were
    first met.
    """
    found: dict[Segment, list[float]] = {}
    for visit in visits:
        for segment, part in _segments(visit).items():
            found.setdefault(segment, []).append(_seconds(part))
    workloads = list(dict.fromkeys(name for _, name in found if name))
    marks: list[PhaseMark] = []
    begin = 0.0
    for phase, name in sorted(found, key=lambda one: _place(one, workloads)):
        duration = float(np.median(found[phase, name]))
        marks.append(
            PhaseMark(
                phase=phase.value,
                workload=name,
                seconds=begin,
                duration_seconds=duration,
            )
        )
        begin += duration
    return tuple(marks)


def bins_of(durations: Sequence[float]) -> tuple[int, ...]:
    """Share the bins out by duration."""
    whole = sum(durations)
    return tuple(
        max(FEWEST_BINS, round(BINS * duration / whole)) for duration in durations
    )


def _place(segment: Segment, workloads: Sequence[str]) -> tuple[int, int, int]:
    phase, name = segment
    last = phase is Phase.SETTLE
    at = workloads.index(name) if name else -1
    return last, at, _ORDER.index(phase)


def _segments(visit: Visit) -> Mapping[Segment, tuple[Window, ...]]:
    """Return the windows of each segment, both in the order of time.

    What lies before the end of the one before it, and what has no length, is left out.
    """
    firsts: dict[Segment, float] = {}
    for window in sorted(visit.windows, key=lambda each: each.started_at):
        firsts.setdefault((window.phase, window.workload), window.started_at)
    found: dict[Segment, list[Window]] = {}
    for window in _one_after_another(visit.windows, firsts):
        found.setdefault((window.phase, window.workload), []).append(window)
    return {segment: tuple(windows) for segment, windows in found.items()}


def _one_after_another(
    windows: Sequence[Window], firsts: Mapping[Segment, float]
) -> Iterator[Window]:
    until = -np.inf
    for window in sorted(
        windows,
        key=lambda each: (firsts[each.phase, each.workload], each.started_at),
    ):
        if window.started_at >= until and window.ended_at > window.started_at:
            until = window.ended_at
            yield window


def _seconds(windows: Sequence[Window]) -> float:
    return sum(window.ended_at - window.started_at for window in windows)


def _clock(spans: Sequence[tuple[float, float]]) -> tuple[Floats, Floats]:
    """Return times, and the seconds within *spans* (one after another) by then."""
    times = np.array(spans)
    ends = np.cumsum(times[:, 1] - times[:, 0])
    return times.ravel(), np.column_stack([np.append(0.0, ends[:-1]), ends]).ravel()
