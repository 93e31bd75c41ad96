# SPDX-License-Identifier: Apache-2.0
"""summary.md: a comment for Gerrit, at most 40 lines, worst first."""

import re
from collections.abc import Sequence
from typing import TextIO

from rich.cells import cell_len

from perfcompare.model.comparison import Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.report.care import care_words
from perfcompare.report.differences import suspected
from perfcompare.report.facts import rounds
from perfcompare.report.failure import log_lines, logged_by
from perfcompare.report.headline import count_words, headline, of_contrast
from perfcompare.report.rows import Row, Table, table
from perfcompare.report.trust import confidence
from perfcompare.report.waiting import waiting
from perfcompare.report.words import UNKNOWN, moment, plural, printable

MOST_LINES = 40
MOST_ROWS = 16
_MOST_NOTES = 4
_MOST_LOG_LINES = 6
_RESERVE = 2 * (_MOST_NOTES + 1) + 5
"""What the table and its notes take beside the rows: the head, its rule and a blank
line, what is left out and a blank line; the notes, and those of the run."""
_NAME = 70
_HEADER = ("verdict", "metric", "base → target", "change", "95 % interval", "notes")
_COUNTERS = {
    "strong": "one changed the same way",
    "latent": "the latency stayed, but one got worse",
    "contradicted": "they changed the other way only",
    "waiting": "they stayed, so time is waited, not worked",
}
"""What counters of the same work say beside a latency → what that means."""


def write_markdown(judgement: Judgement, out: TextIO) -> None:
    """Write the answer, the worst primary comparisons, and what to read with care."""
    total = of_contrast(judgement, Contrast.TOTAL)
    primary = [row for row in total if row.primary]
    counted = f"{count_words(primary)}. " if primary else ""
    head = [
        f"**{_escape(headline(judgement))}**",
        "",
        *_failure(judgement),
        f"{counted}{_conditions(judgement)}",
        "",
        *_suspects(judgement),
    ]
    # One line more for what the counters' words mean.
    most = min(MOST_ROWS, MOST_LINES - len(head) - _RESERVE - 1)
    lines = table(primary[:most])
    parts = [
        head,
        _table(lines),
        _rest(len(primary) - len(lines.rows), len(total) - len(primary)),
        _counters(lines),
        _notes([f"[{at}] {note}" for at, note in enumerate(lines.notes, start=1)]),
        _notes(care_words(judgement)),
    ]
    written = "\n".join(line for part in parts for line in part)
    out.write(f"{written.rstrip()}\n")


def _failure(judgement: Judgement) -> list[str]:
    """Show the last log lines and how to go on, where the experiment failed."""
    failure = judgement.failure
    if failure is None:
        return []
    told = []
    if failure.log:
        told.append(f"Logs: `{_code(printable(failure.log, limit=200))}`.")
    if failure.hint:
        told.append(f"Go on with `{_code(printable(failure.hint, limit=300))}`.")
    lines = log_lines(failure, last=_MOST_LOG_LINES)
    if not lines:
        return [" ".join(told), ""] if told else []
    told.append(f"What {_escape(logged_by(failure))} logged last:")
    # A fence ends at as many backticks as it began with, which no line may hold.
    runs = (len(found) for line in lines for found in re.findall("`+", line))
    fence = "`" * max(3, max(runs, default=0) + 1)
    return [" ".join(told), "", fence, *lines, fence, ""]


def _suspects(judgement: Judgement) -> list[str]:
    """Count what is likely to explain a change, and name the first of it."""
    found = suspected(judgement)
    if not found:
        return []
    first = found[0]
    base, target = (printable(value, limit=60) for value in first.values[:2])
    values = _escape(f"{base} → {target}")
    named = f"{first.kind} {_escape(first.name)}: {values}"
    many = plural(len(found), "suspected difference")
    return [f"{many}, {'the first ' if len(found) > 1 else ''}{named}.", ""]


def _conditions(judgement: Judgement) -> str:
    facts = judgement.facts
    parts = (f"Rounds: {rounds(judgement)}", moment(facts.started_at))
    measured = ", ".join(part for part in parts if part not in {"", UNKNOWN})
    told = (*waiting(judgement), *confidence(judgement))
    sentences = (f"{label.capitalize()}: {_escape(words)}" for label, words in told)
    return " ".join(f"{sentence}." for sentence in (measured, *sentences))


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
    name = _code(printable(str(row.comparison.key), limit=_NAME)).replace("|", "\\|")
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


def _counters(lines: Table) -> list[str]:
    """Say what the words behind a comma mean, as far as they occur."""
    occurring = {row.corroboration for row in lines.rows}
    told = [f"{word}: {it}" for word, it in _COUNTERS.items() if word in occurring]
    if not told:
        return []
    what = "CPU, context switches, SQL statements and messages of the same work"
    return [f"- Counters beside a latency ({what}): {'; '.join(told)}"]


def _notes(notes: Sequence[str]) -> list[str]:
    shown = [f"- {_escape(printable(note, limit=300))}" for note in notes[:_MOST_NOTES]]
    rest = len(notes) - len(shown)
    # One line says that there is more; two notes fewer would say less.
    return [*shown, f"- and {rest} more in the report"] if rest else shown


def _code(text: str) -> str:
    """Make *text* fit a code span: no escape works inside, so its end is replaced."""
    return text.replace("`", "'")


def _escape(text: str) -> str:
    """Make *text* mean itself in Markdown, HTML in it included."""
    escaped = re.sub(r"([\\`*\[\]<>|~]|\b_|_\b)", r"\\\1", text)
    return escaped.replace("&", "&amp;")
