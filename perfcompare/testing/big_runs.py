# SPDX-License-Identifier: Apache-2.0
"""A run of any number of iterations on disk, made column by column.

Rounds of base, target and crossover; 5 workloads of 2 actions, in 4 blocks that
alternate between the variants.  An iteration takes 50 ms and 4 run at a time, so ten
million keep three variants up for 35 hours; 12 processes are looked at twice a second
all the while, as a real run does: 9 million readings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from perfcompare.model.variant import VariantName
from perfcompare.model.visit import Phase, Visit, Window
from perfcompare.store import codec, layout
from perfcompare.store.run_file import RunFile, RunState, VisitKey, save_run_file
from perfcompare.store.tables import ITERATIONS, READINGS
from perfcompare.testing.plans import make_plan, make_workload, with_digest

VARIANTS = (VariantName.BASE, VariantName.TARGET, VariantName.CROSSOVER)
WORKLOADS = tuple(f"workload {number}" for number in range(5))
ACTIONS = ("", "create", "show")
"""The first is the iteration as a whole."""
BLOCKS = 4
WARM_UP = 4
ITERATION_SECONDS = 0.05
CONCURRENCY = 4
ERRORS = ("", "TimeoutException: no answer", "GetResourceFailure: gone")
IDLE_SECONDS = 20.0
LOOK_SECONDS = 0.5
FULL_EVERY = 4
"""Looks from one that takes PSS, USS and switches to the next."""
SERVICES = ("api", "scheduler", "share", "data")
CONTROLS = ("mariadb", "keystone")
PROCESSES = 2
"""Of each service and each control."""
STARTED_AT = 1.8e9
MIB = 2**20

Numbers = NDArray[Any]


def write_run(path: Path, iterations: int, *, rounds: int = 10) -> None:
    """Write a run with that many iterations, warm-up not counted."""
    each = iterations // (rounds * len(VARIANTS) * len(WORKLOADS) * BLOCKS)
    random = np.random.default_rng(1)
    keys = [
        VisitKey(round=number, variant=variant.value)
        for number in range(1, rounds + 1)
        for variant in VARIANTS
    ]
    for place, key in enumerate(keys):
        visit = _visit(key, place % len(VARIANTS), each)
        directory = layout.visit_path(path, number=key.round, variant=key.variant)
        directory.mkdir(parents=True)
        (directory / layout.VISIT_FILE).write_bytes(codec.dump(visit, Visit))
        _write(
            directory / layout.ITERATIONS_FILE,
            ITERATIONS,
            _iteration_columns(random, visit, each),
        )
        _write(
            directory / layout.READINGS_FILE, READINGS, _reading_columns(random, visit)
        )
    plan = replace(
        make_plan(*VARIANTS),
        rounds=rounds,
        workloads=tuple(
            make_workload(
                name,
                times=each * BLOCKS,
                concurrency=CONCURRENCY,
                warm_up=WARM_UP,
                blocks=BLOCKS,
            )
            for name in WORKLOADS
        ),
    )
    content = RunFile(
        schema_version=layout.SCHEMA_VERSION,
        perfcompare_version="0.1.0",
        state=RunState.FINISHED,
        message="",
        started_at=STARTED_AT,
        ended_at=visit.ended_at,
        rounds_done=rounds,
        visits=tuple(keys),
        plan=with_digest(plan),
    )
    save_run_file(path, content)


def _write(path: Path, schema: Any, columns: Sequence[object]) -> None:  # noqa: ANN401  # pyarrow carries no types
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    table = pa.Table.from_arrays(arrays, schema=schema)
    pq.write_table(table, path, compression="zstd")


def _visit(key: VisitKey, position: int, each: int) -> Visit:
    windows = tuple(_windows_of(position, each))
    return Visit(
        round=key.round,
        variant=key.variant,
        position=position,
        started_at=STARTED_AT - 4.0,
        ended_at=windows[-1].ended_at,
        ready_seconds=4.0,
        services=SERVICES,
        controls=CONTROLS,
        windows=windows,
        stops=(),
        evidence=(),
        counters=(),
        overhead_seconds=1.0,
        caveats=(),
    )


def _windows_of(position: int, each: int) -> Iterator[Window]:
    """Yield idle, the blocks of each workload (every third is ours), and settle."""
    now = STARTED_AT + IDLE_SECONDS
    seconds = each * ITERATION_SECONDS / CONCURRENCY
    yield _window(Phase.IDLE, "", 0, STARTED_AT, IDLE_SECONDS)
    for name in WORKLOADS:
        yield _window(Phase.WARM_UP, name, 0, now, ITERATION_SECONDS)
        for block in range(1, BLOCKS + 1):
            start = now + ITERATION_SECONDS + position * seconds
            yield _window(Phase.LOAD, name, block, start, seconds)
            now += len(VARIANTS) * seconds
    yield _window(Phase.SETTLE, "", 0, now, IDLE_SECONDS)


def _window(
    phase: Phase, workload: str, block: int, start: float, seconds: float
) -> Window:
    return Window(
        phase=phase,
        workload=workload,
        block=block,
        started_at=start,
        ended_at=start + seconds,
        iterations=0,
        generator_cpu_seconds=None,
    )


def _iteration_columns(
    random: np.random.Generator, visit: Visit, each: int
) -> tuple[object, ...]:
    """Return the columns of ITERATIONS: warm-up and blocks, workload by workload."""
    windows = [window for window in visit.windows if window.workload]
    sizes = [WARM_UP if window.phase is Phase.WARM_UP else each for window in windows]
    whole = np.concatenate([np.arange(size) for size in sizes])
    workload = [WORKLOADS.index(window.workload) for window in windows]
    phase = [int(window.phase is Phase.LOAD) for window in windows]
    starts = np.repeat([window.started_at for window in windows], sizes)
    count = len(whole)
    durations = random.lognormal(np.log(ITERATION_SECONDS), 0.3, count)
    durations *= random.lognormal(0, 0.02)
    errors = np.where(random.random(count) < 0.001, random.integers(1, 3, count), 0)
    actions = len(ACTIONS)
    rows = np.repeat(np.arange(count), actions)
    shares = np.array([1.0, 0.6, 0.4])

    def of(values: Sequence[int]) -> Numbers:
        return np.repeat(np.repeat(values, sizes), actions)

    return (
        _words(of(workload), WORKLOADS),
        _words(np.tile(np.arange(actions), count), ACTIONS),
        whole[rows],
        _words(of(phase), (Phase.WARM_UP.value, Phase.LOAD.value)),
        of([window.block for window in windows]),
        (starts + whole * ITERATION_SECONDS / CONCURRENCY)[rows],
        durations[rows] * np.tile(shares, count),
        _words(errors[rows], ERRORS),
    )


def _reading_columns(random: np.random.Generator, visit: Visit) -> tuple[object, ...]:
    """Return the columns of READINGS: every process at every look."""
    looks = np.arange(STARTED_AT, visit.ended_at, LOOK_SECONDS)
    owners = np.repeat([0] * len(SERVICES) + [1] * len(CONTROLS), PROCESSES)
    services = np.repeat(np.arange(len(SERVICES + CONTROLS)), PROCESSES)
    each = len(services)
    count = len(looks) * each
    at = np.repeat(looks, each)
    partial = np.repeat(np.arange(len(looks)) % FULL_EVERY != 0, each)
    elapsed = at - STARTED_AT
    pss = random.normal(70 * MIB, MIB, count).astype(np.int64)
    used = elapsed * 0.05 * random.lognormal(0, 0.03)

    def full(values: Numbers) -> object:
        return pa.array(values.astype(np.int64), mask=partial)

    return (
        at,
        _words(np.tile(owners, len(looks)), (visit.variant, "control")),
        _words(np.tile(services, len(looks)), SERVICES + CONTROLS),
        np.tile(np.arange(each) + 100, len(looks)),
        np.ones(count, np.int64),
        np.full(count, 9),
        np.full(count, 40),
        pss + 20 * MIB,
        full(pss - 10 * MIB),
        full(pss),
        used,
        full(elapsed * 100),
        full(elapsed),
    )


def _words(codes: Numbers, of: Sequence[str]) -> object:
    """Return a column of words, each stored once."""
    return pa.DictionaryArray.from_arrays(codes.astype(np.int32), list(of))
