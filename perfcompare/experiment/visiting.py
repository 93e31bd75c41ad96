# SPDX-License-Identifier: Apache-2.0
"""Visit the variants of one group: start, idle, load in turns, settle, stop."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace

from perfcompare.clock import Clock
from perfcompare.deployment.base import Deployment, Running
from perfcompare.experiment.failing import KEPT
from perfcompare.experiment.narrator import Narrator
from perfcompare.experiment.progress import Activity
from perfcompare.experiment.schedule import Group, Round
from perfcompare.model.caveat import Caveat, Note
from perfcompare.model.errors import ExperimentError, PerfcompareError, WorkloadError
from perfcompare.model.plan import Plan
from perfcompare.model.target import CONTROL, HOST, Tree
from perfcompare.model.variant import Variant
from perfcompare.model.visit import (
    Counter,
    Phase,
    ProcessEvidence,
    Reading,
    Stop,
    Visit,
    Window,
)
from perfcompare.sampling.base import Sampler
from perfcompare.store.run_file import VisitKey
from perfcompare.store.writer import RunWriter, VisitRecord
from perfcompare.workload.base import Driver, Load

# Between two looks at whether the services are still alive while nothing happens.
_CHECK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a visit is carried out with."""

    plan: Plan
    deployment: Deployment
    driver: Driver
    sampler: Sampler
    writer: RunWriter
    clock: Clock
    narrator: Narrator


@dataclass(slots=True, kw_only=True)
class _Guest:
    """One variant while it is being visited."""

    variant: Variant
    started_at: float
    running: Running
    evidence: tuple[ProcessEvidence, ...] = ()
    stops: tuple[Stop, ...] = ()
    ended_at: float = 0.0

    @property
    def name(self) -> str:
        return self.variant.name.value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Observed:
    """What was seen between the starts and the stops, of all variants."""

    idle: Window
    loads: Mapping[str, Load]
    counters: Mapping[str, tuple[Counter, ...]]
    settle: Window
    readings: tuple[Reading, ...]

    @property
    def windows(self) -> tuple[Window, ...]:
        loads = (window for load in self.loads.values() for window in load.windows)
        return (self.idle, *loads, self.settle)


@dataclass(slots=True, kw_only=True)
class Visiting:
    """The visits of one group; carried out once."""

    tools: Tools
    round: Round
    group: Group
    _guests: list[_Guest] = field(default_factory=list)

    def carry_out(self) -> tuple[VisitRecord, ...]:
        """Visit every variant of the group; return what is in the store then.

        Raises:
            ExperimentError: Something failed; the logs of what was up, or did not
                come up, are kept and the message says where.  Nothing is left
                running.
        """
        with ExitStack() as stack:
            try:
                records = self._visit(stack)
            except ExperimentError as error:
                kept = self._keep_logs()
                if not kept:
                    raise
                raise type(error)(f"{error}{KEPT}{kept}") from error
            # What was measured counts, whatever becomes of the clean-up.
            self.tools.writer.write_round(records)
        return records

    def _visit(self, stack: ExitStack) -> tuple[VisitRecord, ...]:
        clock, narrator = self.tools.clock, self.tools.narrator
        begun_at, purpose_before = clock.monotonic(), narrator.purpose_seconds
        for variant in self.group.variants:
            with narrator.doing(Activity.START, variant=variant.name):
                self._start(stack, variant)
        for guest in self._guests:
            with narrator.doing(Activity.VERIFY, variant=guest.name):
                guest.evidence = guest.running.verify_backend()
        seen = self._observe()
        for guest in self._guests:
            with narrator.doing(Activity.STOP, variant=guest.name):
                guest.stops = guest.running.stop()
                guest.ended_at = clock.now()
        purpose_seconds = narrator.purpose_seconds - purpose_before
        purpose_seconds += sum(
            window.ended_at - window.started_at for window in seen.windows
        )
        # Side by side, so the slowest counts.
        purpose_seconds += max(load.context_seconds for load in seen.loads.values())
        overhead_seconds = clock.monotonic() - begun_at - purpose_seconds
        return tuple(
            self._record(guest, seen, overhead_seconds=max(0.0, overhead_seconds))
            for guest in self._guests
        )

    def _start(self, stack: ExitStack, variant: Variant) -> None:
        started_at = self.tools.clock.now()
        running = stack.enter_context(self.tools.deployment.up(variant))
        guest = _Guest(variant=variant, started_at=started_at, running=running)
        self._guests.append(guest)

    def _observe(self) -> _Observed:
        plan, narrator = self.tools.plan, self.tools.narrator
        trees = self.tools.deployment.controls() + tuple(
            tree for guest in self._guests for tree in guest.running.trees
        )
        targets = {guest.name: guest.running.load_target for guest in self._guests}
        with ExitStack() as stack:
            with narrator.doing(Activity.IDLE):
                watch = stack.enter_context(
                    self.tools.sampler.watching(
                        trees, interval_seconds=plan.interval_seconds
                    )
                )
                idle = self._wait(Phase.IDLE, plan.idle_seconds)
            # Asking takes a server's time: before the first block and after the last.
            before = self._counted()
            turns = narrator.announced(self.group.turns, check=self._check)
            with narrator.doing(Activity.LOAD):
                loads = self.tools.driver.drive(turns, targets, check=turns.check)
                for name, load in loads.items():
                    _refuse_total_failure(name, load)
            counters = {
                name: _grown(before[name], after)
                for name, after in self._counted().items()
            }
            with narrator.doing(Activity.SETTLE):
                settle = self._wait(Phase.SETTLE, plan.settle_seconds)
                readings = watch.finish()
        return _Observed(
            idle=idle, loads=loads, counters=counters, settle=settle, readings=readings
        )

    def _counted(self) -> Mapping[str, tuple[Counter, ...]]:
        return {guest.name: guest.running.counters() for guest in self._guests}

    def _wait(self, phase: Phase, seconds: float) -> Window:
        clock = self.tools.clock
        started_at, until = clock.now(), clock.monotonic() + seconds
        self._check()
        while (left := until - clock.monotonic()) > 0:
            clock.sleep(min(_CHECK_SECONDS, left))
            self._check()
        return Window(
            phase=phase,
            workload="",
            block=0,
            started_at=started_at,
            ended_at=clock.now(),
            iterations=0,
            generator_cpu_seconds=None,
        )

    def _check(self) -> None:
        for guest in self._guests:
            guest.running.check_alive()

    def _record(
        self, guest: _Guest, seen: _Observed, *, overhead_seconds: float
    ) -> VisitRecord:
        load = seen.loads[guest.name]
        controls = self.tools.deployment.controls()
        visit = Visit(
            round=self.round.number,
            variant=guest.name,
            position=self.round.order.index(guest.variant),
            started_at=guest.started_at,
            ended_at=guest.ended_at,
            ready_seconds=guest.running.ready_seconds,
            services=_names(guest.running.trees),
            controls=_names(controls),
            windows=(seen.idle, *load.windows, seen.settle),
            stops=guest.stops,
            evidence=guest.evidence,
            counters=seen.counters[guest.name],
            overhead_seconds=overhead_seconds,
            caveats=self._caveats(guest),
        )
        owners = (guest.name, CONTROL, HOST)
        return VisitRecord(
            visit=visit,
            iterations=load.iterations,
            readings=tuple(each for each in seen.readings if each.owner in owners),
            rally_json=load.rally_json,
            logs={**guest.running.logs(), "rally.log": load.log},
        )

    def _caveats(self, guest: _Guest) -> tuple[Caveat, ...]:
        # What was killed stands in the stops, where analysis finds it.
        orphans = tuple(
            Note(
                text=f"{guest.name}: {stop.orphans} processes of {stop.service}"
                f" outlived their parent in round {self.round.number} and were ended"
            )
            for stop in guest.stops
            if stop.orphans
        )
        return (*guest.running.caveats, *orphans)

    def _keep_logs(self) -> str:
        """Keep what the services wrote until the failure; say where, "" if nothing."""
        logs = {guest.name: guest.running.logs() for guest in self._guests}
        # What did not come up is no guest, and is gone already.
        for variant in self.group.variants[len(self._guests) :][:1]:
            logs[variant.name.value] = self.tools.deployment.last_logs(variant)
        kept = []
        for name, files in logs.items():
            key = VisitKey(round=self.round.number, variant=name)
            # The failure itself matters more than one in keeping its traces.
            with suppress(PerfcompareError):
                if files:
                    kept.append(self.tools.writer.keep_failed(key, files))
        return ", ".join(str(path) for path in kept)


def _refuse_total_failure(variant: str, load: Load) -> None:
    """Raise when a workload never succeeded: there is no latency to judge.

    Raises:
        WorkloadError: Names the variant, the workload and the most common error.
    """
    judged = [each for each in load.iterations if each.phase is Phase.LOAD]
    for workload in dict.fromkeys(each.workload for each in judged):
        errors = [each.error for each in judged if each.workload == workload]
        if all(errors):
            most_common = max(set(errors), key=errors.count)
            raise WorkloadError(
                f"all {len(errors)} iterations of '{workload}' failed on {variant}:"
                f" {most_common}"
            )


def _grown(before: Sequence[Counter], after: Sequence[Counter]) -> tuple[Counter, ...]:
    """Return by how much each grew; one that is new, or fell, says nothing."""
    values = {(each.name, each.service): each.value for each in before}
    pairs = [(each, values.get((each.name, each.service))) for each in after]
    return tuple(
        replace(each, value=each.value - value)
        for each, value in pairs
        if value is not None and each.value >= value
    )


def _names(trees: Sequence[Tree]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tree.service for tree in trees))
