# SPDX-License-Identifier: Apache-2.0
"""The durations of iterations: distributions of each workload and its actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from perfcompare.model.judgement import Distribution, Judgement
from perfcompare.model.metric import Unit
from perfcompare.report.page.panel import Panel
from perfcompare.report.plots.distributions import distribution_plot
from perfcompare.report.plots.figure import ROOT, Label
from perfcompare.report.scale import (
    BIG_FACTOR,
    TIMES,
    Ruler,
    percent,
    ruler_for,
    significant,
)
from perfcompare.report.words import printable

OPEN_FIGURES = 12
MOST_FIGURES = 100
"""Beyond, the table of quantiles alone: a page that opens beats one more plot."""
_QUANTILES = (0.5, 0.9, 0.95, 0.99, 1.0)
_NAMES = ("p50", "p90", "p95", "p99", "slowest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """One line of the table beside the distributions."""

    name: str
    variant: str
    iterations: int
    values: tuple[str, ...]
    """p50, p90, p95, p99 and the slowest, in one unit."""


def durations_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what durations.html.j2 shows."""
    groups = _groups(judgement)
    panels = durations_panels(judgement)
    return {
        "panels": panels[:OPEN_FIGURES],
        "folded_panels": panels[OPEN_FIGURES:],
        "undrawn": tuple(_name(group[0]) for group in groups[MOST_FIGURES:]),
        "quantile_names": _NAMES,
        "quantiles": tuple(line for group in groups for line in _quantiles(group)),
    }


def figure_ids(judgement: Judgement) -> Mapping[tuple[str, str], str]:
    """Return the id of each figure that the page has, by workload and action.

    It is that of an ``<svg>`` element of plots.distributions.VIEW_WIDTH by VIEW_HEIGHT,
    which other places of the page can show again: ``<use href="#id"/>``.
    """
    return {
        (group[0].workload, group[0].action): _prefix(at) + ROOT
        for at, group in enumerate(_groups(judgement)[:MOST_FIGURES])
    }


def _groups(judgement: Judgement) -> list[list[Distribution]]:
    """Return what is drawn together: whole iterations before their actions."""
    groups: dict[tuple[str, str], list[Distribution]] = {}
    for one in judgement.distributions:
        if one.durations_seconds:
            groups.setdefault((one.workload, one.action), []).append(one)
    return sorted(groups.values(), key=lambda group: bool(group[0].action))


def _prefix(at: int) -> str:
    return f"d{at}-"


def durations_panels(judgement: Judgement) -> tuple[Panel, ...]:
    """Return the figures of the section, ready to be drawn."""
    drawn = _groups(judgement)[:MOST_FIGURES]
    return tuple(
        _panel(group, prefix=_prefix(at), figures=len(drawn))
        for at, group in enumerate(drawn)
    )


def _panel(group: Sequence[Distribution], *, prefix: str, figures: int) -> Panel:
    label = Label(prefix=prefix, title=_title(group), description=_described(group))
    ruler = _ruler(group)
    return Panel(
        name=f"{group[0].workload} {group[0].action}",
        caption=_name(group[0]),
        plot=distribution_plot(group, ruler=ruler, label=label, figures=figures),
    )


def _title(group: Sequence[Distribution]) -> str:
    """Name the figure by what it shows first: the medians of target and base."""
    title = f"durations of {_name(group[0])}"
    base, target = (_of(group, variant) for variant in ("base", "target"))
    if base is None or target is None:
        return title
    ruler = _ruler(group)
    told, against = (ruler.text(_quantile(one, 0.5)) for one in (target, base))
    change = _change(target, base, 0.5)
    return f"{title}: target's p50 {told} against base's {against}{change}"


def _described(group: Sequence[Distribution]) -> str:
    """Tell each percentile of each variant, and how far it is from base's."""
    ruler, base = _ruler(group), _of(group, "base")
    told = []
    for name, share in zip(_NAMES, _QUANTILES, strict=True):
        found = (
            f"{printable(one.variant, limit=40)} {ruler.text(_quantile(one, share))}"
            f"{_change(one, base, share)}"
            for one in group
        )
        told.append(f"{name}: {', '.join(found)}")
    return "; ".join(told)


def _change(one: Distribution, base: Distribution | None, share: float) -> str:
    """Write how far a quantile is from base's, in brackets; "" where nothing is."""
    if base is None or one is base:
        return ""
    new, old = _quantile(one, share), _quantile(base, share)
    return f" ({_ratio_text(new / old)})" if new > 0 and old > 0 else ""


def _ratio_text(ratio: float) -> str:
    if 1 / BIG_FACTOR < ratio < BIG_FACTOR:
        return f"{percent(ratio - 1)} %"
    sign, factor = (TIMES, ratio) if ratio > 1 else ("÷", 1 / ratio)
    return f"{sign}{significant(factor, digits=3)}"


def _of(group: Sequence[Distribution], variant: str) -> Distribution | None:
    return next((one for one in group if one.variant == variant), None)


def _quantile(one: Distribution, share: float) -> float:
    return float(np.interp(share, one.probabilities, one.durations_seconds))


def _quantiles(group: Sequence[Distribution]) -> list[Quantiles]:
    ruler = _ruler(group)
    return [
        Quantiles(
            name=_name(one),
            variant=printable(one.variant, limit=40),
            iterations=one.iterations,
            values=tuple(ruler.text(_quantile(one, share)) for share in _QUANTILES),
        )
        for one in group
    ]


def _name(one: Distribution) -> str:
    parts = [part for part in (one.workload, one.action) if part]
    return printable(" · ".join(parts), limit=120)


def _ruler(group: Sequence[Distribution]) -> Ruler:
    """Choose by the medians, which most of the plot is about."""
    return ruler_for(Unit.SECONDS, (_quantile(one, 0.5) for one in group))
