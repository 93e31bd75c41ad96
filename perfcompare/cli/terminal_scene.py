# SPDX-License-Identifier: Apache-2.0
"""What is going on at this moment: a value, made anew with everything that is told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from perfcompare.experiment.progress import Activity, Event, RoundEnd, TurnEvent
from perfcompare.model.visit import Phase

WAITS = "waits"
UP = "up"
STOPPED = "stopped"

_WORDS = {Activity.VERIFY: "verify"}
_BETWEEN = (WAITS, UP, STOPPED)
_AFTER_LOAD = (Activity.SETTLE, Activity.STOP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One variant at this moment."""

    variant: str
    doing: str
    """WAITS, UP, STOPPED, an activity, or a phase of the load."""
    detail: str
    """"" where there is nothing to add."""
    has_turn: bool
    """What goes on concerns this variant alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All variants at this moment, and what there is so far."""

    lanes: tuple[Lane, ...]
    event: Event | None
    """The last; None before the first."""
    event_at: float
    """When it was told, by a monotonic clock."""
    share_done: float
    """Of the load of those who are up: 0 to 1."""
    end: RoundEnd | None
    """Of the last round that has ended."""

    def beginning(self, event: Event, *, at: float) -> "Scene":
        """Return the scene as *event* begins."""
        new_round = self.event is None or self.event.round != event.round
        lanes = start(lane.variant for lane in self.lanes) if new_round else self.lanes
        return replace(
            self,
            lanes=tuple(_begin(_ended(lane), event) for lane in lanes),
            event=event,
            event_at=at,
            share_done=1.0 if event.activity in _AFTER_LOAD else 0.0,
        )

    def turning(self, turn: TurnEvent) -> "Scene":
        """Return the scene as *turn* begins."""
        lanes = tuple(_turn(lane, turn) for lane in self.lanes)
        return replace(self, lanes=lanes, share_done=turn.share_done)

    def ending(self, end: RoundEnd) -> "Scene":
        """Return the scene after a round."""
        lanes = tuple(_ended(lane) for lane in self.lanes)
        return replace(self, lanes=lanes, share_done=0.0, end=end)


def opening(variants: Iterable[str]) -> Scene:
    """Return the scene before anything has begun."""
    return Scene(
        lanes=start(variants), event=None, event_at=0.0, share_done=0.0, end=None
    )


def start(variants: Iterable[str]) -> tuple[Lane, ...]:
    """Return lanes of variants that have not been visited in this round."""
    return tuple(
        Lane(variant=name, doing=WAITS, detail="", has_turn=False) for name in variants
    )


def _ended(lane: Lane) -> Lane:
    """Return *lane* with what it was doing done."""
    if lane.doing in _BETWEEN:
        return replace(lane, detail="", has_turn=False)
    doing = STOPPED if lane.doing == Activity.STOP else UP
    return replace(lane, doing=doing, detail="", has_turn=False)


def _begin(lane: Lane, event: Event) -> Lane:
    doing = _WORDS.get(event.activity, event.activity.value)
    if event.variant == lane.variant:
        return replace(lane, doing=doing, has_turn=True)
    if not event.variant and event.round and lane.doing == UP:
        return replace(lane, doing=doing)
    return lane


def _turn(lane: Lane, turn: TurnEvent) -> Lane:
    if lane.variant == turn.variant:
        return replace(
            lane, doing=turn.phase.value, detail=_detail(turn), has_turn=True
        )
    if lane.doing in {WAITS, STOPPED}:
        return lane
    return replace(lane, doing=UP, detail="waits for its turn", has_turn=False)


def _detail(turn: TurnEvent) -> str:
    # The name last, which may be cut.
    if turn.phase is Phase.LOAD and turn.blocks > 1:
        return f"block {turn.block} of {turn.blocks} · {turn.workload}"
    return turn.workload
