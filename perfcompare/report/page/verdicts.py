# SPDX-License-Identifier: Apache-2.0
"""What changed: one line a metric, worst first, each of which opens."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from perfcompare.model.comparison import Comparison, Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.report.counters import latent_words
from perfcompare.report.headline import of_contrast, verdict_counts
from perfcompare.report.page.dots import BOTTOM, HEIGHT, TOP, Rounds
from perfcompare.report.page.inside import (
    Inside,
    Surroundings,
    inside_of,
    surroundings,
)
from perfcompare.report.page.order import Kind, kind_of, sort_keys
from perfcompare.report.page.shift import VIEW as SHIFT_VIEW
from perfcompare.report.page.shift import Shift
from perfcompare.report.plots.distributions import VIEW_HEIGHT, VIEW_WIDTH
from perfcompare.report.rows import Row, table
from perfcompare.report.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One metric: its row, what sorts and chooses it, and what it opens to."""

    row: Row
    kind: Kind
    keys: Mapping[str, str]
    inside: Inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The lines of one table and the notes that they refer to."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A verdict to choose lines by, and how many lines have it."""

    verdict: Shown
    counting: int
    """Of the metrics that count."""
    others: int
    """Of those for information."""


def verdicts_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what verdicts.html.j2 shows."""
    total = of_contrast(judgement, Contrast.TOTAL)
    counting = [row for row in total if row.primary]
    rest = [row for row in total if not row.primary]
    around = surroundings(judgement)
    primary = _group(counting, around, controls=())
    others = _group(rest, around, controls=judgement.facts.controls)
    lines = (*primary.lines, *others.lines)
    return {
        "primary": primary,
        "others": others,
        "latent": latent_words(judgement),
        "chips": _chips(counting, rest),
        "kinds": [kind for kind in Kind if any(line.kind is kind for line in lines)],
        "axes": _axes(lines),
        "shifts": (pictures := _shifts(lines)),
        "shift_labels": {
            labels: f"quantiles-{at}"
            for at, labels in enumerate(dict.fromkeys(one.labels for one in pictures))
        },
        "shift_view": SHIFT_VIEW,
        "dots_height": HEIGHT,
        "dots_top": TOP,
        "dots_bottom": BOTTOM,
        "durations_view": f"0 0 {VIEW_WIDTH:g} {VIEW_HEIGHT:g}",
    }


def _group(
    comparisons: Sequence[Comparison],
    around: Surroundings,
    *,
    controls: Collection[str],
) -> Group:
    made = table(comparisons, controls=controls)
    return Group(
        lines=tuple(
            Line(
                row=row,
                kind=kind_of(row.comparison.key),
                keys=sort_keys(row.comparison),
                inside=inside_of(row.comparison, around),
            )
            for row in made.rows
        ),
        notes=made.notes,
    )


def _chips(
    counting: Sequence[Comparison], others: Sequence[Comparison]
) -> tuple[Chip, ...]:
    here, there = verdict_counts(counting), verdict_counts(others)
    return tuple(
        Chip(verdict=verdict, counting=here[verdict], others=there[verdict])
        for verdict in Shown
        if here[verdict] or there[verdict]
    )


def _shifts(lines: Iterable[Line]) -> tuple[Shift, ...]:
    """Return the pictures that lines show, each once."""
    found = (line.inside.shift for line in lines)
    return tuple(dict.fromkeys(each for each in found if each))


def _axes(lines: Iterable[Line]) -> Mapping[Rounds, str]:
    """Give an id to what pictures of the same rounds share."""
    found = dict.fromkeys(line.inside.dots.axis for line in lines if line.inside.dots)
    return {axis: f"rounds-{at}" for at, axis in enumerate(found)}
