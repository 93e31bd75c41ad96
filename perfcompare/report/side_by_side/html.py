# SPDX-License-Identifier: Apache-2.0
"""index.html of several runs: one file, in the look of the page of one run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from perfcompare.model.side_by_side import SideBySide
from perfcompare.report.html import environment
from perfcompare.report.side_by_side.answer import answer_clauses, subjects
from perfcompare.report.side_by_side.forest import LANE, WIDTH, Forest, forest_of
from perfcompare.report.side_by_side.lines import (
    OUTCOMES,
    LineWords,
    alike_words,
    cautions,
    divergence_words,
    legend,
    lines_of,
)

_OPEN_DIFFERENCES = 8
"""So many are shown; more are folded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """One line of the table."""

    words: LineWords
    forest: Forest | None


def write_html(found: SideBySide, out: TextIO) -> None:
    """Write the page; it needs no script."""
    labels = [column.label for column in found.columns]
    differing = divergence_words(found, measuring=False)
    mark, outcome, colours = OUTCOMES[found.exit_status]
    template = environment().get_template("side_by_side.html.j2")
    shown = {
        "subject": subjects(found),
        "answer": answer_clauses(found),
        "runs": legend(found),
        "labels": labels,
        "outcome": outcome,
        "outcome_mark": mark,
        "outcome_colours": colours,
        "status": found.exit_status,
        "primary": _drawn(lines_of(found, primary=True), labels),
        "others": _drawn(lines_of(found, primary=False), labels),
        "alike": alike_words(found),
        "measuring": divergence_words(found, measuring=True),
        "differing": differing[:_OPEN_DIFFERENCES],
        "folded": differing[_OPEN_DIFFERENCES:],
        "cautions": cautions(found),
        "forest_width": WIDTH,
        "lane_height": LANE,
    }
    out.write(template.render(shown))


def _drawn(lines: Sequence[LineWords], labels: Sequence[str]) -> tuple[_Drawn, ...]:
    return tuple(_Drawn(words=line, forest=forest_of(line, labels)) for line in lines)
