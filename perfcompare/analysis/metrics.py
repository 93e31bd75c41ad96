# SPDX-License-Identifier: Apache-2.0
"""What is measured, and how far each of it may move before it matters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from perfcompare.model.metric import (
    ALL_SERVICES,
    Better,
    Metric,
    MetricKey,
    Sample,
    Threshold,
    Unit,
)

PRIMARY_FROM_ROUNDS = 10
"""From here on a threshold whose ``primary`` is None counts for the exit status.

p95 of 200 iterations is shown unchanged in 67 of 100 runs of 6 rounds and in 92 of 10,
and +30 % is found in 83 and 96 (simulated nodes of a CI): earlier it would leave jobs
undecided.
"""

QUANTILES: Mapping[str, float] = MappingProxyType(
    {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}
)

TIMES = frozenset({*QUANTILES, "max", "mean", "throughput"})
"""Metrics of a workload that its durations decide."""

REDISTRIBUTION = "redistribution"
"""No metric of a visit: what a threshold for redistributions is called."""

SUMMED = frozenset({"pss_idle", "pss_peak", "threads_peak"})
"""Metrics of services that also have a row for the sum over all of them."""


def _lower(unit: Unit, *names: str) -> tuple[Metric, ...]:
    return tuple(Metric(name=name, unit=unit, better=Better.LOWER) for name in names)


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            *_lower(Unit.SECONDS, *QUANTILES, "max", "mean"),
            Metric(name="throughput", unit=Unit.PER_SECOND, better=Better.HIGHER),
            *_lower(Unit.RATIO, "error_rate"),
            *_lower(Unit.BYTES, "pss_idle", "pss_peak", "uss_peak", "rss_peak"),
            *_lower(Unit.COUNT, "threads_idle", "threads_peak", "fds_peak"),
            *_lower(Unit.SECONDS, "cpu_seconds_per_iteration"),
            *_lower(Unit.COUNT, "context_switches_per_iteration"),
            *_lower(Unit.COUNT, "sql_statements_per_iteration"),
            *_lower(Unit.COUNT, "rpc_messages_per_iteration"),
            *_lower(Unit.SECONDS, "ready_seconds", "stop_seconds"),
        )
    }
)
"""All metrics of a visit by name, in the order of a report."""

_MIB = 2.0**20


def _default(
    metric: str, ratio: float | None, floor: float, *, primary: bool | None = False
) -> Threshold:
    return Threshold(metric=metric, ratio=ratio, floor=floor, primary=primary)


DEFAULT_THRESHOLDS: tuple[Threshold, ...] = (
    # Somebody's own metric (`compare --samples`): whoever brings it means it.
    _default("*", 0.10, 0.0, primary=True),
    # The mean says whether it costs more: in a closed loop it is concurrency over
    # rate, whoever waits.  On real services it wanders no more than p50 does.
    _default("mean", 0.10, 0.002, primary=True),
    # The median says who waits: it may move while nothing costs more.
    _default("p50", 0.10, 0.002),
    _default("p90", 0.15, 0.005, primary=True),
    _default("p95", 0.20, 0.005, primary=None),
    # p99 and max rest on a handful of iterations (p99 of 200: two of them; its
    # smallest detectable effect at 10 rounds is 44 %).
    _default("p99", 0.50, 0.010),
    _default("max", 1.00, 0.050),
    # How much slower a quantile may get by a redistribution, where the plan lets one
    # count (docs/decisions/0009).
    _default(REDISTRIBUTION, 0.25, 0.0),
    # In a closed loop throughput is the mean upside down, and would vote twice.
    _default("throughput", 0.10, 0.0),
    # One point more of failures; zero is a legal value, so a difference.
    _default("error_rate", None, 0.01, primary=True),
    _default("pss_idle", 0.10, 10 * _MIB, primary=True),
    _default("pss_peak", 0.10, 10 * _MIB, primary=True),
    _default("uss_peak", 0.10, 10 * _MIB),
    # RSS counts pages that forked workers share once per worker.
    _default("rss_peak", 0.10, 10 * _MIB),
    # Native threads are what the change is about: worth seeing, no failure.
    _default("threads_*", 0.25, 4.0),
    _default("fds_peak", 0.25, 16.0),
    # CPU seconds wander as latency does on virtual machines (sd 9 to 19 %).
    _default("cpu_seconds_per_iteration", 0.15, 0.001),
    _default("context_switches_per_iteration", 0.25, 10.0),
    # Counted, not timed: they hardly wander, and half a statement is a whole one in
    # every second iteration.
    _default("sql_statements_per_iteration", 0.05, 0.5),
    _default("rpc_messages_per_iteration", 0.05, 0.5),
    _default("ready_seconds", 0.20, 1.0),
    _default("stop_seconds", 0.20, 1.0),
)
"""What every plan starts from: ratio, and floor in base units."""


def medians_for_means(samples: Iterable[Sample]) -> tuple[Threshold, ...]:
    """Return thresholds that let p50 count for the workloads that have no mean.

    Numbers that somebody brings may hold medians alone.
    """
    names: dict[str, set[str]] = {}
    for sample in samples:
        if sample.key.is_whole_workload:
            names.setdefault(sample.key.workload, set()).add(sample.key.metric.name)
    default = next(one for one in DEFAULT_THRESHOLDS if one.metric == "p50")
    return tuple(
        replace(default, metric=f"{workload}/p50", primary=True)
        for workload, found in names.items()
        if "p50" in found and "mean" not in found
    )


GATING_TAILS = tuple(
    QUANTILES[threshold.metric]
    for threshold in DEFAULT_THRESHOLDS
    if threshold.metric in QUANTILES
    and threshold.primary is not False
    and QUANTILES[threshold.metric] > QUANTILES["p50"]
)
"""The quantiles that rest on few iterations and count for the exit status, some only
with many rounds."""


def threshold_for(
    key: MetricKey,
    thresholds: Sequence[Threshold],
    rounds: int,
    *,
    sums: bool = False,
) -> Threshold:
    """Return the last of *thresholds* that names *key*, its ``primary`` resolved.

    A threshold names a key by a glob over ``str(key)`` or over the name of its
    metric.  The defaults come first, so there always is one.

    Nothing votes twice: one of our metrics is primary for an action only if the
    pattern spells all parts (``list shares/manila.list_shares/p50``, ``*/*/p90``), and
    for the sum over all services only if it says ``(all)/``, or if *sums* are to
    count as any service does.
    """
    found = next(
        threshold
        for threshold in reversed((*DEFAULT_THRESHOLDS, *thresholds))
        if key.is_named_by(threshold.metric)
    )
    primary = rounds >= PRIMARY_FROM_ROUNDS if found.primary is None else found.primary
    if key.action and key.metric.name in METRICS:
        primary = primary and found.metric.count("/") == str(key).count("/")
    if key.service == ALL_SERVICES and key.metric.name in SUMMED and not sums:
        primary = primary and f"{ALL_SERVICES}/" in found.metric
    return replace(found, primary=primary)
