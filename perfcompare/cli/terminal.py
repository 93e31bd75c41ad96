# SPDX-License-Identifier: Apache-2.0
"""What a person at a terminal sees while an experiment runs."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from perfcompare.clock import Clock
from perfcompare.experiment.progress import Event, duration


class TerminalProgress:
    """One line that changes, and one that stays for each round that has ended."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._begun_at = clock.monotonic()
        self._round = 0
        self._status = Status("starting", console=console)

    def __enter__(self) -> Self:
        """Show the line."""
        self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the line away."""
        self._status.stop()
        if error is None and self._round:
            self._end_round()

    def show(self, event: Event) -> None:
        """Say what is done now, how long it has taken, how long it will."""
        if event.round != self._round:
            if self._round:
                self._end_round()
            self._round = event.round
        left = event.seconds_left
        rest = "" if left is None else f" · about {duration(left)} left"
        self._status.update(Text(f"{event} · {self._elapsed()}{rest}"))

    def say(self, line: str) -> None:
        """Print *line*, which stays."""
        self._console.print(line, markup=False, highlight=False)

    def _end_round(self) -> None:
        self.say(f"round {self._round} done · {self._elapsed()}")

    def _elapsed(self) -> str:
        return duration(self._clock.monotonic() - self._begun_at)
