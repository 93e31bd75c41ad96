# SPDX-License-Identifier: Apache-2.0
"""Commands that only root may run: as root, or by the sudo that DevStack asks for."""

import os
from collections.abc import Sequence

from perfcompare import command
from perfcompare.model.errors import DeploymentError

_TIMEOUT_SECONDS = 120.0


class Root:
    """Runs commands as root."""

    def __init__(self) -> None:
        # -n: nobody is there to type a password.
        self.prefix: tuple[str, ...] = () if os.geteuid() == 0 else ("sudo", "-n")

    def run(
        self,
        *argv: str,
        stdin: str = "",
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> str:
        """Run *argv* and return what it said.

        Raises:
            DeploymentError: It ended with another status than 0.
        """
        status, output = self.attempt(
            argv, stdin=stdin, timeout_seconds=timeout_seconds
        )
        if status != 0:
            said = output.strip().rpartition("\n")[2] or "nothing"
            raise DeploymentError(
                f"{' '.join((*self.prefix, *argv))} ended with status {status}:"
                f" {said}; perfcompare needs the sudo of DevStack's user"
            )
        return output

    def attempt(
        self,
        argv: Sequence[str],
        *,
        stdin: str = "",
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> tuple[int, str]:
        """Run *argv* and return its exit status and what it said."""
        finished = command.run(
            [*self.prefix, *argv],
            stdin=stdin.encode(),
            timeout_seconds=timeout_seconds,
        )
        return finished.status, finished.output
