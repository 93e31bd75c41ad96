# SPDX-License-Identifier: Apache-2.0
"""The Driver protocol: load in turns, one variant at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from perfcompare.model.target import LoadTarget
from perfcompare.model.visit import Iteration, Phase, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One variant's next piece of load; turns never overlap."""

    variant: str
    workload: str
    phase: Phase
    """WARM_UP or LOAD."""
    block: int
    """0 for warm-up, from 1 for load."""
    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What driving one variant for one visit left."""

    iterations: tuple[Iteration, ...]
    windows: tuple[Window, ...]
    """Warm-up and load windows, one a turn, in order."""
    context_seconds: float
    """What Rally's contexts took to set up and clean up, between the turns."""
    rally_json: bytes
    """Rally's own report (format 1.2), as it wrote it."""
    log: bytes
    """What Rally printed, secrets redacted."""


class Driver(Protocol):
    """Carries turns out; one Rally a variant lives through the whole call."""

    def drive(
        self,
        turns: Sequence[Turn],
        targets: Mapping[str, LoadTarget],
        *,
        check: Callable[[], None],
    ) -> Mapping[str, Load]:
        """Carry *turns* out in order; return one Load a variant.

        Args:
            turns: In order; for each workload all its turns stand together, and
                every variant of *targets* has at least one turn in it.
            targets: Variant → where its Rally finds it.
            check: Called at every hand-over and once a second while waiting;
                raises (DeploymentError) when a service has died.

        Raises:
            WorkloadError: A Rally refused its task, died, or wrote nothing usable.
        """
        ...
