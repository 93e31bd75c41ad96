# SPDX-License-Identifier: Apache-2.0
"""The durations of iterations: distributions of each workload and its actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from perfcompare.model.judgement import Distribution, Judgement
from perfcompare.model.metric import Unit
from perfcompare.report.page.panel import Panel
from perfcompare.report.plots.distributions import draw_distribution
from perfcompare.report.plots.figure import Label
from perfcompare.report.plots.svg import ROOT
from perfcompare.report.scale import Ruler, ruler_for
from perfcompare.report.words import printable

OPEN_DISTRIBUTIONS = 12
MOST_DISTRIBUTIONS = 48
"""Beyond, the table of quantiles alone: a page that opens beats one more plot."""
_QUANTILES = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """One line of the table beside the distributions."""

    name: str
    variant: str
    iterations: int
    values: tuple[str, ...]
    """p50, p90, p95, p99, in one unit."""


def durations_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what durations.html.j2 shows."""
    panels, quantiles = workload_distributions(judgement)
    return {
        "panels": panels[:OPEN_DISTRIBUTIONS],
        "folded_panels": panels[OPEN_DISTRIBUTIONS:],
        "quantiles": quantiles,
    }


def figure_ids(judgement: Judgement) -> Mapping[tuple[str, str], str]:
    """Return the id of each figure that the page has, by workload and action.

    It is that of an ``<svg>`` element of plots.distributions.VIEW_WIDTH by VIEW_HEIGHT,
    which other places of the page can show again: ``<use href="#id"/>``.
    """
    return {
        (group[0].workload, group[0].action): _prefix(at) + ROOT
        for at, group in enumerate(_groups(judgement)[:MOST_DISTRIBUTIONS])
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


def workload_distributions(
    judgement: Judgement,
) -> tuple[tuple[Panel, ...], tuple[Quantiles, ...]]:
    """Draw whole iterations before their actions; the table has all of them."""
    ordered = _groups(judgement)
    panels = tuple(
        _distribution_panel(group, prefix=_prefix(at))
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
