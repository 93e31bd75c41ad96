# SPDX-License-Identifier: Apache-2.0
"""What deterministic counters say beside a latency, in words."""

from perfcompare.model.comparison import (
    Comparison,
    Contrast,
    Corroboration,
    Verdict,
)
from perfcompare.model.judgement import Judgement
from perfcompare.report.rows import row_ruler
from perfcompare.report.scale import effect_text
from perfcompare.report.shown import shown
from perfcompare.report.words import metric_label, printable

_NAMED = 2


def latent_words(judgement: Judgement) -> tuple[str, ...]:
    """Name each latency that hides a cost: "list p50: parity, but CPU … +22 %"."""
    return tuple(
        _latent(row, judgement)
        for row in judgement.comparisons
        if row.contrast is Contrast.TOTAL
        and row.primary
        and row.corroboration is Corroboration.LATENT
    )


def _latent(row: Comparison, judgement: Judgement) -> str:
    parts = (row.key.workload or row.key.action, row.key.metric.name)
    name = " ".join(printable(part, limit=50) for part in parts if part)
    grown = [
        f"{_counter(other)} {effect_text(other, row_ruler(other))}"
        for other in judgement.comparisons
        if _beside(row, other)
    ]
    cost = ", ".join(grown[:_NAMED]) or "its work grew"
    return f"{name} shows latency {shown(row)}, but {cost}"


def _beside(row: Comparison, other: Comparison) -> bool:
    """Tell whether *other* is a counter of the same work that got worse."""
    name = other.key.metric.name
    return (
        other.contrast is row.contrast
        and other.verdict is Verdict.REGRESSION
        and (name.endswith("_per_iteration") or name.startswith("threads_"))
        and other.key.workload in {row.key.workload, ""}
    )


def _counter(row: Comparison) -> str:
    label = metric_label(row.key)
    if not row.key.service:
        return label
    return f"{label} of {printable(row.key.service, limit=50)}"
