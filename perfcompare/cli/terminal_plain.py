# SPDX-License-Identifier: Apache-2.0
"""Progress where nobody watches: lines for logs and pipes."""

from contextlib import suppress
from typing import TextIO

from perfcompare.cli.terminal_words import Line, duration, lines_of, most
from perfcompare.clock import Clock
from perfcompare.experiment.progress import Event, RoundEnd, TurnEvent
from perfcompare.model.metric import Unit
from perfcompare.model.variant import VariantName
from perfcompare.report.scale import MINUS, SPACE

_COMPARED = (VariantName.BASE.value, VariantName.TARGET.value)


class PlainProgress:
    """One line an event, and one with medians for each round that has ended."""

    def __init__(self, out: TextIO, clock: Clock) -> None:
        self._out = out
        self._clock = clock
        self._begun_at = clock.monotonic()

    def show(self, event: Event) -> None:
        """Write the seconds since the beginning, the event, and the time left."""
        left = event.seconds_left
        rest = "" if left is None else f" (about {duration(left)} left)"
        self._write(f"{event}{rest}")

    def show_turn(self, turn: TurnEvent) -> None:
        """Write nothing: there are hundreds, and nobody watches."""

    def show_end(self, end: RoundEnd) -> None:
        """Write the medians so far."""
        what = f"round {end.round} of {most(end.rounds, up_to=end.up_to)} ended"
        names = tuple(name.value for name in VariantName)
        lines = lines_of(end.latencies, unit=Unit.SECONDS, variants=names)
        if lines:
            medians = "; ".join(_median(line) for line in lines)
            rounds = f"{end.counted} round{'' if end.counted == 1 else 's'}"
            what = f"{what}: {medians}; so far, over {rounds}, not a verdict"
        self._write(what)

    def _write(self, what: str) -> None:
        elapsed_seconds = self._clock.monotonic() - self._begun_at
        # A reader that has left must not end an experiment of an hour.
        with suppress(OSError):
            self._out.write(f"{elapsed_seconds:7.1f} s  {what}\n")
            self._out.flush()


def _median(line: Line) -> str:
    """Write "list p50 17.9 → 18.1 ms (+1.1 %)", and the other variants by name."""
    numbers = dict(line.numbers)
    parts = []
    if line.change:
        base, target = (numbers.pop(name) for name in _COMPARED)
        parts.append(f"{base} → {target} {line.unit} ({line.change})")
    parts += [f"{name} {number} {line.unit}" for name, number in numbers.items()]
    # Programs look for a space and for the minus sign of a keyboard.
    told = ", ".join(parts).replace(SPACE, " ").replace(MINUS, "-")
    return f"{line.subject} p50 {told}"
