# SPDX-License-Identifier: Apache-2.0
"""For a terminal: the answer, an aligned table, the notes; 100 columns at most."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.cells import cell_len, set_cell_size

from perfcompare.model.comparison import Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.report.attribution import Attribution, attributions
from perfcompare.report.care import care_words
from perfcompare.report.counters import latent_words
from perfcompare.report.headline import count_words, headline, of_contrast
from perfcompare.report.rows import Row, Table, table
from perfcompare.report.scale import ABSENT, TIMES
from perfcompare.report.shown import Shown
from perfcompare.report.trust import confidence
from perfcompare.report.waiting import waiting
from perfcompare.report.words import plural, printable
from perfcompare.report.wrapping import wrapped

WIDTH = 100
_NAME = 200
"""Longer names are cut before columns are counted, which takes its time."""

_NARROWEST_NAME = 12

Cells = tuple[str, ...]

COLOURS = {
    Shown.REGRESSION: "\x1b[1;31m",
    Shown.KNOWN: "\x1b[31m",
    Shown.IMPROVEMENT: "\x1b[1;34m",
    Shown.REDISTRIBUTION: "\x1b[36m",
    Shown.PARITY: "\x1b[32m",
    Shown.INCONCLUSIVE: "\x1b[33m",
    Shown.NOT_COMPARABLE: "\x1b[35m",
}
RESET = "\x1b[0m"
_HEADER = ("verdict", "metric", "base → target", "change", "95 % interval", "")
_NEEDS = {"95 % interval": 80, "base → target": 72}
"""Columns that a terminal narrower than this does without: names matter more."""

_FACTORS = f"release (crossover/base) {TIMES} backend (target/crossover) = total"
_COUNTERS = (
    "strong, latent, contradicted, waiting: what counters of the same work say of a"
    " latency (CPU, context switches, statements, messages)"
)
_SPLIT = ("metric", "total", "release", "backend")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    """What is written on."""

    out: TextIO
    colour: bool
    width: int
    """In columns of a terminal."""

    def write(self, text: str) -> None:
        self.out.write(text)


def write_text(
    judgement: Judgement, out: TextIO, *, colour: bool = False, width: int = WIDTH
) -> None:
    """Write the primary comparisons and where they come from; count the rest.

    Prose fits *width*; the table does where its numbers leave room for names.
    """
    paper = _Paper(out=out, colour=colour, width=width)
    total = of_contrast(judgement, Contrast.TOTAL)
    lines = table([row for row in total if row.primary])
    _wrap(headline(judgement), paper)
    if lines.rows:
        paper.write("\n")
        _wrap(count_words([row.comparison for row in lines.rows]), paper)
        paper.write("\n")
        _write_table(lines, paper)
    if any(row.corroboration for row in lines.rows):
        _wrap(_COUNTERS, paper)
    if split := attributions(judgement).lines:
        paper.write("\n")
        _wrap(_FACTORS, paper)
        _write_cells(_SPLIT, [_split(one) for one in split], paper, right={1, 2, 3})
    if told := (*waiting(judgement), *confidence(judgement)):
        paper.write("\n")
    for label, words in told:
        _wrap(f"{label}: {words}", paper)
    for latent in latent_words(judgement):
        _wrap(f"latent: {latent}", paper)
    _write_caveats(judgement, paper)
    if others := len(total) - len(lines.rows):
        more = plural(others, "more metric")
        paper.write(f"\n{more} for information in the report\n")


def _write_table(lines: Table, paper: _Paper) -> None:
    colours = [COLOURS[row.verdict] for row in lines.rows] if paper.colour else None
    kept = [
        column
        for column, name in enumerate(_HEADER)
        if paper.width >= _NEEDS.get(name, 0)
    ]
    _write_cells(
        tuple(_HEADER[column] for column in kept),
        [tuple(_cells(row)[column] for column in kept) for row in lines.rows],
        paper,
        right={at for at, column in enumerate(kept) if column in {2, 3}},
        colours=colours,
    )
    for number, note in enumerate(lines.notes, start=1):
        _wrap(note, paper, first=f"[{number}] ")


def _write_cells(
    header: Cells,
    lines: Sequence[Cells],
    paper: _Paper,
    *,
    right: Collection[int],
    colours: Sequence[str] | None = None,
) -> None:
    """Write aligned columns; the longest column of names gives way where needed."""
    widths = [max(map(cell_len, column)) for column in zip(header, *lines, strict=True)]
    name = header.index("metric")
    spare = paper.width - sum(widths) - 2 * (len(widths) - 1)
    widths[name] = max(_NARROWEST_NAME, widths[name] + min(0, spare))
    for at, line in enumerate((header, *lines)):
        cells = [
            padded(cell, widths[column], right=column in right)
            for column, cell in enumerate(line)
        ]
        if colours and at:
            cells[0] = f"{colours[at - 1]}{cells[0]}{RESET}"
        paper.write("  ".join(cells).rstrip() + "\n")


def _cells(row: Row) -> Cells:
    notes = f"[{','.join(map(str, row.notes))}]" if row.notes else ""
    name = printable(str(row.comparison.key), limit=_NAME)
    return (
        row.verdict_words,
        name,
        row.values,
        row.effect,
        row.interval,
        notes,
    )


def _split(one: Attribution) -> Cells:
    parts = [one.total, one.release, one.backend]
    name = printable(str(one.total.comparison.key), limit=_NAME)
    return (
        name,
        *(f"{part.effect} {part.mark}" if part else ABSENT for part in parts),
    )


def padded(cell: str, width: int, *, right: bool) -> str:
    """Fit a cell, in columns of a terminal; a long name loses its middle."""
    if cell_len(cell) > width:
        # A name differs from the next at its end, in the metric.
        tail = cell[-(width * 2 // 3) :]
        while cell_len(tail) > width * 2 // 3:
            tail = tail[1:]
        cell = set_cell_size(cell, width - cell_len(tail) - 1) + "…" + tail
    gap = " " * (width - cell_len(cell))
    return gap + cell if right else cell + gap


def _write_caveats(judgement: Judgement, paper: _Paper) -> None:
    words = care_words(judgement)
    if words:
        paper.write("\nread with care\n")
    for text in words:
        _wrap(text, paper, first="- ")


def _wrap(text: str, paper: _Paper, *, first: str = "") -> None:
    lines = wrapped(text, paper.width, first=first)
    paper.write("\n".join(lines) + "\n")
