# SPDX-License-Identifier: Apache-2.0
"""Whether the load of a variant reached its services, by the CPU they used.

One keystone serves all variants, so a scenario that names no region sends the load of
every variant to the first, and all of them look the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from perfcompare.analysis.resources import (
    Looks,
    growth_per_second,
    pauses_of,
    windows_of,
)
from perfcompare.model.caveat import Unreached
from perfcompare.model.visit import Phase, Visit

LOADED_CORES = 0.01
"""Services that use less under load say nothing: their CPU is all but invisible."""
LEAST_SHARE = 0.2
"""Of what an iteration costs the variant that it costs most.  No release or
backend does the same work for a fifth; services that are not asked use next to none."""
RESTLESS = 2.0
"""So many times what they use while standing by may be their own housekeeping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnUse:
    """CPU of all services of a variant around one workload, 1 is one core."""

    loaded_ratio: float
    """While the variant had the turn."""
    standing_by_ratio: float
    """While another had it."""
    iteration_cpu_seconds: float
    """What an iteration cost beyond standing by.  Not a share of time: a service that
    waits for most of an iteration uses little of a core, and works all the same."""


def turn_use(visit: Visit, workload: str, cpu: Looks) -> TurnUse | None:
    """Return what a workload cost in one visit.

    None where no pause between its blocks holds two looks, as where whole visits
    alternate, and where nothing was iterated.

    Args:
        visit: With the windows of its blocks.
        workload: Whose blocks are meant.
        cpu: Seconds that the services of the visit's variant have used.
    """
    blocks = windows_of(visit, Phase.LOAD, workload)
    turns = [(block.started_at, block.ended_at) for block in blocks]
    iterations = sum(block.iterations for block in blocks)
    loaded = growth_per_second(cpu, turns)
    standing_by = growth_per_second(cpu, pauses_of(visit, workload, cpu.times))
    if loaded is None or standing_by is None or not iterations:
        return None
    turn_seconds = sum(end - start for start, end in turns)
    return TurnUse(
        loaded_ratio=loaded,
        standing_by_ratio=standing_by,
        iteration_cpu_seconds=(loaded - standing_by) * turn_seconds / iterations,
    )


def unreached(
    uses: Mapping[tuple[str, str], Sequence[TurnUse]],
) -> tuple[Unreached, ...]:
    """Return the workloads that did not reach a variant, with what it used.

    A variant is not reached where it uses no more under a workload than housekeeping
    explains, and an iteration costs a small part of what it costs another variant.

    Args:
        uses: One a round, by workload and variant.
    """
    typical = {place: _typical(found) for place, found in uses.items() if found}
    most = {
        workload: max(
            (use for (name, _), use in typical.items() if name == workload),
            key=lambda use: use.iteration_cpu_seconds,
        )
        for workload, _ in typical
    }
    return tuple(
        Unreached(
            variant=variant,
            workload=workload,
            loaded_ratio=use.loaded_ratio,
            standing_by_ratio=use.standing_by_ratio,
            most_ratio=most[workload].loaded_ratio,
        )
        for (workload, variant), use in typical.items()
        if most[workload].loaded_ratio >= LOADED_CORES
        and use.iteration_cpu_seconds
        <= LEAST_SHARE * most[workload].iteration_cpu_seconds
        and use.loaded_ratio <= RESTLESS * use.standing_by_ratio + LOADED_CORES / 2
    )


def _typical(uses: Sequence[TurnUse]) -> TurnUse:
    return TurnUse(
        loaded_ratio=median(use.loaded_ratio for use in uses),
        standing_by_ratio=median(use.standing_by_ratio for use in uses),
        iteration_cpu_seconds=median(use.iteration_cpu_seconds for use in uses),
    )
