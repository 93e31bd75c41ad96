# SPDX-License-Identifier: Apache-2.0
"""What deterministic counters say beside a latency, in words."""

from collections.abc import Sequence
from dataclasses import replace

from perfcompare.analysis.corroboration import flipped_contrasts, votes
from perfcompare.model.comparison import (
    Comparison,
    Contrast,
    Corroboration,
    Verdict,
)
from perfcompare.model.judgement import Judgement
from perfcompare.report.rows import row_ruler
from perfcompare.report.scale import effect_text
from perfcompare.report.words import metric_label, printable, where_label

_NAMED = 2


def latent_words(judgement: Judgement) -> tuple[str, ...]:
    """Name what hides a cost: "list (p50): latency parity, but CPU … +22 %"."""
    hidden: dict[str, list[Comparison]] = {}
    for row in judgement.comparisons:
        latent = row.corroboration is Corroboration.LATENT
        if latent and row.primary and row.contrast is Contrast.TOTAL:
            hidden.setdefault(row.key.workload, []).append(row)
    return tuple(
        f"{_place(rows)} shows latency parity, but {_cost(rows[0], judgement)}"
        for rows in hidden.values()
    )


def _place(rows: Sequence[Comparison]) -> str:
    names = ", ".join(row.key.metric.name for row in rows)
    place = printable(rows[0].key.workload, limit=50)
    return f"{place} ({printable(names, limit=50)})"


def _cost(row: Comparison, judgement: Judgement) -> str:
    """Name the counters that got worse, first those of this work alone."""
    facts = judgement.facts
    flipped = flipped_contrasts(facts.variants)
    counters = sorted(
        (
            other
            for other in judgement.comparisons
            if _beside(row, other)
            and votes(other, controls=facts.controls, flipped=flipped)
        ),
        key=lambda other: not other.key.workload,
    )
    told = [
        f"{_counter(other)} {effect_text(other, row_ruler(other))}"
        for other in counters[:_NAMED]
    ]
    rest = len(counters) - len(told)
    return (", ".join(told) or "its work grew") + (f" and {rest} more" if rest else "")


def _beside(row: Comparison, other: Comparison) -> bool:
    """Tell whether *other* is of the same work, or of all, and got worse."""
    return (
        other.contrast is row.contrast
        and other.verdict is Verdict.REGRESSION
        and other.key.workload in {row.key.workload, ""}
    )


def _counter(row: Comparison) -> str:
    label = metric_label(row.key)
    owner = where_label(replace(row.key, workload="", action=""), limit=50)
    return f"{label} of {owner}" if owner else label
