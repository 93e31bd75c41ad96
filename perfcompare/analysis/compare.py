# SPDX-License-Identifier: Apache-2.0
"""One metric of two variants: pairs of rounds in, a verdict out."""

import math
from dataclasses import replace

import numpy as np

from perfcompare.analysis.intervals import Estimate, Floats, estimate
from perfcompare.analysis.pairs import Pairs, check, pair, values_at
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

_LARGEST_LOG = 700.0
"""exp() of more is no float any more."""


def compare(
    base: Sample,
    target: Sample,
    *,
    contrast: Contrast,
    threshold: Threshold,
    one_way: bool = False,
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

    Returns:
        The comparison.  Below 3 pairs it is inconclusive, with a caveat and without
        intervals.

    Raises:
        NotComparableError: The samples are of different metrics, or hold something
            that is no finite number, or rounds that do not ascend.
    """
    check(base, target)
    pairs = pair(base, target, threshold)
    judged = replace(
        _blank(base, target, contrast=contrast, threshold=threshold),
        rounds=pairs.rounds,
        base=_side(base.variant, pairs.base, of=pairs.base),
        target=_side(target.variant, pairs.target, of=pairs.target),
        scale=pairs.scale,
        threshold=threshold.ratio if pairs.scale is Scale.RATIO else None,
        floor=pairs.floor,
        margin=_change(pairs.margin, pairs.scale) if pairs.rounds else None,
        caveats=_caveats(base, target, pairs.rounds, one_way=one_way),
    )
    if len(pairs.rounds) < MIN_ROUNDS:
        effect = float(np.mean(pairs.differences)) if pairs.rounds else None
        return replace(
            judged,
            effect=effect if effect is None else _effect(effect, pairs.scale),
            verdict=Verdict.INCONCLUSIVE,
        )
    return _decide(judged, pairs, parity=not one_way)


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


def _decide(judged: Comparison, pairs: Pairs, *, parity: bool) -> Comparison:
    found = estimate(pairs.differences)
    verdict = _verdict(found, pairs.margin, judged.key.metric.better, parity=parity)
    return replace(
        judged,
        effect=_effect(found.mean, pairs.scale),
        ci95=_interval(found, 0.95, pairs.scale),
        ci90=_interval(found, 0.90, pairs.scale),
        p_value=found.p_value,
        verdict=verdict,
        detectable_effect=_change(found.detectable, pairs.scale),
        rounds_needed=(
            found.rounds_needed(pairs.margin, parity=parity)
            if verdict is Verdict.INCONCLUSIVE
            else None
        ),
        method=found.method,
        caveats=(*judged.caveats, *_floor_caveat(judged, found, verdict)),
    )


def _floor_caveat(
    judged: Comparison, found: Estimate, verdict: Verdict
) -> tuple[Caveat, ...]:
    """Say so when only the floor makes parity of it."""
    if verdict is not Verdict.PARITY or judged.threshold is None:
        return ()
    limit = math.log1p(judged.threshold)
    low, high = found.interval(0.90)
    if -limit <= low and high <= limit:
        return ()
    unit = judged.key.metric.unit.value
    return (WithinFloor(floor=judged.floor, unit=unit, ratio=judged.threshold),)


def _verdict(
    found: Estimate, margin: float, better: Better, *, parity: bool
) -> Verdict:
    low, high = found.interval(0.95)
    # What is at the threshold but for rounding is at the threshold.
    if abs(found.mean) >= margin * (1 - 1e-9) and (low > 0 or high < 0):
        rises = found.mean > 0
        worse = rises if better is Better.LOWER else not rises
        return Verdict.REGRESSION if worse else Verdict.IMPROVEMENT
    low, high = found.interval(0.90)
    if parity and -margin <= low and high <= margin:
        return Verdict.PARITY
    return Verdict.INCONCLUSIVE


def _caveats(
    base: Sample, target: Sample, rounds: tuple[int, ...], *, one_way: bool
) -> tuple[Caveat, ...]:
    caveats: list[Caveat] = []
    if missing := set(base.rounds) ^ set(target.rounds):
        caveats.append(MissingRounds(rounds=tuple(sorted(missing))))
    if len(rounds) < MIN_ROUNDS:
        caveats.append(FewRounds(rounds=len(rounds), needed=MIN_ROUNDS))
    if one_way:
        caveats.append(OneWay())
    return tuple(caveats)


def _interval(found: Estimate, confidence: float, scale: Scale) -> Interval:
    low, high = found.interval(confidence)
    return Interval(low=_effect(low, scale), high=_effect(high, scale))


def _effect(difference: float, scale: Scale) -> float:
    if scale is Scale.DIFFERENCE:
        return difference
    return math.exp(min(max(difference, -_LARGEST_LOG), _LARGEST_LOG))


def _change(difference: float, scale: Scale) -> float:
    if scale is Scale.DIFFERENCE:
        return difference
    return math.expm1(min(difference, _LARGEST_LOG))


def _side(variant: str, values: Floats, *, of: Floats) -> Side:
    return Side(
        variant=variant,
        values=tuple(values.tolist()),
        median=float(np.median(of)) if len(of) else None,
    )
