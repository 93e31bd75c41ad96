# SPDX-License-Identifier: Apache-2.0
"""One journal for all fakes of an experiment: its order as a story."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A span in which an owner had load."""

    started_at: float
    """Epoch seconds."""
    ended_at: float
    before_seconds: float
    """How long the owner had had load before."""


class Journal:
    """What happened, line by line; and who was busy when."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._spans: dict[str, list[Busy]] = defaultdict(list)

    @property
    def lines(self) -> tuple[str, ...]:
        """What happened, in order."""
        return tuple(self._lines)

    def note(self, line: str) -> None:
        """Add a line."""
        self._lines.append(line)

    def busy(self, owner: str, *, started_at: float, ended_at: float) -> None:
        """Let the sampler know of a span of load; spans come in order of time."""
        before_seconds = self._busy_before(owner, started_at)
        self._spans[owner].append(
            Busy(
                started_at=started_at, ended_at=ended_at, before_seconds=before_seconds
            )
        )

    def busy_seconds(self, owner: str, *, since: float, until: float) -> float:
        """Return for how long *owner* has had load between two times."""
        return self._busy_before(owner, until) - self._busy_before(owner, since)

    def _busy_before(self, owner: str, at: float) -> float:
        spans = self._spans[owner]
        index = bisect_left(spans, at, key=lambda span: span.started_at)
        if index == 0:
            return 0.0
        last = spans[index - 1]
        return last.before_seconds + min(at, last.ended_at) - last.started_at
