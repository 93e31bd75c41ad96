# SPDX-License-Identifier: Apache-2.0
"""Caveats about a load that was more than the service, or the generator, can take."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturated:
    """Iterations queued in the service: their times show waiting, not cost."""

    variants: tuple[str, ...]
    concurrency: int
    service: str
    """The service whose process used up its core; "" where something else bounds it."""
    cpu_ratios: tuple[float, ...]
    """Of that process, 1 is one core, parallel to *variants*; () without *service*."""
    served: tuple[float, ...]
    """Iterations that were worked on at once, parallel to *variants*; () with
    *service*."""

    def __str__(self) -> str:
        """Say by what, and what to look at instead."""
        if self.service:
            used = _each(f"{ratio:.2f}" for ratio in self.cpu_ratios)
            why = f"{self.service} used {used} of its one core"
        else:
            served = _each(f"{count:.1f}" for count in self.served)
            why = f"the service worked on {served} iterations at once, others waited"
        return (
            f"{_were(self.variants)} saturated at {_clients(self.concurrency)} ({why}):"
            " what you see is queueing; capacity (throughput) is the metric"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorBound:
    """The process that makes the load had no CPU left."""

    variants: tuple[str, ...]
    concurrency: int
    cpu_ratios: tuple[float, ...]
    """Of the generator, 1 is one core, parallel to *variants*."""

    def __str__(self) -> str:
        """Say how busy it was, and what that hides."""
        used = _each(f"{ratio:.2f}" for ratio in self.cpu_ratios)
        return (
            f"{_were(self.variants)} generator-bound at {_clients(self.concurrency)}"
            f" (Rally used {used} of its one core): times and throughput say little of"
            " the service"
        )


def _were(variants: Sequence[str]) -> str:
    return f"{_each(variants)} {'was' if len(variants) == 1 else 'were'}"


def _clients(count: int) -> str:
    return "1 client" if count == 1 else f"{count} clients"


def _each(words: Iterable[str]) -> str:
    """Enumerate *words*: one that is said of all alike is said once."""
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} and {last}" if others else last
