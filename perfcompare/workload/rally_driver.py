# SPDX-License-Identifier: Apache-2.0
"""The driver: a Rally for each variant, alive through the whole drive."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from perfcompare import command
from perfcompare.clock import Clock
from perfcompare.model.errors import WorkloadError
from perfcompare.model.target import LoadTarget
from perfcompare.model.visit import Window
from perfcompare.model.workload import Workload
from perfcompare.workload import rally_results
from perfcompare.workload.base import Load, Turn
from perfcompare.workload.coordinator import Coordinator
from perfcompare.workload.generator import own_environment
from perfcompare.workload.order import LOG, REPORT, Order, encode
from perfcompare.workload.rally_task import task

# As `rally_process`, which is not imported here: it imports Rally.
_PROCESS = "perfcompare.workload.rally_process"
_TAIL_LINES = 12
_GRACE_SECONDS = 5.0
"""To kill and reap the Rallies, which get none themselves."""


class RallyDriver:
    """Drives variants through Rally, by turns.

    As a context manager it keeps Rally imported from one drive to the next,
    which saves some seconds of CPU each time; else every drive imports it anew.

    Args:
        scratch: Where Rally may write; nothing of a drive stays there.
        workloads: All that turns may name.
        clock: Times the limits, not the load.
        limit_seconds: For one turn, for the contexts of one workload, and for
            Rally to finish; what takes longer ends in a WorkloadError.
    """

    def __init__(
        self,
        *,
        scratch: Path,
        workloads: Sequence[Workload],
        clock: Clock,
        limit_seconds: float = 600.0,
    ) -> None:
        self._scratch = scratch
        self._workloads = {workload.name: workload for workload in workloads}
        self._clock = clock
        self._limit_seconds = limit_seconds
        self._rally: command.Daemon | None = None
        self._keep = False

    def __enter__(self) -> Self:
        """Begin to import Rally, in a process of its own."""
        self._keep = True
        self._start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        """End that process and all that it forked."""
        self._keep = False
        self._stop()

    def drive(
        self,
        turns: Sequence[Turn],
        targets: Mapping[str, LoadTarget],
        *,
        check: Callable[[], None],
    ) -> Mapping[str, Load]:
        """Carry *turns* out in order, as `Driver.drive` promises."""
        self._start()
        directory = Path(tempfile.mkdtemp(prefix="rally-", dir=self._scratch))
        ended = False
        try:
            loads = self._drive(directory, turns, targets, check)
            ended = True
        except WorkloadError as error:
            raise WorkloadError(f"{error}{_tails(directory, targets)}") from error
        finally:
            if not (ended and self._keep):
                self._stop()
            shutil.rmtree(directory)
        return loads

    def _drive(
        self,
        directory: Path,
        turns: Sequence[Turn],
        targets: Mapping[str, LoadTarget],
        check: Callable[[], None],
    ) -> Mapping[str, Load]:
        def check_all() -> None:
            check()
            self._check_rally()

        socket = directory / "turns"
        names = tuple(dict.fromkeys(turn.workload for turn in turns))
        with Coordinator(
            socket,
            targets,
            clock=self._clock,
            check=check_all,
            limit_seconds=self._limit_seconds,
        ) as coordinator:
            for variant, target in targets.items():
                self._order(directory / variant, socket, names, target)
            windows = coordinator.carry_out(turns)
        return {
            variant: _load(directory / variant, windows[variant], target)
            for variant, target in targets.items()
        }

    def _order(
        self, directory: Path, socket: Path, names: Sequence[str], target: LoadTarget
    ) -> None:
        """Have a Rally forked for the variant that *directory* is named after."""
        directory.mkdir()
        workloads = [self._workloads[name] for name in names]
        order = Order(
            variant=directory.name,
            directory=str(directory),
            socket=str(socket),
            environment=target.environment,
            platform=target.platform or {},
            task=task(workloads, title=directory.name),
        )
        if self._rally is not None and self._rally.stdin is not None:
            try:
                self._rally.stdin.write(encode(order))
                self._rally.stdin.flush()
            except BrokenPipeError:
                self._check_rally()

    def _start(self) -> None:
        if self._rally is None or self._rally.status is not None:
            self._stop()
            self._rally = command.start(
                [sys.executable, "-P", "-m", _PROCESS],
                log=self._log,
                env=own_environment(),
                pipe_stdin=True,
            )

    def _stop(self) -> None:
        if self._rally is not None:
            self._rally.terminate(grace_seconds=_GRACE_SECONDS)
            if self._rally.stdin is not None:
                with suppress(BrokenPipeError):
                    self._rally.stdin.close()
            self._rally = None
            self._log.unlink(missing_ok=True)

    def _check_rally(self) -> None:
        if self._rally is not None and self._rally.status is not None:
            raise WorkloadError(
                f"Rally ended with status {self._rally.status} before it took orders:"
                f" {_tail(self._log, ())}"
            )

    @property
    def _log(self) -> Path:
        return self._scratch / LOG


def _load(directory: Path, windows: tuple[Window, ...], target: LoadTarget) -> Load:
    report = (directory / REPORT).read_bytes()
    iterations = rally_results.iterations(report, windows=windows)
    # A service may well echo a password in what it answers.
    return Load(
        iterations=tuple(
            replace(each, error=_redacted(each.error, target.secrets))
            if each.error
            else each
            for each in iterations
        ),
        windows=windows,
        context_seconds=rally_results.context_seconds(report),
        rally_json=_redacted(report.decode(), target.secrets).encode(),
        log=_redacted(_text(directory / LOG), target.secrets).encode(),
    )


def _tails(directory: Path, targets: Mapping[str, LoadTarget]) -> str:
    tails = {
        variant: _tail(directory / variant / LOG, target.secrets)
        for variant, target in targets.items()
    }
    return "".join(
        f"\nlast lines of {variant}'s Rally:\n{tail}"
        for variant, tail in tails.items()
        if tail
    )


def _tail(log: Path, secrets: Sequence[str]) -> str:
    lines = _redacted(_text(log), secrets).splitlines()
    return "\n".join(lines[-_TAIL_LINES:])


def _text(log: Path) -> str:
    """Return what was logged so far; a Rally that never began has no log."""
    return log.read_text(errors="replace") if log.exists() else ""


def _redacted(text: str, secrets: Sequence[str]) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return text
