# SPDX-License-Identifier: Apache-2.0
"""One visit in, one value a metric out: what a round contributes to its samples."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from perfcompare.analysis.loads import Load
from perfcompare.analysis.metrics import METRICS, QUANTILES, SUMMED
from perfcompare.analysis.resources import (
    Looks,
    grown,
    growth_between,
    of_owner,
    span,
    summed,
    windows_of,
)
from perfcompare.model.metric import ALL_SERVICES, MetricKey
from perfcompare.model.target import CONTROL
from perfcompare.model.visit import Phase, Visit

_Values = Iterator[tuple[MetricKey, float]]

# The readings of each service of one owner, as `of_owner` returns them.
_Parts = Mapping[str, pd.DataFrame]

_IDLE = {"pss_idle": "pss_bytes", "threads_idle": "threads"}
_PEAK = {
    "pss_peak": "pss_bytes",
    "uss_peak": "uss_bytes",
    "rss_peak": "rss_bytes",
    "threads_peak": "threads",
    "fds_peak": "file_descriptors",
}
_PER_ITERATION = {
    "cpu_seconds_per_iteration": ("cpu_seconds",),
    "context_switches_per_iteration": ("voluntary_switches", "involuntary_switches"),
}


def visit_values(
    visit: Visit, loaded: Sequence[Load], readings: pd.DataFrame
) -> dict[MetricKey, float]:
    """Reduce one visit to one value per metric.

    Only the phase "load" is judged, all its blocks pooled; latencies are those of
    successes.  A metric for which nothing was measured has no key.

    Args:
        visit: The visit that both others belong to.
        loaded: Its iterations, as `loads` takes them apart.
        readings: The fields of `Reading` as columns, NaN for None; all processes of
            one look have the same ``at``.
    """
    whole = [load for load in loaded if not load.action]
    owned = {owner: of_owner(readings, owner) for owner in (visit.variant, CONTROL)}
    return dict(
        (
            *_latencies(loaded),
            *_rates(visit, whole),
            *_memory(visit, owned[visit.variant]),
            *_efforts(visit, owned, whole),
            *_times(visit),
        )
    )


def _key(
    metric: str, *, workload: str = "", action: str = "", service: str = ""
) -> MetricKey:
    return MetricKey(
        workload=workload, action=action, service=service, metric=METRICS[metric]
    )


def _latencies(loaded: Sequence[Load]) -> _Values:
    for load in loaded:
        values = load.durations_seconds
        if not len(values):
            continue
        quantiles = np.quantile(values, list(QUANTILES.values()))
        for name, value in {
            **dict(zip(QUANTILES, quantiles, strict=True)),
            "max": values.max(),
            "mean": values.mean(),
        }.items():
            yield _key(name, workload=load.workload, action=load.action), float(value)


def _rates(visit: Visit, whole: Sequence[Load]) -> _Values:
    for load in whole:
        yield _key("error_rate", workload=load.workload), load.failed / load.total
        seconds = sum(
            window.ended_at - window.started_at
            for window in windows_of(visit, Phase.LOAD, load.workload)
        )
        if seconds > 0:
            rate = (load.total - load.failed) / seconds
            yield _key("throughput", workload=load.workload), rate


def _memory(visit: Visit, own: _Parts) -> _Values:
    """Yield the median over looks at idle, and the most from idle to settle."""
    if not visit.windows:
        return
    whole = span(visit.windows)
    idle = windows_of(visit, Phase.IDLE)
    for service, part in own.items():
        for metric, column in {**_IDLE, **_PEAK}.items():
            if service == ALL_SERVICES and metric not in SUMMED:
                continue
            looks = summed(part, column)
            if metric in _PEAK:
                found = looks.within(*whole)
            else:
                found = looks.within(*span(idle)) if idle else np.array([])
            if len(found):
                value = found.max() if metric in _PEAK else np.median(found)
                yield _key(metric, service=service), float(value)


def _efforts(
    visit: Visit, owned: Mapping[str, _Parts], whole: Sequence[Load]
) -> _Values:
    """Yield what an iteration costs each service and each control."""
    for owner, parts in owned.items():
        for service, part in parts.items():
            if service == ALL_SERVICES:
                continue
            for metric, columns in _PER_ITERATION.items():
                counter = grown(part, *columns)
                for load in whole:
                    used = _used(visit, owner, load.workload, counter)
                    if used is not None:
                        key = _key(metric, workload=load.workload, service=service)
                        yield key, used / load.total


def _used(visit: Visit, owner: str, workload: str, counter: Looks) -> float | None:
    """Return the growth of a counter that *workload* caused.

    A service is asked from the first block to the last, what it does between its
    turns included; a control serves the other variants between the blocks of this
    one, so only the blocks themselves count for it.
    """
    blocks = windows_of(visit, Phase.LOAD, workload)
    if not blocks or len(counter.times) < 2:
        return None
    if owner == CONTROL:
        return sum(
            growth_between(counter, block.started_at, block.ended_at)
            for block in blocks
        )
    return growth_between(counter, *span(blocks))


def _times(visit: Visit) -> _Values:
    if visit.ready_seconds is not None:
        yield _key("ready_seconds", service=ALL_SERVICES), visit.ready_seconds
    for stop in visit.stops:
        yield _key("stop_seconds", service=stop.service), stop.stop_seconds
