# SPDX-License-Identifier: Apache-2.0
"""summary.md: a comment for Gerrit, at most 40 lines, worst first."""

import re
from collections.abc import Sequence
from typing import TextIO

from rich.cells import cell_len

from perfcompare.model.comparison import Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.report.facts import rounds
from perfcompare.report.headline import count_words, headline, of_contrast
from perfcompare.report.rows import Row, Table, table
from perfcompare.report.trust import confidence
from perfcompare.report.words import UNKNOWN, moment, plural, printable

MOST_ROWS = 16
_MOST_NOTES = 6
_NAME = 70
_HEADER = ("verdict", "metric", "base → target", "change", "95 % interval", "notes")


def write_markdown(judgement: Judgement, out: TextIO) -> None:
    """Write the answer, the worst primary comparisons, and what to read with care."""
    total = of_contrast(judgement, Contrast.TOTAL)
    primary = [row for row in total if row.primary]
    lines = table(primary[:MOST_ROWS])
    counted = f"{count_words(primary)}. " if primary else ""
    parts = [
        [f"**{_escape(headline(judgement))}**", ""],
        [f"{counted}{_conditions(judgement)}", ""],
        _table(lines),
        _rest(len(primary) - len(lines.rows), len(total) - len(primary)),
        _notes([f"[{at}] {note}" for at, note in enumerate(lines.notes, start=1)]),
        _notes([str(caveat) for caveat in judgement.caveats]),
    ]
    out.writelines(f"{line}\n" for part in parts for line in part)


def _conditions(judgement: Judgement) -> str:
    facts = judgement.facts
    parts = (f"Rounds: {rounds(judgement)}", moment(facts.started_at))
    measured = ", ".join(part for part in parts if part not in {"", UNKNOWN})
    trusted = (f"{label.capitalize()}: {it}" for label, it in confidence(judgement))
    return " ".join(f"{sentence}." for sentence in (measured, *trusted))


def _table(lines: Table) -> list[str]:
    if not lines.rows:
        return []
    cells = [_HEADER, *(_cells(row) for row in lines.rows)]
    widths = [max(cell_len(line[at]) for line in cells) for at in range(len(_HEADER))]
    written = [
        "| "
        + " | ".join(
            cell + " " * (width - cell_len(cell))
            for cell, width in zip(line, widths, strict=True)
        )
        + " |"
        for line in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return [written[0], rule, *written[1:], ""]


def _cells(row: Row) -> tuple[str, ...]:
    name = printable(str(row.comparison.key), limit=_NAME)
    # No escape works inside a code span, so what would end it is replaced.
    name = name.replace("`", "'").replace("|", "\\|")
    return (
        row.verdict_words,
        f"`{name}`",
        row.values,
        row.effect,
        row.interval,
        " ".join(f"[{number}]" for number in row.notes),
    )


def _rest(primary: int, others: int) -> list[str]:
    told = []
    if primary:
        told.append(f"{primary} more of them in the report")
    if others:
        told.append(f"{plural(others, 'metric')} for information in the report")
    return [f"{'; '.join(told)}.", ""] if told else []


def _notes(notes: Sequence[str]) -> list[str]:
    shown = [f"- {_escape(printable(note, limit=300))}" for note in notes[:_MOST_NOTES]]
    rest = len(notes) - len(shown)
    # One line says that there is more; two notes fewer would say less.
    return [*shown, f"- and {rest} more in the report"] if rest else shown


def _escape(text: str) -> str:
    """Make *text* mean itself in Markdown, HTML in it included."""
    escaped = re.sub(r"([\\`*\[\]<>|~]|\b_|_\b)", r"\\\1", text)
    return escaped.replace("&", "&amp;")
