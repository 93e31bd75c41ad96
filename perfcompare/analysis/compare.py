# SPDX-License-Identifier: Apache-2.0
"""One metric of two variants: pairs of rounds in, a verdict out."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from perfcompare.analysis.basis import PLAIN, Basis
from perfcompare.analysis.intervals import Estimate, Floats, estimate
from perfcompare.analysis.pairs import (
    LARGEST_LOG,
    Pairs,
    check,
    effect_of,
    pair,
    values_at,
)
from perfcompare.analysis.sequential import levels, repeated
from perfcompare.analysis.shams import taken_off
from perfcompare.model.caveat import (
    Caveat,
    FewRounds,
    MissingRounds,
    OneWay,
    WithinFloor,
)
from perfcompare.model.comparison import (
    Comparison,
    Contrast,
    Interval,
    Scale,
    Side,
    Verdict,
)
from perfcompare.model.metric import Better, Sample, Threshold

MIN_ROUNDS = 3
"""Two differences have one degree of freedom: an interval of ±12.7 standard errors."""

_Span = tuple[float, float]


def compare(  # noqa: PLR0913 - two samples, and four facts that judge them
    base: Sample,
    target: Sample,
    *,
    contrast: Contrast,
    threshold: Threshold,
    one_way: bool = False,
    looks: tuple[int, ...] = (),
) -> Comparison:
    """Decide whether *target* differs from *base*.

    The rounds are pairs: the log-ratio of target to base is taken within each round
    and its mean judged by Student's t, from 8 rounds on by the trimmed mean, so what
    slows a whole round cancels.  Where no ratio is wanted, or a value is not
    positive, the plain difference takes the place of the log-ratio; a relative
    threshold then is applied to the mean size of all values.

    A change matters when it reaches the relative threshold *and* the floor.  On the
    log scale the floor is compared with the effect applied to the geometric middle
    m of all values, 2 m sinh(d / 2), which for a plain mean d is the difference of the
    two geometric means; so swapping the sides swaps the verdict and nothing else.
    Both together are one margin on the scale of d: regression and improvement need
    |d| at or beyond it and the 95 % interval clear of 0, parity needs the 90 %
    interval within it.

    Args:
        base: In the metric's base unit, as *target*.
        target: The sample of the variant in the role of target.
        contrast: What the difference means; only recorded.
        threshold: Resolved: its ``primary`` is taken over.
        one_way: Base was always measured first; parity is then never claimed.
        looks: Of a sequential experiment.  Intervals and p-values then are repeated
            ones, which hold whichever look is the last:
            `perfcompare.analysis.sequential`.

    Returns:
        The comparison.  Below 3 pairs it is inconclusive, with a caveat and without
        intervals.

    Raises:
        NotComparableError: The samples are of different metrics, or hold something
            that is no finite number, or rounds that do not ascend.
    """
    basis = Basis(one_way=one_way, looks=looks)
    return compare_on(base, target, contrast=contrast, threshold=threshold, basis=basis)


def compare_on(
    base: Sample,
    target: Sample,
    *,
    contrast: Contrast,
    threshold: Threshold,
    basis: Basis = PLAIN,
) -> Comparison:
    """Do as `compare`, on a *basis* that other samples have a say in.

    Difference in differences: with a sham beside target, target is compared with it
    instead of with base, (T / B) / (S / B) = T / S round by round; one that was
    measured elsewhere is estimated there, and its effect taken off this one.  The row
    shows base's values in any case.

    Raises:
        NotComparableError: As `compare`.
    """
    check(base, target)
    sham = basis.sham
    reference = sham.sham if sham and sham.beside else base
    check(base, reference)
    pairs = pair(reference, target, threshold, rounds=basis.rounds, ratio=basis.ratio)
    off = taken_off(sham, pairs.scale, threshold) if sham else None
    judged = replace(
        _blank(base, target, contrast=contrast, threshold=threshold),
        rounds=pairs.rounds,
        base=_side(base.variant, values_at(base, pairs.rounds)),
        target=_side(target.variant, pairs.target),
        scale=pairs.scale,
        threshold=threshold.ratio if pairs.scale is Scale.RATIO else None,
        floor=pairs.floor,
        margin=_change(pairs.margin, pairs.scale) if pairs.rounds else None,
        caveats=(
            *_caveats((base, target, reference), pairs.rounds),
            *((OneWay(),) if basis.one_way and not off else ()),
            *((off.caveat,) if off else ()),
            *basis.caveats,
        ),
    )
    if len(pairs.rounds) < MIN_ROUNDS:
        effect = float(np.mean(pairs.differences)) if pairs.rounds else None
        return replace(
            judged,
            effect=effect if effect is None else effect_of(effect, pairs.scale),
            verdict=Verdict.INCONCLUSIVE,
        )
    found = estimate(pairs.differences, left_out=basis.left_out)
    if sham and off and not sham.beside:
        found = found.minus(off.estimate)
    return _decide(judged, found, pairs, basis)


def not_comparable(
    base: Sample,
    target: Sample,
    *,
    contrast: Contrast,
    threshold: Threshold,
    caveats: tuple[Caveat, ...],
) -> Comparison:
    """Return a row that shows both sides and refuses to compare them.

    The medians are of all rounds, paired or not.
    """
    return replace(
        _blank(base, target, contrast=contrast, threshold=threshold), caveats=caveats
    )


def _blank(
    base: Sample, target: Sample, *, contrast: Contrast, threshold: Threshold
) -> Comparison:
    rounds = set(base.rounds) & set(target.rounds)
    b, t = values_at(base, rounds), values_at(target, rounds)
    return Comparison(
        contrast=contrast,
        key=base.key,
        primary=bool(threshold.primary),
        rounds=tuple(sorted(rounds)),
        base=_side(base.variant, b, of=np.array(base.values)),
        target=_side(target.variant, t, of=np.array(target.values)),
        scale=Scale.DIFFERENCE if threshold.ratio is None else Scale.RATIO,
        effect=None,
        ci95=None,
        ci90=None,
        threshold=threshold.ratio,
        floor=threshold.floor,
        margin=None,
        p_value=None,
        p_adjusted=None,
        verdict=Verdict.NOT_COMPARABLE,
        detectable_effect=None,
        rounds_needed=None,
        method="t",
        corroboration=None,
        caveats=(),
    )


def _decide(
    judged: Comparison, found: Estimate, pairs: Pairs, basis: Basis
) -> Comparison:
    each = levels(basis.looks)
    change = found.interval(1 - each.change)
    within = found.interval(1 - each.parity)
    parity = basis.sham is not None or not basis.one_way
    verdict = _verdict(
        found.mean,
        change,
        within if parity else None,
        margin=pairs.margin,
        better=judged.key.metric.better,
    )
    return replace(
        judged,
        effect=effect_of(found.mean, pairs.scale),
        ci95=_interval(change, pairs.scale),
        ci90=_interval(within, pairs.scale),
        p_value=repeated(found.p_value, basis.looks),
        verdict=verdict,
        detectable_effect=_change(found.detectable(each.change), pairs.scale),
        rounds_needed=(
            found.rounds_needed(pairs.margin, parity=parity, levels=each)
            if verdict is Verdict.INCONCLUSIVE
            else None
        ),
        method=found.method,
        caveats=(*judged.caveats, *_floor_caveat(judged, within, verdict)),
    )


def _floor_caveat(
    judged: Comparison, within: _Span, verdict: Verdict
) -> tuple[Caveat, ...]:
    """Say so when only the floor makes parity of it."""
    if verdict is not Verdict.PARITY or judged.threshold is None:
        return ()
    limit = math.log1p(judged.threshold)
    low, high = within
    if -limit <= low and high <= limit:
        return ()
    unit = judged.key.metric.unit.value
    return (WithinFloor(floor=judged.floor, unit=unit, ratio=judged.threshold),)


def _verdict(
    mean: float, change: _Span, within: _Span | None, *, margin: float, better: Better
) -> Verdict:
    """Decide by the mean and its two intervals; *within* is None without parity."""
    # What is at the threshold but for rounding is at the threshold.
    if abs(mean) >= margin * (1 - 1e-9) and (change[0] > 0 or change[1] < 0):
        worse = (mean > 0) is (better is Better.LOWER)
        return Verdict.REGRESSION if worse else Verdict.IMPROVEMENT
    if within and -margin <= within[0] and within[1] <= margin:
        return Verdict.PARITY
    return Verdict.INCONCLUSIVE


def _caveats(samples: Sequence[Sample], rounds: tuple[int, ...]) -> tuple[Caveat, ...]:
    caveats: list[Caveat] = []
    measured = {number for sample in samples for number in sample.rounds}
    if missing := measured.difference(rounds):
        caveats.append(MissingRounds(rounds=tuple(sorted(missing))))
    if len(rounds) < MIN_ROUNDS:
        caveats.append(FewRounds(rounds=len(rounds), needed=MIN_ROUNDS))
    return tuple(caveats)


def _interval(span: _Span, scale: Scale) -> Interval:
    low, high = span
    return Interval(low=effect_of(low, scale), high=effect_of(high, scale))


def _change(difference: float, scale: Scale) -> float:
    if scale is Scale.DIFFERENCE:
        return difference
    return math.expm1(min(difference, LARGEST_LOG))


def _side(variant: str, values: Floats, *, of: Floats | None = None) -> Side:
    of = values if of is None else of
    return Side(
        variant=variant,
        values=tuple(values.tolist()),
        # Of a handful of values: numpy's takes twenty times as long.
        median=median(of.tolist()) if len(of) else None,
    )
