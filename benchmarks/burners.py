# SPDX-License-Identifier: Apache-2.0
"""Neighbours that take CPU, and perfcompare beside them.

A burner is a process that wants a share of a core, a piece of it in every period.  It
descends from the benchmark and not from `perfcompare run`, which counts it as others.
"""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Self

from perfcompare.store import layout
from perfcompare.store.reader import open_run

PERIOD_SECONDS = 0.05
POLL_SECONDS = 0.2
JUDGED = (0, 1, 3)
"""The exit statuses of `perfcompare run` when it measured to the end."""

_LEAVING = (signal.SIGTERM, signal.SIGHUP)


def shares(level_cores: float) -> tuple[float, ...]:
    """Divide *level_cores* among as few burners as can take it, each as much."""
    burners = math.ceil(level_cores)
    return (level_cores / burners,) * burners if burners else ()


class Burners:
    """Processes that take CPU; a context manager, after which they are gone."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.burn(0)

    @property
    def pids(self) -> tuple[int, ...]:
        """Those who burn now."""
        return tuple(process.pid for process in self._processes)

    def burn(self, level_cores: float) -> None:
        """Let burners want *level_cores* altogether from now on."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()
        self._processes.clear()
        for share in shares(level_cores):
            argv = [sys.executable, "-I", "-S", "-c", _BURNER, str(share)]
            # In a session of its own: Ctrl-C is for the benchmark, which ends it.
            process = subprocess.Popen(
                [*argv, str(os.getpid())],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._processes.append(process)


# A program and no function of this module: it starts in 20 ms, without pandas.  It asks
# for CPU time, not for time: where it has to wait for a CPU, it takes its share later
# in the same period.  Without its parent it ends: that one may have been killed.
_BURNER = f"""
import os, sys, time
share, parent = float(sys.argv[1]), int(sys.argv[2])
begin = time.monotonic()
while os.getppid() == parent:
    enough = time.process_time() + share * {PERIOD_SECONDS}
    end = begin + {PERIOD_SECONDS}
    while time.process_time() < enough and time.monotonic() < end:
        pass
    time.sleep(max(0.0, end - time.monotonic()))
    begin = max(end, time.monotonic())
"""


@contextmanager
def signals_heard() -> Iterator[None]:
    """Turn signals that end a process into SystemExit, so that contexts are left."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in _LEAVING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_beside(
    argv: list[str],
    out: Path,
    level_after: Callable[[int], float],
    *,
    log: IO[str] | None,
) -> int:
    """Run ``perfcompare run`` beside burners; return its exit status.

    Args:
        argv: What follows ``perfcompare run``; *out* is in it.
        out: The run.
        level_after: How many cores burners take after so many complete rounds, 0
            before the first.
        log: Where all that it says goes; None: to our stderr.
    """
    rounds = Rounds(out)
    with signals_heard(), Burners() as burners:
        done = rounds.done()
        burners.burn(level_after(done))
        with _perfcompare(argv, log) as process:
            while process.poll() is None:
                if rounds.done() > done:
                    done = rounds.done()
                    burners.burn(level_after(done))
                time.sleep(POLL_SECONDS)
        return process.returncode


@contextmanager
def _perfcompare(
    argv: list[str], log: IO[str] | None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "perfcompare", "run", *argv],
        start_new_session=True,
        stdout=sys.stderr if log is None else log,
        stderr=log,
    )
    try:
        yield process
    finally:
        # It cleans up: services are stopped, the run stays readable.
        if process.poll() is None:
            process.terminate()
        process.wait()


class Rounds:
    """Counts the complete rounds of a run that somebody else is writing."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._changed_ns = 0
        self._done = 0

    def done(self) -> int:
        """Return their number; 0 where there is no run yet."""
        # Parsing costs CPU beside what is measured, so only what has changed is read.
        with suppress(FileNotFoundError):
            changed_ns = (self._run / layout.RUN_FILE).stat().st_mtime_ns
            if changed_ns != self._changed_ns:
                self._done = open_run(self._run).rounds_done
                self._changed_ns = changed_ns
        return self._done
