# SPDX-License-Identifier: Apache-2.0
"""The first screen: the answer, what was compared, and how far to trust it."""

import math
import statistics
from collections.abc import Mapping, Sequence

from perfcompare.model.comparison import Comparison, Scale
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Judgement
from perfcompare.report.care import care_words
from perfcompare.report.facts import conditions
from perfcompare.report.headline import (
    answer_clauses,
    primary_total,
    subject,
    verdict_counts,
)
from perfcompare.report.occupancy import level_words
from perfcompare.report.scale import SPACE, percent
from perfcompare.report.trust import confidence
from perfcompare.report.words import is_latency, is_memory, printable

OPEN_CAVEATS = 3
"""So many stand on the first screen; the rest unfold."""

_OUTCOMES = {
    ExitStatus.OK: ("✓", "no regression", "improvement"),
    ExitStatus.REGRESSION: ("✗", "regression", "regression"),
    ExitStatus.INCONCLUSIVE: ("?", "inconclusive", "inconclusive"),
    ExitStatus.EXPERIMENT_FAILED: ("!", "experiment failed", "regression"),
}
"""Mark, word, and the verdict whose colours it wears."""
_ABOUT_TRUST = frozenset({"rounds"})


def first_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what the title and first.html.j2 show."""
    facts = judgement.facts
    told = conditions(judgement)
    caveats = care_words(judgement)
    mark, outcome, colours = _OUTCOMES.get(
        judgement.exit_status, ("?", "not judged", "inconclusive")
    )
    return {
        "title": printable(facts.title, limit=200),
        "subject": subject(facts),
        "answer": answer_clauses(judgement),
        "outcome": outcome,
        "outcome_mark": mark,
        "outcome_colours": colours,
        "status": judgement.exit_status,
        "counts": verdict_counts(primary_total(judgement)),
        "compared": [
            *(line for line in told if line[0] not in _ABOUT_TRUST),
            *([("clients", levels)] if (levels := level_words(judgement)) else []),
        ],
        "trusted": [
            *(line for line in told if line[0] in _ABOUT_TRUST),
            *confidence(judgement),
            *_would_show(primary_total(judgement)),
        ],
        "caveats": caveats[:OPEN_CAVEATS],
        "more_caveats": caveats[OPEN_CAVEATS:],
    }


def _would_show(rows: Sequence[Comparison]) -> list[tuple[str, str]]:
    """Say how small a change the typical row would have shown."""
    told = [
        f"{name} changes from {percent(size).lstrip('+')}{SPACE}%"
        for name, ours in (
            ("latency", [row for row in rows if is_latency(row.key)]),
            ("memory", [row for row in rows if is_memory(row.key)]),
        )
        if (size := _typical_detectable(ours)) is not None
    ]
    return [("would show", f"{', '.join(told)} (median)")] if told else []


def _typical_detectable(rows: Sequence[Comparison]) -> float | None:
    sizes = [
        abs(row.detectable_effect)
        for row in rows
        if row.detectable_effect is not None
        and row.scale is Scale.RATIO
        and math.isfinite(row.detectable_effect)
    ]
    return statistics.median(sizes) if sizes else None
