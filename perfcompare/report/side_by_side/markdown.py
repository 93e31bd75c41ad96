# SPDX-License-Identifier: Apache-2.0
"""summary.md of several runs: a comment for Gerrit, at most 40 lines, worst first."""

import re
from collections.abc import Sequence
from typing import TextIO

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
from perfcompare.report.words import plural, printable

MOST_LINES = 40
_MOST_RUNS = 8
"""In the legend; the table has all."""
_MOST_DIFFERENCES = 4
_MOST_CAUTIONS = 3
_NAME = 70


def write_markdown(found: SideBySide, out: TextIO) -> None:
    """Write the answer, the runs, the worst metrics that count, and what differs."""
    primary = lines_of(found, primary=True)
    others = len(lines_of(found, primary=False))
    head = [f"**{_escape(headline(found))}**", "", *_runs(found), ""]
    tail = [_escape(alike_words(found)), *_differences(found), *_cautions(found)]
    # The header and its rule, the line that counts the rest, and two that are empty.
    room = MOST_LINES - len(head) - len(tail) - 5
    shown = primary[:room]
    lines = [*head, *_table(found, shown), *_rest(len(primary) - len(shown), others)]
    out.writelines(f"{line}\n" for line in (*lines, *tail))


def _runs(found: SideBySide) -> list[str]:
    told = [
        f"- {run.label}: "
        + _escape(
            f"{run.subject}, {run.measured}, rounds {run.rounds}, {run.host}:"
            f" {run.outcome}; {run.counts} ({run.path})"
        )
        for run in legend(found)
    ]
    return _at_most(told, _MOST_RUNS)


def _table(found: SideBySide, lines: Sequence[LineWords]) -> list[str]:
    if not lines:
        return []
    labels = [column.label for column in found.columns]
    header = ("metric", *labels, "agreement", f"{labels[-1]} since {labels[0]}")
    cells = [
        (
            _code(line.name),
            *(_cell(cell) for cell in line.cells),
            line.line.agreement.value,
            line.last_change,
        )
        for line in lines
    ]
    rule = "|" + "---|" * len(header)
    return [_row(header), rule, *(_row(each) for each in cells), ""]


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return NOT_MEASURED
    interval = f" ({cell.interval})" if cell.interval else ""
    return f"{cell.mark} {cell.verdict} {cell.effect}{interval}, {cell.values}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(name: str) -> str:
    # No escape works inside a code span, so what would end it is replaced.
    shown = printable(name, limit=_NAME).replace("`", "'").replace("|", "\\|")
    return f"`{shown}`"


def _rest(primary: int, others: int) -> list[str]:
    told = []
    if primary:
        told.append(f"{primary} more that count")
    if others:
        told.append(f"{plural(others, 'metric')} for information")
    return [f"{' and '.join(told)} in the report.", ""] if told else []


def _differences(found: SideBySide) -> list[str]:
    told = [
        f"- {_escape(f'{one.what}: {one.grouped}')}"
        for measuring in (True, False)
        for one in divergence_words(found, measuring=measuring)
    ]
    return ["", *_at_most(told, _MOST_DIFFERENCES)] if told else []


def _cautions(found: SideBySide) -> list[str]:
    told = [f"- {labels}: {_escape(words)}" for labels, words in cautions(found)]
    return ["", *_at_most(told, _MOST_CAUTIONS)] if told else []


def _at_most(lines: Sequence[str], most: int) -> list[str]:
    rest = len(lines) - most
    if rest <= 0:
        return list(lines)
    return [*lines[:most], f"- and {rest} more in the report"]


def _escape(text: str) -> str:
    """Make *text* mean itself in Markdown, HTML in it included."""
    escaped = re.sub(r"([\\`*\[\]<>|~]|\b_|_\b)", r"\\\1", text)
    return escaped.replace("&", "&amp;")
