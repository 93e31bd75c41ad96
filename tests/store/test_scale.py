# SPDX-License-Identifier: Apache-2.0
"""Judging ten million iterations, small: what may grow with them and what may not.

`benchmarks/scale.py` measures seconds and megabytes of the whole.
"""

import gc
import sys
import tracemalloc
from pathlib import Path

import pytest

from perfcompare.analysis.collect import Collector
from perfcompare.analysis.loads import COLUMNS
from perfcompare.store.reader import Run, open_run
from perfcompare.testing.big_runs import ACTIONS, write_run

ITERATIONS = 30_000


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """One round, and one of four times as many iterations."""
    home: Path = tmp_path_factory.mktemp("runs")
    for factor in (1, 4):
        write_run(home / str(factor), ITERATIONS * factor, rounds=1)
    return open_run(home / "1"), open_run(home / "4")


def collect(run: Run) -> Collector:
    collector = Collector()
    for visit in run.visits:
        iterations = run.iterations(visit, columns=COLUMNS)
        collector.add(visit, iterations, run.readings(visit))
    return collector


def calls_to_collect(run: Run) -> int:
    """Count the calls of functions, those written in C included."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    gc.collect()
    gc.disable()  # what other tests left to finalize is no call of ours
    sys.setprofile(count)
    try:
        collect(run)
    finally:
        sys.setprofile(before)
        gc.enable()
    return calls


def test_four_times_the_iterations_take_no_more_calls(runs: tuple[Run, Run]) -> None:
    few, many = runs
    for run in runs:  # what is imported or cached at first use is no cost of rows
        collect(run)

    assert calls_to_collect(many) < 1.05 * calls_to_collect(few)


def test_a_visit_needs_less_than_200_bytes_a_row(runs: tuple[Run, Run]) -> None:
    _, many = runs
    visit, *_ = many.visits
    frames = many.iterations(visit, columns=COLUMNS), many.readings(visit)
    rows = len(frames[0])
    assert rows > len(ACTIONS) * ITERATIONS

    tracemalloc.start()
    try:
        Collector().add(visit, *frames)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 200 * rows


def test_what_is_kept_of_a_visit_does_not_grow(runs: tuple[Run, Run]) -> None:
    kept_bytes = []
    for run in runs:
        collect(run)
        tracemalloc.start()
        try:
            collector = collect(run)
            kept_bytes.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
        assert collector.samples()

    assert kept_bytes[1] < 1.2 * kept_bytes[0]


def test_a_run_of_any_size_is_what_it_says(runs: tuple[Run, Run]) -> None:
    samples = collect(runs[0]).samples()
    medians = [
        sample.values[0]
        for sample in samples
        if sample.key.metric.name == "p50" and not sample.key.action
    ]
    cpu = [
        sample.values[0]
        for sample in samples
        if sample.key.metric.name == "cpu_seconds_per_iteration"
        and sample.key.service == "api"
    ]

    assert len(medians) == len(cpu) == 15
    assert medians == pytest.approx([0.05] * 15, rel=0.2)
    # Two processes at 0.05 of a core each, from the first block to the last: ten
    # turns of 12.5 ms an iteration are shared out over four of its own.
    assert cpu == pytest.approx([2 * 0.05 * 0.0125 * 10 / 4] * 15, rel=0.2)
