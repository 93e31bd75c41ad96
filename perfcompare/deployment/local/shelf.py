# SPDX-License-Identifier: Apache-2.0
"""Directories that runs share: one makes it, many use it, and the unused go."""

import fcntl
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from perfcompare.clock import Clock

T = TypeVar("T")

_KEPT_DAYS = 30
_RETIRED = ".unused"
_POLL_SECONDS = 0.2


class Shelf:
    """Directories below one, each beside its lock, whose time is its last use.

    Who uses a directory holds its lock shared until `close`; who makes or removes
    it holds the lock alone.  Lock files stay: somebody may be waiting for one.
    """

    def __init__(
        self, directory: Path, *, clock: Clock, progress: Callable[[str], None]
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._progress = progress
        self._locks: dict[Path, int] = {}

    def use(
        self, name: str, *, find: Callable[[Path], T | None], make: Callable[[Path], T]
    ) -> T:
        """Return what *find* finds in directory *name*, else what *make* makes there.

        Raises:
            OSError: The disk refuses.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / name
        lock = path.with_suffix(".lock")
        try:
            self._take(lock, fcntl.LOCK_SH)
            found = find(path)
            if found is None:
                self._take(lock, fcntl.LOCK_EX)
                # Another run may have made it in between.
                found = find(path)
                if found is None:
                    self._remove_unused()
                    found = make(path)
            # Before the lock is shared: from then on its time protects as well.
            os.utime(lock)
            self._take(lock, fcntl.LOCK_SH)
        except BaseException:
            self._let_go(lock)
            raise
        return found

    def close(self) -> None:
        """Let others remove what was used here."""
        for lock in tuple(self._locks):
            self._let_go(lock)

    def _let_go(self, lock: Path) -> None:
        if (descriptor := self._locks.pop(lock, None)) is not None:
            os.close(descriptor)

    def _take(self, lock: Path, kind: int) -> None:
        """Take *lock*, which may be held in the other kind already."""
        if lock not in self._locks:
            self._locks[lock] = _open(lock)
        descriptor = self._locks[lock]
        if kind == fcntl.LOCK_EX:
            # Two that both hold it shared would wait for each other.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        waiting = False
        while not _try(descriptor, kind):
            if not waiting:
                self._progress("waiting for another run that installs the same")
            waiting = True
            self._clock.sleep(_POLL_SECONDS)

    def _remove_unused(self) -> None:
        for lock in sorted(self._directory.glob("*.lock")):
            # What is another user's, or has just gone, is not ours to remove.
            with suppress(OSError):
                if lock not in self._locks and self._is_old(lock):
                    self._retire(lock)
        for gone in self._directory.glob(f"*{_RETIRED}"):
            shutil.rmtree(gone, ignore_errors=True)

    def _is_old(self, lock: Path) -> bool:
        used_seconds_ago = self._clock.now() - lock.stat().st_mtime
        return lock.with_suffix("").exists() and used_seconds_ago > _KEPT_DAYS * 86400

    def _retire(self, lock: Path) -> None:
        """Rename what belongs to *lock*, so that nobody finds half of it."""
        descriptor = _open(lock)
        try:
            # Its time is read again: a use may have ended since the first look.
            if _try(descriptor, fcntl.LOCK_EX) and self._is_old(lock):
                old = lock.with_suffix("")
                old.rename(old.with_suffix(_RETIRED))
                self._progress(f"removing {old}: unused for {_KEPT_DAYS} days")
        finally:
            os.close(descriptor)


def _open(lock: Path) -> int:
    return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
