# SPDX-License-Identifier: Apache-2.0
"""A clock that is moved by sleeping on it: no test waits."""


class FakeClock:
    """Implements `perfcompare.clock.Clock`; starts at *now* epoch seconds."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> float:
        """Return the epoch seconds that have been reached."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds that have been slept away."""
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        """Move both clocks on by *seconds*, at once.

        Raises:
            ValueError: *seconds* is negative, as the system's clock would say.
        """
        if seconds < 0:
            raise ValueError(f"cannot sleep {seconds:g} s: a sleep is not negative")
        self._now += seconds
        self._monotonic += seconds
