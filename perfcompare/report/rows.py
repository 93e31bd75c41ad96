# SPDX-License-Identifier: Apache-2.0
"""Comparisons as lines of a table, in words: what text, Markdown and HTML share."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from perfcompare.model.caveat import Caveat, Uncorrected
from perfcompare.model.comparison import Comparison
from perfcompare.report.scale import (
    ABSENT,
    Ruler,
    centres,
    detectable_text,
    effect_text,
    interval_text,
    ruler_for,
    tolerance_text,
)
from perfcompare.report.shown import Shown, shown
from perfcompare.report.standing import taken_back, uncorrected
from perfcompare.report.words import (
    CORROBORATION,
    MARKS,
    metric_label,
    printable,
    where_label,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line, every cell as text that is safe to show."""

    comparison: Comparison
    metric: str
    where: str
    mark: str
    base: str
    target: str
    values: str
    """Both in one cell with one unit: "105.0 → 178.2 MiB"."""
    effect: str
    interval: str
    """The 95 % interval; "" when there is none."""
    detectable: str
    tolerance: str
    rounds: str
    """How many, and how many would decide: "6, needs 9"."""
    better: str
    alone: str
    """What the row would be if it were the only one; "" where that is its verdict."""
    corroboration: str
    """What counters say beside it: "strong", ...; "" where they say nothing."""
    notes: tuple[int, ...]
    """Numbers of the notes below the table."""

    @property
    def verdict(self) -> Shown:
        """What the row counts as."""
        return shown(self.comparison)

    @property
    def verdict_words(self) -> str:
        """Mark and verdict, and what counters say, for one cell of a plain table."""
        aside = f", {self.corroboration}" if self.corroboration else ""
        return f"{self.mark} {self.verdict}{aside}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Lines and the notes that they refer to."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    """Note 1 is the first; the same words are one note."""


def table(
    comparisons: Sequence[Comparison], *, controls: Collection[str] = ()
) -> Table:
    """Make lines of *comparisons*, in their order; *controls* are labelled so."""
    numbers: dict[str, int] = {}
    rows = tuple(_row(comparison, numbers, controls) for comparison in comparisons)
    return Table(rows=rows, notes=tuple(numbers))


def row_ruler(comparison: Comparison) -> Ruler:
    """Choose the one unit of a line."""
    values = [value for value in centres(comparison) if value is not None]
    return ruler_for(comparison.key.metric.unit, values)


def _row(
    comparison: Comparison, numbers: dict[str, int], controls: Collection[str]
) -> Row:
    words = [_note(comparison, caveat) for caveat in comparison.caveats]
    ruler = row_ruler(comparison)
    base, target = (_value(value, ruler) for value in centres(comparison))
    return Row(
        comparison=comparison,
        metric=metric_label(comparison.key),
        where=where_label(comparison.key, controls=controls),
        mark=MARKS[shown(comparison)],
        base=base if base == ABSENT else ruler.join(base),
        target=target if target == ABSENT else ruler.join(target),
        values=ruler.join(f"{base} → {target}"),
        effect=effect_text(comparison, ruler),
        interval=interval_text(comparison, comparison.ci95, ruler),
        detectable=detectable_text(comparison, ruler),
        tolerance=tolerance_text(comparison, ruler),
        rounds=_rounds(comparison),
        better=f"{comparison.key.metric.better} is better",
        alone=comparison.verdict.value if uncorrected(comparison) else "",
        corroboration=CORROBORATION[comparison.corroboration]
        if comparison.corroboration
        else "",
        notes=tuple(
            numbers.setdefault(text, len(numbers) + 1) for text in dict.fromkeys(words)
        ),
    )


def _note(comparison: Comparison, caveat: Caveat) -> str:
    words = taken_back(comparison) if isinstance(caveat, Uncorrected) else str(caveat)
    return printable(words, limit=300)


def _value(value: float | None, ruler: Ruler) -> str:
    return ABSENT if value is None else ruler.number(value)


def _rounds(comparison: Comparison) -> str:
    done = str(len(comparison.rounds))
    if comparison.rounds_needed is None:
        return done
    return f"{done}, needs {comparison.rounds_needed}"
