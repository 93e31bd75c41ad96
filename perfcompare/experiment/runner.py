# SPDX-License-Identifier: Apache-2.0
"""Carry the rounds out; write each to the store as soon as it ends; resume."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

from perfcompare.clock import Clock
from perfcompare.deployment.base import Deployment
from perfcompare.experiment.failing import KEPT, failure_of, going_on
from perfcompare.experiment.narrator import Narrator
from perfcompare.experiment.progress import Activity, Progress
from perfcompare.experiment.provenance import (
    Surroundings,
    changed_packages,
    collect,
    known,
    merged,
)
from perfcompare.experiment.schedule import Group, Round, rounds
from perfcompare.experiment.visiting import Tools, Visiting
from perfcompare.model.errors import ExperimentError, PerfcompareError, StoreError
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.provenance import Provenance
from perfcompare.model.upgrade import Upgrade, UpgradeStep
from perfcompare.model.variant import Variant
from perfcompare.sampling.base import Sampler
from perfcompare.store.run_file import RunState, VisitKey, complete_rounds
from perfcompare.store.writer import RunWriter
from perfcompare.workload.base import Driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """An experiment and all that it is made with."""

    plan: Plan
    variants: tuple[Variant, ...]
    """Those of the plan that are measured now; others have been, or will be."""
    deployment: Deployment
    driver: Driver
    sampler: Sampler
    writer: RunWriter
    """Of a new run, or of one to go on with."""
    clock: Clock
    progress: Progress
    surroundings: Surroundings
    enough: Callable[[int], bool]
    """Whether so many complete rounds decide a sequential experiment.  Asked at a look,
    when all that has been measured is in the store; not at the last one."""

    def run(self) -> None:
        """Measure what the run does not hold yet of the variants asked for.

        However it ends, the run says so, what was measured stays readable, and
        nothing that was started is left.

        Raises:
            ExperimentError: Measuring failed; says in which round, at what.
            StoreError: The run could not be written.
        """
        narrator = Narrator(
            self.progress,
            self.clock,
            variants=[each.name.value for each in self.variants],
            rounds=self.plan.rounds,
            up_to=bool(self.plan.looks),
        )
        with self._failure_recorded(narrator):
            stopped = self._measure(narrator)
        whole = stopped or all(self._is_complete(each) for each in rounds(self.plan))
        state = RunState.FINISHED if whole else RunState.PARTIAL
        self.writer.end(state, at=self.clock.now(), message="")

    def _measure(self, narrator: Narrator) -> bool:
        """Carry out what is left; tell whether a look has made that needless."""
        remaining = self._remaining()
        if not remaining or self._is_enough():
            return bool(remaining)
        with ExitStack() as stack:
            with narrator.doing(Activity.SET_UP):
                stack.enter_context(self.deployment)
            if self.plan.deployment is DeploymentKind.LOCAL:
                with narrator.doing(Activity.UPGRADE):
                    self._upgrade()
            else:
                self._note_passage()
            with narrator.doing(Activity.DESCRIBE):
                self._describe()
            for index, (number, group) in enumerate(remaining):
                left = len(remaining) - index
                with narrator.group(number.number, groups_left=left):
                    records = self._visiting(number, group, narrator).carry_out()
                last = left == 1 or remaining[index + 1][0] != number
                narrator.visited(records, last=last)
                # Nothing is left to spare where the last group has been visited.
                if left > 1 and self._is_complete(number) and self._is_enough():
                    return True
        return False

    def _is_enough(self) -> bool:
        """Look where the plan wants it; after a resume, once more where it was."""
        done = len(complete_rounds(self.plan, self.writer.visits))
        return done in self.plan.looks and self.enough(done)

    def _remaining(self) -> tuple[tuple[Round, Group], ...]:
        return tuple(
            (each, group)
            for each in rounds(replace(self.plan, variants=self.variants))
            for group in each.groups
            if not self._is_done(each, group)
        )

    def _is_complete(self, each: Round) -> bool:
        return all(self._is_done(each, group) for group in each.groups)

    def _is_done(self, each: Round, group: Group) -> bool:
        return all(
            VisitKey(round=each.number, variant=variant.name.value)
            in self.writer.visits
            for variant in group.variants
        )

    def _upgrade(self) -> None:
        # A resumed run needs the states that the upgrade leaves, so it is done
        # again; the outage that users would have seen is the first one's.
        try:
            upgrade = self.deployment.upgrade()
        except ExperimentError as error:
            logs = self._upgrade_logs()
            if not logs:
                raise
            # The failure itself matters more than one in keeping its traces.
            with suppress(StoreError):
                kept = self.writer.keep_failed_upgrade(logs)
                raise type(error)(f"{error}{KEPT}{kept}") from error
            raise
        if upgrade is not None and not self.writer.has_upgrade:
            self.writer.write_upgrade(upgrade, self._upgrade_logs())

    def _note_passage(self) -> None:
        """Take down when somebody else upgraded: since the last visit to base."""
        base = self.plan.variants[0]
        crossed = all(each.release != base.release for each in self.variants)
        left_at = self.writer.last_end(base.name.value)
        if self.writer.has_upgrade or left_at is None or not crossed:
            return
        step = UpgradeStep(
            name="upgrade",
            started_at=left_at,
            ended_at=self.clock.now(),
            detail="by somebody else, between the two measurements",
        )
        passage = Upgrade(steps=(step,), outage_seconds=None, migration_seconds=None)
        self.writer.write_upgrade(passage, {})

    def _upgrade_logs(self) -> Mapping[str, bytes]:
        return {
            f"{variant.name}-{name}": content
            for variant in self.plan.variants
            for name, content in self.deployment.last_logs(variant).items()
        }

    def _describe(self) -> None:
        new = collect(self.surroundings, self.deployment, self.variants)
        visited = {key.variant for key in self.writer.visits}
        old = known(self.writer.provenance, visited)
        if old is not None and (changed := changed_packages(old, new)):
            raise ExperimentError(
                f"the rounds in {self.writer.path} were measured with other packages:"
                f" {changed}; measure afresh into another directory"
            )
        self.writer.write_provenance(merged(old, new, self.plan.variants))

    def _describe_surroundings(self) -> None:
        """Record what is known before anything is deployed, if nothing is yet."""
        if self.writer.provenance is None:
            self.writer.write_provenance(
                Provenance(
                    host=self.surroundings.host,
                    variants=(),
                    generator_packages=self.surroundings.generator_packages,
                    perfcompare_version=self.surroundings.perfcompare_version,
                    command_line=self.surroundings.command_line,
                )
            )

    def _visiting(self, each: Round, group: Group, narrator: Narrator) -> Visiting:
        tools = Tools(
            plan=self.plan,
            deployment=self.deployment,
            driver=self.driver,
            sampler=self.sampler,
            writer=self.writer,
            clock=self.clock,
            narrator=narrator,
        )
        return Visiting(tools=tools, round=each, group=group)

    @contextmanager
    def _failure_recorded(self, narrator: Narrator) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            state, message = _ending(error)
            at = self.clock.now()
            if state is RunState.FAILED:
                go_on = going_on(self.plan, self.variants, str(self.writer.path))
                failure = failure_of(
                    message, at=at, scene=narrator, writer=self.writer, go_on=go_on
                )
                with suppress(StoreError):
                    self.writer.write_failure(failure)
                    self._describe_surroundings()
            # A disk that refuses this has refused something before, and that
            # is the error to show.
            with suppress(StoreError):
                self.writer.end(state, at=at, message=message)
            raise


def _ending(error: BaseException) -> tuple[RunState, str]:
    match error:
        case PerfcompareError():
            return RunState.FAILED, str(error)
        case Exception():
            return RunState.FAILED, f"internal error: {error!r}"
        case _:
            # Ctrl-C, or a signal that was turned into SystemExit.
            return RunState.INTERRUPTED, ""
