# SPDX-License-Identifier: Apache-2.0
"""Two samples to pairs of rounds, on the scale they are judged on."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from perfcompare.analysis.intervals import Floats
from perfcompare.model.comparison import Scale
from perfcompare.model.errors import NotComparableError
from perfcompare.model.metric import Sample, Threshold

LARGEST_LOG = 700.0
"""exp() of more is no float any more."""

_LARGEST = 1e100
"""No measurement is larger, and the squares of larger ones overflow."""

_EXACT_DIGITS = 12
"""Digits of a difference that are not rounding of the values it came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """The rounds that both variants have, on the scale they are judged on."""

    rounds: tuple[int, ...]
    base: Floats
    target: Floats
    scale: Scale
    differences: Floats
    """ln(target / base) or target - base, one a round."""
    margin: float
    """How far the mean may be from 0 and not matter; same scale."""
    floor: float
    """Smallest absolute change that matters, base unit."""


def common(*samples: Sample) -> tuple[int, ...]:
    """Return the rounds that all of *samples* have."""
    first, *others = samples
    there = [set(sample.rounds) for sample in others]
    return tuple(n for n in first.rounds if all(n in rounds for rounds in there))


def are_ratios(
    samples: Iterable[Sample], rounds: tuple[int, ...] | None = None
) -> bool:
    """Tell whether all values in *rounds* are positive; None is all rounds."""
    return all(
        value > 0
        for sample in samples
        for number, value in zip(sample.rounds, sample.values, strict=True)
        if rounds is None or number in rounds
    )


def pair(
    base: Sample,
    target: Sample,
    threshold: Threshold,
    *,
    rounds: tuple[int, ...] | None = None,
    ratio: bool = True,
) -> Pairs:
    """Pair the values by round; a ratio where it is wanted and all are positive.

    Args:
        base: Of one metric, as *target*.
        target: The other side.
        threshold: Says what is wanted, and makes the margin.
        rounds: Of those that both have, these alone; None is all.
        ratio: False: the difference, whatever the threshold wants.
    """
    rounds = common(base, target) if rounds is None else rounds
    b, t = values_at(base, rounds), values_at(target, rounds)
    both = np.concatenate((b, t))
    if ratio and threshold.ratio is not None and np.all(both > 0):
        logs = np.log(both)
        middle = math.exp(float(np.mean(logs))) if rounds else 1.0
        return Pairs(
            rounds=rounds,
            base=b,
            target=t,
            scale=Scale.RATIO,
            differences=np.round(np.log(t) - np.log(b), _EXACT_DIGITS),
            margin=max(
                math.log1p(threshold.ratio),
                # 2 m sinh(d / 2) = floor, solved for d.
                2 * math.asinh(threshold.floor / (2 * middle)),
            ),
            floor=threshold.floor,
        )
    size = float(np.mean(np.abs(both))) if rounds else 0.0
    floor = max(threshold.floor, (threshold.ratio or 0.0) * size)
    unit = size or 1.0
    return Pairs(
        rounds=rounds,
        base=b,
        target=t,
        scale=Scale.DIFFERENCE,
        differences=np.round((t - b) / unit, _EXACT_DIGITS) * unit,
        margin=floor,
        floor=floor,
    )


def check(base: Sample, target: Sample) -> None:
    """Raise NotComparableError unless both are usable samples of one metric."""
    if base.key != target.key:
        raise NotComparableError(
            f"{base.key} of {base.variant} and {target.key} of {target.variant} are"
            " not the same metric"
        )
    for sample in (base, target):
        where = f"{sample.key} of {sample.variant}"
        if len(sample.rounds) != len(sample.values):
            raise NotComparableError(
                f"{where} has {len(sample.values)} values for"
                f" {len(sample.rounds)} rounds"
            )
        if any(np.diff(sample.rounds) <= 0):
            raise NotComparableError(
                f"{where} has rounds that do not ascend: {sample.rounds}"
            )
        for number, value in zip(sample.rounds, sample.values, strict=True):
            if not abs(value) < _LARGEST:
                raise NotComparableError(
                    f"{where} is {value} in round {number}: not a usable number"
                )


def values_at(sample: Sample, rounds: Collection[int]) -> Floats:
    """Return the values of *rounds*, in round order."""
    pairs = zip(sample.rounds, sample.values, strict=True)
    return np.array([value for number, value in pairs if number in rounds], dtype=float)


def effect_of(difference: float, scale: Scale) -> float:
    """Return what a report shows of a mean of `Pairs.differences`."""
    if scale is Scale.DIFFERENCE:
        return difference
    return math.exp(min(max(difference, -LARGEST_LOG), LARGEST_LOG))
