# SPDX-License-Identifier: Apache-2.0
"""The pictures of a page: services over a visit, distributions, the upgrade."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perfcompare.model.judgement import Curve, Distribution, Judgement
from perfcompare.model.metric import Unit
from perfcompare.model.upgrade import Upgrade
from perfcompare.report.plots import (
    Label,
    draw_curves,
    draw_distribution,
    median_curve,
)
from perfcompare.report.scale import Ruler, ruler_for
from perfcompare.report.words import plural, printable, span

OPEN_DISTRIBUTIONS = 12
MOST_DISTRIBUTIONS = 48
"""Beyond, the table of quantiles alone: a page that opens beats one more plot."""
_QUANTILES = (0.5, 0.9, 0.95, 0.99)
_OUTAGE_BEGINS = "shutdown"
_QUANTITIES = {
    "pss_bytes": ("memory (PSS)", Unit.BYTES),
    "threads": ("threads", Unit.COUNT),
    "cpu_ratio": ("CPU, of one core", Unit.RATIO),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One plot with its words."""

    caption: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePanels:
    """The curves of one service."""

    name: str
    control: bool
    """Watched, but not what is compared."""
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """One line of the table beside the distributions."""

    name: str
    variant: str
    iterations: int
    values: tuple[str, ...]
    """p50, p90, p95, p99, in one unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """One step of the upgrade, and where it stands on a line of 100."""

    name: str
    detail: str
    duration: str
    left: float
    width: float


def services(judgement: Judgement) -> tuple[ServicePanels, ...]:
    """Draw every service's curves, in the order in which they come."""
    curves = [curve for curve in judgement.curves if curve.seconds]
    found = []
    for at, name in enumerate(dict.fromkeys(curve.service for curve in curves)):
        ours = [curve for curve in curves if curve.service == name]
        quantities = dict.fromkeys(curve.quantity for curve in ours)
        panels = tuple(
            _curve_panel(
                [curve for curve in ours if curve.quantity == quantity],
                judgement,
                prefix=f"s{at}{step}-",
            )
            for step, quantity in enumerate(quantities)
        )
        found.append(
            ServicePanels(
                name=printable(name, limit=80),
                control=name in judgement.facts.controls,
                panels=panels,
            )
        )
    return tuple(found)


def _curve_panel(
    curves: Sequence[Curve], judgement: Judgement, *, prefix: str
) -> Panel:
    quantity = curves[0].quantity
    words, unit = _QUANTITIES.get(quantity, (quantity.replace("_", " "), Unit.COUNT))
    ruler = ruler_for(unit, (max(curve.values) for curve in curves))
    words = printable(words, limit=60)
    caption = f"{words}, {ruler.symbol}" if ruler.symbol else words
    label = Label(
        prefix=prefix,
        title=f"{printable(curves[0].service, limit=80)}: {caption}",
        description=_describe_curves(curves, ruler),
    )
    drawn = draw_curves(curves, judgement.marks, ruler=ruler, label=label)
    return Panel(caption=caption, svg=drawn)


def _describe_curves(curves: Sequence[Curve], ruler: Ruler) -> str:
    told = []
    for variant in dict.fromkeys(curve.variant for curve in curves):
        ours = [curve for curve in curves if curve.variant == variant]
        _, values = median_curve(ours)
        first, peak, last = (
            ruler.text(float(value), digits=3)
            for value in (values[0], values.max(), values[-1])
        )
        told.append(
            f"{printable(variant, limit=40)}: {first} at the start, {peak} at its peak,"
            f" {last} at the end (median of {plural(len(ours), 'round')})"
        )
    return "; ".join(told)


def workload_distributions(
    judgement: Judgement,
) -> tuple[tuple[Panel, ...], tuple[Quantiles, ...]]:
    """Draw whole iterations before their actions; the table has all of them."""
    groups: dict[tuple[str, str], list[Distribution]] = {}
    for one in judgement.distributions:
        if one.durations_seconds:
            groups.setdefault((one.workload, one.action), []).append(one)
    ordered = sorted(groups.values(), key=lambda group: bool(group[0].action))
    panels = tuple(
        _distribution_panel(group, prefix=f"d{at}-")
        for at, group in enumerate(ordered[:MOST_DISTRIBUTIONS])
    )
    return panels, tuple(line for group in ordered for line in _quantiles(group))


def _distribution_panel(group: Sequence[Distribution], *, prefix: str) -> Panel:
    name = _name(group[0])
    ruler = _ruler(group)
    told = [
        "{}: p50 {}, p90 {}, p95 {}".format(line.variant, *line.values)
        for line in _quantiles(group)
    ]
    label = Label(
        prefix=prefix, title=f"durations of {name}", description="; ".join(told)
    )
    return Panel(caption=name, svg=draw_distribution(group, ruler=ruler, label=label))


def _quantiles(group: Sequence[Distribution]) -> list[Quantiles]:
    ruler = _ruler(group)
    return [
        Quantiles(
            name=_name(one),
            variant=printable(one.variant, limit=40),
            iterations=one.iterations,
            values=tuple(
                ruler.text(float(value))
                for value in np.interp(
                    _QUANTILES, one.probabilities, one.durations_seconds
                )
            ),
        )
        for one in group
    ]


def _name(one: Distribution) -> str:
    parts = [part for part in (one.workload, one.action) if part]
    return printable(" · ".join(parts), limit=120)


def _ruler(group: Sequence[Distribution]) -> Ruler:
    """Choose by the medians, which most of the plot is about."""
    medians = [
        float(np.interp(0.5, one.probabilities, one.durations_seconds)) for one in group
    ]
    return ruler_for(Unit.SECONDS, medians)


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
