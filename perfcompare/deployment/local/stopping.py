# SPDX-License-Identifier: Apache-2.0
"""Stop services, and make sure that nothing of them is left."""

import os
import signal
from collections.abc import Iterable, Sequence

from perfcompare.clock import Clock
from perfcompare.command import Process, processes, signal_each
from perfcompare.deployment.local.services import ServiceProcess
from perfcompare.model.errors import DeploymentError
from perfcompare.model.visit import Stop

_POLL_SECONDS = 0.02
# A process that survives SIGKILL for this long hangs in the kernel.
_KILL_SECONDS = 30.0


def stop(
    services: Sequence[ServiceProcess], *, grace_seconds: float, clock: Clock
) -> tuple[Stop, ...]:
    """Ask every root to end, wait for the whole trees, then kill what is left.

    All services are asked at once, so that the slowest decides how long it takes.

    Raises:
        DeploymentError: A process is there 30 s after its SIGKILL.
    """
    table = processes()
    for service in services:
        # Children seen now are remembered, whoever their parent will be.
        members = service.tree.members(table)
        if service.daemon.status is None:
            os.kill(service.daemon.pid, signal.SIGTERM)
        else:
            # Its root has crashed: nobody else will tell them.
            signal_each(members, signal.SIGTERM)
    ends = {service.name: _End(service, clock=clock) for service in services}
    deadline = clock.monotonic() + grace_seconds
    while any(end.stop is None for end in ends.values()):
        table = processes()
        late = clock.monotonic() >= deadline
        for end in ends.values():
            if end.stop is None:
                end.look(end.service.tree.members(table), late=late)
        if any(end.stop is None for end in ends.values()):
            _refuse_to_wait_for_ever(ends.values(), clock.monotonic() - deadline)
            clock.sleep(_POLL_SECONDS)
    return tuple(end.stop for end in ends.values() if end.stop is not None)


class _End:
    """How one service is ending; *stop* is there when it has ended."""

    def __init__(self, service: ServiceProcess, *, clock: Clock) -> None:
        self.service = service
        self.stop: Stop | None = None
        self._clock = clock
        self._asked_at = clock.monotonic()
        self.left: tuple[int, ...] = ()
        """Pids of who was left at the last look."""
        self._killed: set[tuple[int, int]] = set()
        self._orphans: set[tuple[int, int]] = set()

    def look(self, members: Sequence[Process], *, late: bool) -> None:
        """Take note of who is left; kill them when it is too *late* to wait."""
        self.left = tuple(process.pid for process in members)
        if not members and self.service.daemon.status is not None:
            self.stop = Stop(
                service=self.service.name,
                stop_seconds=self._clock.monotonic() - self._asked_at,
                killed=bool(self._killed),
                orphans=len(self._orphans),
            )
        elif late:
            new = [one for one in members if one.name not in self._killed]
            self._orphans |= {one.name for one in _orphans(members) if one in new}
            self._killed |= {one.name for one in new}
            signal_each(members, signal.SIGKILL)


def _refuse_to_wait_for_ever(ends: Iterable[_End], late_seconds: float) -> None:
    if late_seconds <= _KILL_SECONDS:
        return
    hanging = "; ".join(
        f"pid {', '.join(map(str, end.left))} of {end.service.name}"
        for end in ends
        if end.stop is None
    )
    raise DeploymentError(
        f"{hanging} hangs in the kernel: alive {_KILL_SECONDS:g} s after SIGKILL (see"
        " /proc/PID/stack)"
    )


def _orphans(members: Sequence[Process]) -> list[Process]:
    """Return the members that have outlived their parent, the root left aside.

    Only meaningful before the first of *members* is killed.
    """
    pids = {process.pid for process in members}
    return [
        process
        for process in members
        if process.parent_pid not in pids and process.pid != process.session
    ]
