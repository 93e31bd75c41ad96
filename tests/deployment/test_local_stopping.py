# SPDX-License-Identifier: Apache-2.0
"""Tests of stopping services, on real processes that do and do not obey."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.command import Process
from perfcompare.deployment.local.services import Instance, ServiceProcess
from perfcompare.deployment.local.stopping import stop
from perfcompare.deployment.proctree import ProcessTree
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import Project, Service
from perfcompare.model.variant import Variant
from perfcompare.testing.clock import FakeClock

OBEYS = "print('up'); import time; time.sleep(60)"
REFUSES = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('up')
time.sleep(60)
"""
# The parent obeys, its child does not: an orphan.
LEAVES_A_CHILD = """
import os, signal, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print('up')
time.sleep(60)
"""
# The child needs a moment longer than its parent, and then ends by itself.
LEAVES_A_CHILD_THAT_ENDS = """
import os, signal, sys, time
parent = os.getpid()
if os.fork() == 0:
    print('up')
    while os.getppid() == parent:
        time.sleep(0.01)
    time.sleep(0.2)
    sys.exit()
time.sleep(60)
"""

Until = Callable[[Callable[[], bool]], None]
Start = Callable[..., ServiceProcess]


@pytest.fixture
def start(
    project: Callable[..., Project],
    variant: Callable[..., Variant],
    service: Callable[..., Service],
    values: dict[str, str],
    tmp_path: Path,
) -> Iterator[Start]:
    """Start a program as a service and wait until it says that it is up."""
    instance = Instance(
        project=project(),
        variant=variant(),
        root=tmp_path,
        values=values,
        redact=str,
    )
    instance.configure()
    started = []

    def begin(name: str, program: str) -> ServiceProcess:
        process = instance.start(service(name, program))
        started.append(process)
        while "up" not in process.log.read_text():
            SystemClock().sleep(0.01)
        return process

    yield begin
    for process in started:
        process.daemon.terminate(grace_seconds=0)


def left(*services: ServiceProcess) -> int:
    table = command.processes()
    return sum(len(service.tree.members(table)) for service in services)


def test_services_that_obey_are_stopped_and_timed(start: Start) -> None:
    services = [start("one", OBEYS), start("two", OBEYS)]

    stops = stop(services, grace_seconds=10, clock=SystemClock())

    assert [each.service for each in stops] == ["one", "two"]
    assert all(0 < each.stop_seconds < 5 for each in stops)
    assert not any(each.killed for each in stops)
    assert left(*services) == 0


def test_one_that_refuses_is_killed_after_the_grace_and_the_others_are_not(
    start: Start,
) -> None:
    services = [start("one", OBEYS), start("two", REFUSES)]

    obeyed, refused = stop(services, grace_seconds=0.5, clock=SystemClock())

    assert (obeyed.killed, refused.killed) == (False, True)
    assert obeyed.stop_seconds < 0.5 <= refused.stop_seconds
    assert (obeyed.orphans, refused.orphans) == (0, 0)
    assert left(*services) == 0


def test_an_orphan_is_waited_for_killed_and_counted(start: Start) -> None:
    service = start("svc", LEAVES_A_CHILD)

    (ended,) = stop([service], grace_seconds=0.5, clock=SystemClock())

    assert (ended.killed, ended.orphans) == (True, 1)
    assert ended.stop_seconds >= 0.5
    assert left(service) == 0


def test_a_child_that_ends_after_its_parent_belongs_to_the_time(start: Start) -> None:
    service = start("svc", LEAVES_A_CHILD_THAT_ENDS)

    (ended,) = stop([service], grace_seconds=10, clock=SystemClock())

    assert (ended.killed, ended.orphans) == (False, 0)
    assert 0.2 <= ended.stop_seconds < 5


def test_what_a_crashed_root_left_is_asked_too(start: Start, until: Until) -> None:
    service = start("svc", "import os\nif os.fork() == 0:\n    " + OBEYS)
    until(lambda: service.daemon.status == 0)

    (ended,) = stop([service], grace_seconds=10, clock=SystemClock())

    assert (ended.killed, left(service)) == (False, 0)
    assert ended.stop_seconds < 5


def test_one_that_had_ended_before_is_stopped_at_once(
    start: Start, until: Until
) -> None:
    service = start("svc", "print('up')")
    until(lambda: service.daemon.status == 0)

    (ended,) = stop([service], grace_seconds=10, clock=SystemClock())

    assert (ended.killed, ended.orphans) == (False, 0)
    assert ended.stop_seconds < 1


class Hanging(ProcessTree):
    """Holds a process that no signal ends: its pid is above the kernel's limit."""

    def members(self, _table: Mapping[int, Process]) -> tuple[Process, ...]:
        return (
            Process(
                pid=2**22 + 1,
                parent_pid=1,
                session=self.root,
                started_ticks=1,
                ended=False,
                cpu_ticks=0,
                waited_ticks=0,
            ),
        )


def test_one_that_hangs_in_the_kernel_is_an_error_that_names_it(start: Start) -> None:
    service = start("svc", OBEYS)
    hanging = dataclasses.replace(service, tree=Hanging(service.daemon.pid))
    clock = FakeClock()
    began = clock.monotonic()

    with pytest.raises(
        DeploymentError,
        match="pid 4194305 of svc hangs in the kernel: alive 30 s after SIGKILL",
    ):
        stop([hanging], grace_seconds=5, clock=clock)

    assert 35 <= clock.monotonic() - began < 36
