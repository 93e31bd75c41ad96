# SPDX-License-Identifier: Apache-2.0
"""Many metrics at once: what they come to together."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from scipy import stats

from perfcompare.model.acknowledgement import Acknowledgement
from perfcompare.model.caveat import Acknowledged, Expired, Uncorrected
from perfcompare.model.comparison import Comparison, Contrast, Scale, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import Better

FALSE_DISCOVERY_RATE = 0.05

_WORST_FIRST = (
    Verdict.REGRESSION,
    Verdict.NOT_COMPARABLE,
    Verdict.INCONCLUSIVE,
    Verdict.REDISTRIBUTION,
    Verdict.PARITY,
    Verdict.IMPROVEMENT,
)

_HARMLESS = frozenset({Verdict.PARITY, Verdict.REDISTRIBUTION, Verdict.IMPROVEMENT})
"""Verdicts that are decided and keep no job from passing."""


def adjusted(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Fill ``p_adjusted`` of the primary comparisons of the total.

    Y. Benjamini, Y. Hochberg (1995), "Controlling the false discovery rate",
    J. R. Stat. Soc. B 57, 289-300: of m p-values in ascending order, the adjusted
    p(i) is the least m p(j) / j over j >= i.  Verdicts stay what each row says for
    itself; a regression or improvement that does not survive says so in a caveat.
    """
    places = [
        place
        for place, one in enumerate(comparisons)
        if _counts(one) and one.p_value is not None
    ]
    corrected = stats.false_discovery_control(
        [comparisons[place].p_value or 0.0 for place in places], method="bh"
    )
    result = [replace(one, p_adjusted=None) for one in comparisons]
    for place, p_adjusted in zip(places, corrected, strict=True):
        row = replace(result[place], p_adjusted=float(p_adjusted))
        result[place] = _warned(row, metrics=len(places))
    return tuple(result)


def aside(
    comparisons: Iterable[Comparison], services: Collection[str]
) -> tuple[Comparison, ...]:
    """Let no row of *services* be primary: they are watched, not compared."""
    return tuple(
        replace(one, primary=False) if one.key.service in services else one
        for one in comparisons
    )


def acknowledged(
    comparisons: Iterable[Comparison],
    acknowledgements: Sequence[Acknowledgement],
    *,
    on: date,
) -> tuple[Comparison, ...]:
    """Let the regressions pass that somebody knows of; what has expired says so.

    A row keeps its verdict.  One that did not survive the correction for many metrics
    is let pass too: what is known need not be shown again in every run.

    Args:
        comparisons: As `adjusted` returns them.
        acknowledgements: Of those that name a row, one that holds wins, then the last.
        on: The day of the judging.  An entry holds on its last day.
    """
    return tuple(
        _let_pass(one, [entry for entry in acknowledgements if _is_for(entry, one)], on)
        for one in comparisons
    )


def unused(
    comparisons: Iterable[Comparison], acknowledgements: Iterable[Acknowledgement]
) -> tuple[Acknowledgement, ...]:
    """Return the entries that name no regression: it is gone, or misspelt."""
    rows = tuple(comparisons)
    return tuple(
        entry
        for entry in acknowledgements
        if not any(_is_for(entry, one) for one in rows)
    )


def exit_status(comparisons: Sequence[Comparison]) -> ExitStatus:
    """Return what a job that gates on the comparison shall do.

    A regression or an improvement counts when it survives the correction for many
    metrics; one that does not is as undecided as an inconclusive row.  A regression
    that is known does no harm.  Nothing primary at all is undecided too: a gate that
    measured nothing is not open.

    Args:
        comparisons: As `adjusted` or `acknowledged` returns them.
    """
    primary = [one for one in comparisons if _counts(one)]
    shown = {
        one.verdict if _decided(one) else Verdict.INCONCLUSIVE
        for one in primary
        if not _is_known(one)
    }
    if Verdict.REGRESSION in shown:
        return ExitStatus.REGRESSION
    if primary and shown <= _HARMLESS:
        return ExitStatus.OK
    return ExitStatus.INCONCLUSIVE


def worst_first(comparisons: Iterable[Comparison]) -> tuple[Comparison, ...]:
    """Order for a reader with a minute: the total, its regressions, primary first.

    Regressions that are known come after those that are not.
    """
    return tuple(sorted(comparisons, key=_rank))


def _counts(one: Comparison) -> bool:
    return one.primary and one.contrast is Contrast.TOTAL


def _decided(one: Comparison) -> bool:
    if one.verdict not in {Verdict.REGRESSION, Verdict.IMPROVEMENT}:
        return one.verdict in _HARMLESS
    return one.p_adjusted is not None and one.p_adjusted <= FALSE_DISCOVERY_RATE


def _is_known(one: Comparison) -> bool:
    return any(isinstance(caveat, Acknowledged) for caveat in one.caveats)


def _is_for(entry: Acknowledgement, one: Comparison) -> bool:
    regressed = _counts(one) and one.verdict is Verdict.REGRESSION
    return regressed and one.key.is_named_by(entry.metric)


def _let_pass(
    one: Comparison, entries: Sequence[Acknowledgement], on: date
) -> Comparison:
    for entry in reversed(entries):
        if entry.until >= on:
            known = Acknowledged(
                reason=entry.reason, until=entry.until, where=entry.where
            )
            # What is known does not count as undecided any more.
            rest = (each for each in one.caveats if not isinstance(each, Uncorrected))
            return replace(one, caveats=(*rest, known))
    if entries and _decided(one):
        entry = entries[-1]
        expired = Expired(reason=entry.reason, until=entry.until, where=entry.where)
        return replace(one, caveats=(*one.caveats, expired))
    return one


def _warned(one: Comparison, *, metrics: int) -> Comparison:
    changed = one.verdict in {Verdict.REGRESSION, Verdict.IMPROVEMENT}
    if one.p_adjusted is None or not changed or _decided(one):
        return one
    warning = Uncorrected(metrics=metrics, p_adjusted=one.p_adjusted)
    return replace(one, caveats=(*one.caveats, warning))


def _rank(one: Comparison) -> tuple[int, int, bool, bool, float, str]:
    return (
        list(Contrast).index(one.contrast),
        _WORST_FIRST.index(one.verdict),
        _is_known(one),
        not one.primary,
        -_harm(one),
        str(one.key),
    )


def _harm(one: Comparison) -> float:
    """Return the change for the worse in units of the threshold."""
    if one.effect is None:
        return 0.0
    if one.scale is Scale.RATIO:
        change, unit = math.log(one.effect), math.log1p(one.threshold or 0.0)
    else:
        change, unit = one.effect, one.floor
    sign = 1 if one.key.metric.better is Better.LOWER else -1
    return sign * change / (unit or 1.0)
