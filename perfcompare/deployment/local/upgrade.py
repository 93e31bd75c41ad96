# SPDX-License-Identifier: Apache-2.0
"""The passage from base to target, as Grenade does it, once."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from perfcompare.clock import Clock
from perfcompare.deployment.local.instances import Instances, State
from perfcompare.deployment.local.running import LocalRunning, summary
from perfcompare.deployment.local.services import Instance
from perfcompare.deployment.starting import Patience
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import ApiClient, Project
from perfcompare.model.upgrade import Upgrade, UpgradeStep
from perfcompare.model.variant import Variant

SHUTDOWN, MIGRATE, START = "shutdown", "migrate", "start"
_OUTAGE = frozenset({SHUTDOWN, MIGRATE, START})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What the passage leaves."""

    upgrade: Upgrade
    before: State
    """Of base, its resources created, after its stop."""
    after: State
    """The same, migrated by target and not yet used by it."""


class _Detail:
    """The line of a step that is still being written."""

    text = ""


class Passage:
    """Carries the upgrade out and takes down its steps."""

    def __init__(
        self,
        project: Project,
        instances: Instances,
        *,
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._project = project
        self._instances = instances
        self._patience = patience
        self._clock = clock
        self._steps: list[UpgradeStep] = []
        self._resources: tuple[str, ...] = ()

    def carry_out(self, base: Variant, target: Variant) -> Passed:
        """Deploy *base*, create, stop, migrate a copy, start *target*, verify."""
        with self._instances.place(base, None) as instance:
            instance.migrate()
            instance.initialize()
            before = self._leave(instance)
        with self._instances.place(target, before) as instance:
            after = self._arrive(instance)
        return Passed(upgrade=self._upgrade(), before=before, after=after)

    def _leave(self, instance: Instance) -> State:
        with self._running(instance) as running:
            running.verify_backend()
            api = self._instances.api(instance)
            with self._step("create") as detail:
                self._project.prepare(api)
                self._resources = self._project.create(api)
                detail.text = f"{len(self._resources)} resources"
            self._verify("verify pre-upgrade", api)
            with self._step(SHUTDOWN) as detail:
                detail.text = summary(running.stop())
        return self._instances.keep(instance, "before")

    def _arrive(self, instance: Instance) -> State:
        with self._step(MIGRATE) as detail:
            detail.text = instance.migrate()
        after = self._instances.keep(instance, "after")
        started_at = self._clock.now()
        with self._running(instance) as running:
            self._note(START, started_at, f"ready in {running.ready_seconds:.1f} s")
            running.verify_backend()
            self._verify("verify post-upgrade", self._instances.api(instance))
        return after

    def _verify(self, step: str, api: ApiClient) -> None:
        with self._step(step) as detail:
            if missing := self._project.verify(api, self._resources):
                raise DeploymentError(f"{step}: {missing}")
            detail.text = f"all {len(self._resources)} resources are there"

    def _running(self, instance: Instance) -> AbstractContextManager[LocalRunning]:
        return self._instances.run(instance, patience=self._patience, clock=self._clock)

    @contextmanager
    def _step(self, name: str) -> Iterator[_Detail]:
        """Take down a step that succeeds; one that fails ends the passage."""
        started_at = self._clock.now()
        detail = _Detail()
        yield detail
        self._note(name, started_at, detail.text)

    def _note(self, name: str, started_at: float, detail: str) -> None:
        self._steps.append(
            UpgradeStep(
                name=name,
                started_at=started_at,
                ended_at=self._clock.now(),
                detail=detail,
            )
        )

    def _upgrade(self) -> Upgrade:
        seconds = {step.name: step.ended_at - step.started_at for step in self._steps}
        return Upgrade(
            steps=tuple(self._steps),
            # Keeping copies between the steps is our wish, not the upgrade's.
            outage_seconds=sum(seconds[name] for name in _OUTAGE),
            migration_seconds=seconds[MIGRATE],
        )
