# SPDX-License-Identifier: Apache-2.0
"""How many rounds a question takes, by the spread that a run has shown."""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from perfcompare.analysis.metrics import PRIMARY_FROM_ROUNDS, threshold_for
from perfcompare.analysis.power import (
    Demand,
    rounds_to_find,
    rounds_to_parity,
    sd_interval,
    smallest_shift,
)
from perfcompare.model.comparison import Comparison, Contrast, Scale
from perfcompare.model.metric import MetricKey, Threshold

SHOWN_ROUNDS = (4, 6, 8, 10, 20)
"""Numbers of rounds for which the smallest detectable effect is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far one metric's rounds lie apart, on the scale of the differences."""

    key: MetricKey
    scale: Scale
    sd: float
    """Of ln(target / base), or of target - base, from round to round."""
    degrees: int
    """Of freedom, that the sd rests on."""
    margin: float
    """How far the mean may be from 0 and not matter; same scale."""
    counts_from: int
    """The number of rounds from which on the metric counts; 0 for always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A number of rounds; None where 1000 would not do."""

    rounds: int | None
    fewest: int | None
    """If the spread is as small as the pilot allows (80 % interval)."""
    most: int | None
    """If it is as large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable:
    """The smallest change that so many rounds find: *effect* - 1, or a difference."""

    rounds: int
    change: float
    low: float
    """If the spread is as small as the pilot allows (80 % interval)."""
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPower:
    """What one metric takes."""

    spread: Spread
    sd_low: float
    """80 % interval of the spread."""
    sd_high: float
    effect: float
    """What is to be found: *effect* - 1, or a difference."""
    detectable: tuple[Detectable, ...]
    find: Need
    """The 95 % interval is clear of no change when the effect is there."""
    parity: Need
    """The 90 % interval is within the margin when there is no change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What all metrics take together."""

    need: Need
    decided_by: MetricKey
    """The metric that takes most."""


def spreads(
    rows: Iterable[Comparison],
    *,
    thresholds: Sequence[Threshold],
    controls: Collection[str] = (),
) -> tuple[Spread, ...]:
    """Return the spread of each metric of the total that counts, or will.

    Args:
        rows: Judged; those of fewer than two rounds have no spread.
        thresholds: The plan's, as for `judge`.
        controls: Services whose rows never count.
    """
    found = []
    for row in rows:
        judged = row.margin is not None and len(row.rounds) > 1
        if row.contrast is not Contrast.TOTAL or not judged:
            continue
        later = row.key.service not in controls and _counts_later(row.key, thresholds)
        if row.primary or later:
            counts_from = PRIMARY_FROM_ROUNDS if later else 0
            found.append(_spread(row, counts_from=counts_from))
    return tuple(found)


def pooled(runs: Iterable[Sequence[Spread]]) -> tuple[Spread, ...]:
    """Pool the spreads of several runs of the same plan, each about its own mean.

    The variances are weighted by their degrees of freedom; the smallest margin holds.
    """
    groups: dict[tuple[MetricKey, Scale], list[Spread]] = defaultdict(list)
    for run in runs:
        for one in run:
            groups[one.key, one.scale].append(one)
    return tuple(_pool(group) for group in groups.values())


def metric_power(spread: Spread, *, effect: float, demand: Demand) -> MetricPower:
    """Say what it takes to find *effect* in one metric, and to show parity.

    Args:
        spread: Of the metric.
        effect: A relative change, 0.05 for 5 %; a metric that is judged as a
            difference takes its margin instead.
        demand: How sure to be.
    """
    low, high = sd_interval(spread.sd, spread.degrees)
    ratio = spread.scale is Scale.RATIO
    shift = math.log1p(effect) if ratio else spread.margin
    sds = (spread.sd, low, high)
    find = [rounds_to_find(shift, sd, demand) for sd in sds]
    parity = [rounds_to_parity(spread.margin, sd, demand) for sd in sds]
    return MetricPower(
        spread=spread,
        sd_low=low,
        sd_high=high,
        effect=effect if ratio else spread.margin,
        detectable=tuple(
            detectable_by(spread, rounds, demand) for rounds in SHOWN_ROUNDS
        ),
        find=Need(rounds=find[0], fewest=find[1], most=find[2]),
        parity=Need(rounds=parity[0], fewest=parity[1], most=parity[2]),
    )


def together(
    metrics: Sequence[MetricPower], need: Callable[[MetricPower], Need]
) -> Answer | None:
    """Return what all of *metrics* take, those that count with so many rounds."""
    counting = [one for one in metrics if one.spread.counts_from == 0]
    answer = _largest(counting, need)
    rounds = _or_more(answer.need.rounds) if answer else PRIMARY_FROM_ROUNDS
    if rounds < PRIMARY_FROM_ROUNDS:
        return answer
    return _largest(metrics, need)


def detectable_by(spread: Spread, rounds: int, demand: Demand) -> Detectable:
    """Return the smallest change that *rounds* rounds find."""
    unit = smallest_shift(rounds, demand)
    sds = (spread.sd, *sd_interval(spread.sd, spread.degrees))
    change, low, high = (_change(unit * sd, spread.scale) for sd in sds)
    return Detectable(rounds=rounds, change=change, low=low, high=high)


def _counts_later(key: MetricKey, thresholds: Sequence[Threshold]) -> bool:
    """Tell whether *key* counts for the exit status with many rounds only."""
    few, many = (
        threshold_for(key, thresholds, rounds).primary
        for rounds in (1, PRIMARY_FROM_ROUNDS)
    )
    return bool(many) and not few


def _spread(row: Comparison, *, counts_from: int) -> Spread:
    base, target = np.array(row.base.values), np.array(row.target.values)
    margin = row.margin or 0.0
    ratio = row.scale is Scale.RATIO
    differences = np.log(target) - np.log(base) if ratio else target - base
    return Spread(
        key=row.key,
        scale=row.scale,
        sd=float(np.std(differences, ddof=1)),
        degrees=len(differences) - 1,
        margin=math.log1p(margin) if ratio else margin,
        counts_from=counts_from,
    )


def _pool(group: Sequence[Spread]) -> Spread:
    degrees = sum(one.degrees for one in group)
    squares = math.fsum(one.degrees * one.sd**2 for one in group)
    return replace(
        group[-1],
        sd=math.sqrt(squares / degrees),
        degrees=degrees,
        margin=min(one.margin for one in group),
    )


def _largest(
    metrics: Sequence[MetricPower], need: Callable[[MetricPower], Need]
) -> Answer | None:
    if not metrics:
        return None
    needs = [need(one) for one in metrics]
    worst = max(metrics, key=lambda one: _rank(need(one)))
    return Answer(
        need=Need(
            rounds=need(worst).rounds,
            fewest=_most([one.fewest for one in needs]),
            most=_most([one.most for one in needs]),
        ),
        decided_by=worst.spread.key,
    )


def _rank(need: Need) -> tuple[float, float]:
    return _or_more(need.rounds), _or_more(need.most)


def _most(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return max(known) if len(known) == len(counts) else None


def _or_more(rounds: int | None) -> float:
    return math.inf if rounds is None else rounds


def _change(difference: float, scale: Scale) -> float:
    return difference if scale is Scale.DIFFERENCE else math.expm1(min(difference, 700))
