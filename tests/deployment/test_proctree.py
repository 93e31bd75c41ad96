# SPDX-License-Identifier: Apache-2.0
"""Tests of process trees, on real processes that lose their parents."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.command import Daemon
from perfcompare.deployment import proctree
from perfcompare.deployment.proctree import ProcessTree

Starter = Callable[[str], Daemon]

CHILD = "import os, time\nif os.fork() == 0: time.sleep(60)\n"
CHILD_IN_ITS_OWN_SESSION = """
import os, time
if os.fork() == 0:
    os.setsid()
    time.sleep(60)
"""


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[str], Daemon]]:
    daemons: list[Daemon] = []

    def start(program: str) -> Daemon:
        argv = [sys.executable, "-c", program]
        daemons.append(command.start(argv, log=tmp_path / "log"))
        return daemons[-1]

    yield start
    for daemon in daemons:
        daemon.terminate(grace_seconds=0)


def until(condition: Callable[[], bool]) -> None:
    clock = SystemClock()
    deadline = clock.monotonic() + 10
    while not condition():
        assert clock.monotonic() < deadline
        clock.sleep(0.01)


def pids(tree: ProcessTree) -> set[int]:
    return {process.pid for process in tree.members(command.processes())}


def test_a_tree_is_the_root_and_all_below_it(started: Starter) -> None:
    daemon = started(CHILD + "time.sleep(60)")
    tree = ProcessTree(daemon.pid)
    until(lambda: len(pids(tree)) == 2)

    assert daemon.pid in pids(tree)


def test_a_child_that_lost_its_parent_still_belongs(started: Starter) -> None:
    daemon = started(CHILD)
    tree = ProcessTree(daemon.pid)
    until(lambda: daemon.status == 0)

    (orphan,) = tree.members(command.processes())
    assert orphan.pid != daemon.pid
    assert orphan.session == daemon.pid


def test_one_that_was_seen_belongs_after_it_left_session_and_parent(
    started: Starter, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    wait = f"while not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
    daemon = started(CHILD_IN_ITS_OWN_SESSION + wait)
    tree = ProcessTree(daemon.pid)
    until(
        lambda: any(
            member.session == member.pid != daemon.pid
            for member in tree.members(command.processes())
        )
    )
    gate.touch()
    until(lambda: daemon.status == 0)

    (orphan,) = tree.members(command.processes())
    assert orphan.session == orphan.pid
    command.signal_each([orphan], signal.SIGKILL)
    until(lambda: not pids(tree))


def test_a_zombie_has_ended(started: Starter) -> None:
    daemon = started("")
    tree = ProcessTree(daemon.pid)

    until(lambda: not pids(tree))


def test_somebody_elses_process_does_not_belong(started: Starter) -> None:
    ours, other = started("import time; time.sleep(60)"), started(CHILD)
    tree = ProcessTree(ours.pid)
    until(lambda: other.status == 0)

    assert pids(tree) == {ours.pid}


def test_title_and_threads_are_read_from_outside(started: Starter) -> None:
    daemon = started("import time; time.sleep(60)")
    until(lambda: "time.sleep(60)" in proctree.title(daemon.pid))

    assert proctree.threads(daemon.pid) == 1


def test_a_process_that_is_gone_has_no_title_and_no_threads(started: Starter) -> None:
    daemon = started("")
    until(lambda: daemon.status == 0)

    assert (proctree.title(daemon.pid), proctree.threads(daemon.pid)) == ("", 0)
