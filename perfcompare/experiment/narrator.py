# SPDX-License-Identifier: Apache-2.0
"""Says what begins, and puts where it happened before the words of an error."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import overload

from perfcompare.clock import Clock
from perfcompare.experiment.progress import (
    Activity,
    Event,
    Progress,
    Tally,
    TurnEvent,
)
from perfcompare.model.errors import ExperimentError
from perfcompare.store.writer import VisitRecord
from perfcompare.workload.base import Turn

# The services' own time as a whole.  Of idle, load and settle only the windows are
# theirs: the start of sampler and Rally, and the hand-overs, are our overhead.
_PURPOSE = (Activity.START, Activity.STOP)


class Narrator:
    """One experiment's thread of talk; also keeps the time."""

    def __init__(
        self,
        progress: Progress,
        clock: Clock,
        *,
        variants: Iterable[str],
        rounds: int,
        up_to: bool = False,
    ) -> None:
        self._progress = progress
        self._clock = clock
        self._tally = Tally(variants)
        self._rounds = rounds
        self._up_to = up_to
        self.round = 0
        """0 before the first."""
        self.event: Event | None = None
        """What has begun and not ended well; None between two of them."""
        self._group_begun_at = 0.0
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
        self._group_begun_at = self._clock.monotonic()
        yield
        self._groups_done += 1
        self._groups_seconds += self._clock.monotonic() - self._group_begun_at

    def announced(
        self, turns: Sequence[Turn], *, check: Callable[[], None]
    ) -> "Announced":
        """Return *turns* such that each is told of before it begins.

        To be driven with the `Announced.check` of what comes back, in place of *check*,
        which it calls.
        """
        return Announced(turns, check=check, tell=self._progress.show_turn)

    def visited(self, records: Iterable[VisitRecord], *, last: bool) -> None:
        """Take in what a group left, and tell when it was the *last* of its round."""
        self._tally.add(records)
        if last:
            end = self._tally.end(self.round, rounds=self._rounds, up_to=self._up_to)
            self._progress.show_end(end)

    def _seconds_left(self) -> float | None:
        if not self._groups_done:
            return None
        usual_seconds = self._groups_seconds / self._groups_done
        spent_seconds = self._clock.monotonic() - self._group_begun_at
        # A group that takes longer than usual is nearly done, not overdone.
        this_seconds = max(0.0, usual_seconds - spent_seconds)
        return this_seconds + (self._groups_left - 1) * usual_seconds


class Announced(Sequence[Turn]):
    """Turns on their way to a driver, each told of just before it begins.

    A driver takes a turn and checks at the hand-over (see `Driver`): so when it checks,
    the turn that it took last is about to begin.
    """

    def __init__(
        self,
        turns: Sequence[Turn],
        *,
        check: Callable[[], None],
        tell: Callable[[TurnEvent], None],
    ) -> None:
        self._turns = turns
        self._check = check
        self._tell = tell
        self._taken = self._told = -1

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._turns)

    @overload
    def __getitem__(self, index: int) -> Turn: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Turn]: ...
    def __getitem__(self, index: int | slice) -> Turn | Sequence[Turn]:
        """Return a turn, or some, without taking it."""
        return self._turns[index]

    def __iter__(self) -> Iterator[Turn]:
        """Yield them, and keep which was taken."""
        for index, turn in enumerate(self._turns):
            self._taken = index
            yield turn

    def check(self) -> None:
        """Check; then tell of the turn that was taken, once."""
        self._check()
        if self._taken != self._told:
            self._told = self._taken
            self._tell(self._event(self._taken))

    def _event(self, index: int) -> TurnEvent:
        turn = self._turns[index]
        place = turn.variant, turn.workload
        blocks = [t.block for t in self._turns if (t.variant, t.workload) == place]
        done = sum(each.iterations for each in self._turns[:index])
        return TurnEvent(
            variant=turn.variant,
            workload=turn.workload,
            phase=turn.phase,
            block=turn.block,
            blocks=max(blocks),
            share_done=done / sum(each.iterations for each in self._turns),
        )
