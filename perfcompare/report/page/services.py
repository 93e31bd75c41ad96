# SPDX-License-Identifier: Apache-2.0
"""The services over a visit: memory, threads and CPU, aligned on the phases."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from perfcompare.model.comparison import Contrast
from perfcompare.model.judgement import Curve, Judgement, PhaseMark, VariantFacts
from perfcompare.model.metric import MetricKey, Unit
from perfcompare.report.page.panel import Panel
from perfcompare.report.page.processes import Process, processes
from perfcompare.report.plots.curves import curves_plot, numbered
from perfcompare.report.plots.figure import Label
from perfcompare.report.scale import ABSENT, Ruler, ruler_for
from perfcompare.report.shown import Shown, shown
from perfcompare.report.stages import LEVELS, Stages, stages, told
from perfcompare.report.words import is_memory, metric_label, plural, printable

_QUANTITIES = {
    "pss_bytes": ("memory (PSS)", Unit.BYTES),
    "threads": ("threads", Unit.COUNT),
    "cpu_ratio": ("CPU, of one core", Unit.RATIO),
    "switches_per_second": ("context switches", Unit.PER_SECOND),
}
_EFFORTS = ("threads", "cpu", "context_switches", "fds")
"""How the names of metrics begin that are seen in the curves, beside memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLine:
    """One line of the numbers behind the curves."""

    quantity: str
    variant: str
    values: tuple[str, ...]
    """Idle, end of warm-up, end of load, settle, peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service, or a control, as the page shows it."""

    name: str
    control: bool
    """Watched, but not what is compared."""
    regressions: tuple[str, ...]
    """Metrics of memory, threads or CPU that are shown as regressions."""
    evidence: tuple[tuple[str, str], ...]
    """Variant → the backend that its processes were seen to run."""
    panels: tuple[Panel, ...]
    processes: tuple[Process, ...]
    stages: tuple[StageLine, ...]


def services_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what services.html.j2 shows."""
    found = services(judgement)
    return {
        "services": [one for one in found if not one.control],
        "control_services": [one for one in found if one.control],
        "numbered_workloads": [
            printable(name, limit=120) for name in numbered(judgement.marks)
        ],
    }


def services(judgement: Judgement) -> tuple[Service, ...]:
    """Return all services: what regressed first, controls last."""
    groups: dict[str, list[Curve]] = {}
    for curve in judgement.curves:
        if np.isfinite(curve.values).any():
            groups.setdefault(curve.service, []).append(curve)
    found = [
        _service(name, curves, judgement, prefix=f"s{at}")
        for at, (name, curves) in enumerate(groups.items())
    ]
    return tuple(sorted(found, key=lambda one: (one.control, not one.regressions)))


def _service(
    name: str, curves: Sequence[Curve], judgement: Judgement, *, prefix: str
) -> Service:
    panels, lines = [], []
    for step, quantity in enumerate(dict.fromkeys(curve.quantity for curve in curves)):
        ours = [curve for curve in curves if curve.quantity == quantity]
        panel, more = _quantity(ours, judgement.marks, prefix=f"{prefix}{step}-")
        panels.append(panel)
        lines += more
    control = name in judgement.facts.controls
    return Service(
        name=printable(name, limit=80),
        control=control,
        regressions=_regressions(name, judgement),
        evidence=() if control else _evidence(name, judgement.facts.variants),
        panels=tuple(panels),
        processes=processes([one for one in judgement.memory if one.service == name]),
        stages=tuple(lines),
    )


def _quantity(
    curves: Sequence[Curve], marks: Sequence[PhaseMark], *, prefix: str
) -> tuple[Panel, list[StageLine]]:
    quantity = curves[0].quantity
    words, unit = _QUANTITIES.get(quantity, (quantity.replace("_", " "), Unit.COUNT))
    ruler = ruler_for(unit, (float(np.nanmax(curve.values)) for curve in curves))
    words = printable(words, limit=60)
    caption = f"{words}, {ruler.symbol}" if ruler.symbol else words
    found = stages(curves, marks)
    label = Label(
        prefix=prefix,
        title=f"{printable(curves[0].service, limit=80)}: {caption}",
        description="; ".join(
            told(one, ruler, level=quantity in LEVELS) for one in found
        ),
    )
    plot = curves_plot(curves, marks, ruler=ruler, label=label)
    lines = [
        StageLine(
            quantity=words,
            variant=printable(one.variant, limit=40),
            values=_stage_values(one, ruler),
        )
        for one in found
    ]
    name = f"{curves[0].service} {quantity}"
    return Panel(name=name, caption=caption, plot=plot), lines


def _stage_values(found: Stages, ruler: Ruler) -> tuple[str, ...]:
    values = (found.idle, found.warm_up, found.load, found.settle, found.peak)
    return tuple(
        ABSENT if value is None else ruler.text(value, digits=3) for value in values
    )


def _regressions(service: str, judgement: Judgement) -> tuple[str, ...]:
    rows = (
        row
        for row in judgement.comparisons
        if row.contrast is Contrast.TOTAL
        and row.key.service == service
        and _is_drawn(row.key)
        and shown(row) is Shown.REGRESSION
    )
    return tuple(dict.fromkeys(metric_label(row.key) for row in rows))


def _is_drawn(key: MetricKey) -> bool:
    return is_memory(key) or key.metric.name.startswith(_EFFORTS)


def _evidence(
    service: str, variants: Sequence[VariantFacts]
) -> tuple[tuple[str, str], ...]:
    """Say of each variant what the processes of one service were seen to run."""
    found = []
    for variant in variants:
        seen = [one for one in variant.evidence if one.service == service]
        backends = Counter(one.found.value for one in seen if one.found)
        proved = [
            f"{backend} (proved in {plural(count, 'process', 'processes')})"
            for backend, count in sorted(backends.items())
        ]
        wrong = {
            one.expected.value for one in seen if one.found not in {None, one.expected}
        }
        words = " and ".join(proved) or "not proved"
        if wrong:
            words += f", not {' or '.join(sorted(wrong))} as expected"
        found.append((printable(variant.name, limit=40), words))
    return tuple(found)
