# SPDX-License-Identifier: Apache-2.0
"""A collector: fed visit by visit, it keeps what judging and drawing need."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from perfcompare.analysis.agreement import Ends, ends_of
from perfcompare.analysis.busy import OthersUse, is_hidden, others_of_visit
from perfcompare.analysis.conditions import (
    ControlCost,
    HostUse,
    host_use,
    round_conditions,
)
from perfcompare.analysis.curves import Trace, aligned, traces
from perfcompare.analysis.distributions import Part, distribution, part_of
from perfcompare.analysis.halves import Pair, half_values
from perfcompare.analysis.loads import Load, loads
from perfcompare.analysis.memory import Held, by_process, held
from perfcompare.analysis.metrics import GATING_TAILS, METRICS
from perfcompare.analysis.modes import Modes, bimodal, two_modes
from perfcompare.analysis.occupancy import VisitUse, occupancy_of_visit
from perfcompare.analysis.own_time import shared_axis
from perfcompare.analysis.reach import TurnUse, turn_use, unreached
from perfcompare.analysis.resources import (
    counted_per_iteration,
    grown,
    of_owner,
    used_between_turns,
    windows_of,
)
from perfcompare.analysis.shapes import Quantiles, quantiles_of
from perfcompare.analysis.steadiness import not_steady, trend
from perfcompare.analysis.values import visit_values
from perfcompare.model.busy_caveat import UnseenHost
from perfcompare.model.caveat import (
    BusyWhileIdle,
    Caveat,
    FailedIterations,
    FewIterations,
    Killed,
    Unreached,
)
from perfcompare.model.judgement import (
    Curve,
    Distribution,
    PhaseMark,
    ProcessMemory,
    RoundCondition,
)
from perfcompare.model.metric import ALL_SERVICES, MetricKey, Sample
from perfcompare.model.visit import Phase, Visit

BUSY_CPU_RATIO = 0.05
"""A variant that stands by and uses more takes more from the loaded one than a verdict
forgives: one core in twenty, half of the threshold of p50."""

FEW_BEYOND = 10
"""Iterations beyond a quantile that make it worth judging: p95 of 200."""

_ERROR_CHARACTERS = 200

_CONTROL_COST = METRICS["cpu_seconds_per_iteration"]


class Collector:
    """Accumulates visits; the caller keeps the frames of one in memory at a time."""

    def __init__(self) -> None:
        self._visits: list[Visit] = []
        self._values: dict[tuple[MetricKey, str], dict[int, float]] = defaultdict(dict)
        self._parts: dict[tuple[str, str, str], list[Part]] = defaultdict(list)
        self._traces: list[Trace] = []
        self._held: list[Held] = []
        self._totals: Counter[tuple[str, str]] = Counter()
        self._errors: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._fewest: dict[tuple[str, str], int] = {}
        self._standing_by_cpu: dict[str, list[float]] = defaultdict(list)
        self._turn_uses: dict[tuple[str, str], list[TurnUse]] = defaultdict(list)
        self._halves: dict[tuple[MetricKey, str], dict[int, Pair]] = defaultdict(dict)
        self._host_uses: list[HostUse] = []
        self._trends: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._warm_up: Counter[tuple[str, str]] = Counter()
        self._quantiles: dict[tuple[str, str], list[Quantiles]] = defaultdict(list)
        self._ends: dict[tuple[str, str], dict[int, Ends]] = defaultdict(dict)
        self._others: list[OthersUse] = []
        self._visit_uses: list[VisitUse] = []
        self._hidden = False
        self._modes: dict[tuple[str, str], list[Modes | None]] = defaultdict(list)

    def add(
        self, visit: Visit, iterations: pd.DataFrame, readings: pd.DataFrame
    ) -> None:
        """Take in one visit; the frames are those of `loads` and `visit_values`."""
        self._visits.append(visit)
        loaded = loads(iterations)
        values = visit_values(visit, loaded, readings) | counted_per_iteration(visit)
        for key, value in values.items():
            self._values[key, visit.variant][visit.round] = value
        for key, pair in half_values(loaded, iterations).items():
            self._halves[key, visit.variant][visit.round] = pair
        for load in loaded:
            if len(load.durations_seconds):
                place = (load.workload, load.action, visit.variant)
                self._parts[place].append(part_of(load.durations_seconds))
            if not load.action:
                self._look_at(visit, load)
        self._traces.extend(traces(visit, readings))
        self._held.extend(held(visit, readings))
        self._host_uses.append(host_use(visit, readings))
        self._others.extend(others_of_visit(visit, readings))
        self._visit_uses.extend(occupancy_of_visit(visit, loaded, readings))
        self._hidden = self._hidden or is_hidden(visit, readings)
        self._watch_standing_by(visit, readings)

    def samples(self) -> tuple[Sample, ...]:
        """Return one sample for each metric and variant, rounds ascending."""
        return tuple(
            _sample(key, variant, values)
            for (key, variant), values in self._values.items()
        )

    def halves(self) -> tuple[tuple[Sample, Sample], ...]:
        """Return pairs of samples of one variant, from one half of its blocks each.

        Between the two nothing differs.  () where visits were not in blocks.
        """
        return tuple(
            (
                _sample(key, variant, {each: pair[0] for each, pair in pairs.items()}),
                _sample(key, variant, {each: pair[1] for each, pair in pairs.items()}),
            )
            for (key, variant), pairs in self._halves.items()
        )

    def quantiles(self) -> Mapping[tuple[str, str], Sequence[Quantiles]]:
        """Return the quantiles of each visit, by workload and variant."""
        return self._quantiles

    def ends(self) -> Mapping[tuple[str, str], Mapping[int, Ends]]:
        """Return the means of first and last blocks, by workload and variant."""
        return self._ends

    def others(self) -> Sequence[OthersUse]:
        """Return what others used beside each workload of each visit."""
        return self._others

    def uses(self) -> Sequence[VisitUse]:
        """Return how busy everything was under each workload of each visit."""
        return self._visit_uses

    def conditions(
        self, *, cores: int | None, void: bool
    ) -> tuple[RoundCondition, ...]:
        """Return what was seen of host and controls, as `round_conditions` does."""
        controls = {name for visit in self._visits for name in visit.controls}
        costs = [
            ControlCost(
                sample=_sample(key, variant, values),
                iterations=self._totals[key.workload, variant] / len(values),
            )
            for (key, variant), values in self._values.items()
            if key.service in controls and key.metric == _CONTROL_COST
        ]
        return round_conditions(self._host_uses, costs, cores=cores, void=void)

    def distributions(self) -> tuple[Distribution, ...]:
        """Return the latencies of each workload and action in each variant."""
        return tuple(
            distribution(parts, workload=workload, action=action, variant=variant)
            for (workload, action, variant), parts in self._parts.items()
        )

    def curves(self) -> tuple[Curve, ...]:
        """Return all curves on one axis, in the order of the visits."""
        return aligned(self._traces, self.marks())

    def marks(self) -> tuple[PhaseMark, ...]:
        """Return where the phases lie on the axis of the curves."""
        return shared_axis(self._visits) if self._traces else ()

    def memory(self) -> tuple[ProcessMemory, ...]:
        """Return what each process of the services' trees held."""
        return by_process(self._held)

    def caveats(self) -> tuple[Caveat, ...]:
        """Return what is to be said of the run as a whole, each thing once."""
        busy = (
            BusyWhileIdle(variant=variant, cpu_ratio=ratio)
            for variant, ratios in self._standing_by_cpu.items()
            if (ratio := float(np.median(ratios))) > BUSY_CPU_RATIO
        )
        told = (caveat for visit in self._visits for caveat in visit.caveats)
        hidden = (UnseenHost(what="CPU that others use"),) if self._hidden else ()
        return tuple(dict.fromkeys((*told, *self._killed(), *busy, *hidden)))

    def _killed(self) -> Iterator[Killed]:
        """Yield one caveat for each service that had to be killed."""
        stops = [
            (visit, stop)
            for visit in self._visits
            for stop in visit.stops
            if stop.killed
        ]
        places = dict.fromkeys((visit.variant, stop.service) for visit, stop in stops)
        for variant, service in places:
            own = [
                (visit.round, stop.stop_seconds)
                for visit, stop in stops
                if (visit.variant, stop.service) == (variant, service)
            ]
            yield Killed(
                variant=variant,
                service=service,
                rounds=tuple(sorted(number for number, _ in own)),
                grace_seconds=max(seconds for _, seconds in own),
            )

    def unreached(self) -> tuple[Unreached, ...]:
        """Return the workloads whose load went past a variant's services."""
        return unreached(self._turn_uses)

    def workload_caveats(self) -> Mapping[str, tuple[Caveat, ...]]:
        """Return what is to be said of single workloads, as `judge` takes it."""
        found: dict[str, list[Caveat]] = defaultdict(list)
        for (workload, variant), errors in self._errors.items():
            (most_common, _), *_ = errors.most_common(1)
            found[workload].append(
                FailedIterations(
                    variant=variant,
                    failed=errors.total(),
                    total=self._totals[workload, variant],
                    most_common=most_common,
                )
            )
        for (workload, variant), fewest in self._fewest.items():
            place = (workload, variant)
            told = (
                not_steady(variant, self._trends[place], warm_up=self._warm_up[place]),
                bimodal(variant, self._modes[place]),
            )
            found[workload] += (caveat for caveat in told if caveat)
            found[workload] += (
                FewIterations(variant=variant, iterations=fewest, quantile=quantile)
                for quantile in GATING_TAILS
                # In floating point 100 (1 - 0.9) is less than 10.
                if round(fewest * (1 - quantile), 6) < FEW_BEYOND
            )
        return {name: tuple(caveats) for name, caveats in found.items() if caveats}

    def _look_at(self, visit: Visit, load: Load) -> None:
        """Count the whole iterations of a workload and keep what shape they have."""
        place = (load.workload, visit.variant)
        succeeded = load.total - load.failed
        self._totals[place] += load.total
        self._fewest[place] = min(succeeded, self._fewest.get(place, succeeded))
        for error, count in load.errors.items():
            self._errors[place][error[:_ERROR_CHARACTERS]] += count
        warm_up = windows_of(visit, Phase.WARM_UP, load.workload)
        self._warm_up[place] = sum(window.iterations for window in warm_up)
        self._modes[place].append(two_modes(load.durations_seconds))
        if quantiles := quantiles_of(load, number=visit.round):
            self._quantiles[place].append(quantiles)
        if ends := ends_of(load):
            self._ends[place][visit.round] = ends
        found = trend(load.durations_seconds)
        if found is not None:
            self._trends[place].append(found)

    def _watch_standing_by(self, visit: Visit, readings: pd.DataFrame) -> None:
        own = of_owner(readings, visit.variant).get(ALL_SERVICES)
        if own is None:
            return
        cpu = grown(own, "cpu_seconds")
        turns = windows_of(visit, Phase.LOAD)
        for workload in dict.fromkeys(turn.workload for turn in turns):
            use = turn_use(visit, workload, cpu)
            if use is not None:
                self._turn_uses[workload, visit.variant].append(use)
        ratio = used_between_turns(visit, cpu)
        if ratio is not None:
            self._standing_by_cpu[visit.variant].append(ratio)


def _sample(key: MetricKey, variant: str, values: Mapping[int, float]) -> Sample:
    rounds = tuple(sorted(values))
    return Sample(
        key=key,
        variant=variant,
        rounds=rounds,
        values=tuple(values[number] for number in rounds),
    )
