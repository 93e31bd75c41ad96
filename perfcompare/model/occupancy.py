# SPDX-License-Identifier: Apache-2.0
"""Occupancy: how busy service, generator and host were under one workload."""

from dataclasses import dataclass
from enum import StrEnum


class Limit(StrEnum):
    """What kept a workload from going faster."""

    SATURATED = "saturated"
    """The service: iterations queue, so latency shows queueing and not cost."""
    GENERATOR_BOUND = "generator-bound"
    """The process that makes the load: the numbers say little of the service."""
    HOST_BOUND = "host-bound"
    """All CPUs of the host were busy: service and generator compete for them."""
    FREE = "free"
    """None of these."""
    UNKNOWN = "unknown"
    """Nobody watched the processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """One workload of one variant, medians over rounds; CPU ratios: 1 is one core."""

    workload: str
    title: str
    """The same scenario at other concurrencies has the same title."""
    variant: str
    concurrency: int
    limit: Limit
    in_flight: float | None
    """Iterations under way at once, by Little's law: rate times time."""
    served: float | None
    """Iterations that the service worked on at once: rate times the time that one
    takes at concurrency 1; None without that level."""
    service: str
    """The service whose process was busiest; "" when unknown."""
    process_cpu_ratio: float | None
    """Of that process.  An interpreter with a lock cannot use more than one core."""
    services_cpu_ratio: float | None
    """Of all services of the variant."""
    generator_cpu_ratio: float | None
    host_cpu_ratio: float | None
    """Of everything on the host, others included, and what the hypervisor took."""
    cores: int | None
    """Of the host."""
