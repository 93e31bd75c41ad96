# SPDX-License-Identifier: Apache-2.0
"""Shape: how the whole distribution of a workload's durations changed."""

from dataclasses import dataclass
from enum import StrEnum

from perfcompare.model.comparison import Contrast, Interval


class ShapeKind(StrEnum):
    """What became of a distribution between base and target."""

    SHIFTED = "shifted"
    """Quantiles moved one way, and so did the mean."""
    TAIL_ONLY = "tail only"
    """Only quantiles from p90 on moved."""
    SPREAD_OUT = "spread out"
    """Low quantiles got faster and high ones slower; mean and rate show parity."""
    EVENED_OUT = "evened out"
    """Low quantiles got slower and high ones faster; mean and rate show parity."""
    CROSSED = "crossed"
    """Quantiles moved both ways, and the mean changed as well."""
    UNCHANGED = "unchanged"
    """Mean, median and p90 show parity."""
    UNDECIDED = "undecided"
    """These rounds do not show which of the others it is."""


REDISTRIBUTIONS = frozenset({ShapeKind.SPREAD_OUT, ShapeKind.EVENED_OUT})
"""Kinds in which the same waiting is shared out differently: it costs no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapePoint:
    """One quantile of both sides."""

    probability: float
    """In (0, 1): 0.5 is the median."""
    base_seconds: float
    """Geometric mean over the paired rounds."""
    target_seconds: float
    effect: float
    """target / base."""
    interval: Interval | None
    """Simultaneous: with 95 % confidence it holds for all points of the shape at once.
    None below three rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The shift function of one workload: the effect at every decile and beyond."""

    contrast: Contrast
    workload: str
    kind: ShapeKind
    points: tuple[ShapePoint, ...]
    """Ascending by probability."""
    left_out: tuple[float, ...]
    """Probabilities for which the visits have too few iterations."""
    slower: ShapePoint | None
    """Of a redistribution, the quantile that got slower by most; else None."""
    faster: ShapePoint | None
    """Of a redistribution, the quantile that got faster by most; else None."""
    rounds: tuple[int, ...]
    """The rounds that were paired."""
