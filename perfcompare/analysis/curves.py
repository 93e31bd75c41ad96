# SPDX-License-Identifier: Apache-2.0
"""Memory, threads and CPU over a visit, aligned on the start of idle."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from perfcompare.analysis.intervals import Floats
from perfcompare.analysis.resources import (
    Looks,
    grown,
    of_owner,
    span,
    summed,
    windows_of,
)
from perfcompare.model.judgement import Curve, PhaseMark
from perfcompare.model.metric import ALL_SERVICES
from perfcompare.model.visit import Phase, Visit

POINTS = 120
"""A curve is a picture: more than these cannot be told apart in it."""


def curves(visit: Visit, readings: pd.DataFrame) -> tuple[Curve, ...]:
    """Draw each service of the visit's variant; nothing before idle or after settle.

    CPU is the mean over each step between two points, in seconds per second.
    """
    if not visit.windows:
        return ()
    return tuple(
        Curve(
            service=service,
            variant=visit.variant,
            round=visit.round,
            quantity=quantity,
            seconds=tuple((looks.times - start_of(visit)).tolist()),
            values=tuple(looks.totals.tolist()),
        )
        for service, part in of_owner(readings, visit.variant).items()
        if service != ALL_SERVICES
        for quantity, looks in _quantities(part, span(visit.windows))
        if len(looks.times)
    )


def marks(visits: Sequence[Visit]) -> tuple[PhaseMark, ...]:
    """Return where each phase of each variant begins, the median over its rounds."""
    begins: dict[tuple[str, Phase], list[float]] = defaultdict(list)
    for visit in visits:
        for phase in Phase:
            if windows := windows_of(visit, phase):
                begin = span(windows)[0] - start_of(visit)
                begins[visit.variant, phase].append(begin)
    return tuple(
        PhaseMark(variant=variant, phase=phase.value, seconds=float(np.median(found)))
        for (variant, phase), found in begins.items()
    )


def start_of(visit: Visit) -> float:
    """Return the start of idle, or of the first window where nothing idled."""
    return span(windows_of(visit, Phase.IDLE) or visit.windows)[0]


def _quantities(
    part: pd.DataFrame, whole: tuple[float, float]
) -> Iterator[tuple[str, Looks]]:
    for quantity in ("pss_bytes", "threads"):
        yield quantity, _thinned(_cut(summed(part, quantity), *whole))
    used = _thinned(_cut(grown(part, "cpu_seconds"), *whole))
    ratio: Floats = np.diff(used.totals) / np.diff(used.times)
    yield "cpu_ratio", Looks(times=used.times[1:], totals=ratio)


def _cut(looks: Looks, start: float, end: float) -> Looks:
    inside = (looks.times >= start) & (looks.times <= end)
    return Looks(times=looks.times[inside], totals=looks.totals[inside])


def _thinned(looks: Looks) -> Looks:
    count = len(looks.times)
    kept = np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype(int))
    return Looks(times=looks.times[kept], totals=looks.totals[kept])
