# SPDX-License-Identifier: Apache-2.0
"""The memory of a service's processes, variants side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from perfcompare.model.judgement import ProcessMemory
from perfcompare.model.metric import Unit
from perfcompare.report.scale import ABSENT, TIMES, Ruler, ruler_for
from perfcompare.report.words import printable

_SERIES = ("base", "target", "crossover", "sham")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What one process holds in one variant; widths of 100."""

    variant: str
    series: str
    """Of the colours of the page."""
    idle_width: float
    peak_width: float
    memory: str
    """"55.6 → 56.4 MiB"."""
    threads: str
    times: str
    """How many processes it is together; "" for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One place in the tree of a service."""

    role: str
    title: str
    holders: tuple[Holder, ...]


def processes(found: Sequence[ProcessMemory]) -> tuple[Process, ...]:
    """Return each process of one service, all of them together last."""
    groups: dict[str, list[ProcessMemory]] = {}
    for one in found:
        groups.setdefault(one.role, []).append(one)
    if len(groups) > 1:
        groups["all processes"] = _together(found)
    sizes = [
        size
        for ours in groups.values()
        for one in ours
        for size in (one.pss_idle_bytes, one.pss_peak_bytes)
        if size is not None
    ]
    ruler = ruler_for(Unit.BYTES, sizes)
    most = max(sizes, default=0.0) or 1.0
    return tuple(
        Process(
            role=printable(role, limit=60),
            title=_title(ours),
            holders=tuple(_holder(one, ruler, most) for one in ours),
        )
        for role, ours in groups.items()
    )


def _together(found: Sequence[ProcessMemory]) -> list[ProcessMemory]:
    return [
        ProcessMemory(
            service=ours[0].service,
            variant=variant,
            role="",
            title="",
            processes=sum(one.processes for one in ours),
            rounds=max(one.rounds for one in ours),
            pss_idle_bytes=_sum([one.pss_idle_bytes for one in ours]),
            pss_peak_bytes=_sum([one.pss_peak_bytes for one in ours]),
            threads_peak=_sum([one.threads_peak for one in ours]),
        )
        for variant in dict.fromkeys(one.variant for one in found)
        for ours in [[one for one in found if one.variant == variant]]
    ]


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _title(ours: Sequence[ProcessMemory]) -> str:
    """Name what the variants call it; where it has several names, all of them."""
    names = dict.fromkeys(one.title for one in ours if one.title)
    return printable(" / ".join(names), limit=120)


def _holder(one: ProcessMemory, ruler: Ruler, most: float) -> Holder:
    idle, peak = one.pss_idle_bytes, one.pss_peak_bytes
    return Holder(
        variant=printable(one.variant, limit=40),
        series=one.variant if one.variant in _SERIES else "other",
        idle_width=round(100 * (idle or 0.0) / most, 1),
        peak_width=round(100 * max(idle or 0.0, peak or 0.0) / most, 1),
        memory=ruler.join(f"{_number(idle, ruler)} → {_number(peak, ruler)}"),
        threads=ABSENT if one.threads_peak is None else f"{one.threads_peak:g}",
        times="" if one.processes == 1 else f"{TIMES}{one.processes}",
    )


def _number(value: float | None, ruler: Ruler) -> str:
    return ABSENT if value is None else ruler.number(value)
