# SPDX-License-Identifier: Apache-2.0
"""What the run says about itself: false alarms, the sham, looks, rounds set aside."""

from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.model.comparison import Comparison, Contrast, Verdict
from perfcompare.model.judgement import Calibration, Judgement, Spending
from perfcompare.report.agreements import agreement_words
from perfcompare.report.headline import of_contrast
from perfcompare.report.round_conditions import set_aside
from perfcompare.report.rows import Row, table
from perfcompare.report.scale import SPACE, leaves_tolerated, significant
from perfcompare.report.words import (
    listed,
    metric_label,
    plural,
    printable,
    where_label,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationLine:
    """One metric among the relabelled runs, and what its rounds can show."""

    metric: str
    where: str
    false_verdicts: int
    comparisons: int
    row: Row | None
    """Of target against base; None where that was not compared."""


def confidence(judgement: Judgement) -> tuple[tuple[str, str], ...]:
    """Label → words, for the first screen and for short formats."""
    told = (
        ("false alarms", false_alarms(judgement)),
        ("sham", _sham(judgement)),
        ("agreement", agreement_words(judgement)),
        ("looks", looks(judgement.spending)),
        ("disturbed", set_aside(judgement)),
    )
    return tuple((label, text) for label, text in told if text)


def false_alarms(judgement: Judgement) -> str:
    """Count false verdicts where nothing differed; "" where nothing was compared."""
    found = judgement.calibration
    if found is None or not found.comparisons:
        few = "not known, too few rounds to compare a variant with itself"
        return few if judgement.comparisons else ""
    share = f" ({_percent(found.false_verdicts / found.comparisons)})"
    return (
        f"{found.false_verdicts or 'none'} of"
        f" {found.comparisons:,} same-variant comparisons"
        f"{share if found.false_verdicts else ''}"
    )


def calibration_words(found: Calibration) -> str:
    """Say in full what judging the same against itself came to."""
    variants = listed([printable(name, limit=40) for name in found.variants])
    return (
        f"Judged against itself, this run raised {found.false_verdicts or 'no'} false"
        f" {'verdict' if found.false_verdicts == 1 else 'verdicts'} in"
        f" {found.comparisons:,} same-variant comparisons, and"
        f" {found.false_alarms or 'none'} of"
        f" {plural(found.families, 'relabelled run')} would have failed: the rounds of"
        f" {variants}, or the halves of their blocks, were called base and target and"
        " judged by the same code and thresholds, so any change among them is false."
    )


def calibration_lines(judgement: Judgement) -> tuple[CalibrationLine, ...]:
    """Make one line a metric, most false verdicts first."""
    if judgement.calibration is None:
        return ()
    rows = table(of_contrast(judgement, Contrast.TOTAL)).rows
    compared = {row.comparison.key: row for row in rows}
    return tuple(
        CalibrationLine(
            metric=metric_label(one.key),
            where=where_label(one.key, controls=judgement.facts.controls),
            false_verdicts=one.false_verdicts,
            comparisons=one.comparisons,
            row=compared.get(one.key),
        )
        for one in judgement.calibration.metrics
    )


def looks(spending: Spending | None) -> str:
    """Say how often a sequential experiment looked, and what that cost."""
    if spending is None:
        return ""
    done = listed([str(number) for number in spending.done])
    planned = ", ".join(str(number) for number in spending.planned)
    spent = f"{_percent(spending.spent)} of {_percent(spending.alpha)} spent"
    return f"{f'after {done}' if done else 'none'} of {planned} rounds; {spent}"


def level_words(spending: Spending) -> str:
    """Say how strict each look is."""
    return (
        f"each is judged at {_percent(spending.level)} instead of"
        f" {_percent(spending.alpha)}"
    )


def sham_shown(judgement: Judgement) -> tuple[Comparison, ...]:
    """Return the rows of the sham that count, and all that did not stay put."""
    return tuple(
        row
        for row in of_contrast(judgement, Contrast.SHAM)
        if row.primary or _raised([row]) or leaves_tolerated(row)
    )


def sham_words(judgement: Judgement) -> str:
    """Say what a copy of base was found to be; "" when there was no sham."""
    sham = of_contrast(judgement, Contrast.SHAM)
    if not sham:
        return ""
    counting, others = _parted(sham)
    told = (
        f"{_raised(counting) or 'none'} of the {plural(len(counting), 'comparison')}"
        " that count came out as better or worse"
    )
    if raised := _raised(others):
        told += f", and {raised} of {len(others)} for information"
    shared = _redistributed(sham)
    off = sum(leaves_tolerated(row) for row in sham) - _raised(sham) - shared
    if off > 0:
        told += f"; {off} more moved further than the metric may, but not surely"
    if shared:
        told += f"; {shared} came out as redistributed"
    return told


def _sham(judgement: Judgement) -> str:
    sham = of_contrast(judgement, Contrast.SHAM)
    counting, others = _parted(sham)
    told = (
        f"{_raised(counting) or 'none'} of {len(counting)} that count called better"
        " or worse"
    )
    if raised := _raised(others):
        told += f", {raised} of {len(others)} others"
    if shared := _redistributed(sham):
        told += f", {shared} redistributed"
    return told if sham else ""


def _parted(
    sham: Sequence[Comparison],
) -> tuple[Sequence[Comparison], Sequence[Comparison]]:
    """Return the rows that count for the verdict, and those for information."""
    return (
        [row for row in sham if row.primary],
        [row for row in sham if not row.primary],
    )


def _raised(sham: Sequence[Comparison]) -> int:
    """Count the false verdicts: nothing differs."""
    return sum(row.verdict in {Verdict.REGRESSION, Verdict.IMPROVEMENT} for row in sham)


def _redistributed(sham: Sequence[Comparison]) -> int:
    """Count the rows of which another share is told to wait: nothing differs."""
    return sum(row.verdict is Verdict.REDISTRIBUTION for row in sham)


def _percent(share: float) -> str:
    return f"{_trimmed(significant(share * 100, digits=2))}{SPACE}%"


def _trimmed(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number
