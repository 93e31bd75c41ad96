# SPDX-License-Identifier: Apache-2.0
"""By what the lines of the page are sorted and chosen."""

import math
from collections.abc import Mapping
from enum import StrEnum

from perfcompare.model.comparison import Comparison
from perfcompare.model.metric import MetricKey
from perfcompare.report.scale import centres, shift
from perfcompare.report.words import is_latency, is_memory


class Kind(StrEnum):
    """What a metric is about, in words of the page."""

    LATENCY = "latency"
    MEMORY = "memory"
    WORK = "CPU and threads"
    ERRORS = "errors"
    OTHER = "other"


_WORK = ("cpu_", "threads", "context_switches")


def kind_of(key: MetricKey) -> Kind:
    """Tell what a metric is about."""
    name = key.metric.name
    if is_latency(key) or name == "max":
        return Kind.LATENCY
    if is_memory(key):
        return Kind.MEMORY
    if name.startswith(_WORK):
        return Kind.WORK
    return Kind.ERRORS if name == "error_rate" else Kind.OTHER


def sort_keys(comparison: Comparison) -> Mapping[str, str]:
    """Return numbers to sort by, as attributes; what is not known has none.

    They are base, change and width of its interval, and the detectable change: base
    in base units, the others on an axis where a halving is as large as a doubling.
    """
    numbers = {
        "data-b": centres(comparison)[0],
        "data-c": _change(comparison),
        "data-w": _width(comparison),
        "data-d": comparison.detectable_effect,
    }
    return {
        name: f"{abs(value):.3g}"
        for name, value in numbers.items()
        if value is not None and math.isfinite(value)
    }


def _change(comparison: Comparison) -> float | None:
    if comparison.effect is None:
        return None
    return shift(comparison, comparison.effect)


def _width(comparison: Comparison) -> float | None:
    interval = comparison.ci95
    if interval is None:
        return None
    return shift(comparison, interval.high) - shift(comparison, interval.low)
