# SPDX-License-Identifier: Apache-2.0
"""Where an effect comes from: release or backend; and what a sham shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.model.comparison import Comparison, Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.model.metric import MetricKey
from perfcompare.report.bars import Bar, bar_for
from perfcompare.report.headline import of_contrast
from perfcompare.report.rows import Row, table
from perfcompare.report.scale import leaves_tolerated
from perfcompare.report.words import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect with its bar."""

    row: Row
    bar: Bar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One metric's total, and what release and backend add to it."""

    total: Effect
    release: Effect | None
    backend: Effect | None


def attributions(judgement: Judgement) -> tuple[Attribution, ...]:
    """Split each primary total in two; () where there was no crossover."""
    release = _effects(of_contrast(judgement, Contrast.RELEASE))
    backend = _effects(of_contrast(judgement, Contrast.BACKEND))
    total = _effects(
        [row for row in of_contrast(judgement, Contrast.TOTAL) if row.primary]
    )
    return tuple(
        Attribution(total=effect, release=release.get(key), backend=backend.get(key))
        for key, effect in total.items()
        if key in release or key in backend
    )


def _effects(comparisons: Sequence[Comparison]) -> dict[MetricKey, Effect]:
    rows = table(comparisons).rows
    return {
        row.comparison.key: Effect(row=row, bar=bar_for(row.comparison)) for row in rows
    }


def sham_words(judgement: Judgement) -> str:
    """Say how far a copy of base seemed to differ; "" when there was no sham."""
    sham = of_contrast(judgement, Contrast.SHAM)
    if not sham:
        return ""
    off = sum(leaves_tolerated(row) for row in sham)
    verb = "lies" if off == 1 else "lie"
    return (
        f"{off or 'none'} of {plural(len(sham), 'difference')} between base and a copy"
        f" of itself {verb} beyond what the metric may move"
    )
