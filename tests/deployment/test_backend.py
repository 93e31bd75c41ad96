# SPDX-License-Identifier: Apache-2.0
"""Tests of backend evidence, on real processes that py-spy reads.

Real eventlet and uWSGI services are looked at in the integration tests; here a
module in a directory called ``eventlet/hubs`` stands for eventlet's hub.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.command import Daemon
from perfcompare.deployment import backend
from perfcompare.deployment.backend import Expected
from perfcompare.deployment.proctree import ProcessTree
from perfcompare.model.errors import DeploymentError
from perfcompare.model.variant import Backend
from perfcompare.model.visit import ProcessEvidence
from perfcompare.testing.clock import FakeClock

Starter = Callable[..., int]

POOL = """
from concurrent.futures import ThreadPoolExecutor
import time
pool = ThreadPoolExecutor(2)
pool.submit(time.sleep, 0)
print("up", flush=True)
time.sleep(60)
"""
NO_POOL = "import time; print('up', flush=True); time.sleep(60)"
MASTER = """
import os, time
if os.fork() == 0:
    {worker}
os.wait()
"""
HUB = "import time\ndef run():\n    print('up', flush=True)\n    time.sleep(60)\n"


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Start a program and return its pid when it has said that it is up."""
    daemons: list[Daemon] = []
    packages = tmp_path / "site-packages"
    for place in (packages, tmp_path):
        (place / "eventlet" / "hubs").mkdir(parents=True)
        (place / "eventlet" / "hubs" / "hub.py").write_text(HUB)

    def start(*argv: str, path: str = "") -> int:
        log = tmp_path / f"{len(daemons)}.log"
        daemon = command.start(argv, log=log, env={"PYTHONPATH": path or str(packages)})
        daemons.append(daemon)
        until(lambda: "up" in log.read_text())
        return daemon.pid

    yield start
    for daemon in daemons:
        daemon.terminate(grace_seconds=0)


def until(condition: Callable[[], bool]) -> None:
    clock = SystemClock()
    deadline = clock.monotonic() + 10
    while not condition():
        assert clock.monotonic() < deadline
        clock.sleep(0.01)


def python(program: str) -> tuple[str, str, str]:
    return sys.executable, "-c", program


def expect(pid: int, backend: Backend) -> dict[str, Expected]:
    return {"svc": Expected(pid=pid, backend=backend)}


def verify(
    services: Mapping[str, Expected], *, py_spy: Path = backend.PY_SPY
) -> tuple[ProcessEvidence, ...]:
    return backend.verify(services, clock=FakeClock(), py_spy=py_spy)


def test_a_pool_of_threads_proves_threading(root: Starter) -> None:
    pid = root(*python(POOL))

    (evidence,) = verify(expect(pid, Backend.THREADING))

    assert (evidence.service, evidence.pid) == ("svc", pid)
    assert evidence.found is evidence.expected is Backend.THREADING
    assert evidence.threads == 2
    assert "concurrent/futures/thread.py" in evidence.evidence
    assert evidence.title.startswith(sys.executable)


def test_a_lone_process_without_eventlet_runs_threading(root: Starter) -> None:
    pid = root(*python(NO_POOL))

    (evidence,) = verify(expect(pid, Backend.THREADING))

    assert evidence.found is Backend.THREADING
    assert "no thread of 1 is in eventlet" in evidence.evidence


def test_a_frame_in_eventlet_proves_eventlet(root: Starter) -> None:
    pid = root(*python("from eventlet.hubs import hub; hub.run()"))

    (evidence,) = verify(expect(pid, Backend.EVENTLET))

    assert evidence.found is Backend.EVENTLET
    assert "run (" in evidence.evidence
    assert "eventlet/hubs/hub.py:4" in evidence.evidence


def test_a_master_that_waits_serves_nothing(root: Starter) -> None:
    pid = root(*python(MASTER.format(worker="exec(" + repr(POOL) + ")")))

    master, worker = verify(expect(pid, Backend.THREADING))

    assert (master.pid, master.found) == (pid, None)
    assert worker.found is Backend.THREADING
    assert "waits for its children" in master.evidence


def test_the_wrong_backend_names_process_expected_found_and_evidence(
    root: Starter,
) -> None:
    pid = root(*python("from eventlet.hubs import hub; hub.run()"))

    with pytest.raises(
        DeploymentError,
        match=rf"svc \(pid {pid}\) should run threading and runs eventlet: thread"
        r" \d+ is in run \(.*eventlet/hubs/hub.py:4\)",
    ):
        verify(expect(pid, Backend.THREADING))


def test_threads_where_eventlet_should_be_is_an_error_too(root: Starter) -> None:
    pid = root(*python(POOL))

    with pytest.raises(
        DeploymentError, match="should run eventlet and runs threading: native thread"
    ):
        verify(expect(pid, Backend.EVENTLET))


def test_a_service_that_is_no_python_proves_nothing(root: Starter) -> None:
    pid = root("/bin/sh", "-c", "echo up; read forever")

    with pytest.raises(DeploymentError, match="none of its processes serves"):
        verify(expect(pid, Backend.THREADING))


def test_a_service_that_has_ended_proves_nothing(root: Starter) -> None:
    pid = root(*python("print('up')"))
    until(lambda: not ProcessTree(pid).members(command.processes()))

    with pytest.raises(DeploymentError, match=f"pid {pid} has ended"):
        verify(expect(pid, Backend.THREADING))


def test_a_kernel_that_denies_the_look_is_told_apart(
    root: Starter, tmp_path: Path
) -> None:
    pid = root(*python(POOL))
    denied = tmp_path / "py-spy"
    denied.write_text("#!/bin/sh\necho 'Error: Permission Denied'\nexit 1\n")
    denied.chmod(0o755)

    with pytest.raises(DeploymentError, match=r"kernel\.yama\.ptrace_scope"):
        verify(expect(pid, Backend.THREADING), py_spy=denied)


def test_a_look_that_keeps_failing_says_what_py_spy_said(
    root: Starter, tmp_path: Path
) -> None:
    pid = root(*python(POOL))
    broken = tmp_path / "py-spy"
    broken.write_text("#!/bin/sh\necho 'Error: torn'; echo trace\nexit 1\n")
    broken.chmod(0o755)

    with pytest.raises(DeploymentError, match=r"cannot be read: Error: torn$"):
        verify(expect(pid, Backend.THREADING), py_spy=broken)


def test_a_directory_that_is_called_eventlet_is_no_eventlet(
    root: Starter, tmp_path: Path
) -> None:
    program = python("from eventlet.hubs import hub; hub.run()")
    pid = root(*program, path=str(tmp_path))

    (evidence,) = verify(expect(pid, Backend.THREADING))

    assert evidence.found is Backend.THREADING
    assert "eventlet/hubs/hub.py:4" in evidence.evidence


def stack(file: str) -> str:
    frame = {"name": "run", "filename": file, "line": 7}
    return json.dumps([{"thread_name": None, "os_thread_id": 3, "frames": [frame]}])


HUB_FRAME = "/venv/lib/python3.11/site-packages/eventlet/hubs/hub.py"


@pytest.fixture
def spied(tmp_path: Path) -> Callable[..., Path]:
    """Stand in for py-spy: each look shows the next file, and then the last again."""

    def make(*files: str) -> Path:
        for number, file in enumerate(files, start=1):
            (tmp_path / f"look-{number}").write_text(stack(file))
        py_spy = tmp_path / "py-spy"
        py_spy.write_text(
            f"#!/bin/sh\ncd {tmp_path}\necho >> looks\nn=$(wc -l < looks)\n"
            f'[ "$n" -le {len(files)} ] || n={len(files)}\ncat look-$n\n'
        )
        py_spy.chmod(0o755)
        return py_spy

    return make


def looks(py_spy: Path) -> int:
    return len(py_spy.with_name("looks").read_text().splitlines())


def test_eventlet_seen_at_the_third_look_is_still_eventlet(
    root: Starter, spied: Callable[..., Path]
) -> None:
    pid = root(*python(NO_POOL))

    with pytest.raises(DeploymentError, match="should run threading and runs eventlet"):
        verify(
            expect(pid, Backend.THREADING), py_spy=spied("app.py", "app.py", HUB_FRAME)
        )


def test_threading_without_a_pool_takes_three_looks_and_with_one_a_single(
    root: Starter, spied: Callable[..., Path]
) -> None:
    pid = root(*python(NO_POOL))
    py_spy = spied("app.py", "app.py", "/lib/concurrent/futures/thread.py")
    verify(expect(pid, Backend.THREADING), py_spy=py_spy)
    assert looks(py_spy) == 3

    (evidence,) = verify(expect(pid, Backend.THREADING), py_spy=py_spy)

    assert looks(py_spy) == 4
    assert evidence.found is Backend.THREADING


def test_a_pool_of_threads_does_not_end_the_search_for_eventlet(
    root: Starter, spied: Callable[..., Path]
) -> None:
    pid = root(*python(NO_POOL))
    py_spy = spied("/lib/concurrent/futures/thread.py", HUB_FRAME)

    (evidence,) = verify(expect(pid, Backend.EVENTLET), py_spy=py_spy)

    assert evidence.found is Backend.EVENTLET
