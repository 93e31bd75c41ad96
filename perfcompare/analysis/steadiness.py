# SPDX-License-Identifier: Apache-2.0
"""Whether the load met a service that was warm, or one that still changed."""

import math
from collections.abc import Sequence

import numpy as np

from perfcompare.analysis.intervals import Floats, student
from perfcompare.model.caveat import NotSteady

LEAST_RATIO = 1.10
"""First third to last third: less than the threshold of p50 changes no verdict."""

LEAST_ROUNDS = 3
"""Two rounds have an interval that reaches everywhere."""

_LEAST_IN_A_THIRD = 5


def trend(durations_seconds: Floats) -> float | None:
    """Return ln of the first third's median over the last third's.

    Args:
        durations_seconds: Of the successes of one visit, in the order of their start.

    Returns:
        Above 0 where the service became faster; None below 5 durations a third.
    """
    third = len(durations_seconds) // 3
    if third < _LEAST_IN_A_THIRD:
        return None
    first = np.median(durations_seconds[:third])
    last = np.median(durations_seconds[-third:])
    return float(np.log(first / last)) if first > 0 and last > 0 else None


def not_steady(
    variant: str, trends: Sequence[float], *, warm_up: int
) -> NotSteady | None:
    """Say so where the rounds agree that latency moved by a tenth or more.

    The speed of a host wanders, and one visit proves nothing: the trends of the
    rounds must have a mean whose 95 % interval (Student's t) is clear of 0.

    Args:
        variant: Its name.
        trends: One a round, as `trend` returns them.
        warm_up: Iterations before the judged ones.
    """
    if len(trends) < LEAST_ROUNDS:
        return None
    found = student(np.array(trends))
    low, high = found.interval(0.95)
    if low <= 0 <= high or abs(found.mean) < math.log(LEAST_RATIO):
        return None
    return NotSteady(
        variant=variant,
        ratio=math.exp(found.mean),
        low=math.exp(low),
        high=math.exp(high),
        warm_up=warm_up,
    )
