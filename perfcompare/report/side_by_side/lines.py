# SPDX-License-Identifier: Apache-2.0
"""Metrics and runs as cells of text that are safe to show: what the formats share."""

from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.model.comparison import Comparison, Scale
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.side_by_side import Change, Column, Divergence, Line, SideBySide
from perfcompare.report.care import care_words
from perfcompare.report.facts import backend_evidence, rounds
from perfcompare.report.headline import count_words, primary_total, subject
from perfcompare.report.scale import (
    ABSENT,
    TIMES,
    Ruler,
    centres,
    effect_text,
    interval_text,
    ruler_for,
    significant,
    tolerance_text,
)
from perfcompare.report.shown import Shown, shown
from perfcompare.report.words import (
    MARKS,
    UNKNOWN,
    metric_label,
    moment,
    printable,
    where_label,
)

NOT_MEASURED = "not measured"
_VALUE = 120

OUTCOMES = {
    ExitStatus.OK: ("✓", "no regression", "improvement"),
    ExitStatus.REGRESSION: ("✗", "regression", "regression"),
    ExitStatus.INCONCLUSIVE: ("?", "inconclusive", "inconclusive"),
    ExitStatus.EXPERIMENT_FAILED: ("!", "experiment failed", "regression"),
}
"""Mark, word, and the verdict whose colours it wears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWords:
    """One line of the legend."""

    label: str
    subject: str
    title: str
    path: str
    backends: str
    """Whether it was verified what ran."""
    rounds: str
    measured: str
    host: str
    counts: str
    """Of the metrics that count for the verdict."""
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one run says of one metric."""

    comparison: Comparison
    label: str
    verdict: Shown
    mark: str
    effect: str
    interval: str
    """The 95 % interval; "" where there is none."""
    values: str
    """Both sides in the unit of the line: "105.0 → 178.2 MiB"."""
    tolerance: str
    change: str
    """Since the first run: a factor, or a difference, with its 95 % interval; "" where
    nothing can be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWords:
    """One metric in all runs."""

    line: Line
    name: str
    """In full, as a plan names it."""
    metric: str
    where: str
    cells: tuple[Cell | None, ...]
    """One a run; None where it was not measured."""

    @property
    def last_change(self) -> str:
        """The last run against the first; a dash where nothing can be said."""
        last = self.cells[-1]
        return (last.change if last else "") or ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class DivergenceWords:
    """One thing that is not the same in all runs."""

    what: str
    values: tuple[str, ...]
    """One a run; a dash where it is absent or unknown."""
    grouped: str
    """The same, equal runs together: "A, C 5.1.1; B 5.0.0"."""


def legend(found: SideBySide) -> tuple[RunWords, ...]:
    """Say of each run what it is and what it came to."""
    return tuple(_run(column) for column in found.columns)


def lines_of(found: SideBySide, *, primary: bool) -> tuple[LineWords, ...]:
    """Return the metrics that count, or those for information."""
    labels = [column.label for column in found.columns]
    controls = {
        name for column in found.columns for name in column.judgement.facts.controls
    }
    return tuple(
        LineWords(
            line=line,
            name=printable(str(line.key), limit=200),
            metric=metric_label(line.key),
            where=where_label(line.key, controls=controls),
            cells=_cells(line, labels),
        )
        for line in found.lines
        if line.primary is primary
    )


def divergence_words(
    found: SideBySide, *, measuring: bool
) -> tuple[DivergenceWords, ...]:
    """Return what differs in how the runs were measured, or in what was."""
    labels = [column.label for column in found.columns]
    return tuple(
        _divergence(one, labels)
        for one in found.divergences
        if one.measuring is measuring
    )


def cautions(found: SideBySide) -> tuple[tuple[str, str], ...]:
    """Return what to read with care, and of which runs: "A, B" → words."""
    told: dict[str, list[str]] = {}
    for column in found.columns:
        for words in care_words(column.judgement):
            told.setdefault(words, []).append(column.label)
    return tuple((", ".join(labels), words) for words, labels in told.items())


def alike_words(found: SideBySide) -> str:
    """Say whether the runs were measured alike, and what it means if not."""
    what = [one.what for one in found.divergences if one.measuring]
    if not what:
        return (
            "The runs were measured alike as far as they tell: the same workloads, the"
            " same versions of the tools, the same kind of host."
        )
    named = printable(", ".join(what[:4]), limit=200)
    more = f" and {len(what) - 4} more" if len(what) > 4 else ""
    return (
        f"The runs were not measured alike ({named}{more}): where they differ, the"
        " cause need not be the service."
    )


def _run(column: Column) -> RunWords:
    judgement = column.judgement
    facts = judgement.facts
    host = dict(facts.host)
    named = [host[label] for label in ("CPU", "memory") if label in host]
    if "cores" in host:
        named.insert(1, f"{host['cores']} cores")
    status = judgement.exit_status
    return RunWords(
        label=column.label,
        subject=subject(facts),
        title=printable(facts.title, limit=120),
        path=printable(column.path, limit=_VALUE),
        backends=backend_evidence(facts.variants),
        rounds=rounds(judgement),
        measured=moment(facts.started_at) or UNKNOWN,
        host=printable(", ".join(named), limit=_VALUE) or UNKNOWN,
        counts=count_words(primary_total(judgement)) or "nothing that counts",
        outcome=f"{OUTCOMES[status][1]} (exit status {status.value})",
    )


def _cells(line: Line, labels: Sequence[str]) -> tuple[Cell | None, ...]:
    values = [
        value
        for cell in line.cells
        if cell
        for value in centres(cell)
        if value is not None
    ]
    ruler = ruler_for(line.key.metric.unit, values)
    return tuple(
        _cell(cell, label, _change(change, ruler), ruler) if cell else None
        for label, cell, change in zip(labels, line.cells, line.changes, strict=True)
    )


def _cell(cell: Comparison, label: str, change: str, ruler: Ruler) -> Cell:
    return Cell(
        comparison=cell,
        label=label,
        verdict=shown(cell),
        mark=MARKS[shown(cell)],
        effect=effect_text(cell, ruler),
        interval=interval_text(cell, cell.ci95, ruler),
        values=_values(cell, ruler),
        tolerance=tolerance_text(cell, ruler),
        change=change,
    )


def _values(cell: Comparison, ruler: Ruler) -> str:
    base, target = (
        ABSENT if value is None else ruler.number(value) for value in centres(cell)
    )
    return ruler.join(f"{base} → {target}")


def _change(change: Change | None, ruler: Ruler) -> str:
    if change is None:
        return ""
    ends = (change.ci95.low, change.ci95.high)
    if change.scale is Scale.RATIO:
        low, high = (significant(end, digits=3) for end in ends)
        return f"{TIMES}{significant(change.effect, digits=3)} ({low}..{high})"
    low, high = (ruler.change(end) for end in ends)
    unit = f" {ruler.points}" if ruler.points else ""
    return f"{ruler.change(change.effect)} ({low}..{high}){unit}"


def _divergence(one: Divergence, labels: Sequence[str]) -> DivergenceWords:
    values = tuple(
        ABSENT if value is None else printable(value, limit=_VALUE)
        for value in one.values
    )
    groups: dict[str, list[str]] = {}
    # Long values may differ where they were cut; what is told apart stays apart.
    for label, value, whole in zip(labels, values, one.values, strict=True):
        groups.setdefault(f"{whole}\0{value}", []).append(label)
    return DivergenceWords(
        what=printable(one.what, limit=_VALUE),
        values=values,
        grouped="; ".join(
            f"{', '.join(group)}: {key.rpartition(chr(0))[2]}"
            for key, group in groups.items()
        ),
    )
