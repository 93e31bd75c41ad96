# SPDX-License-Identifier: Apache-2.0
"""What one visit to one variant leaves: iterations, readings, windows, evidence."""

from dataclasses import dataclass
from enum import StrEnum

from perfcompare.model.caveat import Caveat
from perfcompare.model.variant import Backend


class Phase(StrEnum):
    """The parts of a visit."""

    IDLE = "idle"
    """Started and ready, no load yet."""
    WARM_UP = "warm-up"
    LOAD = "load"
    SETTLE = "settle"
    """After the load, before the stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of a visit; LOAD windows are blocks: the variant had the turn."""

    phase: Phase
    workload: str
    """"" in idle and settle."""
    block: int
    """0 in idle, warm-up and settle; from 1 in load."""
    started_at: float
    """Epoch seconds."""
    ended_at: float
    iterations: int
    generator_cpu_seconds: float | None
    """CPU time of the process that made the load, in this window; None where nobody
    counted (idle, settle, imported results)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One of Rally's atomic actions within an iteration, summed by name."""

    name: str
    duration_seconds: float
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Iteration:
    """One execution inside a workload."""

    workload: str
    number: int
    """From 0, in the order of start."""
    phase: Phase
    """WARM_UP or LOAD."""
    block: int
    started_at: float
    """Epoch seconds."""
    duration_seconds: float
    """Wall time less Rally's idle time."""
    error: str
    """"" for success; else exception type and message, one line."""
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One look at one process, or at the host."""

    at: float
    """Epoch seconds."""
    owner: str
    """The variant's name, CONTROL or HOST (see `perfcompare.model.target`)."""
    service: str
    pid: int
    parent_pid: int
    threads: int
    file_descriptors: int | None
    rss_bytes: int
    uss_bytes: int | None
    """None where this look did not take it."""
    pss_bytes: int | None
    cpu_seconds: float
    """User + system since the process began."""
    voluntary_switches: int | None
    """Of all threads since they began."""
    involuntary_switches: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessEvidence:
    """Which backend one process really runs, and how that is known."""

    service: str
    pid: int
    title: str
    """Command line or process title, cut to 200 characters."""
    expected: Backend
    found: Backend | None
    """None: the process serves nothing (a master that only waits)."""
    threads: int
    evidence: str
    """One line: the frame or thread that proves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """How one service ended."""

    service: str
    stop_seconds: float
    """SIGTERM until the whole tree was gone."""
    killed: bool
    orphans: int
    """Processes that outlived their parent and were ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What a server counted for one variant, from before the load until after it."""

    name: str
    """sql_statements or rpc_messages."""
    service: str
    """The server that counted: mariadb, rabbitmq."""
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One variant's part of a round, without its bulk data."""

    round: int
    variant: str
    position: int
    """0 for the variant that was started first in this round."""
    started_at: float
    ended_at: float
    ready_seconds: float | None
    """From the first process's start until every ready check passed; None when
    somebody else started it."""
    services: tuple[str, ...]
    controls: tuple[str, ...]
    """Services that are watched but not compared: database, broker, keystone."""
    windows: tuple[Window, ...]
    stops: tuple[Stop, ...]
    evidence: tuple[ProcessEvidence, ...]
    counters: tuple[Counter, ...]
    """() where no server counts."""
    overhead_seconds: float | None
    """Time of the visit that was neither start, idle, load, settle nor stop, nor
    spent by Rally's contexts; None when it was not measured by us."""
    caveats: tuple[Caveat, ...]
