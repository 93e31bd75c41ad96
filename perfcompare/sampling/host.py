# SPDX-License-Identifier: Apache-2.0
"""What the host's CPUs did that was not ours: stolen time, and the work of others.

No process table says what a stranger used who came and went between two looks, so
others are what is left: all that the CPUs did (proc_stat(5)) less what was ours.
"""

import os
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from perfcompare.command import Process, family
from perfcompare.model.target import HOST, OTHERS, STEAL
from perfcompare.model.visit import Reading

STAT = Path("/proc/stat")
"""Where the kernel counts, on its first line, what all CPUs did."""

# Guests' time, which follows, is in user and nice already.
_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_BUSY = frozenset({"user", "nice", "system", "irq", "softirq"})
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# The kernel counts CPUs by sampling and processes to the nanosecond, and both are read
# some milliseconds apart: over one look the two disagree by a few ticks either way.
_MOST_OWED_TICKS = 10


class Host:
    """Looks at the host, again and again; what it reads counts from the first look."""

    def __init__(self, run_pid: int, *, stat: Path = STAT) -> None:
        self._stat = stat
        self._ours = _Ours(run_pid)
        self._before: _Ticks | None = None
        self._others = _Ascending()
        self._steal = _Ascending()

    def look(
        self, table: Mapping[int, Process], watched: Collection[int], *, at: float
    ) -> tuple[Reading, ...]:
        """Return what others used and what was stolen; neither where nobody counts.

        Args:
            table: All processes, just read.
            watched: Roots of trees that are ours though perfcompare did not start
                them; what descends from perfcompare is ours anyway.
            at: Epoch seconds, for the readings.
        """
        ours_ticks = self._ours.used_ticks(table, watched)
        now = _read(self._stat)
        if now is None:
            return ()
        before, self._before = self._before or now, now
        self._others.add(now.busy - before.busy - ours_ticks)
        readings = [_reading(OTHERS, self._others.total, at=at)]
        if now.steal is not None and before.steal is not None:
            self._steal.add(now.steal - before.steal)
            readings.append(_reading(STEAL, self._steal.total, at=at))
        return tuple(readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ticks:
    """What all CPUs did since boot, in ticks."""

    busy: int
    """What was neither idle nor stolen."""
    steal: int | None
    """None where the kernel does not say."""


def _read(stat: Path) -> _Ticks | None:
    """Read the first line; None where the kernel or a sandbox counts nothing."""
    try:
        with stat.open() as lines:
            label, *words = lines.readline().split() or [""]
    except OSError:
        return None
    ticks = dict(zip(_FIELDS, map(int, words), strict=False))
    if label != "cpu" or not ticks.keys() >= _BUSY or not any(ticks.values()):
        return None
    return _Ticks(busy=sum(ticks[name] for name in _BUSY), steal=ticks.get("steal"))


def _reading(service: str, ticks: int, *, at: float) -> Reading:
    return Reading(
        at=at,
        owner=HOST,
        service=service,
        pid=0,
        parent_pid=0,
        threads=0,
        file_descriptors=None,
        rss_bytes=0,
        uss_bytes=None,
        pss_bytes=None,
        cpu_seconds=ticks / _TICKS_A_SECOND,
        voluntary_switches=None,
        involuntary_switches=None,
    )


class _Ascending:
    """A total of what grows in truth, from growths that are read with an error.

    It never falls.  A growth below zero is owed by those to come, else all the errors
    above zero would add up and none below; not more than an error may be, else one
    that lasts would hide what is true.
    """

    def __init__(self) -> None:
        self.total = 0
        self._owed = 0

    def add(self, growth: int) -> None:
        """Add what was read."""
        growth -= self._owed
        self._owed = min(max(0, -growth), _MOST_OWED_TICKS)
        self.total += max(0, growth)


class _Ours:
    """The CPU time of perfcompare, of all it has started and of what it watches."""

    def __init__(self, run_pid: int) -> None:
        self._run_pid = run_pid
        self._known: frozenset[tuple[int, int]] = frozenset()
        self._before: Mapping[int, Process] | None = None

    def used_ticks(self, table: Mapping[int, Process], watched: Collection[int]) -> int:
        """Return what was used since the last look; 0 at the first."""
        before, known = self._before, self._known
        self._before, self._known = table, self._members(table, watched)
        if before is None:
            return 0
        used = used_ticks(before, table, known=known, members=self._known)
        return sum(used.values())

    def _members(
        self, table: Mapping[int, Process], watched: Collection[int]
    ) -> frozenset[tuple[int, int]]:
        """Name those who are ours; who has been so once is until its end."""
        roots = {pid for pid in watched if pid in table}
        roots |= {pid for pid, started in self._known if _same(table, (pid, started))}
        if self._before is None and self._run_pid in table:
            roots.add(self._run_pid)
        return frozenset(table[pid].name for pid in family(roots, table))


def used_ticks(
    before: Mapping[int, Process],
    table: Mapping[int, Process],
    *,
    known: Collection[tuple[int, int]],
    members: Collection[tuple[int, int]],
) -> Mapping[tuple[int, int], int]:
    """Map each of *members* to the CPU time that it used between two tables.

    What its children used that have ended meanwhile is its own.

    Args:
        before: All processes at the first look.
        table: All processes now.
        known: Those of *before* whose ends may have added to a member's children.
        members: Some of *table*.
    """
    settled = _settled_ticks(before, known, table)
    used = {}
    for name in members:
        then, now = _same(before, name), table[name[0]]
        own = now.cpu_ticks - (then.cpu_ticks if then else 0)
        waited = now.waited_ticks - (then.waited_ticks if then else 0)
        # Less, where a child's time was never handed up: then it is lost.
        used[name] = own + max(0, waited - settled.get(name, 0))
    return used


def _settled_ticks(
    before: Mapping[int, Process],
    known: Collection[tuple[int, int]],
    table: Mapping[int, Process],
) -> Mapping[tuple[int, int], int]:
    """Map who lives to what is known already of descendants that have ended since.

    Their parent's waited-for time has grown by all that they ever used.  What it has
    grown by beyond this was used after the last look, by them or by processes that no
    look ever saw.
    """
    settled: dict[tuple[int, int], int] = defaultdict(int)
    for pid, started in known:
        process = before[pid]
        if _same(table, (pid, started)):
            continue
        parent = before.get(process.parent_pid)
        while parent is not None and not _same(table, parent.name):
            parent = before.get(parent.parent_pid)
        if parent is not None:
            settled[parent.name] += process.cpu_ticks + process.waited_ticks
    return settled


def _same(table: Mapping[int, Process], name: tuple[int, int]) -> Process | None:
    """Return the process of this pid, if it is still the one that was meant."""
    found = table.get(name[0])
    return found if found is not None and found.name == name else None
