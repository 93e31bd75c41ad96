# SPDX-License-Identifier: Apache-2.0
"""Where an effect comes from: release or backend."""

from collections.abc import Iterable
from dataclasses import dataclass

from perfcompare.model.comparison import Comparison, Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.model.metric import MetricKey
from perfcompare.report.headline import of_contrast
from perfcompare.report.rows import Row, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One metric's total, and what release and backend add to it."""

    total: Row
    release: Row | None
    backend: Row | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """All metrics that were split; without lines where there was no crossover."""

    lines: tuple[Attribution, ...]
    notes: tuple[str, ...]
    """Of release and backend; those of the total stand below its own table."""


def attributions(judgement: Judgement) -> Split:
    """Split each primary total in two."""
    total, _ = _effects(
        row for row in of_contrast(judgement, Contrast.TOTAL) if row.primary
    )
    halves, notes = _effects(
        row
        for contrast in (Contrast.RELEASE, Contrast.BACKEND)
        for row in of_contrast(judgement, contrast)
        if (Contrast.TOTAL, row.key) in total
    )
    lines = tuple(
        Attribution(
            total=effect,
            release=halves.get((Contrast.RELEASE, key)),
            backend=halves.get((Contrast.BACKEND, key)),
        )
        for (_, key), effect in total.items()
        if halves.keys() & {(Contrast.RELEASE, key), (Contrast.BACKEND, key)}
    )
    return Split(lines=lines, notes=notes)


def _effects(
    comparisons: Iterable[Comparison],
) -> tuple[dict[tuple[Contrast, MetricKey], Row], tuple[str, ...]]:
    lines = table(tuple(comparisons))
    effects = {(row.comparison.contrast, row.comparison.key): row for row in lines.rows}
    return effects, lines.notes
