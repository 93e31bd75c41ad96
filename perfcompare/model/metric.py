# SPDX-License-Identifier: Apache-2.0
"""A metric: what is measured, in which unit, and which way is better."""

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

ALL_SERVICES = "(all)"
"""The service of a row that sums over the services of a variant."""


class Unit(StrEnum):
    """Base units; scaled for people only in ``report/scale.py``."""

    SECONDS = "s"
    BYTES = "B"
    COUNT = "count"
    RATIO = "ratio"
    PER_SECOND = "1/s"


class Better(StrEnum):
    """Which way a metric should move."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A name with its unit and direction."""

    name: str
    """p50, p90, p95, throughput, error_rate, pss_idle, pss_peak, ..."""
    unit: Unit
    better: Better


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricKey:
    """What one row of a report is about; "" where a part does not apply."""

    workload: str
    action: str
    service: str
    metric: Metric

    def __str__(self) -> str:
        """Join the parts that apply, as globs in a plan match them."""
        parts = (self.workload, self.action, self.service, self.metric.name)
        return "/".join(part for part in parts if part)

    @property
    def is_whole_workload(self) -> bool:
        """Whether the row is of a workload as a whole, and of no single service."""
        return bool(self.workload) and not self.action and not self.service

    def is_named_by(self, pattern: str) -> bool:
        """Tell whether *pattern* names the row: a glob over it, or over its metric."""
        # Titles of workloads may hold brackets, which a glob would read as a class.
        return pattern == str(self) or any(
            fnmatchcase(name, pattern) for name in (str(self), self.metric.name)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The values of one metric in one variant: **one value per round**."""

    key: MetricKey
    variant: str
    rounds: tuple[int, ...]
    """Round numbers, ascending, parallel to *values*."""
    values: tuple[float, ...]
    """In the metric's base unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """How much a metric may move before it matters."""

    metric: str
    """A glob over ``str(MetricKey)``, or a bare metric name; the last match wins."""
    ratio: float | None
    """Relative change, 0.10 for 10 %; None: judged by *floor* as a difference alone
    (metrics for which zero is a legal value, such as the error rate)."""
    floor: float
    """Smallest absolute change that matters, in base units."""
    primary: bool | None
    """Counts for the exit status; None: only from ``PRIMARY_FROM_ROUNDS`` on."""
