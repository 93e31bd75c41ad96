# SPDX-License-Identifier: Apache-2.0
"""What deterministic counters say beside a latency: whether it is work or waiting."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from perfcompare.model.comparison import Comparison, Contrast, Corroboration, Verdict
from perfcompare.model.judgement import VariantFacts

LATENCIES = frozenset({"p50", "p90", "p95", "p99", "mean"})
"""What is corroborated; the maximum is a single iteration."""

_OF_A_SERVICE = frozenset(
    {
        "cpu_seconds_per_iteration",
        "context_switches_per_iteration",
        "threads_peak",
    }
)
_MECHANICAL = frozenset({"threads_peak", "context_switches_per_iteration"})
"""What a change of backend changes by itself: green threads are one thread, and
switching between them is none that the kernel counts."""
_OF_A_SERVER = frozenset({"sql_statements_per_iteration", "rpc_messages_per_iteration"})
"""Counted by a database or a broker, for the variant: what it was asked, not what it
cost, so that it does vote."""

_MIRRORED = {
    Verdict.REGRESSION: Verdict.IMPROVEMENT,
    Verdict.IMPROVEMENT: Verdict.REGRESSION,
}
_DECIDED = {*_MIRRORED, Verdict.PARITY}


def corroborated(
    comparisons: Iterable[Comparison],
    *,
    controls: Collection[str],
    flipped: Collection[Contrast] = (),
) -> tuple[Comparison, ...]:
    """Fill ``corroboration`` of the latencies of whole workloads, in every contrast.

    A counter votes with its verdict where that is decided, beside the latencies of its
    own workload, or of all workloads where it has none.

    Args:
        comparisons: As they are judged; a row's own verdict speaks.
        controls: Services that are watched but not compared: what a database or
            keystone spends does not vote.
        flipped: Contrasts whose two variants run different backends.  There more
            threads and context switches are the change itself, and would call every
            parity latent.
    """
    rows = tuple(comparisons)
    counters = [one for one in rows if votes(one, controls=controls, flipped=flipped)]
    return tuple(
        replace(one, corroboration=_corroboration(one, counters)) for one in rows
    )


def flipped_contrasts(variants: Iterable[VariantFacts]) -> tuple[Contrast, ...]:
    """Return the contrasts whose two variants run different backends."""
    backends = {variant.name: variant.backend for variant in variants}
    return tuple(
        contrast
        for contrast in Contrast
        if len({backends[name] for name in contrast.variants if name in backends}) > 1
    )


def votes(
    one: Comparison, *, controls: Collection[str], flipped: Collection[Contrast]
) -> bool:
    """Tell whether *one* is a counter that is decided, and so has a say."""
    name = one.key.metric.name
    if one.verdict not in _DECIDED:
        return False
    if name in _MECHANICAL and one.contrast in flipped:
        return False
    return name in _OF_A_SERVER or (
        name in _OF_A_SERVICE and one.key.service not in controls
    )


def _corroboration(
    one: Comparison, counters: Iterable[Comparison]
) -> Corroboration | None:
    if one.key.metric.name not in LATENCIES or one.key.action or not one.key.workload:
        return None
    said = set(_verdicts_beside(one, counters))
    if one.verdict is Verdict.PARITY:
        return Corroboration.LATENT if Verdict.REGRESSION in said else None
    if one.verdict not in _MIRRORED or not said:
        return None
    if one.verdict in said:
        return Corroboration.STRONG
    if _MIRRORED[one.verdict] in said:
        return Corroboration.CONTRADICTED
    return Corroboration.ALONE


def _verdicts_beside(
    one: Comparison, counters: Iterable[Comparison]
) -> Iterator[Verdict]:
    for counter in counters:
        same = counter.contrast is one.contrast
        if same and counter.key.workload in {"", one.key.workload}:
            yield counter.verdict
