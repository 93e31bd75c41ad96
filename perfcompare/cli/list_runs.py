# SPDX-License-Identifier: Apache-2.0
"""``perfcompare list``: the runs below a directory, one a line."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click

from perfcompare.store.reader import RunSummary, find_runs

_COLUMNS = ("run", "project", "state", "rounds", "started (UTC)", "title")


@click.command(name="list")
@click.argument("directory", default="reports", type=click.Path(path_type=Path))
def command(directory: Path) -> None:
    """List the runs in DIRECTORY (default: reports) and one level below it.

    A run that cannot be read is listed too, and why on stderr.
    """
    found = find_runs(directory)
    if not found:
        click.echo(f"no runs in {directory}", err=True)
        return
    write_runs(found, sys.stdout)
    for summary in found:
        if summary.problem:
            click.echo(f"perfcompare: {summary.problem}", err=True)


def write_runs(found: Sequence[RunSummary], out: TextIO) -> None:
    """Write *found* as aligned columns."""
    rows = [_COLUMNS, *(_row(summary) for summary in found)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out.write("  ".join(cells).rstrip() + "\n")


def _row(summary: RunSummary) -> tuple[str, ...]:
    run = summary.run
    if run is None:
        return (str(summary.path), "-", "unreadable", "-", "-", "-")
    started = datetime.fromtimestamp(run.started_at, tz=UTC)
    return (
        str(summary.path),
        run.plan.project,
        run.state.value,
        f"{run.rounds_done}/{run.rounds_planned}",
        f"{started:%Y-%m-%d %H:%M}",
        run.plan.title,
    )
