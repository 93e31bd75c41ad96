# SPDX-License-Identifier: Apache-2.0
"""The one door to subprocess: short commands, and processes that stay."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from perfcompare.clock import Clock, SystemClock
from perfcompare.model.errors import ExperimentError


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

    Raises:
        ExperimentError: It cannot be started, or did not end in time (then its
            whole process group is killed).
    """
    try:
        process = subprocess.Popen(
            list(argv),
            env=None if env is None else dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise ExperimentError(f"cannot run {argv[0]}: {error.strerror}") from error
    try:
        output, _ = process.communicate(stdin, timeout=timeout_seconds)
    except subprocess.TimeoutExpired as error:
        raise ExperimentError(
            f"{' '.join(argv[:3])} … did not end within {timeout_seconds:g} s"
        ) from error
    finally:
        if process.poll() is None:
            signal_group(process.pid, signal.SIGKILL)
            process.wait()
    return Finished(status=process.returncode, output=output.decode(errors="replace"))


def signal_group(pid: int, number: signal.Signals) -> bool:
    """Signal the process group that *pid* leads; False when it is gone."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return False
    return True


class Daemon:
    """A process that stays: leader of its own session, output to a file."""

    def __init__(self, process: subprocess.Popen[bytes], argv: Sequence[str]) -> None:
        self._process = process
        self.argv = tuple(argv)

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
        """Ask it to end, then kill its group; return whether it had to be killed."""
        clock = clock or SystemClock()
        deadline = clock.monotonic() + grace_seconds
        if self.status is None:
            self._process.send_signal(signal.SIGTERM)
        while self.status is None and clock.monotonic() < deadline:
            clock.sleep(0.02)
        killed = self.status is None
        signal_group(self.pid, signal.SIGKILL)
        self._process.wait()
        return killed


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
    with log.open("ab") as out:
        try:
            process = subprocess.Popen(
                list(argv),
                env=None if env is None else dict(env),
                cwd=cwd,
                stdin=subprocess.PIPE if pipe_stdin else subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise ExperimentError(f"cannot run {argv[0]}: {error.strerror}") from error
    return Daemon(process, argv)
