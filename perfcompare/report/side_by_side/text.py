# SPDX-License-Identifier: Apache-2.0
"""For a terminal: a block of lines a metric, one line a run; at most 100 columns.

Runs stand below one another, so that any number of them fits and the eye compares
numbers that are aligned.
"""

from collections.abc import Sequence
from typing import TextIO

from rich.cells import cell_len, set_cell_size

from perfcompare.model.side_by_side import SideBySide
from perfcompare.report.shown import Shown
from perfcompare.report.side_by_side.answer import headline
from perfcompare.report.side_by_side.lines import (
    NOT_MEASURED,
    Cell,
    LineWords,
    alike_words,
    cautions,
    divergence_words,
    legend,
    lines_of,
)
from perfcompare.report.words import plural
from perfcompare.report.wrapping import wrapped

WIDTH = 100
_MOST_DIFFERENCES = 6
_COLUMNS = 6
_RIGHT = {2, 3, 4}
"""Columns of numbers: effect, interval, base → target."""

_COLOURS = {
    Shown.REGRESSION: "\x1b[1;31m",
    Shown.KNOWN: "\x1b[31m",
    Shown.IMPROVEMENT: "\x1b[1;34m",
    Shown.PARITY: "\x1b[32m",
    Shown.INCONCLUSIVE: "\x1b[33m",
    Shown.NOT_COMPARABLE: "\x1b[35m",
}
_RESET = "\x1b[0m"


def write_text(found: SideBySide, out: TextIO, *, colour: bool = False) -> None:
    """Write the answer, the runs, every metric that counts, and what differs."""
    _wrap(headline(found), out)
    out.write("\n")
    for run in legend(found):
        _wrap(
            f"{run.subject}: {run.outcome}; {run.counts}", out, first=f"{run.label}  "
        )
        about = f"{run.path}; rounds {run.rounds}; {run.measured}; {run.host}"
        _wrap(about, out, first=" " * (len(run.label) + 2))
    lines = lines_of(found, primary=True)
    if lines:
        out.write("\n")
        _wrap(_columns(found, lines), out)
        _write_lines(lines, found, out, colour=colour)
    _write_differences(found, out)
    _write_care(found, out)
    if others := len(lines_of(found, primary=False)):
        out.write(
            f"\n{plural(others, 'more metric')} for information with --format csv or"
            " --out\n"
        )


def _columns(found: SideBySide, lines: Sequence[LineWords]) -> str:
    first = found.columns[0].label
    aside = any(
        cell and not cell.comparison.primary for line in lines for cell in line.cells
    )
    return (
        "verdict, change, 95 % interval, base → target, and the change since"
        f" {first} with its 95 % interval{'; * does not count in that run' * aside}"
    )


def _write_lines(
    lines: Sequence[LineWords], found: SideBySide, out: TextIO, *, colour: bool
) -> None:
    labels = [column.label for column in found.columns]
    blocks = [_block(line, labels) for line in lines]
    widths = [
        max(cell_len(one[at]) for _, block in blocks for one in block)
        for at in range(_COLUMNS)
    ]
    for line, (colours, block) in zip(lines, blocks, strict=True):
        room = WIDTH - 2 - cell_len(line.line.agreement)
        out.write(f"\n{_cut(line.name, room)}  {line.line.agreement}\n")
        for shade, cells in zip(colours, block, strict=True):
            _write_cells(cells, widths, out, colour=shade if colour else "")
        missing = [
            label
            for label, cell in zip(labels, line.cells, strict=True)
            if cell is None
        ]
        if missing:
            _wrap(f"{', '.join(missing)}: {NOT_MEASURED}", out, first="  ")


def _block(
    line: LineWords, labels: Sequence[str]
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return colour and cells of each run that measured the metric."""
    measured = [cell for cell in line.cells if cell]
    width = max(map(len, labels))
    return (
        [_COLOURS[cell.verdict] for cell in measured],
        [_cells(cell, cell.label.ljust(width)) for cell in measured],
    )


def _cells(cell: Cell, label: str) -> tuple[str, ...]:
    aside = "" if cell.comparison.primary else " *"
    return (
        label,
        f"{cell.mark} {cell.verdict}{aside}",
        cell.effect,
        cell.interval,
        cell.values,
        cell.change,
    )


def _write_cells(
    cells: Sequence[str], widths: Sequence[int], out: TextIO, *, colour: str
) -> None:
    padded = []
    for at, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        gap = " " * (width - cell_len(cell))
        padded.append(gap + cell if at in _RIGHT else cell + gap)
    if colour:
        padded[1] = f"{colour}{padded[1]}{_RESET}"
    out.write(f"  {'  '.join(padded)}".rstrip() + "\n")


def _write_differences(found: SideBySide, out: TextIO) -> None:
    out.write("\n")
    _wrap(alike_words(found), out)
    told = [
        *divergence_words(found, measuring=True),
        *divergence_words(found, measuring=False),
    ]
    if told:
        out.write("\nwhat differs between these runs\n")
    for one in told[:_MOST_DIFFERENCES]:
        _wrap(f"{one.what}: {one.grouped}", out, first="- ")
    if (rest := len(told) - _MOST_DIFFERENCES) > 0:
        out.write(f"- and {rest} more with --out\n")


def _write_care(found: SideBySide, out: TextIO) -> None:
    told = cautions(found)
    if told:
        out.write("\nread with care\n")
    for labels, text in told:
        _wrap(text, out, first=f"- {labels}: ")


def _cut(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text + " " * (room - cell_len(text))
    return set_cell_size(text, room - 1) + "…"


def _wrap(text: str, out: TextIO, *, first: str = "") -> None:
    out.writelines(f"{line}\n" for line in wrapped(text, WIDTH, first=first))
