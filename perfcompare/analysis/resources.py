# SPDX-License-Identifier: Apache-2.0
"""Readings of processes made into quantities of services."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from perfcompare.analysis.intervals import Floats
from perfcompare.analysis.metrics import METRICS
from perfcompare.model.metric import ALL_SERVICES, MetricKey
from perfcompare.model.visit import Phase, Visit, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """A quantity summed over a process tree, look by look."""

    times: Floats
    """Epoch seconds, ascending."""
    totals: Floats

    def within(self, start: float, end: float) -> Floats:
        """Return the values of the looks from *start* to *end*, both included."""
        return self.totals[(self.times >= start) & (self.times <= end)]


def of_owner(readings: pd.DataFrame, owner: str) -> dict[str, pd.DataFrame]:
    """Return the readings of each service of *owner*, and of all together."""
    own = readings[readings["owner"] == owner]
    if own.empty:
        return {}
    parts = own.groupby("service", observed=True, sort=True)
    return {**{str(name): part for name, part in parts}, ALL_SERVICES: own}


def summed(readings: pd.DataFrame, column: str) -> Looks:
    """Sum *column* over the processes of each look.

    A look at which any process has no value is left out: PSS is taken at a lower
    rate than the rest, and part of a tree is not the tree.
    """
    looks = _by_look(_numbers(readings, "at"), _numbers(readings, column))
    # A NaN makes its whole look NaN.
    known = ~np.isnan(looks.totals)
    return Looks(times=looks.times[known], totals=looks.totals[known])


def grown(readings: pd.DataFrame, *columns: str) -> Looks:
    """Add up counters of a process tree; only differences between looks mean a thing.

    The counters of a process go with it, so growth is summed process by process.  A
    process starts from 0: one that appears brings all that it has used, and what was
    there at the first look is in every total alike.  Looks at which a process has no
    value are bridged by its next.
    """
    counts = np.sum([_numbers(readings, column) for column in columns], axis=0)
    known = ~np.isnan(counts)
    counts = counts[known]
    pids, times = _numbers(readings, "pid")[known], _numbers(readings, "at")[known]
    order = np.lexsort((times, pids))
    of_process = counts[order]
    steps = np.diff(of_process, prepend=0.0)
    first = np.diff(pids[order], prepend=np.nan) != 0
    steps[first] = of_process[first]
    growth = np.empty_like(steps)
    # A number given to a second process starts again below what the first one had.
    growth[order] = np.clip(steps, 0.0, None)
    looks = _by_look(times, growth)
    return Looks(times=looks.times, totals=np.cumsum(looks.totals))


def growth_between(counter: Looks, start: float, end: float) -> float:
    """Return the growth from *start* to *end*, linear between looks."""
    low, high = np.interp([start, end], counter.times, counter.totals)
    return float(high - low)


def pauses_of(visit: Visit, workload: str, times: Floats) -> list[tuple[float, float]]:
    """Return the spans between the blocks of a workload: another variant has the turn.

    Each from the first look after the one block to the last look before the next, so
    that nothing of a block is in it.  [] where whole visits alternate, and where no
    pause holds two looks.
    """
    blocks = sorted(
        windows_of(visit, Phase.LOAD, workload), key=lambda block: block.started_at
    )
    return [
        (float(inside[0]), float(inside[-1]))
        for before, after in pairwise(blocks)
        if len(
            inside := times[(times >= before.ended_at) & (times <= after.started_at)]
        )
        > 1
    ]


def growth_per_second(
    counter: Looks, spans: Sequence[tuple[float, float]]
) -> float | None:
    """Return the growth of a counter over *spans* of time; None without any time."""
    seconds = sum(end - start for start, end in spans)
    if not seconds or not len(counter.times):
        return None
    return sum(growth_between(counter, start, end) for start, end in spans) / seconds


def used_between_turns(visit: Visit, counter: Looks) -> float | None:
    """Return the growth per second of a counter while another variant had the turn."""
    workloads = [window.workload for window in windows_of(visit, Phase.LOAD)]
    pauses = [
        span
        for workload in dict.fromkeys(workloads)
        for span in pauses_of(visit, workload, counter.times)
    ]
    return growth_per_second(counter, pauses)


def counted_per_iteration(visit: Visit) -> dict[MetricKey, float]:
    """Share what servers counted over all iterations of the visit, warm-up included.

    A server counts from before the load until after it, so what is between the
    workloads is in it too.  A counter that is no metric of ours is left out.
    """
    iterations = sum(window.iterations for window in visit.windows)
    return {
        MetricKey(
            workload="", action="", service=counter.service, metric=METRICS[name]
        ): counter.value / iterations
        for counter in visit.counters
        if (name := f"{counter.name}_per_iteration") in METRICS and iterations
    }


def windows_of(
    visit: Visit, phase: Phase, workload: str | None = None
) -> tuple[Window, ...]:
    """Return the windows of a phase, of one workload or of all (None)."""
    return tuple(
        window
        for window in visit.windows
        if window.phase is phase and workload in {None, window.workload}
    )


def span(windows: tuple[Window, ...]) -> tuple[float, float]:
    """Return the first start and the last end of at least one window."""
    return (
        min(window.started_at for window in windows),
        max(window.ended_at for window in windows),
    )


def _by_look(times: Floats, amounts: Floats) -> Looks:
    looks, place = np.unique(times, return_inverse=True)
    totals = np.zeros(len(looks))
    np.add.at(totals, place, amounts)
    return Looks(times=looks, totals=totals)


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
