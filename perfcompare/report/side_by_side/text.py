# SPDX-License-Identifier: Apache-2.0
"""For a terminal: a block of lines a metric, one line a run; 100 columns at most.

Runs stand below one another, so that any number of them fits and the eye compares
numbers that are aligned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.cells import cell_len

from perfcompare.model.side_by_side import SideBySide
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
from perfcompare.report.text import COLOURS, RESET, WIDTH, padded
from perfcompare.report.words import plural
from perfcompare.report.wrapping import wrapped

_MOST_DIFFERENCES = 6
_NARROWEST_NAME = 12
_COLUMNS = (
    "run",
    "verdict",
    "change",
    "95 % interval",
    "base → target",
    "change since A (95 % interval)",
)
_RIGHT = frozenset({2, 3, 4})
"""Columns of numbers that are aligned at their end."""
_FIRST_TO_GO = (4, 3, 5)
"""What a narrow terminal does without, the one that says least first."""

_Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    """What is written on."""

    out: TextIO
    colour: bool
    width: int
    """In columns of a terminal."""

    def line(self, text: str = "") -> None:
        self.out.write(f"{text.rstrip()}\n")

    def prose(self, text: str, *, first: str = "") -> None:
        for line in wrapped(text, self.width, first=first):
            self.line(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One metric: a title, a line a run, and the runs that lack it."""

    line: LineWords
    cells: tuple[tuple[Cell, _Cells], ...]
    missing: tuple[str, ...]


def write_text(
    found: SideBySide, out: TextIO, *, colour: bool = False, width: int = WIDTH
) -> None:
    """Write the answer, the runs, every metric that counts, and what differs.

    Prose fits *width*; the lines of runs do without columns until they fit too.
    """
    paper = _Paper(out=out, colour=colour, width=width)
    paper.prose(headline(found))
    _write_legend(found, paper)
    lines = lines_of(found, primary=True)
    if lines:
        labels = [column.label for column in found.columns]
        _write_blocks([_block(line, labels) for line in lines], paper)
    _write_differences(found, paper)
    _write_care(found, paper)
    if others := len(lines_of(found, primary=False)):
        paper.line()
        more = plural(others, "more metric")
        paper.prose(f"{more} for information with --format csv or --out")


def _write_legend(found: SideBySide, paper: _Paper) -> None:
    paper.line()
    for run in legend(found):
        label = f"{run.label}  "
        paper.prose(f"{run.subject}: {run.outcome}; {run.counts}", first=label)
        about = f"{run.path}; rounds {run.rounds}; {run.measured}; {run.host}"
        paper.prose(about, first=" " * len(label))


def _block(line: LineWords, labels: Sequence[str]) -> _Block:
    width = max(map(len, labels))
    pairs = tuple(zip(labels, line.cells, strict=True))
    return _Block(
        line=line,
        cells=tuple(
            (cell, _cells(cell, label.ljust(width))) for label, cell in pairs if cell
        ),
        missing=tuple(label for label, cell in pairs if cell is None),
    )


def _cells(cell: Cell, label: str) -> _Cells:
    aside = "" if cell.comparison.primary else " *"
    return (
        label,
        f"{cell.mark} {cell.verdict}{aside}",
        cell.effect,
        cell.interval,
        cell.values,
        cell.change,
    )


def _write_blocks(blocks: Sequence[_Block], paper: _Paper) -> None:
    every = [(cell, cells) for block in blocks for cell, cells in block.cells]
    widths = [
        max(cell_len(cells[at]) for _, cells in every) for at in range(len(_COLUMNS))
    ]
    kept = _kept(widths, paper.width)
    aside = not all(cell.comparison.primary for cell, _ in every)
    said = ", ".join(_COLUMNS[at] for at in kept)
    paper.line()
    paper.prose(f"{said}{'; * does not count in that run' * aside}")
    for block in blocks:
        agreement = block.line.line.agreement
        room = max(_NARROWEST_NAME, paper.width - 2 - cell_len(agreement))
        paper.line()
        paper.line(f"{padded(block.line.name, room, right=False)}  {agreement}")
        for cell, cells in block.cells:
            fitted = [padded(cells[at], widths[at], right=at in _RIGHT) for at in kept]
            if paper.colour:
                fitted[1] = f"{COLOURS[cell.verdict]}{fitted[1]}{RESET}"
            paper.line(f"  {'  '.join(fitted)}")
        if block.missing:
            paper.prose(f"{', '.join(block.missing)}: {NOT_MEASURED}", first="  ")


def _kept(widths: Sequence[int], width: int) -> list[int]:
    """Return the columns that fit into *width*, with two spaces before each."""
    kept = list(range(len(widths)))
    for column in _FIRST_TO_GO:
        if sum(widths[at] + 2 for at in kept) > width:
            kept.remove(column)
    return kept


def _write_differences(found: SideBySide, paper: _Paper) -> None:
    told = [
        *divergence_words(found, measuring=True),
        *divergence_words(found, measuring=False),
    ]
    paper.line()
    paper.prose(alike_words(found))
    if told:
        paper.line()
        paper.line("what differs between these runs")
    for one in told[:_MOST_DIFFERENCES]:
        paper.prose(f"{one.what}: {one.grouped}", first="- ")
    if (rest := len(told) - _MOST_DIFFERENCES) > 0:
        paper.line(f"- and {rest} more with --out")


def _write_care(found: SideBySide, paper: _Paper) -> None:
    told = cautions(found)
    if told:
        paper.line()
        paper.line("read with care")
    for labels, text in told:
        paper.prose(f"{labels}: {text}", first="- ")
