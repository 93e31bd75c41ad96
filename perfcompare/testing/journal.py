# SPDX-License-Identifier: Apache-2.0
"""One journal for all fakes of an experiment: its order as a story."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A span in which an owner had load."""

    owner: str
    started_at: float
    """Epoch seconds."""
    ended_at: float


class Journal:
    """What happened, line by line; and who was busy when."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._spans: list[Busy] = []

    @property
    def lines(self) -> tuple[str, ...]:
        """What happened, in order."""
        return tuple(self._lines)

    def note(self, line: str) -> None:
        """Add a line."""
        self._lines.append(line)

    def busy(self, span: Busy) -> None:
        """Let the sampler know of load."""
        self._spans.append(span)

    def busy_seconds(self, owner: str, *, since: float, until: float) -> float:
        """Return for how long *owner* has had load between two times."""
        return sum(
            max(0.0, min(span.ended_at, until) - max(span.started_at, since))
            for span in self._spans
            if span.owner == owner
        )
