# SPDX-License-Identifier: Apache-2.0
"""How restless this host is: the same work, timed again and again."""

import math
import os
import statistics
from dataclasses import dataclass
from pathlib import Path

from perfcompare.cli.checks import Finding, State, finding
from perfcompare.clock import Clock

# About 20 ms of pure Python, five times a second: a tenth of one core.
_TURNS = 300_000
_PAUSE_SECONDS = 0.2
# A quiet bare machine stays below 0.03.  An idle virtual machine showed 0.185, with a
# steal of 0: its latencies wandered as much from start to start.
CALM_SPREAD = 0.05
CALM_STEAL_RATIO = 0.01
# The second field of the first line is where the kernel counts "user"; steal is the
# eighth, and guest time, which follows, is in user already.  See proc_stat(5).
_STEAL = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """What was seen of the CPU in a few seconds."""

    loop_seconds: tuple[float, ...]
    """How long each of the equal loops took."""
    steal_ratio: float
    """Of all CPU time, what the hypervisor gave to others, as it admits."""
    load: float
    """Load average of the last minute, when the loops began."""
    cores: int


def observe(clock: Clock, *, seconds: float) -> Steadiness:
    """Time a fixed loop for *seconds*, three times at least."""
    load = os.getloadavg()[0]
    before = _cpu_ticks()
    deadline = clock.monotonic() + seconds
    loops: list[float] = []
    while len(loops) < 3 or clock.monotonic() < deadline:
        begin = clock.monotonic()
        _work()
        loops.append(clock.monotonic() - begin)
        clock.sleep(_PAUSE_SECONDS)
    passed = [now - then for now, then in zip(_cpu_ticks(), before, strict=True)]
    return Steadiness(
        loop_seconds=tuple(loops),
        steal_ratio=passed[_STEAL] / max(1, sum(passed)),
        load=load,
        cores=len(os.sched_getaffinity(0)),
    )


def judge(seen: Steadiness) -> Finding:
    """Say what it means for a measurement."""
    spread = statistics.stdev(math.log(seconds) for seconds in seen.loop_seconds)
    median = statistics.median(seen.loop_seconds)
    found = (
        f"the same loop took {median * 1000:.0f} ms, sd {spread:.1%}"
        f" ({len(seen.loop_seconds)} times); steal {seen.steal_ratio:.1%};"
        f" load {seen.load:.1f} on {seen.cores} cores"
    )
    problems = []
    if seen.load > seen.cores / 2:
        problems.append((State.WARNING, "something else runs here: let it end first"))
    if seen.steal_ratio > CALM_STEAL_RATIO:
        remedy = "the hypervisor gives CPU time to others: measure elsewhere if you can"
        problems.append((State.WARNING, remedy))
    if spread > CALM_SPREAD:
        remedy = (
            "the CPU's speed wanders: leave blocks interleaved (the default), and"
            " decide small differences with more rounds"
        )
        problems.append((State.WARNING, remedy))
    return finding("steadiness", found, *problems)


def _work() -> int:
    total = 0
    for number in range(_TURNS):
        total += number
    return total


def _cpu_ticks() -> tuple[int, ...]:
    """Return user, nice, system, idle, iowait, irq, softirq and steal."""
    first = Path("/proc/stat").read_text().partition("\n")[0]
    return tuple(int(field) for field in first.split()[1 : _STEAL + 2])
