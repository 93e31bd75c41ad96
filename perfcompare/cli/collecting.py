# SPDX-License-Identifier: Apache-2.0
"""Collect what a run measured, visit by visit, for the judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from perfcompare.analysis.busy import Disturbance, disturbances, undisturbed
from perfcompare.analysis.collect import Collector
from perfcompare.analysis.conditions import without
from perfcompare.analysis.design import ShamSamples
from perfcompare.analysis.loads import COLUMNS
from perfcompare.analysis.occupancy import occupancy, occupancy_caveats
from perfcompare.cli.ending import seen
from perfcompare.model.caveat import Caveat
from perfcompare.model.errors import NotComparableError
from perfcompare.model.judgement import RoundCondition
from perfcompare.model.metric import Sample
from perfcompare.model.occupancy import Occupancy
from perfcompare.store.reader import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A run's samples, and the rounds that its plan's rule takes out of them."""

    collector: Collector
    conditions: tuple[RoundCondition, ...]
    occupancy: tuple[Occupancy, ...]
    disturbed: Mapping[str, Disturbance]
    """What others did to the rounds of each workload."""

    @property
    def voided(self) -> frozenset[int]:
        """The rounds that the plan's rule leaves out of everything."""
        return frozenset(one.round for one in self.conditions if one.voided)

    def samples(self) -> tuple[Sample, ...]:
        """Return the samples of the rounds that count."""
        return self._counting(self.collector.samples())

    def halves(self) -> tuple[tuple[Sample, Sample], ...]:
        """Return both halves of each visit's blocks, of the rounds that count."""
        found = []
        for pair in self.collector.halves():
            kept = self._counting(pair)
            if len(kept) == len(pair):
                found.append((kept[0], kept[1]))
        return tuple(found)

    def workload_caveats(self) -> Mapping[str, tuple[Caveat, ...]]:
        """Return what is to be said of single workloads, as `judge` takes it."""
        found = dict(self.collector.workload_caveats())
        for name, caveats in occupancy_caveats(self.occupancy).items():
            found[name] = (*found.get(name, ()), *caveats)
        return found

    def _counting(self, samples: Sequence[Sample]) -> tuple[Sample, ...]:
        return undisturbed(without(samples, self.voided), self.disturbed)


def collect(run: Run) -> Collected:
    """Read every visit of *run* once; the frames of one are in memory at a time."""
    collector = Collector()
    for visit in seen(run):
        iterations = run.iterations(visit, columns=COLUMNS)
        collector.add(visit, iterations, run.readings(visit))
    cores = run.provenance.host.cores if run.provenance else None
    occupied = occupancy(collector.uses(), run.plan.workloads, cores=cores)
    return Collected(
        collector=collector,
        conditions=collector.conditions(cores=cores, void=run.plan.void_marked_rounds),
        occupancy=occupied,
        disturbed=disturbances(collector.others(), occupied, cores=cores),
    )


def shams_of(run: Run, sham: Run) -> ShamSamples:
    """Return what *sham* measured of base and its copy, by metric.

    Raises:
        NotComparableError: It leads elsewhere, or does other work.
    """
    base, copy = sham.plan.variants[:2]
    ours = run.plan.variants[0]
    made = {(each.release, each.backend) for each in (base, copy, ours)}
    if len(made) > 1:
        raise NotComparableError(
            f"{sham.path} is no sham of {run.path}: it leads from {base.release} on"
            f" {base.backend} to {copy.release} on {copy.backend}; both must be"
            f" {ours.release} on {ours.backend}, as base is there"
        )
    if (sham.plan.project, sham.plan.workloads) != (
        run.plan.project,
        run.plan.workloads,
    ):
        raise NotComparableError(
            f"{sham.path} is no sham of {run.path}: its workloads are others;"
            " measure it with the same task"
        )
    sides: dict[str, dict[object, Sample]] = {}
    for sample in collect(sham).samples():
        sides.setdefault(sample.variant, {})[sample.key] = sample
    copies = sides.get(copy.name.value, {})
    return {
        sample.key: (sample, copies[sample.key])
        for sample in sides.get(base.name.value, {}).values()
        if sample.key in copies
    }
