# SPDX-License-Identifier: Apache-2.0
"""Says what begins, and puts where it happened before the words of an error."""

from collections.abc import Iterator
from contextlib import contextmanager

from perfcompare.clock import Clock
from perfcompare.experiment.progress import Activity, Event, Progress
from perfcompare.model.errors import ExperimentError

# The services' own time as a whole.  Of idle, load and settle only the windows are
# theirs: the start of sampler and Rally, and the hand-overs, are our overhead.
_PURPOSE = (Activity.START, Activity.STOP)


class Narrator:
    """One experiment's thread of talk; also keeps the time."""

    def __init__(
        self, progress: Progress, clock: Clock, *, rounds: int, up_to: bool = False
    ) -> None:
        self._progress = progress
        self._clock = clock
        self._rounds = rounds
        self._up_to = up_to
        self.round = 0
        """0 before the first."""
        self.event: Event | None = None
        """What has begun and not ended well; None between two of them."""
        self._groups_done = 0
        self._groups_seconds = 0.0
        self._groups_left = 0
        self.purpose_seconds = 0.0
        """Spent in start and stop since this was made."""

    @contextmanager
    def doing(self, activity: Activity, *, variant: str = "") -> Iterator[None]:
        """Announce *activity* and name it in any ExperimentError; not to be nested."""
        self.event = event = Event(
            activity=activity,
            round=self.round,
            rounds=self._rounds,
            up_to=self._up_to,
            variant=variant,
            seconds_left=self._seconds_left(),
        )
        self._progress.show(event)
        begun_at = self._clock.monotonic()
        try:
            yield
        except ExperimentError as error:
            raise type(error)(f"{event}: {error}") from error
        self.event = None
        if activity in _PURPOSE:
            self.purpose_seconds += self._clock.monotonic() - begun_at

    @contextmanager
    def group(self, number: int, *, groups_left: int) -> Iterator[None]:
        """Let what follows be of round *number*; *groups_left* includes this one."""
        self.round = number
        self._groups_left = groups_left
        begun_at = self._clock.monotonic()
        yield
        self._groups_done += 1
        self._groups_seconds += self._clock.monotonic() - begun_at

    def _seconds_left(self) -> float | None:
        if not self._groups_done:
            return None
        return self._groups_left * self._groups_seconds / self._groups_done
