# SPDX-License-Identifier: Apache-2.0
"""A comparison: base sample against target sample, and its verdict."""

from dataclasses import dataclass
from enum import StrEnum

from perfcompare.model.caveat import Caveat
from perfcompare.model.metric import MetricKey


class Verdict(StrEnum):
    """What a comparison comes to."""

    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    PARITY = "parity"
    REDISTRIBUTION = "redistribution"
    """A quantile changed, and others changed the other way: the same waiting is shared
    out differently, and mean and rate show parity."""
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not comparable"


class Contrast(StrEnum):
    """Which two variants are compared, and so what the difference means."""

    TOTAL = "total"
    """target / base: what an operator will see."""
    RELEASE = "release"
    """crossover / base: the new code on the old backend."""
    BACKEND = "backend"
    """target / crossover: the new backend on the same code."""
    SHAM = "sham"
    """sham / base: nothing differs, so the effect must be nothing."""

    @property
    def variants(self) -> tuple[str, str]:
        """The names of the variants in the role of base and of target."""
        return _CONTRAST_VARIANTS[self]


_CONTRAST_VARIANTS = {
    Contrast.TOTAL: ("base", "target"),
    Contrast.RELEASE: ("base", "crossover"),
    Contrast.BACKEND: ("crossover", "target"),
    Contrast.SHAM: ("base", "sham"),
}


class Corroboration(StrEnum):
    """What deterministic counters of the same work say beside a latency.

    They are CPU seconds and context switches per iteration, threads, and statements and
    messages where servers count them.
    """

    STRONG = "strong"
    """The latency changed, and a counter changed the same way."""
    LATENT = "latent"
    """The latency is where it was, and a counter got worse: cost that does not show
    yet."""
    CONTRADICTED = "contradicted"
    """The latency changed, and counters changed the other way only."""
    ALONE = "alone"
    """The latency changed, and every counter that is decided stayed: time that is
    waited, not worked."""


class Scale(StrEnum):
    """How an effect is expressed."""

    RATIO = "ratio"
    """target / base; 1 is no change."""
    DIFFERENCE = "difference"
    """target - base in the metric's unit; 0 is no change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval on the scale of the effect."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison."""

    variant: str
    values: tuple[float, ...]
    """One per paired round, in round order, base unit."""
    median: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One row of a report, finished: renderers only pick columns and words."""

    contrast: Contrast
    key: MetricKey
    primary: bool
    rounds: tuple[int, ...]
    """The rounds that were paired."""
    base: Side
    target: Side
    scale: Scale
    effect: float | None
    """None when nothing could be computed."""
    ci95: Interval | None
    ci90: Interval | None
    threshold: float | None
    """On the relative change (0.10 for 10 %); None for scale DIFFERENCE."""
    floor: float
    """Smallest absolute change that matters, base unit."""
    margin: float | None
    """Largest change that does not matter, of *threshold* and *floor* together: as
    *effect* - 1, or as a difference; None where nothing was computed."""
    p_value: float | None
    """Two-sided; 0 means that all rounds agree exactly."""
    p_adjusted: float | None
    """Benjamini-Hochberg over the primary comparisons of the total; None otherwise."""
    verdict: Verdict
    detectable_effect: float | None
    """Smallest change (as *effect* - 1, or as a difference) that these rounds would
    show with 80 % power at 5 %."""
    rounds_needed: int | None
    """Rounds that would decide it, given this spread; None when it is decided."""
    method: str
    """"t" or "yuen"; "welch" where another run's sham is taken off."""
    corroboration: Corroboration | None
    """Of latencies; None where no counter says anything."""
    caveats: tuple[Caveat, ...]
