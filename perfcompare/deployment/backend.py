# SPDX-License-Identifier: Apache-2.0
"""Which concurrency backend a process REALLY runs: its stacks, read from outside.

Options are ignored, variables are parsed differently by every project and an
imported eventlet proves nothing, so none of them is asked.  py-spy reads the stack
of every thread of the living process instead.  Idle or busy, a process on eventlet
has a thread inside eventlet's hub; a process on native threads never has.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfcompare import command
from perfcompare.clock import Clock
from perfcompare.deployment import proctree
from perfcompare.deployment.proctree import ProcessTree
from perfcompare.model.errors import DeploymentError
from perfcompare.model.variant import Backend
from perfcompare.model.visit import ProcessEvidence

PY_SPY = Path(sys.executable).with_name("py-spy")
"""The one that pip put beside our own interpreter."""

_TITLE_LENGTH = 200
_TIMEOUT_SECONDS = 20.0
# The process goes on while it is read, so a look can come out torn.
_ATTEMPTS = 5
# Between two turns of its hub eventlet's main greenlet is outside of it for some
# milliseconds: enough time between two looks that both rarely fall in such a gap.
_LOOKS = {Backend.EVENTLET: 5, Backend.THREADING: 3}
_LOOK_SECONDS = 0.1
# A directory of the user's own may be called so too.
_EVENTLET = re.compile(r"/(site|dist)-packages/eventlet/")
# What a thread does that takes requests or jobs: pools of futures, socket servers.
_POOL_FRAMES = ("/concurrent/futures/thread.py", "/futurist/", "/socketserver.py")
_POOL_THREADS = ("uWSGIWorker",)
_DENIED = ("permission denied", "operation not permitted")
_NOT_PYTHON = ("failed to find python", "not a python")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The root of a service's process tree and the backend that it should run."""

    pid: int
    backend: Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judgement:
    """What one look at a process shows."""

    found: Backend | None
    line: str
    proved: bool
    """A frame or a thread shows it, not the lack of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    function: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.function} ({_short(self.file)}:{self.line})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thread:
    name: str
    frames: tuple[_Frame, ...]
    """Innermost first; () for a thread that is not in Python."""


def verify(
    services: Mapping[str, Expected],
    *,
    clock: Clock,
    py_spy: Path = PY_SPY,
    prefix: Sequence[str] = (),
) -> tuple[ProcessEvidence, ...]:
    """Prove which backend every process of *services* runs.

    Args:
        services: Where each begins, and what it should run.
        clock: Waits between two looks.
        py_spy: The program that reads stacks.
        prefix: Stands before it, where others' processes may not be read (sudo).

    Raises:
        DeploymentError: A process runs another backend than expected, a service
            has no process that serves, or a process may not be read.
    """
    table = command.processes()
    evidence: list[ProcessEvidence] = []
    looker = _Looker(clock, (*prefix, str(py_spy)))
    for service, expected in services.items():
        members = ProcessTree(expected.pid).members(table)
        parents = {process.parent_pid for process in members}
        looks = [
            looker.look(service, one.pid, expected, waits=one.pid in parents)
            for one in members
        ]
        found = [look for look in looks if look is not None]
        _demand(service, expected, found)
        evidence.extend(found)
    return tuple(evidence)


def _demand(
    service: str, expected: Expected, evidence: Sequence[ProcessEvidence]
) -> None:
    for one in evidence:
        if one.found not in {None, expected.backend}:
            raise DeploymentError(
                f"{service} (pid {one.pid}) should run {one.expected} and runs"
                f" {one.found}: {one.evidence}; look for a variable or an option that"
                " overrides the plan's backend"
            )
    if all(one.found is None for one in evidence):
        seen = "; ".join(f"pid {one.pid}: {one.evidence}" for one in evidence)
        raise DeploymentError(
            f"{service} should run {expected.backend} and none of its processes"
            f" serves ({seen or f'pid {expected.pid} has ended'})"
        )


class _Looker:
    """Looks at processes as often as it takes."""

    def __init__(self, clock: Clock, py_spy: Sequence[str]) -> None:
        self._clock = clock
        self._py_spy = py_spy

    def look(
        self, service: str, pid: int, expected: Expected, *, waits: bool
    ) -> ProcessEvidence | None:
        """Look at one process until it is plain what it runs; None when it has ended.

        One look that shows no eventlet proves little.
        """
        seen = self._judge(service, pid, waits=waits)
        for _ in range(1, _LOOKS[expected.backend]):
            if seen is None or _decides(seen, expected.backend):
                break
            self._clock.sleep(_LOOK_SECONDS)
            seen = self._judge(service, pid, waits=waits)
        if seen is None:
            return None
        return ProcessEvidence(
            service=service,
            pid=pid,
            title=proctree.title(pid)[:_TITLE_LENGTH],
            expected=expected.backend,
            found=seen.found,
            threads=proctree.threads(pid),
            evidence=seen.line,
        )

    def _judge(self, service: str, pid: int, *, waits: bool) -> _Judgement | None:
        threads = _dump(service, pid, self._py_spy)
        return None if threads is None else _judge(threads, waits=waits)


def _decides(seen: _Judgement, expected: Backend) -> bool:
    """Say whether another look could not change what was *seen*.

    A process on eventlet may have a pool of threads beside its hub.
    """
    if expected is Backend.EVENTLET:
        return seen.found is Backend.EVENTLET
    return seen.proved


def _judge(threads: Sequence[_Thread], *, waits: bool) -> _Judgement:
    """Say what *threads* show, and the line that shows it.

    Args:
        threads: The native threads of the process.
        waits: It has children, so it may be a master that only waits for them.
    """
    for thread in threads:
        for frame in thread.frames:
            if _EVENTLET.search(frame.file):
                line = f"thread {thread.name} is in {frame}"
                return _Judgement(found=Backend.EVENTLET, line=line, proved=True)
    for thread in threads:
        if line := _pool_line(thread):
            return _Judgement(found=Backend.THREADING, line=line, proved=True)
    working = [thread for thread in threads if thread.frames]
    if waits or not working:
        line = _waiting_line(working)
        return _Judgement(found=None, line=line, proved=not threads)
    first = working[0]
    line = (
        f"no thread of {len(threads)} is in eventlet; {first.name} is in"
        f" {first.frames[0]}"
    )
    return _Judgement(found=Backend.THREADING, line=line, proved=False)


def _pool_line(thread: _Thread) -> str:
    """Return why *thread* is one that serves; "" when it is not."""
    if thread.name.startswith(_POOL_THREADS):
        return f"native thread {thread.name}"
    for frame in thread.frames:
        if any(part in frame.file for part in _POOL_FRAMES):
            return f"native thread {thread.name} is in {frame}"
    return ""


def _waiting_line(threads: Sequence[_Thread]) -> str:
    if not threads:
        return "no thread runs Python"
    return f"waits for its children in {threads[0].frames[0]}"


def _dump(service: str, pid: int, py_spy: Sequence[str]) -> tuple[_Thread, ...] | None:
    """Return the stacks of *pid*; None when it has ended, () when it has no Python."""
    said = ""
    for _ in range(_ATTEMPTS):
        finished = command.run(
            [*py_spy, "dump", "--nonblocking", "--json", "--pid", str(pid)],
            timeout_seconds=_TIMEOUT_SECONDS,
        )
        if finished.status == 0:
            return _parse(finished.output)
        if proctree.threads(pid) == 0:
            return None
        said = finished.output.strip()
        if any(words in said.lower() for words in _NOT_PYTHON):
            return ()
        if any(words in said.lower() for words in _DENIED):
            raise DeploymentError(
                f"the stacks of {service} (pid {pid}) may not be read: {_first(said)};"
                " run as root, or set kernel.yama.ptrace_scope to 0 (in a container:"
                " add the capability SYS_PTRACE)"
            )
    raise DeploymentError(
        f"the stacks of {service} (pid {pid}) cannot be read: {_first(said)}"
    )


def _parse(output: str) -> tuple[_Thread, ...]:
    # Warnings may stand before the document.
    document = json.loads(output[output.index("[") :])
    return tuple(
        _Thread(
            name=thread["thread_name"] or str(thread["os_thread_id"]),
            frames=tuple(
                _Frame(
                    function=frame["name"],
                    file=frame["filename"],
                    line=frame["line"],
                )
                for frame in thread["frames"]
            ),
        )
        for thread in document
    )


def _short(file: str) -> str:
    """Cut a file name to what says which package it is."""
    return file.rpartition("site-packages/")[2].rpartition("/lib/")[2]


def _first(text: str) -> str:
    """Return the first line: a backtrace follows it."""
    return text.partition("\n")[0]
