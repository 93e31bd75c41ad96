# SPDX-License-Identifier: Apache-2.0
"""Rounds in which others took CPU from a workload: its times there are not judged.

A neighbour does not slow both sides alike: it changes who waits for whom, and with it
the effect itself.  The rule has fixed limits and looks at nothing that is judged
(docs/decisions/0010).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from perfcompare.analysis.conditions import without
from perfcompare.analysis.metrics import TIMES
from perfcompare.analysis.resources import (
    grown,
    growth_between,
    of_owner,
    windows_of,
)
from perfcompare.model.busy_caveat import BusyHost
from perfcompare.model.caveat import WithinFloor
from perfcompare.model.comparison import Comparison, Verdict
from perfcompare.model.metric import MetricKey, Sample
from perfcompare.model.occupancy import Limit, Occupancy
from perfcompare.model.target import HOST, OTHERS
from perfcompare.model.visit import Phase, Visit

CONTENDED_SHARE = 0.125
"""Share of all CPUs that others may use beside any other workload."""
FREE_SHARE = 0.25
"""Share of all CPUs that others may use beside a workload that leaves CPU idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OthersUse:
    """CPU that was not ours in the blocks of one workload in one visit."""

    round: int
    workload: str
    load_seconds: float
    others_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """CPU that others took in the rounds of one workload."""

    ratios: Mapping[int, float]
    """Round → CPU that others used, 1 is one core."""
    limit_cores: float

    @property
    def rounds(self) -> tuple[int, ...]:
        """The rounds in which others used more than they may."""
        return tuple(
            number
            for number, ratio in sorted(self.ratios.items())
            if ratio > self.limit_cores
        )

    @property
    def decides_nothing(self) -> bool:
        """Whether more than half of the rounds are disturbed."""
        return 2 * len(self.rounds) > len(self.ratios)


def others_of_visit(visit: Visit, readings: pd.DataFrame) -> tuple[OthersUse, ...]:
    """Return what others used beside each workload; () where nobody counted it."""
    parts = of_owner(readings, HOST)
    if OTHERS not in parts:
        return ()
    counter = grown(parts[OTHERS], "cpu_seconds")
    blocks = windows_of(visit, Phase.LOAD)
    found = []
    for workload in dict.fromkeys(block.workload for block in blocks):
        spans = [
            (block.started_at, block.ended_at)
            for block in blocks
            if block.workload == workload
        ]
        found.append(
            OthersUse(
                round=visit.round,
                workload=workload,
                load_seconds=sum(end - start for start, end in spans),
                others_seconds=sum(growth_between(counter, *span) for span in spans),
            )
        )
    return tuple(found)


def disturbances(
    uses: Iterable[OthersUse],
    occupancy: Iterable[Occupancy],
    *,
    cores: int | None,
) -> Mapping[str, Disturbance]:
    """Return what others did, by workload; {} where the cores are not known.

    Args:
        uses: One a visit and workload.
        occupancy: Says which workloads leave CPU idle; one that is busy in any variant
            is judged as busy, and so is one of which nothing is known.
        cores: Of the host.
    """
    if cores is None:
        return {}
    free: dict[str, bool] = {}
    for one in occupancy:
        free[one.workload] = free.get(one.workload, True) and one.limit is Limit.FREE
    sums: dict[str, dict[int, list[float]]] = defaultdict(
        lambda: defaultdict(lambda: [0.0, 0.0])
    )
    for use in uses:
        total = sums[use.workload][use.round]
        total[0] += use.others_seconds
        total[1] += use.load_seconds
    return {
        workload: Disturbance(
            ratios={
                number: others / seconds
                for number, (others, seconds) in by_round.items()
                if seconds > 0
            },
            limit_cores=cores
            * (FREE_SHARE if free.get(workload, False) else CONTENDED_SHARE),
        )
        for workload, by_round in sums.items()
    }


def undisturbed(
    samples: Sequence[Sample], found: Mapping[str, Disturbance]
) -> tuple[Sample, ...]:
    """Leave the disturbed rounds out of the times of their workload.

    Where that would be more than half of them, all stay: the rows are shown, and
    `doubted` decides nothing of them.
    """
    kept: list[Sample] = []
    for sample in samples:
        one = found.get(sample.key.workload)
        if one is None or not is_time(sample.key) or one.decides_nothing:
            kept.append(sample)
        else:
            kept.extend(without((sample,), one.rounds))
    return tuple(kept)


def doubted(
    comparisons: Sequence[Comparison], found: Mapping[str, Disturbance]
) -> tuple[Comparison, ...]:
    """Say of each time what others disturbed; decide nothing where it was too much."""
    return tuple(_doubted(row, found.get(row.key.workload)) for row in comparisons)


def _doubted(row: Comparison, seen: Disturbance | None) -> Comparison:
    refused = row.verdict is Verdict.NOT_COMPARABLE
    if seen is None or not seen.rounds or not is_time(row.key) or refused:
        return row
    caveat = BusyHost(
        rounds=seen.rounds,
        others_ratio=max(seen.ratios.values()),
        limit_cores=seen.limit_cores,
        decided=not seen.decides_nothing,
    )
    if not seen.decides_nothing:
        return replace(row, caveats=(*row.caveats, caveat))
    # Why it was parity is no reason any more.
    kept = (each for each in row.caveats if not isinstance(each, WithinFloor))
    return replace(
        row,
        verdict=Verdict.INCONCLUSIVE,
        rounds_needed=None,
        caveats=(*kept, caveat),
    )


def is_hidden(visit: Visit, readings: pd.DataFrame) -> bool:
    """Tell whether services were watched under load, but the host told no CPU time."""
    watched = windows_of(visit, Phase.LOAD) and of_owner(readings, visit.variant)
    return bool(watched) and OTHERS not in of_owner(readings, HOST)


def is_time(key: MetricKey) -> bool:
    """Tell what the durations of a workload decide from what they do not."""
    return bool(key.workload) and key.metric.name in TIMES
