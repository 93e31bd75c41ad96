# SPDX-License-Identifier: Apache-2.0
"""What an experiment says while it runs, and plain lines for it."""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TextIO

from perfcompare.clock import Clock


class Activity(StrEnum):
    """What an experiment is doing; reads as "…: round 2 of 6, *start target*"."""

    SET_UP = "set up"
    UPGRADE = "upgrade"
    DESCRIBE = "describe"
    START = "start"
    VERIFY = "verify the backend of"
    IDLE = "idle"
    LOAD = "load"
    SETTLE = "settle"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something begins."""

    activity: Activity
    round: int
    """0 before the first."""
    rounds: int
    up_to: bool
    """It may end before so many *rounds*."""
    variant: str
    """"" where it concerns all of them."""
    seconds_left: float | None
    """Until the end of the experiment, from the rounds that this process has done;
    None before the first of them has ended."""

    def __str__(self) -> str:
        """Say what and where, without the time."""
        what = f"{self.activity} {self.variant}".rstrip()
        most = f"up to {self.rounds}" if self.up_to else f"{self.rounds}"
        return f"round {self.round} of {most}, {what}" if self.round else what


class Progress(Protocol):
    """Is told whenever something begins."""

    def show(self, event: Event) -> None:
        """Show *event*; must not raise."""
        ...


class PlainProgress:
    """One line an event, for logs and pipes."""

    def __init__(self, out: TextIO, clock: Clock) -> None:
        self._out = out
        self._clock = clock
        self._begun_at = clock.monotonic()

    def show(self, event: Event) -> None:
        """Write the seconds since the beginning, the event, and the time left."""
        elapsed_seconds = self._clock.monotonic() - self._begun_at
        left = event.seconds_left
        rest = "" if left is None else f" (about {duration(left)} left)"
        # A reader that has left must not end an experiment of an hour.
        with suppress(OSError):
            self._out.write(f"{elapsed_seconds:7.1f} s  {event}{rest}\n")
            self._out.flush()


def duration(seconds: float) -> str:
    """Put *seconds* as people say it: "40 s", "12 min", "3 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
