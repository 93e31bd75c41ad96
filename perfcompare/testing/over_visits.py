# SPDX-License-Identifier: Apache-2.0
"""What services do over a visit, made up: curves, phases, memory by process."""

import math
from collections.abc import Sequence

from perfcompare.model.judgement import Curve, PhaseMark, ProcessMemory
from perfcompare.testing.comparisons import MIB

_IDLE_SECONDS, _LOAD_SECONDS, _SETTLE_SECONDS = 10.0, 42.0, 8.0
_WARM_UP_SHARE = 0.15
_STEP_SECONDS = 0.5
_LEVELS = {
    "pss_bytes": 100 * MIB,
    "threads": 4.0,
    "cpu_ratio": 0.4,
    "switches_per_second": 900.0,
}


def curves_of(
    services: Sequence[str], variants: Sequence[str], rounds: int
) -> tuple[Curve, ...]:
    """Draw a minute of each quantity of each service, in every round."""
    seconds = tuple((step + 0.5) * _STEP_SECONDS for step in range(120))
    return tuple(
        Curve(
            service=service,
            variant=variant,
            round=number,
            quantity=quantity,
            seconds=seconds,
            values=tuple(
                level
                * (1 + 0.5 * (which == 1) + 0.1 * which + 0.1 * at)
                * _shape(quantity, second, number)
                for second in seconds
            ),
        )
        for at, service in enumerate(services)
        for which, variant in enumerate(variants)
        for number in range(1, rounds + 1)
        for quantity, level in _LEVELS.items()
    )


def marks_of(workloads: Sequence[str]) -> tuple[PhaseMark, ...]:
    """Share the minute out: idle, warm-up and load of each workload, settle."""
    each = _LOAD_SECONDS / max(1, len(workloads))
    phases = [("idle", "", _IDLE_SECONDS)]
    for name in workloads:
        phases.append(("warm-up", name, each * _WARM_UP_SHARE))
        phases.append(("load", name, each * (1 - _WARM_UP_SHARE)))
    phases.append(("settle", "", _SETTLE_SECONDS))
    return tuple(
        PhaseMark(
            phase=phase,
            workload=workload,
            seconds=math.fsum(before for _, _, before in phases[:at]),
            duration_seconds=duration,
        )
        for at, (phase, workload, duration) in enumerate(phases)
    )


def memory_of(
    services: Sequence[str], variants: Sequence[str]
) -> tuple[ProcessMemory, ...]:
    """Give every service a parent and two children, one of which grows."""
    return tuple(
        ProcessMemory(
            service=service,
            variant=variant,
            role=role,
            title=service if number == 0 else f"{service}: worker {number}",
            processes=1,
            rounds=6,
            pss_idle_bytes=(60 - 15 * number) * MIB,
            pss_peak_bytes=(60 - 15 * number + 20 * number * (1 + which)) * MIB,
            threads_peak=1.0 + 10 * which * number,
        )
        for service in services
        for number, role in enumerate(("main process", "child 1", "child 2"))
        for which, variant in enumerate(variants)
    )


def _shape(quantity: str, second: float, number: int) -> float:
    if quantity in {"cpu_ratio", "switches_per_second"}:
        idle = second < _IDLE_SECONDS or second > _IDLE_SECONDS + _LOAD_SECONDS
        return (0.05 if idle else 1.0) * (1 + 0.25 * math.sin(second * 7.3 + number))
    grown = min(1.0, max(0.0, (second - _IDLE_SECONDS) / 15))
    step = 1 + 0.35 * grown + 0.004 * number
    return float(round(step * 3)) / 3 if quantity == "threads" else step
