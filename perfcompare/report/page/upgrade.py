# SPDX-License-Identifier: Apache-2.0
"""The upgrade on a line of time: its steps, and the outage below them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from perfcompare.model.judgement import Judgement
from perfcompare.model.upgrade import Upgrade
from perfcompare.report.words import printable, span

_OUTAGE_BEGINS = "shutdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """One step of the upgrade, and where it stands on a line of 100."""

    name: str
    detail: str
    duration: str
    left: float
    width: float


def upgrade_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what upgrade.html.j2 shows."""
    upgrade = judgement.facts.upgrade
    return {"upgrade": upgrade, "steps": timeline(upgrade) if upgrade else ()}


def timeline(upgrade: Upgrade) -> tuple[TimelineStep, ...]:
    """Lay the steps out on one line of time, and the outage below them."""
    if not upgrade.steps:
        return ()
    began = min(step.started_at for step in upgrade.steps)
    whole = max(step.ended_at for step in upgrade.steps) - began or 1.0
    if not math.isfinite(whole):
        return ()

    def laid(name: str, start: float, seconds: float, detail: str) -> TimelineStep:
        left = min(99.5, (start - began) / whole * 100)
        return TimelineStep(
            name=printable(name, limit=60),
            detail=printable(detail, limit=300),
            duration=span(seconds),
            left=round(left, 2),
            width=round(max(0.5, min(100 - left, seconds / whole * 100)), 2),
        )

    steps = [
        laid(step.name, step.started_at, step.ended_at - step.started_at, step.detail)
        for step in upgrade.steps
    ]
    outage = [
        laid(
            "outage",
            step.started_at,
            upgrade.outage_seconds,
            "from the stop of base until target was ready",
        )
        for step in upgrade.steps
        if step.name == _OUTAGE_BEGINS and upgrade.outage_seconds is not None
    ]
    return (*steps, *outage)
