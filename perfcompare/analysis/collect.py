# SPDX-License-Identifier: Apache-2.0
"""A collector: fed visit by visit, it keeps what judging and drawing need."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from perfcompare.analysis.curves import curves, marks
from perfcompare.analysis.distributions import Part, distribution, part_of
from perfcompare.analysis.loads import Load, loads
from perfcompare.analysis.metrics import GATING_TAILS
from perfcompare.analysis.resources import (
    grown,
    of_owner,
    used_between_turns,
)
from perfcompare.analysis.values import visit_values
from perfcompare.model.caveat import (
    BusyWhileIdle,
    Caveat,
    FailedIterations,
    FewIterations,
    Killed,
)
from perfcompare.model.judgement import Curve, Distribution, PhaseMark
from perfcompare.model.metric import ALL_SERVICES, MetricKey, Sample
from perfcompare.model.visit import Visit

BUSY_CPU_RATIO = 0.05
"""A variant that stands by and uses more takes more from the loaded one than a verdict
forgives: one core in twenty, half of the threshold of p50."""

FEW_BEYOND = 10
"""Iterations beyond a quantile that make it worth judging: p95 of 200."""

_ERROR_CHARACTERS = 200


class Collector:
    """Accumulates visits; the caller keeps the frames of one in memory at a time."""

    def __init__(self) -> None:
        self._visits: list[Visit] = []
        self._values: dict[tuple[MetricKey, str], dict[int, float]] = defaultdict(dict)
        self._parts: dict[tuple[str, str, str], list[Part]] = defaultdict(list)
        self._curves: list[Curve] = []
        self._totals: Counter[tuple[str, str]] = Counter()
        self._errors: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._fewest: dict[tuple[str, str], int] = {}
        self._standing_by_cpu: dict[str, list[float]] = defaultdict(list)

    def add(
        self, visit: Visit, iterations: pd.DataFrame, readings: pd.DataFrame
    ) -> None:
        """Take in one visit; the frames are those of `loads` and `visit_values`."""
        self._visits.append(visit)
        loaded = loads(iterations)
        for key, value in visit_values(visit, loaded, readings).items():
            self._values[key, visit.variant][visit.round] = value
        for load in loaded:
            if len(load.durations_seconds):
                place = (load.workload, load.action, visit.variant)
                self._parts[place].append(part_of(load.durations_seconds))
        self._curves.extend(curves(visit, readings))
        self._count(visit.variant, [load for load in loaded if not load.action])
        self._watch_standing_by(visit, readings)

    def samples(self) -> tuple[Sample, ...]:
        """Return one sample for each metric and variant, rounds ascending."""
        return tuple(
            Sample(
                key=key,
                variant=variant,
                rounds=tuple(sorted(values)),
                values=tuple(values[number] for number in sorted(values)),
            )
            for (key, variant), values in self._values.items()
        )

    def distributions(self) -> tuple[Distribution, ...]:
        """Return the latencies of each workload and action in each variant."""
        return tuple(
            distribution(parts, workload=workload, action=action, variant=variant)
            for (workload, action, variant), parts in self._parts.items()
        )

    def curves(self) -> tuple[Curve, ...]:
        """Return all curves, in the order of the visits."""
        return tuple(self._curves)

    def marks(self) -> tuple[PhaseMark, ...]:
        """Return where the phases begin."""
        return marks(self._visits)

    def caveats(self) -> tuple[Caveat, ...]:
        """Return what is to be said of the run as a whole, each thing once."""
        busy = (
            BusyWhileIdle(variant=variant, cpu_ratio=ratio)
            for variant, ratios in self._standing_by_cpu.items()
            if (ratio := float(np.median(ratios))) > BUSY_CPU_RATIO
        )
        told = (caveat for visit in self._visits for caveat in visit.caveats)
        return tuple(dict.fromkeys((*told, *self._killed(), *busy)))

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
            found[workload] += (
                FewIterations(variant=variant, iterations=fewest, quantile=quantile)
                for quantile in GATING_TAILS
                # In floating point 100 (1 - 0.9) is less than 10.
                if round(fewest * (1 - quantile), 6) < FEW_BEYOND
            )
        return {name: tuple(caveats) for name, caveats in found.items() if caveats}

    def _count(self, variant: str, whole: Sequence[Load]) -> None:
        for load in whole:
            place = (load.workload, variant)
            self._totals[place] += load.total
            succeeded = load.total - load.failed
            self._fewest[place] = min(succeeded, self._fewest.get(place, succeeded))
            for error, count in load.errors.items():
                self._errors[place][error[:_ERROR_CHARACTERS]] += count

    def _watch_standing_by(self, visit: Visit, readings: pd.DataFrame) -> None:
        own = of_owner(readings, visit.variant).get(ALL_SERVICES)
        if own is None:
            return
        ratio = used_between_turns(visit, grown(own, "cpu_seconds"))
        if ratio is not None:
            self._standing_by_cpu[visit.variant].append(ratio)
