# SPDX-License-Identifier: Apache-2.0
"""Finished comparisons with made-up numbers, by arithmetic alone."""

import math
from dataclasses import replace

from perfcompare.model.comparison import (
    Comparison,
    Contrast,
    Interval,
    Scale,
    Side,
    Verdict,
)
from perfcompare.model.metric import Better, Metric, MetricKey, Unit

MIB = 2.0**20

_UNITS = {
    "error_rate": Unit.RATIO,
    "throughput": Unit.PER_SECOND,
    "threads_peak": Unit.COUNT,
    "pss_idle": Unit.BYTES,
    "pss_peak": Unit.BYTES,
}
_TOLERANCES = {
    "mean": (0.10, 0.002),
    "p50": (0.10, 0.002),
    "p90": (0.15, 0.005),
    "p99": (0.50, 0.010),
    "pss_idle": (0.10, 10 * MIB),
    "pss_peak": (0.10, 10 * MIB),
    "threads_peak": (0.25, 4.0),
    "throughput": (0.10, 0.0),
    "error_rate": (None, 0.01),
}
_CHANGED = {Verdict.REGRESSION, Verdict.IMPROVEMENT, Verdict.REDISTRIBUTION}
# Student's t with 5 degrees of freedom: two-sided 95 % and 90 %.
_T95, _T90 = 2.571, 2.015


def key_of(metric: str, *, workload: str = "", service: str = "") -> MetricKey:
    """Name a row; the unit follows from the metric."""
    better = Better.HIGHER if metric == "throughput" else Better.LOWER
    unit = _UNITS.get(metric, Unit.SECONDS)
    return MetricKey(
        workload=workload,
        action="",
        service=service,
        metric=Metric(name=metric, unit=unit, better=better),
    )


def comparison_of(
    key: MetricKey,
    base: float,
    target: float,
    verdict: Verdict,
    *,
    spread: float = 0.02,
) -> Comparison:
    """Make a primary comparison of six rounds with these medians.

    *spread* is the standard deviation of a round's log-ratio (or difference).
    """
    ratio, floor = _TOLERANCES.get(key.metric.name, (0.20, 0.0))
    undecided = verdict is Verdict.INCONCLUSIVE
    changed = verdict in _CHANGED
    row = Comparison(
        contrast=Contrast.TOTAL,
        key=key,
        primary=True,
        rounds=(1, 2, 3, 4, 5, 6),
        base=side_of("base", base),
        target=side_of("target", target),
        scale=Scale.DIFFERENCE if ratio is None else Scale.RATIO,
        effect=None,
        ci95=None,
        ci90=None,
        threshold=ratio,
        floor=floor,
        margin=None,
        p_value=0.0004 if changed else 0.41,
        p_adjusted=0.002 if changed else 0.62,
        verdict=verdict,
        detectable_effect=None,
        rounds_needed=9 if undecided else None,
        method="t",
        corroboration=None,
        caveats=(),
    )
    if verdict is Verdict.NOT_COMPARABLE:
        return replace(row, p_value=None, p_adjusted=None)
    error = spread / math.sqrt(6)
    if row.scale is Scale.DIFFERENCE:
        return replace(
            row,
            effect=target - base,
            margin=floor,
            ci95=_interval(target - base, _T95 * error),
            ci90=_interval(target - base, _T90 * error),
            detectable_effect=3.6 * error,
        )
    middle = math.log(target / base)
    return replace(
        row,
        effect=math.exp(middle),
        margin=max(
            ratio or 0.0,
            math.expm1(2 * math.asinh(floor / (2 * math.sqrt(base * target)))),
        ),
        ci95=_exp(_interval(middle, _T95 * error)),
        ci90=_exp(_interval(middle, _T90 * error)),
        detectable_effect=math.exp(3.6 * error) - 1,
    )


def informational(row: Comparison) -> Comparison:
    """Take a row out of what counts, and so out of the correction."""
    return replace(row, primary=False, p_adjusted=None, rounds_needed=None)


def side_of(variant: str, median: float, *, rounds: int = 6) -> Side:
    """Scatter an even number of rounds around a median that is their mean too."""
    wobble = (1.009, 1 / 1.009, 1.004, 1 / 1.004, 1.002, 1 / 1.002)
    values = tuple(median * wobble[at % len(wobble)] for at in range(rounds))
    return Side(variant=variant, values=values, median=median)


def _interval(middle: float, half: float) -> Interval:
    return Interval(low=middle - half, high=middle + half)


def _exp(interval: Interval) -> Interval:
    return Interval(low=math.exp(interval.low), high=math.exp(interval.high))
