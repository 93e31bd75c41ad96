# SPDX-License-Identifier: Apache-2.0
"""Start the services of a variant in order, and wait until all of them are up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perfcompare.clock import Clock
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import ApiClient, Project, Service

# Often enough that the metric "time to ready" is not the poll's own.
_HEALTH_POLL_SECONDS = 0.05
# These are questions to the service itself, through its database.
_READY_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a start and a stop may take."""

    ready_seconds: float
    stop_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """One start of a variant, whoever holds its processes."""

    project: Project
    variant: str
    health: ApiClient
    """Asked for the project's health path, without credentials."""
    api: ApiClient
    """Handed to the project's ready checks."""
    timeout_seconds: float
    clock: Clock
    check_alive: Callable[[], None]
    """Raises DeploymentError when something that was started has died."""
    last_lines: Callable[[str], str]
    """Service → the last lines that it logged."""

    def start(
        self, services: Sequence[Service], begin: Callable[[Service], None]
    ) -> float:
        """Have *begin* start each service, each when what it awaits is there.

        Returns:
            Seconds from the first start until every ready check passed.

        Raises:
            DeploymentError: Something did not come up in time, or has died; names it
                and shows its last log lines.
        """
        began, started_at = self.clock.monotonic(), self.clock.now()
        begun: list[str] = []

        def await_health() -> None:
            self._wait(self._health, _HEALTH_POLL_SECONDS, began, begun)

        def await_check(check: Callable[[ApiClient, float], str]) -> None:
            def missing() -> str:
                return _missing(lambda: check(self.api, started_at))

            self._wait(missing, _READY_POLL_SECONDS, began, begun)

        for service in services:
            if service.name in self.project.awaits:
                await_health()
                await_check(self.project.awaits[service.name])
            begin(service)
            begun.append(service.name)
        await_health()
        await_check(self.project.ready)
        return self.clock.monotonic() - began

    def _health(self) -> str:
        path = self.project.health_path
        return _missing(
            lambda: "" if self.health.get(path) is not None else f"{path} is empty"
        )

    def _wait(
        self,
        missing: Callable[[], str],
        poll_seconds: float,
        began: float,
        begun: Sequence[str],
    ) -> None:
        """Poll until nothing is missing; *began* is when patience began."""
        while what := missing():
            self.check_alive()
            waited_seconds = self.clock.monotonic() - began
            if waited_seconds > self.timeout_seconds:
                raise DeploymentError(self._not_ready(what, waited_seconds, begun))
            self.clock.sleep(poll_seconds)

    def _not_ready(self, what: str, waited_seconds: float, begun: Sequence[str]) -> str:
        named = [service for service in begun if service in what] or begun
        said = "\n".join(f"{name}:\n{self.last_lines(name)}" for name in named)
        return (
            f"{self.variant} was not ready {waited_seconds:.0f} s after its start:"
            f" {what}; raise ready_timeout_seconds or look at the last log"
            f" lines:\n{said}"
        )


def _missing(check: Callable[[], str]) -> str:
    """Return what *check* finds missing; an API that fails is not ready yet."""
    try:
        return check()
    except DeploymentError as error:
        return str(error)
