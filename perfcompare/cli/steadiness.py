# SPDX-License-Identifier: Apache-2.0
"""How restless this host is: the same work, timed again and again."""

import math
import os
import statistics
from dataclasses import dataclass

import numpy as np

from perfcompare.analysis.intervals import ONE_LOOK, Floats
from perfcompare.analysis.power import Demand, smallest_shift
from perfcompare.cli.checks import Finding, State, finding
from perfcompare.cli.quiet import (
    CALM_STEAL_RATIO,
    HostLook,
    HostWatch,
    steal_words,
    use_words,
)
from perfcompare.clock import Clock

# About 20 ms of pure Python, five times a second: a tenth of one core.
_TURNS = 300_000
_PAUSE_SECONDS = 0.2
# A quiet bare machine stays below 0.03.  An idle virtual machine showed 0.185, with a
# steal of 0: its latencies wandered as much from start to start.
CALM_SPREAD = 0.05

BLOCKS = 10
"""Of each variant in a round, as plans have by default; AB BA is two of each."""
_QUARTETS = BLOCKS // 2
_FEWEST_LOOPS = 2 * 2 * BLOCKS
_SHOWN_ROUNDS = (4, 6, 10)
_USUAL_ROUNDS = 6
_USUAL_CHANGE = 0.10
"""The default threshold of p50."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """What was seen of the CPU in a few seconds."""

    loop_seconds: tuple[float, ...]
    """How long each of the equal loops took."""
    host: HostLook
    """Who else used the CPU meanwhile."""
    load: float
    """Load average of the last minute, when the loops began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostNoise:
    """The host's part in how far the log-ratios of rounds lie apart: their sd."""

    in_blocks: float
    """Ten blocks of each variant, AB BA."""
    in_visits: float
    """One variant after the other."""


def observe(clock: Clock, *, seconds: float) -> Steadiness:
    """Time a fixed loop for *seconds*, three times at least."""
    load = os.getloadavg()[0]
    watch = HostWatch(clock)
    started = clock.monotonic()
    loops: list[float] = []
    while len(loops) < 3 or clock.monotonic() < started + seconds:
        begin = clock.monotonic()
        _work()
        loops.append(clock.monotonic() - begin)
        clock.sleep(_PAUSE_SECONDS)
    return Steadiness(loop_seconds=tuple(loops), host=watch.seen(), load=load)


def judge(seen: Steadiness) -> Finding:
    """Say what it means for a measurement."""
    spread = statistics.stdev(math.log(seconds) for seconds in seen.loop_seconds)
    median = statistics.median(seen.loop_seconds)
    found = (
        f"the same loop took {median * 1000:.0f} ms, sd {spread:.1%}"
        f" ({len(seen.loop_seconds)} times); {steal_words(seen.host)};"
        f" {use_words(seen.host)}; load {seen.load:.1f}"
    )
    problems = []
    if seen.host.is_busy or seen.load > seen.host.cores / 2:
        problems.append((State.WARNING, "something else runs here: let it end first"))
    if seen.host.others_ratio is None:
        remedy = "a busy neighbour would not be noticed here: measure where it would"
        problems.append((State.WARNING, remedy))
    if (seen.host.steal_ratio or 0.0) > CALM_STEAL_RATIO:
        remedy = "the hypervisor gives CPU time to others: measure elsewhere if you can"
        problems.append((State.WARNING, remedy))
    if spread > CALM_SPREAD:
        remedy = (
            "the CPU's speed wanders: leave blocks interleaved (the default), and"
            " decide small differences with more rounds"
        )
        problems.append((State.WARNING, remedy))
    return finding("steadiness", found, *problems)


def foresee(seen: Steadiness) -> Finding:
    """Say which change of a median a run here could find, as far as the host goes."""
    noise = host_noise(seen.loop_seconds)
    if noise is None:
        return finding(
            "detectable",
            f"{len(seen.loop_seconds)} loops are too few to say",
            (State.WARNING, "watch for longer: --seconds 20"),
        )
    sds = {"in blocks": noise.in_blocks, "in whole visits": noise.in_visits}
    told = (f"{_detected(sd)} {how}" for how, sd in sds.items())
    rounds = ", ".join(str(each) for each in _SHOWN_ROUNDS)
    restless = detectable(noise.in_blocks, _USUAL_ROUNDS) > _USUAL_CHANGE
    return Finding(
        state=State.WARNING if restless else State.OK,
        what="detectable",
        found=f"p50 by {'; by '.join(told)} ({rounds} rounds)",
        remedy=(
            "the host's part alone: a service adds its own; perfcompare power says it"
            " for a run"
        ),
    )


def host_noise(loop_seconds: tuple[float, ...]) -> HostNoise | None:
    """Estimate what the host does to the log-ratio of two equal variants in a round.

    The loops are taken for the load of one round, 10 short blocks of each of two
    variants in the order AB BA.  A quartet of blocks gives (A - B - B + A) / 2 of their
    mean logarithms, which no steady drift moves; a round is the mean of five, so its
    variance is a fifth of theirs, taken over all places where a quartet fits.  Whole
    visits are two neighbouring quarters of the loops, as in D. W. Allan (1966),
    "Statistics of atomic frequency standards", Proc. IEEE 54, 221-230; what wanders
    more slowly than that comes on top of them.

    Returns:
        None for fewer than 40 loops, two a block.
    """
    if len(loop_seconds) < _FEWEST_LOOPS:
        return None
    logs = np.log(np.array(loop_seconds))
    first, *blocks = _windows(logs, len(logs) // (2 * BLOCKS), 4)
    quartets = (first - blocks[0] - blocks[1] + blocks[2]) / 2
    one, other = _windows(logs, len(logs) // 4, 2)
    return HostNoise(
        in_blocks=_root_mean_square(quartets) / math.sqrt(_QUARTETS),
        in_visits=_root_mean_square(one - other),
    )


def detectable(sd: float, rounds: int) -> float:
    """Return the smallest relative change that *rounds* rounds find in 80 %."""
    demand = Demand(power=0.80, levels=ONE_LOOK)
    return math.expm1(sd * smallest_shift(rounds, demand))


def _detected(sd: float) -> str:
    return ", ".join(f"{detectable(sd, each):.1%}" for each in _SHOWN_ROUNDS)


def _windows(logs: Floats, length: int, count: int) -> tuple[Floats, ...]:
    """Return the means of *count* windows side by side, at every place they fit."""
    means = np.convolve(logs, np.full(length, 1 / length), mode="valid")
    places = len(means) - (count - 1) * length
    return tuple(means[k * length : k * length + places] for k in range(count))


def _root_mean_square(values: Floats) -> float:
    return math.sqrt(float(np.mean(values**2)))


def _work() -> int:
    total = 0
    for number in range(_TURNS):
        total += number
    return total
