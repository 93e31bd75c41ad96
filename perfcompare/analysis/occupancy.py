# SPDX-License-Identifier: Apache-2.0
"""How busy service, generator and host were under each workload."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import pandas as pd

from perfcompare.analysis.limits import is_at_core, limit_of
from perfcompare.analysis.loads import Load
from perfcompare.analysis.resources import (
    Looks,
    grown,
    growth_between,
    growth_per_second,
    of_owner,
    pauses_of,
    span,
    windows_of,
)
from perfcompare.model.caveat import Caveat
from perfcompare.model.load_caveat import GeneratorBound, Saturated
from perfcompare.model.metric import ALL_SERVICES
from perfcompare.model.occupancy import Limit, Occupancy
from perfcompare.model.target import CONTROL, HOST, OTHERS, STEAL
from perfcompare.model.visit import Phase, Visit, Window
from perfcompare.model.workload import Workload

# Service and pid → CPU seconds that the process has used.
_Counters = Mapping[tuple[str, Hashable], Looks]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitUse:
    """One workload in one visit, while its variant had the turn; 1 is one core."""

    round: int
    variant: str
    workload: str
    iterations_per_second: float
    """Failed ones too: they occupy the service like others."""
    mean_seconds: float
    service: str
    """The service whose process was busiest; "" when none was watched."""
    process_cpu_ratio: float | None
    """Of that process; None when none was watched."""
    services_cpu_ratio: float | None
    generator_cpu_ratio: float | None
    """None where nobody counted."""
    host_cpu_ratio: float | None
    """Of services, controls, generator and others, and what was stolen: others have
    that, too.  None where the host does not tell of others.  What perfcompare itself
    and the variants that stand by use is missing: a few hundredths of a core."""

    @property
    def in_flight(self) -> float:
        """Iterations under way at once.

        J. D. C. Little (1961), "A Proof for the Queuing Formula: L = λW", Operations
        Research 9, 383-387.
        """
        return self.iterations_per_second * self.mean_seconds


def occupancy_of_visit(
    visit: Visit, loaded: Sequence[Load], readings: pd.DataFrame
) -> tuple[VisitUse, ...]:
    """Return how busy everything was, one for each workload with blocks.

    Args:
        visit: The visit that both others belong to.
        loaded: Its iterations, as `loads` takes them apart.
        readings: The fields of `Reading` as columns; those of a process share a pid.
    """
    own = _processes(readings, visit.variant)
    controls, host = (of_owner(readings, owner) for owner in (CONTROL, HOST))
    parts = (controls.get(ALL_SERVICES), host.get(OTHERS), host.get(STEAL))
    beside = [grown(part, "cpu_seconds") for part in parts if part is not None]
    found = []
    for load in loaded:
        blocks = windows_of(visit, Phase.LOAD, load.workload)
        seconds = sum(block.ended_at - block.started_at for block in blocks)
        if load.action or seconds <= 0:
            continue
        used = {place: _in_turns(visit, load.workload, own[place]) for place in own}
        busiest = max(used, key=lambda place: used[place], default=None)
        services = sum(used.values()) if used else None
        generator = _generator(blocks, seconds)
        rest = sum(growth_per_second(each, _spans(blocks)) or 0.0 for each in beside)
        found.append(
            VisitUse(
                round=visit.round,
                variant=visit.variant,
                workload=load.workload,
                iterations_per_second=load.total / seconds,
                mean_seconds=load.spent_seconds / load.total,
                service="" if busiest is None else busiest[0],
                process_cpu_ratio=None if busiest is None else used[busiest],
                services_cpu_ratio=services,
                generator_cpu_ratio=generator,
                host_cpu_ratio=(
                    (services or 0.0) + (generator or 0.0) + rest
                    if OTHERS in host
                    else None
                ),
            )
        )
    return tuple(found)


def occupancy(
    uses: Iterable[VisitUse], workloads: Sequence[Workload], *, cores: int | None
) -> tuple[Occupancy, ...]:
    """Say what limited each workload of each variant, by medians over rounds.

    Args:
        uses: Of the rounds that count.
        workloads: They say which level of which title a name is, and the order.
        cores: Of the host; None when unknown: then no workload is host-bound.
    """
    by_place: dict[tuple[str, str], list[VisitUse]] = defaultdict(list)
    for use in uses:
        by_place[use.workload, use.variant].append(use)
    alone = {
        (workload.title, use.variant, use.round): use.mean_seconds
        for workload in workloads
        if workload.concurrency == 1
        for (name, _), rounds in by_place.items()
        if name == workload.name
        for use in rounds
    }
    return tuple(
        _over_rounds(rounds, workload, alone, cores=cores)
        for workload in workloads
        for (name, _), rounds in by_place.items()
        if name == workload.name
    )


def occupancy_caveats(
    occupancies: Iterable[Occupancy],
) -> Mapping[str, tuple[Caveat, ...]]:
    """Return what is to be said of a workload's times, by workload.

    Variants for which the same is to be said share a caveat.
    """
    groups: dict[tuple[str, Limit, str], list[Occupancy]] = defaultdict(list)
    for one in occupancies:
        service = one.service if is_at_core(one) else ""
        groups[one.workload, one.limit, service].append(one)
    found: dict[str, list[Caveat]] = defaultdict(list)
    for (workload, limit, service), group in groups.items():
        found[workload].extend(_caveats(limit, service, group))
    return {workload: tuple(each) for workload, each in found.items() if each}


def _caveats(
    limit: Limit, service: str, group: Sequence[Occupancy]
) -> Iterator[Saturated | GeneratorBound]:
    """Yield what is to be said of variants that were limited in the same way."""
    variants = tuple(one.variant for one in group)
    concurrency = group[0].concurrency
    if limit is Limit.SATURATED:
        yield Saturated(
            variants=variants,
            concurrency=concurrency,
            service=service,
            cpu_ratios=_known(one.process_cpu_ratio for one in group if service),
            served=_known(one.served for one in group if not service),
        )
    if limit is Limit.GENERATOR_BOUND:
        yield GeneratorBound(
            variants=variants,
            concurrency=concurrency,
            cpu_ratios=_known(one.generator_cpu_ratio for one in group),
        )


def _processes(readings: pd.DataFrame, owner: str) -> _Counters:
    """Return the counter of each process of which two looks tell anything."""
    own = readings[readings["owner"] == owner]
    found = {
        (str(service), pid): grown(part, "cpu_seconds")
        for (service, pid), part in own.groupby(["service", "pid"], observed=True)
    }
    return {place: each for place, each in found.items() if len(each.times) > 1}


def _in_turns(visit: Visit, workload: str, counter: Looks) -> float:
    """Return the CPU of a service's process while its variant had the turn.

    Blocks may be as short as the time between two looks, so a single one cannot be
    read off.  What was used from the first block to the last was used in the blocks,
    less what the process uses while another variant has the turn, where a pause is
    long enough to tell.
    """
    blocks = windows_of(visit, Phase.LOAD, workload)
    start, end = span(blocks)
    seconds = sum(block.ended_at - block.started_at for block in blocks)
    pauses = pauses_of(visit, workload, counter.times)
    standing_by = growth_per_second(counter, pauses) or 0.0
    used = growth_between(counter, start, end)
    return max(0.0, used - standing_by * (end - start - seconds)) / seconds


def _generator(blocks: Sequence[Window], seconds: float) -> float | None:
    used = _known(block.generator_cpu_seconds for block in blocks)
    return sum(used) / seconds if len(used) == len(blocks) else None


def _spans(blocks: Iterable[Window]) -> list[tuple[float, float]]:
    return [(block.started_at, block.ended_at) for block in blocks]


def _over_rounds(
    rounds: Sequence[VisitUse],
    workload: Workload,
    alone: Mapping[tuple[str, str, int], float],
    *,
    cores: int | None,
) -> Occupancy:
    """Join the visits of one workload of one variant.

    Args:
        rounds: At least one.
        workload: Theirs.
        alone: Seconds of an iteration at concurrency 1, by title, variant and round:
            the round's own, so that a slow round is slow in both.
        cores: Of the host.
    """
    variant = rounds[0].variant
    served = [
        use.iterations_per_second * alone[workload.title, variant, use.round]
        for use in rounds
        if (workload.title, variant, use.round) in alone
    ]
    names = Counter(use.service for use in rounds if use.service)
    found = Occupancy(
        workload=workload.name,
        title=workload.title,
        variant=variant,
        concurrency=workload.concurrency,
        limit=Limit.UNKNOWN,
        in_flight=_median(use.in_flight for use in rounds),
        served=_median(served),
        service=names.most_common(1)[0][0] if names else "",
        process_cpu_ratio=_median(use.process_cpu_ratio for use in rounds),
        services_cpu_ratio=_median(use.services_cpu_ratio for use in rounds),
        generator_cpu_ratio=_median(use.generator_cpu_ratio for use in rounds),
        host_cpu_ratio=_median(use.host_cpu_ratio for use in rounds),
        cores=cores,
    )
    return replace(found, limit=limit_of(found))


def _median(values: Iterable[float | None]) -> float | None:
    known = _known(values)
    return median(known) if known else None


def _known(values: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(value for value in values if value is not None)
