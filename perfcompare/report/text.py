# SPDX-License-Identifier: Apache-2.0
"""For a terminal: the answer, an aligned table, the notes; at most 100 columns."""

import textwrap
from collections.abc import Collection, Sequence
from typing import TextIO

from rich.cells import cell_len, set_cell_size

from perfcompare.model.comparison import Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.report.attribution import Attribution, attributions
from perfcompare.report.counters import latent_words
from perfcompare.report.headline import count_words, headline, of_contrast
from perfcompare.report.rows import Row, Table, table
from perfcompare.report.scale import ABSENT, TIMES
from perfcompare.report.shown import Shown
from perfcompare.report.trust import confidence
from perfcompare.report.words import plural, printable

WIDTH = 100
_NAME = 200
"""Longer names are cut before columns are counted, which takes its time."""

Cells = tuple[str, ...]

_COLOURS = {
    Shown.REGRESSION: "\x1b[1;31m",
    Shown.KNOWN: "\x1b[31m",
    Shown.IMPROVEMENT: "\x1b[1;34m",
    Shown.PARITY: "\x1b[32m",
    Shown.INCONCLUSIVE: "\x1b[33m",
    Shown.NOT_COMPARABLE: "\x1b[35m",
}
_RESET = "\x1b[0m"
_HEADER = ("verdict", "metric", "base → target", "change", "95 % interval", "")
_FACTORS = f"release (crossover/base) {TIMES} backend (target/crossover) = total"
_COUNTERS = (
    "strong, latent, contradicted, waiting: what counters of the same work say of a"
    " latency (CPU, context switches, statements, messages)"
)
_SPLIT = ("metric", "total", "release", "backend")


def write_text(judgement: Judgement, out: TextIO, *, colour: bool = False) -> None:
    """Write the primary comparisons and where they come from; count the rest."""
    total = of_contrast(judgement, Contrast.TOTAL)
    lines = table([row for row in total if row.primary])
    _wrap(headline(judgement), out)
    if lines.rows:
        out.write(f"\n{count_words([row.comparison for row in lines.rows])}\n\n")
        _write_table(lines, out, colour=colour)
    if any(row.corroboration for row in lines.rows):
        _wrap(_COUNTERS, out)
    if split := attributions(judgement).lines:
        out.write(f"\n{_FACTORS}\n")
        _write_cells(_SPLIT, [_split(one) for one in split], out, right={1, 2, 3})
    if told := confidence(judgement):
        out.write("\n")
    for label, words in told:
        _wrap(f"{label}: {words}", out)
    for latent in latent_words(judgement):
        _wrap(f"latent: {latent}", out)
    _write_caveats(judgement, out)
    if others := len(total) - len(lines.rows):
        out.write(f"\n{plural(others, 'more metric')} for information in the report\n")


def _write_table(lines: Table, out: TextIO, *, colour: bool) -> None:
    colours = [_COLOURS[row.verdict] for row in lines.rows] if colour else None
    _write_cells(
        _HEADER, [_cells(row) for row in lines.rows], out, right={2, 3}, colours=colours
    )
    for number, note in enumerate(lines.notes, start=1):
        _wrap(note, out, first=f"[{number}] ")


def _write_cells(
    header: Cells,
    lines: Sequence[Cells],
    out: TextIO,
    *,
    right: Collection[int],
    colours: Sequence[str] | None = None,
) -> None:
    """Write aligned columns; the longest column of names gives way where needed."""
    widths = [max(map(cell_len, column)) for column in zip(header, *lines, strict=True)]
    name = header.index("metric")
    spare = WIDTH - sum(widths) - 2 * (len(widths) - 1)
    widths[name] = max(12, widths[name] + min(0, spare))
    for at, line in enumerate((header, *lines)):
        cells = [
            _pad(cell, widths[column], right=column in right)
            for column, cell in enumerate(line)
        ]
        if colours and at:
            cells[0] = f"{colours[at - 1]}{cells[0]}{_RESET}"
        out.write("  ".join(cells).rstrip() + "\n")


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
    name = printable(str(one.total.row.comparison.key), limit=_NAME)
    return (
        name,
        *(f"{part.row.effect} {part.row.mark}" if part else ABSENT for part in parts),
    )


def _pad(cell: str, width: int, *, right: bool) -> str:
    """Fit a cell, in columns of a terminal; a long name loses its middle."""
    if cell_len(cell) > width:
        # A name differs from the next at its end, in the metric.
        tail = cell[-(width * 2 // 3) :]
        while cell_len(tail) > width * 2 // 3:
            tail = tail[1:]
        cell = set_cell_size(cell, width - cell_len(tail) - 1) + "…" + tail
    gap = " " * (width - cell_len(cell))
    return gap + cell if right else cell + gap


def _write_caveats(judgement: Judgement, out: TextIO) -> None:
    words: Sequence[str] = [
        printable(str(caveat), limit=500) for caveat in judgement.caveats
    ]
    if words:
        out.write("\nread with care\n")
    for text in words:
        _wrap(text, out, first="- ")


def _wrap(text: str, out: TextIO, *, first: str = "") -> None:
    # textwrap counts letters, not columns; prose here is narrow letters.
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
    )
    out.write("\n".join(lines) + "\n")
