# SPDX-License-Identifier: Apache-2.0
"""results.csv of several runs: one line a metric and run, in base units."""

from typing import TextIO

from perfcompare.model.comparison import Comparison
from perfcompare.model.side_by_side import Change, SideBySide
from perfcompare.report.csv_format import Cell, ends, key_cells, write_rows

COLUMNS = (
    "run",
    "path",
    "started_at",
    "workload",
    "action",
    "service",
    "metric",
    "unit",
    "better",
    "measured",
    "primary",
    "base_median",
    "target_median",
    "scale",
    "effect",
    "ci95_low",
    "ci95_high",
    "margin",
    "p_value",
    "p_adjusted",
    "verdict",
    "rounds",
    "caveats",
    "agreement",
    "change",
    "change_low",
    "change_high",
)


def write_csv(found: SideBySide, out: TextIO) -> None:
    """Write every metric of every run, those that a run lacks too, worst first."""
    lines = [
        (
            column.label,
            column.path,
            column.judgement.facts.started_at,
            *key_cells(line.key),
            *_said(line.cells[at]),
            line.agreement.value,
            *_change(line.changes[at]),
        )
        for line in found.lines
        for at, column in enumerate(found.columns)
    ]
    write_rows(out, COLUMNS, lines)


def _said(cell: Comparison | None) -> tuple[Cell, ...]:
    if cell is None:
        return (False, *(None,) * (COLUMNS.index("agreement") - 10))
    return (
        True,
        cell.primary,
        cell.base.median,
        cell.target.median,
        cell.scale.value,
        cell.effect,
        *ends(cell.ci95),
        cell.margin,
        cell.p_value,
        cell.p_adjusted,
        cell.verdict.value,
        len(cell.rounds),
        "; ".join(str(caveat) for caveat in cell.caveats),
    )


def _change(change: Change | None) -> tuple[Cell, ...]:
    if change is None:
        return (None, None, None)
    return (change.effect, change.ci95.low, change.ci95.high)
