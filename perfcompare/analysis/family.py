# SPDX-License-Identifier: Apache-2.0
"""Many metrics at once: what they come to together."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from scipy import stats

from perfcompare.model.caveat import Uncorrected
from perfcompare.model.comparison import Comparison, Contrast, Scale, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import Better

FALSE_DISCOVERY_RATE = 0.05

_WORST_FIRST = (
    Verdict.REGRESSION,
    Verdict.NOT_COMPARABLE,
    Verdict.INCONCLUSIVE,
    Verdict.PARITY,
    Verdict.IMPROVEMENT,
)


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


def exit_status(comparisons: Sequence[Comparison]) -> ExitStatus:
    """Return what a job that gates on the comparison shall do.

    A regression or an improvement counts when it survives the correction for many
    metrics; one that does not is as undecided as an inconclusive row.  Nothing primary
    at all is undecided too: a gate that measured nothing is not open.

    Args:
        comparisons: As `adjusted` returns them.
    """
    primary = [one for one in comparisons if _counts(one)]
    shown = {one.verdict if _decided(one) else Verdict.INCONCLUSIVE for one in primary}
    if Verdict.REGRESSION in shown:
        return ExitStatus.REGRESSION
    if shown and shown <= {Verdict.PARITY, Verdict.IMPROVEMENT}:
        return ExitStatus.OK
    return ExitStatus.INCONCLUSIVE


def worst_first(comparisons: Iterable[Comparison]) -> tuple[Comparison, ...]:
    """Order for a reader with a minute: the total, its regressions, primary first."""
    return tuple(sorted(comparisons, key=_rank))


def _counts(one: Comparison) -> bool:
    return one.primary and one.contrast is Contrast.TOTAL


def _decided(one: Comparison) -> bool:
    if one.verdict not in {Verdict.REGRESSION, Verdict.IMPROVEMENT}:
        return one.verdict is Verdict.PARITY
    return one.p_adjusted is not None and one.p_adjusted <= FALSE_DISCOVERY_RATE


def _warned(one: Comparison, *, metrics: int) -> Comparison:
    changed = one.verdict in {Verdict.REGRESSION, Verdict.IMPROVEMENT}
    if one.p_adjusted is None or not changed or _decided(one):
        return one
    warning = Uncorrected(metrics=metrics, p_adjusted=one.p_adjusted)
    return replace(one, caveats=(*one.caveats, warning))


def _rank(one: Comparison) -> tuple[int, int, bool, float, str]:
    return (
        list(Contrast).index(one.contrast),
        _WORST_FIRST.index(one.verdict),
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
