# SPDX-License-Identifier: Apache-2.0
"""The services over a visit: memory, threads and CPU, aligned on the phases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from perfcompare.model.judgement import Curve, Judgement
from perfcompare.model.metric import Unit
from perfcompare.report.page.panel import Panel
from perfcompare.report.plots.curves import draw_curves, median_curve
from perfcompare.report.plots.figure import Label
from perfcompare.report.scale import Ruler, ruler_for
from perfcompare.report.words import plural, printable

_QUANTITIES = {
    "pss_bytes": ("memory (PSS)", Unit.BYTES),
    "threads": ("threads", Unit.COUNT),
    "cpu_ratio": ("CPU, of one core", Unit.RATIO),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePanels:
    """The curves of one service."""

    name: str
    control: bool
    """Watched, but not what is compared."""
    panels: tuple[Panel, ...]


def services_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what services.html.j2 shows."""
    return {"services": services(judgement)}


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
