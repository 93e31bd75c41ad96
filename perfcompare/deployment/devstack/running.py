# SPDX-License-Identifier: Apache-2.0
"""A variant of the cloud that runs: its units, from their start to their stop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from perfcompare.clock import Clock
from perfcompare.command import processes, still_there
from perfcompare.deployment import backend
from perfcompare.deployment.backend import Expected
from perfcompare.deployment.devstack.access import Entered
from perfcompare.deployment.devstack.systemd import Systemd
from perfcompare.deployment.local import logs
from perfcompare.deployment.proctree import ProcessTree
from perfcompare.deployment.starting import Patience, Starting
from perfcompare.model.caveat import Caveat
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import Project, Service
from perfcompare.model.target import LoadTarget, Tree
from perfcompare.model.variant import Variant
from perfcompare.model.visit import Counter, ProcessEvidence, Stop

# The kernel takes a moment to empty a control group, and a master to fork.
_SETTLE_SECONDS = 5.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitOf:
    """A service and the unit that runs it."""

    service: Service
    unit: str


class DevstackRunning:
    """The units of one variant, from their start on."""

    ready_seconds: float
    trees: tuple[Tree, ...]
    load_target: LoadTarget
    caveats: tuple[Caveat, ...]

    def __init__(  # noqa: PLR0913 - the collaborators; each stands for a door
        self,
        variant: Variant,
        units: Sequence[UnitOf],
        *,
        systemd: Systemd,
        redact: Callable[[str], str],
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._variant = variant
        self._units = {each.service.name: each for each in units}
        self._systemd = systemd
        self._redact = redact
        self._patience = patience
        self._clock = clock
        self._roots: dict[str, ProcessTree] = {}
        self._stops: tuple[Stop, ...] | None = None
        self._began_at = clock.now()

    def start(
        self, project: Project, entered: Entered, *, caveats: tuple[Caveat, ...]
    ) -> None:
        """Start the units in order and wait until every ready check passes.

        Raises:
            DeploymentError: A unit did not start, or holds processes that are not its
                own.
        """
        self.load_target = entered.load_target
        self.caveats = caveats
        starting = Starting(
            project=project,
            variant=self._variant.name,
            health=entered.health,
            api=entered.api,
            timeout_seconds=self._patience.ready_seconds,
            clock=self._clock,
            check_alive=self.check_alive,
            last_lines=self._last,
        )
        services = [each.service for each in self._units.values()]
        self.ready_seconds = starting.start(services, self._begin)
        for name in self._units:
            self._check_members(name)
        self.trees = tuple(
            Tree(owner=self._variant.name, service=name, pid=tree.root)
            for name, tree in self._roots.items()
        )

    def verify_backend(self) -> tuple[ProcessEvidence, ...]:
        """Prove which backend each process runs."""
        return backend.verify(
            {
                name: Expected(
                    pid=self._roots[name].root,
                    backend=each.service.backend or self._variant.backend,
                )
                for name, each in self._units.items()
            },
            clock=self._clock,
            prefix=self._systemd.root.prefix,
        )

    def check_alive(self) -> None:
        """Raise DeploymentError, with the last log lines, if a service has died."""
        if self._stops is not None:
            return
        table = processes()
        for name, tree in self._roots.items():
            if tree.root not in table or not tree.members(table):
                unit = self._systemd.show(self._units[name].unit)
                raise DeploymentError(
                    f"{name} of {self._variant.name} ({unit.name}) has died: it is"
                    f" {unit.state}, {unit.result}; its last log"
                    f" lines:\n{self._last(name)}"
                )

    def counters(self) -> tuple[Counter, ...]:
        """Return (): a cloud's servers serve all its services."""
        return ()

    def stop(self) -> tuple[Stop, ...]:
        """Stop every unit; afterwards nothing of it is left."""
        if self._stops is None:
            self._stops = tuple(self._stop(name) for name in reversed(self._roots))
        return self._stops

    def logs(self) -> Mapping[str, bytes]:
        """File name → content (the last 256 KiB, secrets redacted) of each journal."""
        return {f"{name}.log": self._journal(name).encode() for name in self._units}

    def _begin(self, service: Service) -> None:
        name = self._units[service.name].unit
        try:
            self._systemd.start(name, timeout_seconds=self._patience.ready_seconds)
        except DeploymentError as error:
            raise DeploymentError(
                f"{error}; its last log lines:\n{self._last(service.name)}"
            ) from error
        pid = self._systemd.show(name).main_pid
        if pid == 0:
            raise DeploymentError(
                f"{service.name} ({name}) ended at once; its last log"
                f" lines:\n{self._last(service.name)}"
            )
        self._roots[service.name] = ProcessTree(pid)

    def _check_members(self, name: str) -> None:
        """See that a unit holds its main process and what descends from it, alone.

        Whatever else is there was left behind by an earlier start: it takes from the
        queues of the service, and its work would be nobody's.
        """
        unit = self._systemd.show(self._units[name].unit)
        deadline = self._clock.monotonic() + _SETTLE_SECONDS
        while strangers := self._strangers(name):
            if self._clock.monotonic() > deadline:
                pids = ", ".join(str(pid) for pid in sorted(strangers))
                raise DeploymentError(
                    f"{unit.name} holds processes that do not descend from its main"
                    f" process {unit.main_pid}: {pids}; an earlier start left them, and"
                    " they take from the same queues: end them"
                )
            self._clock.sleep(_POLL_SECONDS)

    def _strangers(self, name: str) -> frozenset[int]:
        unit = self._systemd.show(self._units[name].unit)
        own = self._roots[name].members(processes())
        return self._systemd.members(unit) - {process.pid for process in own}

    def _stop(self, name: str) -> Stop:
        unit = self._units[name].unit
        members = self._roots[name].members(processes())
        began = self._clock.monotonic()
        self._systemd.stop(unit, grace_seconds=self._patience.stop_seconds)
        stop_seconds = self._clock.monotonic() - began
        if left := still_there(members, processes()):
            pids = ", ".join(str(process.pid) for process in left)
            raise DeploymentError(
                f"{name} ({unit}) was stopped and left pid {pids} behind; end them"
            )
        return Stop(
            service=name,
            stop_seconds=stop_seconds,
            killed=self._systemd.show(unit).result == "timeout",
            orphans=0,
        )

    def _journal(self, name: str) -> str:
        text = self._systemd.journal(self._units[name].unit, since=self._began_at)
        return self._redact(text)

    def _last(self, name: str) -> str:
        return logs.last(self._journal(name))
