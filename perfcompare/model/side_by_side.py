# SPDX-License-Identifier: Apache-2.0
"""Several runs laid side by side: what each says of the same metric."""

from dataclasses import dataclass
from enum import StrEnum

from perfcompare.model.comparison import Comparison, Interval, Scale
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Judgement
from perfcompare.model.metric import MetricKey
from perfcompare.model.workload import Workload


class Agreement(StrEnum):
    """Whether the runs say the same of a metric.

    It is no verdict: wide intervals agree with anything, and both of two runs that
    differ may be at parity.
    """

    AGREE = "agree"
    """Their 95 % intervals share a value."""
    LITTLE = "differ little"
    """They share none, but the verdict is the same and no two effects are further
    apart than is tolerated."""
    DIFFER = "differ"
    """They share none."""
    UNKNOWN = "cannot tell"
    """Fewer than two runs have an interval, or not on the same scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One of the runs, judged by itself."""

    label: str
    """A, B, C, … in the order in which they were named."""
    path: str
    """As the user gave it."""
    judgement: Judgement
    workloads: tuple[Workload, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The effect in one run against the effect in the first."""

    scale: Scale
    effect: float
    """effect / effect in the first run, or the one minus the other."""
    ci95: Interval

    @property
    def is_clear(self) -> bool:
        """Tell whether the interval leaves out that nothing changed."""
        same = 1.0 if self.scale is Scale.RATIO else 0.0
        return not self.ci95.low <= same <= self.ci95.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One metric in all runs."""

    key: MetricKey
    primary: bool
    """Counts for the exit status of at least one of the runs."""
    cells: tuple[Comparison | None, ...]
    """One a run: target against base; None where it was not measured."""
    agreement: Agreement
    changes: tuple[Change | None, ...]
    """One a run, since the first; None for the first, and where it cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """Something about the runs themselves that is not the same in all of them."""

    what: str
    values: tuple[str | None, ...]
    """One a run; None where it is absent or unknown."""
    measuring: bool
    """Of how it was measured, and so perhaps a cause of what differs; else of what
    was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """All that a report of several runs may show."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    """Primary first, then by the worst that any run says."""
    divergences: tuple[Divergence, ...]
    """How it was measured first."""
    exit_status: ExitStatus
    """The worst of the runs: regression, failed, inconclusive, ok."""
