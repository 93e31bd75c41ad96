# SPDX-License-Identifier: Apache-2.0
"""A variant that runs: wait until it is ready, watch over it, stop it."""

from collections.abc import Callable, Mapping, Sequence

from perfcompare.clock import Clock
from perfcompare.deployment import backend
from perfcompare.deployment.backend import Expected
from perfcompare.deployment.local import logs, stopping
from perfcompare.deployment.local.services import Instance, ServiceProcess
from perfcompare.deployment.starting import Patience, Starting
from perfcompare.model.caveat import Caveat
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import ApiClient
from perfcompare.model.target import LoadTarget, Tree
from perfcompare.model.visit import Counter, ProcessEvidence, Stop

# For services whose variant is given up: nobody measures how they end.
_ABANDON_GRACE_SECONDS = 2.0


class LocalRunning:
    """The services of one instance, from their start on."""

    ready_seconds: float
    trees: tuple[Tree, ...]
    load_target: LoadTarget
    caveats: tuple[Caveat, ...] = ()

    def __init__(
        self,
        instance: Instance,
        *,
        check_servers: Callable[[], None],
        count: Callable[[], tuple[Counter, ...]],
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._instance = instance
        self._check_servers = check_servers
        self._count = count
        self._patience = patience
        self._clock = clock
        self._services: list[ServiceProcess] = []
        self._stops: tuple[Stop, ...] | None = None

    def start(
        self, load_target: LoadTarget, *, health: ApiClient, api: ApiClient
    ) -> None:
        """Start the services and wait until every ready check passes.

        Args:
            load_target: Where the load will find them.
            health: Asked for the project's health path, without credentials.
            api: Handed to the project's ready check.
        """
        self.load_target = load_target
        variant = self._instance.variant
        starting = Starting(
            project=self._instance.project,
            variant=variant.name,
            health=health,
            api=api,
            timeout_seconds=self._patience.ready_seconds,
            clock=self._clock,
            check_alive=self.check_alive,
            last_lines=lambda name: next(
                self._last(each) for each in self._services if each.name == name
            ),
        )
        self.ready_seconds = starting.start(
            self._instance.project.services[variant.backend],
            lambda service: self._services.append(self._instance.start(service)),
        )
        self.trees = tuple(
            Tree(
                owner=self._instance.variant.name,
                service=each.name,
                pid=each.daemon.pid,
            )
            for each in self._services
        )

    def verify_backend(self) -> tuple[ProcessEvidence, ...]:
        """Prove which backend each process runs."""
        return backend.verify(
            {
                service.name: Expected(pid=service.daemon.pid, backend=service.backend)
                for service in self._services
            },
            clock=self._clock,
        )

    def check_alive(self) -> None:
        """Raise DeploymentError, with the last log lines, if a service has died.

        A server that has died comes first: the services only follow it.
        """
        self._check_servers()
        for service in self._services:
            status = service.daemon.status
            if status is not None and self._stops is None:
                raise DeploymentError(
                    f"{service.name} of {self._instance.variant.name} {_ended(status)};"
                    f" its last log lines:\n{self._last(service)}"
                )

    def counters(self) -> tuple[Counter, ...]:
        """Return what the servers have counted for this variant, up to now."""
        return self._count()

    def stop(self) -> tuple[Stop, ...]:
        """Stop every service; afterwards nothing of it is left."""
        if self._stops is None:
            self._stops = self._stop(self._patience.stop_seconds)
        return self._stops

    def abandon(self) -> None:
        """Stop without patience whatever still runs."""
        if self._stops is None:
            self._stops = self._stop(_ABANDON_GRACE_SECONDS)

    def logs(self) -> Mapping[str, bytes]:
        """File name → content (the last 256 KiB, secrets redacted) of each log."""
        return self._instance.logs()

    def _stop(self, grace_seconds: float) -> tuple[Stop, ...]:
        return stopping.stop(
            self._services, grace_seconds=grace_seconds, clock=self._clock
        )

    def _last(self, service: ServiceProcess) -> str:
        return logs.last(self._instance.redact(logs.tail(service.log)))


def summary(stops: Sequence[Stop]) -> str:
    """Say in one line how services ended."""
    slowest = max((stop.stop_seconds for stop in stops), default=0.0)
    killed = [stop.service for stop in stops if stop.killed]
    rest = f", killed: {', '.join(killed)}" if killed else ""
    return f"{len(stops)} stopped within {slowest:.1f} s{rest}"


def _ended(status: int) -> str:
    if status < 0:
        return f"was ended by signal {-status}"
    return f"ended with status {status}"
