# SPDX-License-Identifier: Apache-2.0
"""The one door to subprocess: short commands, processes that stay, and who is whose.

Processes are told apart by pid *and* start time, so that a number which the kernel
has given to somebody else in the meantime is never signalled.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from perfcompare.clock import Clock, SystemClock
from perfcompare.model.errors import ExperimentError

# From the moment the root of a tree is gone until what it left behind is killed.
_ORPHAN_GRACE_SECONDS = 1.0
# A process that survives SIGKILL for this long hangs in the kernel.
_KILL_SECONDS = 30.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A command that has ended."""

    status: int
    """Exit status; negative is the signal that ended it."""
    output: str
    """stdout and stderr, interleaved."""


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    timeout_seconds: float = 600.0,
) -> Finished:
    """Run *argv* to its end in a session of its own and return what it said.

    Of its process group nothing is left afterwards.  A daemon that it started in
    another session lives on, and is not waited for.

    Raises:
        ExperimentError: It cannot be started, or did not end in time (then its
            whole process group is killed).
    """
    # Files, not pipes: a daemon that inherits them cannot hold this call up.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(stdin or b"")
        given.seek(0)
        process = _popen(argv, given, said, env=env, cwd=cwd)
        timed_out = False
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            _kill_group(process)
        said.seek(0)
        output = said.read().decode(errors="replace")
    if timed_out:
        last = output.strip().rpartition("\n")[2]
        raise ExperimentError(
            f"{_brief(argv)} did not end within {timeout_seconds:g} s and was killed;"
            f" its last line: {last or '(none)'}"
        )
    return Finished(status=process.returncode, output=output)


def _popen(
    argv: Sequence[str],
    stdin: IO[bytes] | int,
    output: IO[bytes],
    *,
    env: Mapping[str, str] | None,
    cwd: Path | None,
) -> subprocess.Popen[bytes]:
    """Start *argv* as the leader of a new session."""
    try:
        return subprocess.Popen(
            list(argv),
            env=None if env is None else dict(env),
            cwd=cwd,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        # The file that is missing may be the working directory.
        why = f"{error.filename or argv[0]}: {error.strerror}"
        raise ExperimentError(f"cannot run {argv[0]}: {why}") from error


def _brief(argv: Sequence[str]) -> str:
    """Return the head of a command line, for a message."""
    return " ".join(argv[:3]) + (" …" if len(argv) > 3 else "")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group that *process* led, and reap *process*."""
    if process.poll() is None or not Path(f"/proc/{process.pid}").exists():
        # A process of this number after our leader was reaped is a stranger.
        signal_group(process.pid, signal.SIGKILL)
    process.wait()


def signal_group(pid: int, number: signal.Signals) -> bool:
    """Signal the process group that *pid* leads; False when it is gone."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One line of the process table."""

    pid: int
    parent_pid: int
    session: int
    """The pid of the leader of its session, who may be gone."""
    started_ticks: int
    """Since boot."""
    ended: bool
    """A zombie: it waits to be reaped and holds nothing any more."""
    cpu_ticks: int
    """User and system time of all its threads, those that have ended too."""
    waited_ticks: int
    """The same of the children that it has waited for, and of theirs."""

    @property
    def name(self) -> tuple[int, int]:
        """Pid and start: what no other process will ever have."""
        return self.pid, self.started_ticks


def processes() -> Mapping[int, Process]:
    """Return every process of the host, by pid (about 4 µs each)."""
    table = {}
    for name in os.listdir("/proc"):  # noqa: PTH208  # twice a second: no Path each
        if name.isdigit() and (process := _read_stat(name)) is not None:
            table[process.pid] = process
    return table


def _read_stat(pid: str) -> Process | None:
    """Read one process; None when it has gone."""
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
        try:
            text = os.read(descriptor, 4096)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    # proc_pid_stat(5); the program's name, in brackets, may hold brackets and blanks.
    fields = text[text.rindex(b")") + 2 :].split(maxsplit=20)
    return Process(
        pid=int(pid),
        parent_pid=int(fields[1]),
        session=int(fields[3]),
        started_ticks=int(fields[19]),
        ended=fields[0] in (b"Z", b"X"),
        cpu_ticks=int(fields[11]) + int(fields[12]),
        waited_ticks=int(fields[13]) + int(fields[14]),
    )


def family(roots: Collection[int], table: Mapping[int, Process]) -> Mapping[int, int]:
    """Map every process of *roots*' trees to its root: the nearest one above it."""
    children: dict[int, list[int]] = {}
    for process in table.values():
        children.setdefault(process.parent_pid, []).append(process.pid)
    found = {}
    for root in roots:
        waiting = [root] if root in table else []
        while waiting:
            pid = waiting.pop()
            found[pid] = root
            waiting += [c for c in children.get(pid, ()) if c not in roots]
    return found


def still_there(
    known: Collection[Process], table: Mapping[int, Process]
) -> tuple[Process, ...]:
    """Return those of *known* that have not ended, as they are now."""
    names = {process.name for process in known}
    return tuple(p for p in table.values() if p.name in names and not p.ended)


def signal_each(known: Collection[Process], number: signal.Signals) -> None:
    """Signal every one of *known* that is still there and ours."""
    for process in known:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)


class Daemon:
    """A process that stays: leader of its own session, output to a file."""

    def __init__(self, process: subprocess.Popen[bytes], argv: Sequence[str]) -> None:
        self._process = process
        self.argv = tuple(argv)
        self.orphans = 0
        """Processes that outlived a root which ended in time, and were killed; known
        after `terminate`."""

    @property
    def pid(self) -> int:
        """The root of its tree and the leader of its group."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Exit status, or None while it runs."""
        return self._process.poll()

    @property
    def stdin(self) -> IO[bytes] | None:
        """The pipe to it, when it was asked for."""
        return self._process.stdin

    def terminate(self, *, grace_seconds: float, clock: Clock | None = None) -> bool:
        """Ask it to end; return whether it had to be killed.  Nothing of it is left.

        Its descendants are followed while it ends, those in other sessions and
        groups too.  What outlives the root gets a SIGTERM of its own, a second (at
        most what is left of the grace), and is then killed and counted in `orphans`.
        """
        clock = clock or SystemClock()
        deadline = clock.monotonic() + grace_seconds
        members = self._members(())
        self._process.send_signal(signal.SIGTERM)
        while self.status is None and clock.monotonic() < deadline:
            clock.sleep(_POLL_SECONDS)
            members = self._members(members)
        killed = self.status is None
        members = self._members(members)
        if members and not killed:
            signal_each(members, signal.SIGTERM)
            deadline = min(deadline, clock.monotonic() + _ORPHAN_GRACE_SECONDS)
        while members and clock.monotonic() < deadline:
            clock.sleep(_POLL_SECONDS)
            members = self._members(members)
        self.orphans = 0 if killed else len(members)
        self._kill(members, clock)
        self._process.wait()
        if self.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.stdin.close()
        return killed

    def _kill(self, members: Collection[Process], clock: Clock) -> None:
        """Kill *members* and what they start meanwhile."""
        deadline = clock.monotonic() + _KILL_SECONDS
        while members:
            if clock.monotonic() > deadline:
                pids = ", ".join(str(process.pid) for process in members)
                raise ExperimentError(
                    f"{_brief(self.argv)}: pid {pids} hangs in the kernel: alive"
                    f" {_KILL_SECONDS:g} s after SIGKILL (see /proc/PID/stack)"
                )
            signal_each(members, signal.SIGKILL)
            clock.sleep(_POLL_SECONDS)
            members = self._members(members)

    def _members(self, known: Collection[Process]) -> tuple[Process, ...]:
        """Return what lives of *known*, of their descendants, and of the session."""
        reaped = self.status is not None
        table = processes()
        pids = {process.pid for process in still_there(known, table)}
        # As in _kill_group: the number may be a stranger's by now.
        if not (reaped and self.pid in table):
            pids |= {p.pid for p in table.values() if p.session == self.pid}
        return tuple(table[pid] for pid in family(pids, table) if not table[pid].ended)


def start(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    pipe_stdin: bool = False,
) -> Daemon:
    """Start *argv* in a session of its own, its output appended to *log*.

    Raises:
        ExperimentError: It cannot be started.
    """
    given = subprocess.PIPE if pipe_stdin else subprocess.DEVNULL
    with log.open("ab") as out:
        return Daemon(_popen(argv, given, out, env=env, cwd=cwd), argv)
