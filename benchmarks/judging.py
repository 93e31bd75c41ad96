# SPDX-License-Identifier: Apache-2.0
"""CPU seconds and memory of judging a large run, beside plain pandas.

::

    python benchmarks/judging.py [--rounds 10] [--workloads 20] [--iterations 1000]

The run: rounds of 3 variants, each with workloads of iterations of 3 actions.  The
peer is one groupby over all rows at once, for the same quantiles and no verdict; it
needs the frames of all visits in memory, where the collector needs those of one.
Making the frames is not timed.  CPU time, because neighbours are no cost of ours.
The goal is 10 s and 600 MB.
"""

import argparse
import resource
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd

from perfcompare.analysis.collect import Collector
from perfcompare.analysis.family import adjusted, exit_status, worst_first
from perfcompare.analysis.judge import judge
from perfcompare.model.visit import Phase, Visit, Window

VARIANTS = ("base", "target", "crossover")
SERVICES = ("api", "scheduler", "share", "data")
ACTIONS = ("", "create", "show", "delete")
WINDOW_SECONDS = 10.0
IDLE_SECONDS = 5.0
LOOK_SECONDS = 0.5
PROCESSES = 3
MIB = 2**20

Frames = tuple[Visit, pd.DataFrame, pd.DataFrame]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--workloads", type=int, default=20)
    parser.add_argument("--iterations", type=int, default=1000)
    options = parser.parse_args()
    size = (options.rounds, options.workloads, options.iterations)

    before = peak_mb()
    seconds, rows = ours(*size)
    print(
        f"judging: {seconds:.2f} s CPU for {rows} comparisons, peak {peak_mb():.0f} MB"
    )
    print(f"         of which imports and the first frames: {before:.0f} MB")
    naive_seconds = naive(*size)
    print(f"naive:   {naive_seconds:.2f} s CPU for quantiles, peak {peak_mb():.0f} MB")
    print(f"ratio:   {seconds / naive_seconds:.2f}")


def ours(rounds: int, workloads: int, iterations: int) -> tuple[float, int]:
    collector = Collector()
    seconds = 0.0
    for frames in visits(rounds, workloads, iterations):
        start = time.process_time()
        collector.add(*frames)
        seconds += time.process_time() - start
    start = time.process_time()
    comparisons = worst_first(
        adjusted(
            judge(
                collector.samples(),
                thresholds=(),
                variants=VARIANTS,
                caveats=collector.workload_caveats(),
            )
        )
    )
    exit_status(comparisons)
    collector.distributions()
    collector.curves()
    collector.marks()
    collector.caveats()
    return seconds + time.process_time() - start, len(comparisons)


def naive(rounds: int, workloads: int, iterations: int) -> float:
    frames = [
        frame.assign(round=visit.round, variant=visit.variant)
        for visit, frame, _ in visits(rounds, workloads, iterations)
    ]
    start = time.process_time()
    everything = pd.concat(frames)
    judged = everything[(everything["phase"] == "load") & (everything["error"] == "")]
    groups = judged.groupby(["variant", "workload", "action", "round"])
    groups["duration_seconds"].quantile(np.array([0.5, 0.9, 0.95, 0.99]))
    return time.process_time() - start


def visits(rounds: int, workloads: int, iterations: int) -> Iterator[Frames]:
    random = np.random.default_rng(1)
    names = [f"workload {number}" for number in range(workloads)]
    for number in range(1, rounds + 1):
        for position, variant in enumerate(VARIANTS):
            yield (
                visit(number, variant, position, names),
                iteration_frame(random, names, iterations),
                reading_frame(random, variant, workloads),
            )


def visit(number: int, variant: str, position: int, names: list[str]) -> Visit:
    begin = IDLE_SECONDS
    windows = [
        window(Phase.IDLE, "", 0.0, IDLE_SECONDS),
        *(
            window(Phase.LOAD, name, begin + place * WINDOW_SECONDS, WINDOW_SECONDS)
            for place, name in enumerate(names)
        ),
    ]
    end = windows[-1].ended_at
    return Visit(
        round=number,
        variant=variant,
        position=position,
        started_at=0.0,
        ended_at=end,
        ready_seconds=4.0,
        services=SERVICES,
        controls=(),
        windows=tuple(windows),
        stops=(),
        evidence=(),
        counters=(),
        overhead_seconds=0.0,
        caveats=(),
    )


def window(phase: Phase, workload: str, start: float, seconds: float) -> Window:
    return Window(
        phase=phase,
        workload=workload,
        block=int(phase is Phase.LOAD),
        started_at=start,
        ended_at=start + seconds,
        iterations=0,
        generator_cpu_seconds=None,
    )


def iteration_frame(
    random: np.random.Generator, names: list[str], iterations: int
) -> pd.DataFrame:
    count = len(names) * iterations * len(ACTIONS)
    return pd.DataFrame(
        {
            "workload": np.repeat(names, iterations * len(ACTIONS)),
            "action": np.tile(ACTIONS, len(names) * iterations),
            "number": np.tile(np.repeat(range(iterations), len(ACTIONS)), len(names)),
            "phase": "load",
            "block": 1,
            "started_at": np.arange(count) * 0.01,
            "duration_seconds": random.lognormal(-3, 0.3, count),
            "error": np.where(random.random(count) < 0.001, "boom", ""),
        }
    )


def reading_frame(
    random: np.random.Generator, variant: str, workloads: int
) -> pd.DataFrame:
    seconds = IDLE_SECONDS + workloads * WINDOW_SECONDS
    looks = np.arange(0, seconds, LOOK_SECONDS)
    per_look = len(SERVICES) * PROCESSES
    count = len(looks) * per_look
    at = np.repeat(looks, per_look)
    return pd.DataFrame(
        {
            "at": at,
            "owner": variant,
            "service": np.tile(np.repeat(SERVICES, PROCESSES), len(looks)),
            "pid": np.tile(np.arange(per_look) + 100, len(looks)),
            "parent_pid": 1,
            "threads": 9,
            "file_descriptors": 40.0,
            "rss_bytes": 90 * MIB,
            "uss_bytes": 60.0 * MIB,
            "pss_bytes": 70.0 * MIB + random.normal(0, MIB, count),
            "cpu_seconds": at * 0.2,
            "voluntary_switches": at * 100,
            "involuntary_switches": at,
        }
    )


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main()
