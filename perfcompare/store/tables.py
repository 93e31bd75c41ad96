# SPDX-License-Identifier: Apache-2.0
"""The bulk of a visit as Parquet: iterations and readings."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from perfcompare.model.errors import StoreError
from perfcompare.model.visit import Iteration, Reading

_WORD = pa.dictionary(pa.int32(), pa.string())

ITERATIONS = pa.schema(
    [
        ("workload", _WORD),
        ("action", _WORD),  # "" is the iteration as a whole
        ("number", pa.int32()),
        ("phase", _WORD),
        ("block", pa.int32()),
        ("started_at", pa.float64()),
        ("duration_seconds", pa.float64()),
        ("error", _WORD),
    ]
)

READINGS = pa.schema(
    [
        ("at", pa.float64()),
        ("owner", _WORD),
        ("service", _WORD),
        ("pid", pa.int64()),
        ("parent_pid", pa.int64()),
        ("threads", pa.int32()),
        ("file_descriptors", pa.int32()),
        ("rss_bytes", pa.int64()),
        ("uss_bytes", pa.int64()),
        ("pss_bytes", pa.int64()),
        ("cpu_seconds", pa.float64()),
        ("voluntary_switches", pa.int64()),
        ("involuntary_switches", pa.int64()),
    ]
)

# Columns that may hold nulls are float64 (NaN) in every visit, also in one that
# happens to have none: arithmetic must not depend on what was missing.
_NULLABLE = (
    "file_descriptors",
    "uss_bytes",
    "pss_bytes",
    "voluntary_switches",
    "involuntary_switches",
)


def iterations_to_parquet(iterations: Iterable[Iteration]) -> bytes:
    """Return one row an iteration, and after it one row for each of its actions."""
    rows = [row for iteration in iterations for row in _iteration_rows(iteration)]
    columns = zip(*rows, strict=True) if rows else [()] * len(ITERATIONS.names)
    return _to_parquet(columns, ITERATIONS)


def _iteration_rows(iteration: Iteration) -> Iterator[tuple[object, ...]]:
    def row(action: str, duration_seconds: float, error: str) -> tuple[object, ...]:
        return (
            iteration.workload,
            action,
            iteration.number,
            iteration.phase.value,
            iteration.block,
            iteration.started_at,
            duration_seconds,
            error,
        )

    yield row("", iteration.duration_seconds, iteration.error)
    for action in iteration.actions:
        # An action that went well inside a failed iteration is no failure.
        error = (iteration.error or "failed") if action.failed else ""
        yield row(action.name, action.duration_seconds, error)


def readings_to_parquet(readings: Sequence[Reading]) -> bytes:
    """Return one row a reading, its fields as columns."""
    names = [field.name for field in fields(Reading)]
    columns = [[getattr(reading, name) for reading in readings] for name in names]
    return _to_parquet(columns, READINGS)


def _to_parquet(columns: Iterable[Sequence[object]], schema: Any) -> bytes:  # noqa: ANN401  # pyarrow carries no types
    arrays = [
        pa.array(column, field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    out = BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), out, compression="zstd")
    return out.getvalue()


def read_parquet(path: Path, *, columns: Sequence[str] | None) -> pd.DataFrame:
    """Read the wanted *columns* (None: all); words come as categories.

    Raises:
        StoreError: The file is missing, broken, or lacks a column.
    """
    try:
        # One file of some thousand rows: threads cost more than they give.
        table = pq.ParquetFile(path).read(columns=columns, use_threads=False)
    except FileNotFoundError as error:
        raise StoreError(_advice(path, "is missing")) from error
    except (OSError, pa.ArrowException) as error:
        first_line = str(error).partition("\n")[0]
        raise StoreError(_advice(path, f"is broken: {first_line}")) from error
    missing = [name for name in columns or () if name not in table.column_names]
    if missing:
        raise StoreError(_advice(path, f"has no column {missing[0]!r}"))
    frame: pd.DataFrame = table.to_pandas()
    return frame.astype({name: float for name in _NULLABLE if name in frame.columns})


def _advice(path: Path, what: str) -> str:
    return (
        f"{path} {what}; restore it from a copy, or remove {path.parent}"
        " and measure that visit again with --resume"
    )
