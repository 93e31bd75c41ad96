# SPDX-License-Identifier: Apache-2.0
"""What the servers have in common: a private directory, one process, its end."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from perfcompare import command
from perfcompare.clock import Clock
from perfcompare.command import Daemon
from perfcompare.deployment.local import logs, requirements
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.model.errors import DeploymentError
from perfcompare.model.target import CONTROL, Tree

_READY_TIMEOUT_SECONDS = 90.0
_STOP_GRACE_SECONDS = 20.0
_POLL_SECONDS = 0.05


class LocalServer(ABC):
    """A server of ours; as a context manager it runs, and leaves nothing.

    It listens on 127.0.0.1 alone, on free ports, with generated passwords, and
    knows nothing of a server that the system runs.
    """

    name: str

    def __init__(self, scratch: Path, *, secrets: Secrets, clock: Clock) -> None:
        self._directory = scratch.absolute()
        self._secrets = secrets
        self._clock = clock
        self._log = self._directory / f"{self.name}.log"
        self._daemon: Daemon | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it serves."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop it; no process of it is left."""
        self._stop()

    @property
    def tree(self) -> Tree:
        """The processes to watch."""
        return Tree(owner=CONTROL, service=self.name, pid=self._running().pid)

    def check_alive(self) -> None:
        """Raise DeploymentError, with the last log lines, if it has died."""
        status = self._running().status
        if status is not None:
            raise DeploymentError(
                f"{self.name} ended with status {status}; its last log lines:\n"
                f"{self._last_lines()}"
            )

    @abstractmethod
    def _start(self) -> None:
        """Set up, launch, and wait until it serves."""

    def _stop(self) -> None:
        """Stop what `_start` has started, however far it came."""
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            daemon.terminate(grace_seconds=_STOP_GRACE_SECONDS, clock=self._clock)

    def _launch(
        self, argv: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> None:
        self._daemon = command.start(
            argv,
            log=self._log,
            env=self._environment() if env is None else env,
            cwd=self._directory,
        )

    def _await(self, ready: Callable[[], bool]) -> None:
        """Wait until *ready*, at most 90 s and as long as the process lives."""
        deadline = self._clock.monotonic() + _READY_TIMEOUT_SECONDS
        while not ready():
            self.check_alive()
            if self._clock.monotonic() > deadline:
                raise DeploymentError(
                    f"{self.name} does not serve {_READY_TIMEOUT_SECONDS:g} s after"
                    f" its start; its last log lines:\n{self._last_lines()}"
                )
            self._clock.sleep(_POLL_SECONDS)

    def _run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
    ) -> str:
        """Run a tool of the server; raise DeploymentError unless it ends with 0."""
        finished = command.run(
            argv,
            env=self._environment() if env is None else env,
            cwd=self._directory,
            stdin=stdin,
            timeout_seconds=300.0,
        )
        if finished.status != 0:
            said = self._secrets.redact(finished.output)
            raise DeploymentError(
                f"{Path(argv[0]).name} of {self.name} ended with status"
                f" {finished.status}; its last words:\n{logs.last(said)}"
            )
        return finished.output

    def _environment(self, **more: str) -> Mapping[str, str]:
        """Return variables that owe nothing to the shell perfcompare runs in."""
        ours = {k: v for k, v in os.environ.items() if k.startswith("PERFCOMPARE_")}
        return {
            "PATH": requirements.system_path(),
            "HOME": str(self._directory),
            "TMPDIR": str(self._directory),
            "LANG": "C.UTF-8",
            **ours,
            **more,
        }

    def _write_private(self, name: str, text: str) -> Path:
        """Write a file that only its owner can read, from the first byte on."""
        path = self._directory / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def _running(self) -> Daemon:
        if self._daemon is None:
            raise DeploymentError(f"{self.name} does not run")
        return self._daemon

    def _last_lines(self) -> str:
        return logs.last(self._secrets.redact(logs.tail(self._log)))
