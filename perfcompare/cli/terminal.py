# SPDX-License-Identifier: Apache-2.0
"""What a person at a terminal sees while an experiment runs."""

from contextlib import suppress
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live

from perfcompare.cli.terminal_drawing import Subject, draw
from perfcompare.cli.terminal_scene import opening
from perfcompare.cli.terminal_words import most, stopwatch
from perfcompare.clock import Clock
from perfcompare.experiment.progress import Event, RoundEnd, TurnEvent
from perfcompare.report.words import printable_lines

_LOOKS_PER_SECOND = 1
"""A drawing takes some milliseconds of CPU, also while a service is being loaded."""

_NARROWEST = 40
_WIDEST = 100


def live_console(out: TextIO) -> Console | None:
    """Return a console where lines can change; None where they can only follow."""
    console = Console(file=out)
    return console if out.isatty() and not console.is_dumb_terminal else None


def manner(out: TextIO) -> tuple[bool, int]:
    """Return whether what is written to *out* may have colours, and its columns.

    NO_COLOR, FORCE_COLOR and TERM=dumb are honoured.
    """
    console = Console(file=out)
    colour = console.color_system is not None and not console.no_color
    width = console.width if out.isatty() else _WIDEST
    return colour, max(_NARROWEST, min(width, _WIDEST))


class TerminalProgress:
    """Some lines that change, and one that stays for each round that has ended.

    What it is told only changes a value; a thread of `rich.live` looks at it once a
    second and draws.  So nothing is drawn in the time of those who tell.
    """

    def __init__(self, console: Console, clock: Clock, subject: Subject) -> None:
        self._console = console
        self._clock = clock
        self._subject = subject
        self._begun_at = clock.monotonic()
        self._scene = opening(subject.variants)
        self._live = Live(
            self,
            console=console,
            refresh_per_second=_LOOKS_PER_SECOND,
            transient=True,
            # Results go to stdout, past the lines on stderr.
            redirect_stdout=False,
        )

    def __enter__(self) -> Self:
        """Show the lines."""
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the lines away and give the cursor back."""
        # The terminal may be gone, which is no reason to lose what was measured.
        with suppress(OSError):
            try:
                self._live.stop()
            finally:
                # A second Ctrl-C may have come in between.
                self._console.show_cursor()

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        """Draw the moment."""
        now = self._clock.monotonic()
        yield draw(
            self._subject,
            self._scene,
            elapsed_seconds=now - self._begun_at,
            now=now,
            width=options.max_width,
        )

    def show(self, event: Event) -> None:
        """Have it drawn that something begins."""
        self._scene = self._scene.beginning(event, at=self._clock.monotonic())

    def show_turn(self, turn: TurnEvent) -> None:
        """Have it drawn who is loaded."""
        self._scene = self._scene.turning(turn)

    def show_end(self, end: RoundEnd) -> None:
        """Say that a round has ended, which stays; have its medians drawn."""
        self._scene = self._scene.ending(end)
        rounds = most(end.rounds, up_to=end.up_to)
        elapsed = stopwatch(self._clock.monotonic() - self._begun_at)
        self.say(f"round {end.round} of {rounds} done · {elapsed}")

    def say(self, line: str) -> None:
        """Print *line*, which stays, above the lines that change."""
        with suppress(OSError):
            # Not broken into lines: a path in it is to be copied.
            self._console.print(
                printable_lines(line), markup=False, highlight=False, soft_wrap=True
            )
