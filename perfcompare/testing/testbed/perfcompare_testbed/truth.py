# SPDX-License-Identifier: Apache-2.0
"""The injected costs, read from the environment, and who pays them when."""

import itertools
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Order(StrEnum):
    """Who of those that wait for a worker is served next."""

    FAIR = "fair"
    """The oldest."""
    UNFAIR = "unfair"
    """Mostly the newest: the same mean, a lower median and a longer tail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a request and the process as a whole are made to cost."""

    latency_seconds: float
    """Of every request for work."""
    tail_seconds: float
    """On top, for the requests of the tail."""
    tail_ratio: float
    """Share of the requests in the tail, in [0, 1]."""
    error_ratio: float
    """Share of the requests that are answered with 500, in [0, 1]."""
    memory_bytes: int
    """Held and touched by the worker."""
    threads: int
    """Idle native threads of the worker, on top of those that serve."""
    cpu_seconds: float
    """CPU time of every request for work, on top of its latency."""
    workers: int
    """Requests for work in service at once, while the others wait; 0: any number."""
    order: Order
    """Who is next when a worker is free."""
    accept_seconds: float
    """Of every new connection."""
    closes: bool
    """Whether every answer ends its connection."""


def read(environment: Mapping[str, str]) -> Truth:
    """Read the costs; what is not set costs nothing, but for 10 ms a request.

    Raises:
        ValueError: A variable is no number, or names no order.
    """
    return Truth(
        latency_seconds=float(environment.get("TESTBED_LATENCY_SECONDS", "0.010")),
        tail_seconds=float(environment.get("TESTBED_TAIL_SECONDS", "0")),
        tail_ratio=float(environment.get("TESTBED_TAIL_RATIO", "0")),
        error_ratio=float(environment.get("TESTBED_ERROR_RATIO", "0")),
        memory_bytes=int(environment.get("TESTBED_MEMORY_BYTES", "0")),
        threads=int(environment.get("TESTBED_THREADS", "0")),
        cpu_seconds=float(environment.get("TESTBED_CPU_SECONDS", "0")),
        workers=int(environment.get("TESTBED_WORKERS", "0")),
        order=Order(environment.get("TESTBED_QUEUE", "fair")),
        accept_seconds=float(environment.get("TESTBED_ACCEPT_SECONDS", "0")),
        closes=bool(int(environment.get("TESTBED_CLOSE", "0"))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one request is made to cost."""

    seconds: float
    cpu_seconds: float
    failed: bool


class Costs:
    """Hands every request its cost, the same sequence after every start."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._numbers = itertools.count()

    def next(self) -> Cost:
        """Return the cost of the next request; `itertools.count` needs no lock."""
        number = next(self._numbers)
        slow = _fraction("tail", number) < self._truth.tail_ratio
        return Cost(
            seconds=self._truth.latency_seconds
            + (self._truth.tail_seconds if slow else 0.0),
            cpu_seconds=self._truth.cpu_seconds,
            failed=_fraction("error", number) < self._truth.error_ratio,
        )


def _fraction(what: str, number: int) -> float:
    """Return a number in [0, 1) that looks random and never changes."""
    # CRC-32 is linear: without the second pass neighbours stay neighbours.
    once = zlib.crc32(f"{what} {number}".encode())
    return zlib.crc32(f"{once * 2654435761 % 2**32:08x}".encode()) / 2**32
