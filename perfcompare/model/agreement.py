# SPDX-License-Identifier: Apache-2.0
"""Agreement: whether one effect, measured under two conditions, is the same."""

from dataclasses import dataclass
from enum import StrEnum

from perfcompare.model.comparison import Interval
from perfcompare.model.metric import MetricKey


class Conditions(StrEnum):
    """Two conditions under which the same effect was measured in one run."""

    HOST = "quieter and busier rounds"
    """Rounds in which others used less of the host's CPU, and those with more."""
    TIME = "first and last blocks"
    """The first and the last half of each visit's blocks."""
    CONCURRENCY = "concurrencies"
    """One iteration at a time, and several at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The effect of target on base for one metric, under two conditions.

    A bias that base and target share is in neither the sham nor the calibration; one
    that depends on the condition shows here.
    """

    key: MetricKey
    conditions: Conditions
    one: float
    """The effect (target / base) under the first condition."""
    other: float
    """The effect under the second condition."""
    ratio: float
    """other / one."""
    ci95: Interval | None
    """Of *ratio*; None where the rounds are too few."""
    differs: bool
    """The interval excludes 1 and the ratio exceeds the metric's threshold."""
