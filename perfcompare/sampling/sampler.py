# SPDX-License-Identifier: Apache-2.0
"""The sampler as the experiment sees it: a process that is started and asked."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from perfcompare import command
from perfcompare.clock import Clock, SystemClock
from perfcompare.command import Daemon
from perfcompare.model.errors import SamplingError
from perfcompare.model.target import Tree
from perfcompare.model.visit import Reading
from perfcompare.sampling.process import Order
from perfcompare.sampling.readings import decode

# Start and first look took 0.2 s for 20 processes; a loaded host may take its time.
_START_SECONDS = 60.0
_FINISH_SECONDS = 60.0
_POLL_SECONDS = 0.01


class ProcessSampler:
    """Implements `sampling.base.Sampler` with psutil, in a process of its own.

    Every look takes threads, file descriptors, RSS and CPU time; every fourth one, the
    first and the last also USS, PSS and context switches (`process.FULL_EVERY`), which
    are None in between.  Beside the trees every look reads the host (owner HOST).
    """

    def __init__(self, scratch: Path, *, clock: Clock | None = None) -> None:
        self._scratch = scratch
        """Where the readings of a watch lie until it is finished."""
        self._clock = clock or SystemClock()

    @contextmanager
    def watching(
        self, trees: Sequence[Tree], *, interval_seconds: float
    ) -> Iterator["ProcessWatch"]:
        """Look at *trees* each *interval_seconds* until left; begins with a full look.

        Raises:
            SamplingError: A root does not exist; names owner, service and pid.
        """
        with tempfile.TemporaryDirectory(prefix="watch-", dir=self._scratch) as name:
            watch = ProcessWatch(Path(name), tuple(trees), self._clock)
            try:
                watch.begin(interval_seconds)
                yield watch
            finally:
                watch.stop()


class ProcessWatch:
    """A sampler process at work; implements `sampling.base.Watch`."""

    def __init__(self, scratch: Path, trees: tuple[Tree, ...], clock: Clock) -> None:
        self._path = scratch / "readings"
        self._log = scratch / "log"
        self._trees = trees
        self._clock = clock
        # -P: what lies in the current directory must not be imported.
        argv = [sys.executable, "-P", "-m", "perfcompare.sampling.process"]
        self._daemon: Daemon = command.start(argv, log=self._log, pipe_stdin=True)
        self._readings: tuple[Reading, ...] | None = None

    @property
    def pid(self) -> int:
        """The sampler's own process, for those who measure what it costs."""
        return self._daemon.pid

    def begin(self, interval_seconds: float) -> None:
        """Say what to watch and wait for the first look.

        Raises:
            SamplingError: A root does not exist, or the process did not come up.
        """
        order = Order(
            trees=self._trees,
            run_pid=os.getpid(),
            interval_seconds=interval_seconds,
            path=str(self._path),
        )
        stdin = self._daemon.stdin
        assert stdin is not None  # noqa: S101  # it was started with a pipe
        # It has died at once: `_wait` says why.
        with suppress(BrokenPipeError):
            stdin.write(order.to_line())
            stdin.flush()
        self._wait(_START_SECONDS, for_end=False)

    def finish(self) -> tuple[Reading, ...]:
        """Take a last full look, stop, and return all readings in order of time.

        Raises:
            SamplingError: The sampler has died meanwhile, or hangs.
        """
        if self._readings is None:
            if self._daemon.stdin is not None:
                self._daemon.stdin.close()
            self._wait(_FINISH_SECONDS, for_end=True)
            self._readings = decode(self._path.read_bytes(), self._trees)
        return self._readings

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._daemon.terminate(grace_seconds=1.0, clock=self._clock)

    def _wait(self, timeout_seconds: float, *, for_end: bool) -> None:
        """Wait for the first look, or for the end."""
        deadline = self._clock.monotonic() + timeout_seconds
        while self._daemon.status is None:
            if not for_end and self._path.exists():
                return
            if self._clock.monotonic() > deadline:
                raise SamplingError(
                    f"the sampler did not {'end' if for_end else 'begin'} within"
                    f" {timeout_seconds:g} s; it said: {self._said()}"
                )
            self._clock.sleep(_POLL_SECONDS)
        if self._daemon.status == SamplingError.exit_status:
            raise SamplingError(self._said())
        if self._daemon.status != 0 or not for_end:
            raise SamplingError(
                f"the sampler ended with status {self._daemon.status}; it said:"
                f" {self._said()}"
            )

    def _said(self) -> str:
        """Return the last line of the sampler's log."""
        text = self._log.read_text(errors="replace").strip()
        return text.rpartition("\n")[2] or "nothing"
