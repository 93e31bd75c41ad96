# SPDX-License-Identifier: Apache-2.0
"""Who else uses the CPU at this moment: looked at, told, and waited for.

How much others use is what all CPUs did less what was ours.  Who they are is in the
process table.  Where the two disagree, as in a container that does not see the host's
processes, the line says so.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perfcompare.analysis.conditions import OTHERS_CORES, OTHERS_RATIO
from perfcompare.clock import Clock
from perfcompare.command import Process, family, processes
from perfcompare.model.target import OTHERS, STEAL
from perfcompare.report.words import plural, printable
from perfcompare.sampling.host import STAT, Host, used_ticks
from perfcompare.store.run_file import RunState, VisitKey

if TYPE_CHECKING:
    from perfcompare.model.variant import Variant
    from perfcompare.store.writer import RunWriter

LOOK_SECONDS = 2.0
"""The kernel counts in steps of 10 ms: of one core, this is 200 of them."""
CALM_STEAL_RATIO = 0.01

_TOLD_SECONDS = 10.0
_NAMED = 3
_NAMED_RATIO = 0.05
_NAME_LETTERS = 40
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_RISK = "saturated latencies may stay undecided"


def busy_limit(cores: int) -> float:
    """Return the CPU that others may use on a quiet host, 1 is one core.

    The same limit marks a round.
    """
    return max(OTHERS_CORES, OTHERS_RATIO * cores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """A process that is not ours and uses CPU."""

    name: str
    """As the kernel has it, so any bytes; "" when it has just ended."""
    pid: int
    cpu_ratio: float
    """1 is one core; with children that have ended meanwhile."""

    def __str__(self) -> str:
        """Write "python3 pid 4242, 0.48"."""
        name = printable(self.name, limit=_NAME_LETTERS)
        return f"{name} pid {self.pid}, {self.cpu_ratio:.2f}".lstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLook:
    """What was seen of the CPU in a few seconds."""

    cores: int
    others_ratio: float | None
    """CPU that others used, 1 is one core; None where the kernel does not count."""
    steal_ratio: float | None
    """Of all CPU time, what the hypervisor gave to others; None as above."""
    seen_ratio: float
    """The part of others that is in the process table."""
    takers: tuple[Taker, ...]
    """Those who take most, at most three, the first one most."""

    @property
    def is_busy(self) -> bool:
        """Whether others use more than a measurement bears, as far as is known."""
        used = self.seen_ratio if self.others_ratio is None else self.others_ratio
        return used > busy_limit(self.cores)

    @property
    def is_unseen(self) -> bool:
        """Whether most of what keeps the host busy is in no process seen here."""
        others = self.others_ratio or 0.0
        return self.is_busy and self.seen_ratio < others / 2


class HostWatch:
    """Watches the host from its making on; what descends from *run_pid* is ours."""

    def __init__(
        self,
        clock: Clock,
        *,
        run_pid: int | None = None,
        stat: Path = STAT,
        table: Callable[[], Mapping[int, Process]] = processes,
    ) -> None:
        self._clock = clock
        self._run_pid = os.getpid() if run_pid is None else run_pid
        self._table = table
        self._host = Host(self._run_pid, stat=stat)
        self._ours: frozenset[tuple[int, int]] = frozenset()
        self._before: Mapping[int, Process] = {}
        self._used: Mapping[str, float] = {}
        self._at = 0.0
        self._take()

    def look(self) -> HostLook:
        """Wait for two seconds; return what happened since the last look."""
        self._clock.sleep(LOOK_SECONDS)
        return self.seen()

    def seen(self) -> HostLook:
        """Return what happened since the last look, which is some time ago."""
        before, used, at = self._before, self._used, self._at
        self._take()
        elapsed_seconds = self._at - at

        def ratio(service: str, cpus: int) -> float | None:
            if service not in used or service not in self._used:
                return None
            return (self._used[service] - used[service]) / elapsed_seconds / cpus

        ticks = used_ticks(
            before,
            self._before,
            known=_names(before) - self._ours,
            members=_names(self._before) - self._ours,
        )
        ratios = {
            pid: each / _TICKS_A_SECOND / elapsed_seconds
            for (pid, _), each in ticks.items()
        }
        return HostLook(
            cores=len(os.sched_getaffinity(0)),
            others_ratio=ratio(OTHERS, 1),
            steal_ratio=ratio(STEAL, os.cpu_count() or 1),
            seen_ratio=sum(ratios.values()),
            takers=_takers(ratios),
        )

    def _take(self) -> None:
        self._at = self._clock.monotonic()
        self._before = table = self._table()
        ours = {table[pid].name for pid in family({self._run_pid}, table)}
        self._ours = self._ours | ours
        readings = self._host.look(table, (), at=self._clock.now())
        self._used = {each.service: each.cpu_seconds for each in readings}


def look_first(
    writer: "RunWriter",
    variants: Sequence["Variant"],
    *,
    clock: Clock,
    wait_seconds: int,
    tell: Callable[[str], None],
) -> None:
    """Look at the host before what is left of a run is measured; wait if asked to.

    A run of which nothing is left is not held up.
    """
    left = any(
        VisitKey(round=number, variant=variant.name.value) not in writer.visits
        for number in range(1, writer.plan.rounds + 1)
        for variant in variants
    )
    if not left:
        return
    try:
        wait_for_quiet(
            HostWatch(clock).look, clock=clock, wait_seconds=wait_seconds, tell=tell
        )
    except (KeyboardInterrupt, SystemExit):
        # The experiment, which records how it ends, has not begun.
        writer.end(RunState.INTERRUPTED, at=clock.now(), message="")
        raise


def wait_for_quiet(
    look: Callable[[], HostLook],
    *,
    clock: Clock,
    wait_seconds: int,
    tell: Callable[[str], None],
) -> None:
    """Look at the host, and again until it is quiet or *wait_seconds* have passed.

    Args:
        look: Takes a while and returns what it saw.
        clock: That *look* waits by.
        wait_seconds: 0 for one look.
        tell: Is told what was seen first and last, and each ten seconds.
    """
    seen = look()
    if not seen.is_busy or not wait_seconds:
        tell(first_words(seen, waits=wait_seconds > 0))
        return
    tell(f"{use_words(seen)}: waiting for quiet, at most {wait_seconds} s")
    begun = told = now = clock.monotonic()
    while now < begun + wait_seconds:
        if now >= told + _TOLD_SECONDS:
            tell(f"waited {now - begun:.0f} of {wait_seconds} s: {use_words(seen)}")
            told = now
        seen = look()
        now = clock.monotonic()
        if not seen.is_busy:
            tell(f"quiet after {now - begun:.0f} s: {use_words(seen)}")
            return
    waited = f"not quiet after {now - begun:.0f} s"
    tell(f"{waited}: {use_words(seen)}; going on: {_RISK}")


def first_words(seen: HostLook, *, waits: bool) -> str:
    """Say what was seen, what it costs, and what can be done.

    Args:
        seen: The first look.
        waits: Whether quiet would be waited for.
    """
    stolen = seen.steal_ratio is not None and seen.steal_ratio > CALM_STEAL_RATIO
    uncounted = seen.others_ratio is not None and seen.steal_ratio is None
    parts = [use_words(seen)]
    if stolen or uncounted:
        parts.append(steal_words(seen))
    told = "; ".join(parts)
    if seen.is_busy:
        return f"{told}: {_RISK}; end it, or wait with --wait-for-quiet 300"
    if seen.others_ratio is None:
        return f"{told}; going on" if waits else told
    return told if stolen else f"the host is quiet: {told}"


def use_words(seen: HostLook) -> str:
    """Say how much others use and who takes most of it, or that nobody counts it."""
    if seen.others_ratio is None:
        told = f"{STAT} does not count here: whether others use the CPU is not known"
    else:
        cores = plural(seen.cores, "core")
        told = f"others use {seen.others_ratio:.2f} of {cores}"
    if seen.takers and seen.is_busy:
        told += f" (top: {'; '.join(str(taker) for taker in seen.takers)})"
    if not seen.is_unseen:
        return told
    share = "most of it" if seen.takers else "it"
    return (
        f"{told}; no process seen here takes {share}: it is outside this container, or"
        " hidden"
    )


def steal_words(seen: HostLook) -> str:
    """Say how much of the CPU time the hypervisor gave away, or that nobody counts."""
    if seen.steal_ratio is None:
        return "steal is not counted here"
    return f"steal {seen.steal_ratio:.1%}"


def _names(table: Mapping[int, Process]) -> frozenset[tuple[int, int]]:
    return frozenset(process.name for process in table.values())


def _takers(ratios: Mapping[int, float]) -> tuple[Taker, ...]:
    top = sorted(ratios, key=lambda pid: ratios[pid], reverse=True)[:_NAMED]
    return tuple(
        Taker(name=_name(pid), pid=pid, cpu_ratio=ratios[pid])
        for pid in top
        if ratios[pid] > _NAMED_RATIO
    )


def _name(pid: int) -> str:
    """Return what the kernel calls the process; "" when it has ended."""
    with suppress(OSError):
        comm = Path(f"/proc/{pid}/comm").read_bytes()
        return comm.decode(errors="backslashreplace").removesuffix("\n")
    return ""
