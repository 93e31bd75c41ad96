# SPDX-License-Identifier: Apache-2.0
"""results.csv and samples.csv: base units, full precision, absent is empty."""

import csv
from collections.abc import Sequence
from typing import TextIO

from perfcompare.model.comparison import Comparison, Interval
from perfcompare.model.judgement import Judgement
from perfcompare.model.metric import MetricKey, Sample
from perfcompare.report.shapes import kind_of_row

Cell = str | float | None

_KEY_COLUMNS = ("workload", "action", "service", "metric", "unit", "better")
RESULT_COLUMNS = (
    "contrast",
    *_KEY_COLUMNS,
    "primary",
    "base_median",
    "target_median",
    "scale",
    "effect",
    "ci95_low",
    "ci95_high",
    "ci90_low",
    "ci90_high",
    "threshold",
    "floor",
    "margin",
    "p_value",
    "p_adjusted",
    "verdict",
    "detectable_effect",
    "rounds",
    "rounds_needed",
    "method",
    "corroboration",
    "shape",
    "caveats",
)
SAMPLE_COLUMNS = (*_KEY_COLUMNS, "variant", "round", "value")


def write_csv(judgement: Judgement, out: TextIO) -> None:
    """Write one line a comparison, named as in comparison.json, worst first."""
    write_rows(
        out, RESULT_COLUMNS, [_result(row, judgement) for row in judgement.comparisons]
    )


def write_samples(samples: Sequence[Sample], out: TextIO) -> None:
    """Write one line a metric, variant and round: what ``compare --samples`` reads."""
    lines: list[Sequence[Cell]] = [
        (*key_cells(sample.key), sample.variant, number, value)
        for sample in samples
        for number, value in zip(sample.rounds, sample.values, strict=True)
    ]
    write_rows(out, SAMPLE_COLUMNS, lines)


def write_rows(
    out: TextIO, header: Sequence[str], lines: Sequence[Sequence[Cell]]
) -> None:
    """Write a header and lines; absent is empty."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in line] for line in lines)


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # A name out of foreign JSON may hold half a character, which no encoding takes.
    text = value if isinstance(value, str) else repr(value)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def key_cells(key: MetricKey) -> tuple[str, ...]:
    """Return what a row is about, in the order of the columns."""
    metric = key.metric
    return (
        key.workload,
        key.action,
        key.service,
        metric.name,
        metric.unit.value,
        metric.better.value,
    )


def ends(interval: Interval | None) -> tuple[float | None, float | None]:
    """Return both ends of an interval, or nothing twice."""
    return (None, None) if interval is None else (interval.low, interval.high)


def _result(row: Comparison, judgement: Judgement) -> tuple[Cell, ...]:
    return (
        row.contrast.value,
        *key_cells(row.key),
        row.primary,
        row.base.median,
        row.target.median,
        row.scale.value,
        row.effect,
        *ends(row.ci95),
        *ends(row.ci90),
        row.threshold,
        row.floor,
        row.margin,
        row.p_value,
        row.p_adjusted,
        row.verdict.value,
        row.detectable_effect,
        len(row.rounds),
        row.rounds_needed,
        row.method,
        row.corroboration and row.corroboration.value,
        kind_of_row(row, judgement.shapes),
        "; ".join(str(caveat) for caveat in row.caveats),
    )
