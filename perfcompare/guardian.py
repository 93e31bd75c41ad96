# SPDX-License-Identifier: Apache-2.0
"""Outlives perfcompare by a moment, so that nothing it started outlives it.

The process that the user started becomes the guardian; a child does the work::

    shell ── guardian ── child (perfcompare run) ── services, Rally, sampler
                 └────── what lost its parent: the kernel hands it to the guardian

* The child ends, in whatever way: the guardian ends all that is left of the tree
  and removes the scratch directory.
* The guardian is killed: the kernel sends SIGTERM to the child, which cleans up.
* Both are killed: the next run finds their journal, unlocked, and sweeps.

The child leads a process group of its own, so each Ctrl-C or SIGTERM reaches it
exactly once, through the guardian, whoever it was sent to.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from perfcompare.clock import SystemClock
from perfcompare.command import Process, family, processes, signal_each, still_there
from perfcompare.model.errors import ExperimentError

# <sys/prctl.h>
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_FORWARDED = frozenset({signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT})
_AWAITED = _FORWARDED | {signal.SIGCHLD}
# How old a journal can be when both are killed.  A look takes about a millisecond.
_RECORD_SECONDS = 2.0
_GRACE_SECONDS = 2.0
_KILL_SECONDS = 20.0
_POLL_SECONDS = 0.02
_GUARDIAN, _CHILD = 0, 1  # the bytes of the journal that they lock


class Terminated(SystemExit):
    """Raised in the child by the first SIGTERM or SIGHUP: leave, cleaning up."""

    def __init__(self, number: int) -> None:
        # As shells report it.
        super().__init__(128 + number)


class Journal:
    """What a run has started, beside its scratch directory; locked while it lives.

    The guardian locks the first byte and the child the second.  (Record locks: unlike
    flock's, a process that the child forks does not hold them.)  A line a process; the
    first line is the boot that they belong to.
    """

    def __init__(self, scratch: Path, descriptor: int) -> None:
        self.scratch = scratch
        self.path = scratch.with_name(f"{scratch.name}.journal")
        self._descriptor = descriptor
        self._recorded: set[tuple[int, int]] = set()

    @classmethod
    def begin(cls, scratch: Path) -> "Journal":
        """Make the scratch directory and its journal.

        Raises:
            ExperimentError: One of them is there already, or cannot be made.
        """
        # Locked before it has its name: a sweep never sees it without.
        new = scratch.with_name(f"{scratch.name}.{os.getpid()}.new")
        if scratch.parent.stat().st_uid not in (0, os.geteuid()):
            raise ExperimentError(f"{scratch.parent} is another user's: remove it")
        try:
            scratch.mkdir(mode=0o700)
            descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode=0o600)
            journal = cls(scratch, descriptor)
            journal.lock(_GUARDIAN)
            os.write(descriptor, f"{_boot()}\n".encode())
            new.rename(journal.path)
        except OSError as error:
            raise ExperimentError(
                f"cannot begin in {scratch}: {error.filename}: {error.strerror}"
            ) from error
        return journal

    @classmethod
    def abandoned(cls, path: Path) -> "Journal | None":
        """Take over the journal at *path*; None when it is in use or not ours."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            return None
        # In a directory that others can write to, a planted journal is not obeyed.
        if os.fstat(descriptor).st_uid == os.geteuid():
            with contextlib.suppress(BlockingIOError):
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(descriptor).st_nlink:  # else it has just ended in order
                    return cls(path.with_suffix(""), descriptor)
        os.close(descriptor)
        return None

    def lock(self, byte: int) -> None:
        """Keep a sweep away while this process lives."""
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX, 1, byte)

    def record(self, known: Collection[Process]) -> None:
        """Add those of *known* that are new."""
        new = [process for process in known if process.name not in self._recorded]
        self._recorded.update(process.name for process in new)
        lines = [f"{process.pid} {process.started_ticks}\n" for process in new]
        with contextlib.suppress(OSError):  # a full disk must not end the guardian
            os.write(self._descriptor, "".join(lines).encode())

    def recorded(self) -> tuple[Process, ...]:
        """Return what still lives of what was recorded in this boot."""
        # Not by name: closing another descriptor of the file would give up the lock.
        text = os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0)
        # The last piece is "", or a line that was being written.
        boot, *lines = text.decode().split("\n")[:-1] or [""]
        if boot != _boot():
            return ()
        names = {tuple(int(number) for number in line.split()) for line in lines}
        table = processes()
        return still_there([p for p in table.values() if p.name in names], table)

    def end(self) -> None:
        """Remove the scratch directory, then the journal, then give up the lock."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self.scratch.exists():
            _say(f"cannot remove {self.scratch}; the next run tries again")
        else:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)


def guarded(work: Callable[[], int], *, scratch: Path) -> int:
    """Return the status of *work*, which runs in a child; leave nothing behind.

    *scratch* is made before *work* begins (mode 0700; its parents too) and removed
    after it.  What earlier runs left beside it is swept first.  Call this before
    heavy imports and before any thread: the guardian stays as small as it is now.

    The child never returns from here: it leaves by SystemExit.  A child that was
    killed by signal N has status 128 + N.

    Raises:
        ExperimentError: *scratch* exists or cannot be made.
    """
    scratch.parent.mkdir(parents=True, exist_ok=True)
    sweep(scratch.parent)
    journal = Journal.begin(scratch)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    guardian = os.getpid()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _work(work, guardian, journal, mask)
    status = _watch(child, journal)
    left = _end((), with_own=True)
    if left:
        _say(f"ended {left} processes that were left behind")
    journal.end()
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return status


def sweep(parent: Path) -> tuple[Path, ...]:
    """Clean up after runs in *parent* that were killed together with their guardian.

    Returns their scratch directories, which are gone now.  Not to be called inside of
    `guarded`: looking at its own journal, a process would give up its lock.
    """
    swept = []
    for path in sorted(parent.glob("*.journal")):
        journal = Journal.abandoned(path)
        if journal is not None:
            left = _end(journal.recorded(), with_own=False)
            _say(f"swept {journal.scratch}: {left} processes were left of a killed run")
            journal.end()
            swept.append(journal.scratch)
    return tuple(swept)


def _work(
    work: Callable[[], int], guardian: int, journal: Journal, mask: Iterable[int]
) -> NoReturn:
    """Be the child: run *work*, and clean up if the guardian is no more."""
    me = os.getpid()
    os.setpgid(0, 0)
    journal.lock(_CHILD)
    signal.signal(signal.SIGTERM, _leave)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, _leave)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if os.getppid() != guardian:
            # It died before it could be told to send the signal.
            raise Terminated(signal.SIGTERM)
        status = work()
    finally:
        # What *work* forked may come by here too.
        if os.getpid() == me and os.getppid() != guardian:
            _end(journal.recorded(), with_own=True)
            journal.end()
    raise SystemExit(status)


def _leave(number: int, frame: FrameType | None) -> None:
    """Raise Terminated, once."""
    del frame
    for again in (signal.SIGTERM, signal.SIGHUP):
        # Not SIG_IGN: what the clean-up starts would inherit that.
        signal.signal(again, lambda *_: None)
    raise Terminated(number)


def _watch(child: int, journal: Journal) -> int:
    """Forward signals to *child* and keep the journal until it has ended."""
    while True:
        table, me = processes(), os.getpid()
        journal.record([table[pid] for pid in family([me], table) if pid != me])
        arrived = signal.sigtimedwait(_AWAITED, _RECORD_SECONDS)
        if arrived is not None and arrived.si_signo in _FORWARDED:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, arrived.si_signo)
        status = _reap().get(child)
        if status is not None:
            return status if status >= 0 else 128 - status


def _reap() -> dict[int, int]:
    """Reap all children that have ended: pid → status, negative for a signal."""
    reaped = {}
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            reaped[ended[0]] = os.waitstatus_to_exitcode(ended[1])
    return reaped


def _end(known: Collection[Process], *, with_own: bool) -> int:
    """End *known* and what descends from it; return how many there were.

    With *with_own*, also what descends from this process.
    """
    clock = SystemClock()
    begin = clock.monotonic()
    asked: set[tuple[int, int]] = set()
    while members := _members(known, with_own=with_own):
        waited = clock.monotonic() - begin
        if waited > _KILL_SECONDS:
            _say(f"gave up: pid {members[0].pid} hangs, see /proc/PID/stack")
            break
        signal_each([p for p in members if p.name not in asked], signal.SIGTERM)
        asked.update(process.name for process in members)
        if waited > _GRACE_SECONDS:
            signal_each(members, signal.SIGKILL)
        known = members
        clock.sleep(_POLL_SECONDS)
    return len(asked)


def _members(known: Collection[Process], *, with_own: bool) -> tuple[Process, ...]:
    """Return what lives of *known* and their descendants, never this process."""
    me = os.getpid()
    if with_own:
        _reap()
    table = processes()
    pids = {process.pid for process in still_there(known, table)}
    if with_own:
        pids.add(me)
    found = [table[pid] for pid in family(pids, table) if pid != me]
    return tuple(process for process in found if not process.ended)


def _boot() -> str:
    """Return what names this boot of the kernel."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _prctl(option: int, value: int) -> None:
    """Call prctl(2), which the standard library does not offer."""
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}, {value})")


def _say(what: str) -> None:
    """Tell the user; nobody may be there to read it."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"perfcompare: {what}\n")
        sys.stderr.flush()
