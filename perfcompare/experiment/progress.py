# SPDX-License-Identifier: Apache-2.0
"""What an experiment says while it runs; who shows it is in `perfcompare.cli`."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from perfcompare.model.visit import Phase, Reading
from perfcompare.store.writer import VisitRecord


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEvent:
    """A variant is about to have the load to itself."""

    variant: str
    workload: str
    phase: Phase
    """WARM_UP or LOAD."""
    block: int
    """0 for warm-up, from 1 for load."""
    blocks: int
    """Of this workload, for this variant, in this round."""
    share_done: float
    """Of the iterations of all variants that are up, before this turn: 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What one variant took so far: the geometric mean over rounds.

    As in a report, whose effect is the ratio of two of these.
    """

    subject: str
    """A workload, or a service."""
    variant: str
    value: float
    """Of a workload the p50 latency of a round's successes, in seconds; of a service
    the most PSS in a visit, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEnd:
    """A round has ended and is in the store."""

    round: int
    rounds: int
    up_to: bool
    counted: int
    """How many rounds are behind the numbers: those in which this process visited all
    that it measures."""
    latencies: tuple[Quantity, ...]
    memory: tuple[Quantity, ...]


class Progress(Protocol):
    """Is told what happens; must neither raise nor take time."""

    def show(self, event: Event) -> None:
        """Show that something begins."""
        ...

    def show_turn(self, turn: TurnEvent) -> None:
        """Show who is about to be loaded; the load waits for this to return."""
        ...

    def show_end(self, end: RoundEnd) -> None:
        """Show what there is so far.  No service is up, and nothing is measured."""
        ...


_Values = Mapping[tuple[str, str], float]
"""(Subject, variant) → base unit."""


class Tally:
    """The first numbers of an experiment: no verdicts, which take more than medians."""

    def __init__(self, variants: Iterable[str]) -> None:
        self._variants = frozenset(variants)
        self._visited: dict[str, VisitRecord] = {}
        self._latencies: list[_Values] = []
        self._memory: list[_Values] = []

    def add(self, records: Iterable[VisitRecord]) -> None:
        """Take in visits of the round at hand."""
        self._visited.update({record.visit.variant: record for record in records})

    def end(self, number: int, *, rounds: int, up_to: bool) -> RoundEnd:
        """End round *number* and sum up; half a round, as after a resume, is left out.

        Where base and target were not both visited, one would stand for other rounds
        than the other.
        """
        if self._visited.keys() == self._variants:
            visited = self._visited.values()
            self._latencies.append(_merged(_p50_seconds(each) for each in visited))
            self._memory.append(_merged(_pss_peak_bytes(each) for each in visited))
        self._visited = {}
        return RoundEnd(
            round=number,
            rounds=rounds,
            up_to=up_to,
            counted=len(self._latencies),
            latencies=_means(self._latencies),
            memory=_means(self._memory),
        )


def _merged(parts: Iterable[_Values]) -> _Values:
    return {key: value for part in parts for key, value in part.items()}


def _means(rounds: Sequence[_Values]) -> tuple[Quantity, ...]:
    """Return the means of what every round has."""
    return tuple(
        Quantity(
            subject=subject,
            variant=variant,
            value=statistics.geometric_mean(each[subject, variant] for each in rounds),
        )
        for subject, variant in (rounds[0] if rounds else ())
        if all(each.get((subject, variant), 0.0) > 0 for each in rounds)
    )


def _p50_seconds(record: VisitRecord) -> _Values:
    durations = defaultdict(list)
    for each in record.iterations:
        if each.phase is Phase.LOAD and not each.error:
            durations[each.workload].append(each.duration_seconds)
    return {
        (workload, record.visit.variant): statistics.median(values)
        for workload, values in durations.items()
    }


def _pss_peak_bytes(record: VisitRecord) -> _Values:
    """Return the most that each service's processes took at one look, idle to settle.

    A look at which one of them has no value is left out: part of a tree is not it.
    """
    visit = record.visit
    started_at, ended_at = visit.windows[0].started_at, visit.windows[-1].ended_at
    looks: defaultdict[tuple[str, float], list[Reading]] = defaultdict(list)
    for each in record.readings:
        if each.owner == visit.variant and started_at <= each.at <= ended_at:
            looks[each.service, each.at].append(each)
    peaks: dict[tuple[str, str], float] = {}
    for (service, _), readings in looks.items():
        values = [each.pss_bytes for each in readings if each.pss_bytes is not None]
        if len(values) == len(readings):
            key = service, visit.variant
            peaks[key] = max(peaks.get(key, 0.0), sum(values))
    return peaks
