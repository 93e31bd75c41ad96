# SPDX-License-Identifier: Apache-2.0
"""How busy service, generator and host were under each workload, level by level."""

from collections.abc import Mapping
from dataclasses import dataclass

from perfcompare.model.judgement import Judgement
from perfcompare.model.occupancy import Limit, Occupancy
from perfcompare.report.occupancy import LIMIT_WORDS, busy_words, by_level, clients
from perfcompare.report.scale import ABSENT, significant
from perfcompare.report.words import printable

OPEN_LINES = 16
"""So many are seen at once; the rest unfolds."""

MOST_LINES = 48
"""Beyond, comparison.json alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyLine:
    """One workload in one variant; a dash where a number is not known."""

    title: str
    clients: str
    variant: str
    limit: Limit
    in_flight: str
    served: str
    process: str
    service: str
    """Of the process; "" when unknown."""
    services: str
    generator: str
    host: str


def busy_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what busy.html.j2 shows."""
    found = by_level(judgement)
    lines = tuple(_line(one) for one in found)
    return {
        "occupancy": {
            "lines": lines[:OPEN_LINES],
            "folded": lines[OPEN_LINES:MOST_LINES],
            "rest": len(lines[MOST_LINES:]),
            "finding": busy_words(judgement)
            or f"{Limit.UNKNOWN}: {LIMIT_WORDS[Limit.UNKNOWN]}",
            "limits": [
                (limit, LIMIT_WORDS[limit])
                for limit in Limit
                if any(one.limit is limit for one in found)
            ],
        }
    }


def _line(one: Occupancy) -> BusyLine:
    host = _number(one.host_cpu_ratio)
    return BusyLine(
        title=printable(one.title, limit=80),
        clients=clients(one.concurrency),
        variant=printable(one.variant, limit=40),
        limit=one.limit,
        in_flight=_number(one.in_flight),
        served=_number(one.served),
        process=_number(one.process_cpu_ratio),
        service=printable(one.service, limit=60),
        services=_number(one.services_cpu_ratio),
        generator=_number(one.generator_cpu_ratio),
        host=host if one.cores is None or host == ABSENT else f"{host} of {one.cores}",
    )


def _number(value: float | None) -> str:
    return ABSENT if value is None else significant(value, digits=2)
