# SPDX-License-Identifier: Apache-2.0
"""What a line of the page opens to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from perfcompare.model.comparison import Comparison, Contrast, Scale
from perfcompare.model.judgement import Judgement
from perfcompare.model.metric import Metric, MetricKey
from perfcompare.report.headline import count_words
from perfcompare.report.page.dots import Dots, dots_for
from perfcompare.report.page.durations import figure_ids
from perfcompare.report.page.method import method_words, raw_lines, raw_unit
from perfcompare.report.page.order import Kind, kind_of
from perfcompare.report.page.shift import Shift, shifts
from perfcompare.report.rows import Row, row_ruler, table
from perfcompare.report.scale import TIMES, effect_text, interval_text
from perfcompare.report.shown import Shown, shown
from perfcompare.report.words import metric_label, where_label

NAMED_COUNTERS = 4
"""So many counters that changed are named; the rest are counted by verdict."""
_CHANGED = frozenset({Shown.REGRESSION, Shown.KNOWN, Shown.IMPROVEMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """The parts of one opened line; what there is nothing of is empty."""

    dots: Dots | None
    figure: str
    """Id of the durations' picture, which stands elsewhere in the page."""
    shift: Shift | None
    """Of the whole workload, for each of its latencies."""
    actions: tuple[Row, ...]
    """The same metric of each action of the workload."""
    counters: str
    attribution: str
    method: str
    unit: str
    """Of *raw*: a base unit."""
    raw: str
    """Lines to copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where to look up what belongs to a line, made once for all lines."""

    halves: Mapping[tuple[Contrast, MetricKey], Comparison]
    actions: Mapping[tuple[str, Metric], tuple[Comparison, ...]]
    """By workload and metric."""
    counters: Mapping[str, tuple[Comparison, ...]]
    """By workload; of what is compared before what is only watched."""
    figures: Mapping[tuple[str, str], str]
    """By workload and action."""
    shifts: Mapping[str, Shift]
    """By workload."""
    controls: Collection[str]


def surroundings(judgement: Judgement) -> Surroundings:
    """Sort *judgement* by what the lines of its total look up."""
    actions: dict[tuple[str, Metric], list[Comparison]] = {}
    counters: dict[str, list[Comparison]] = {}
    for row in judgement.comparisons:
        if row.contrast is not Contrast.TOTAL or not row.key.workload:
            continue
        if row.key.action:
            actions.setdefault((row.key.workload, row.key.metric), []).append(row)
        elif row.key.metric.name.endswith("_per_iteration"):
            counters.setdefault(row.key.workload, []).append(row)
    controls = judgement.facts.controls
    return Surroundings(
        halves={
            (row.contrast, row.key): row
            for row in judgement.comparisons
            if row.contrast in {Contrast.RELEASE, Contrast.BACKEND}
        },
        actions={key: tuple(rows) for key, rows in actions.items()},
        counters={
            key: tuple(sorted(rows, key=lambda row: row.key.service in controls))
            for key, rows in counters.items()
        },
        figures=figure_ids(judgement),
        shifts=shifts(judgement),
        controls=controls,
    )


def inside_of(comparison: Comparison, around: Surroundings) -> Inside:
    """Gather what the line of *comparison* opens to."""
    key = comparison.key
    whole = key.is_whole_workload
    latency = kind_of(key) is Kind.LATENCY
    actions = around.actions.get((key.workload, key.metric), ()) if whole else ()
    return Inside(
        dots=dots_for(comparison, row_ruler(comparison)),
        figure=around.figures.get((key.workload, key.action), "") if latency else "",
        shift=around.shifts.get(key.workload) if whole and latency else None,
        actions=table(actions).rows,
        counters=_counters(around, key.workload) if whole and latency else "",
        attribution=_attribution(comparison, around.halves),
        method=method_words(comparison),
        unit=raw_unit(comparison),
        raw=raw_lines(comparison),
    )


def _counters(around: Surroundings, workload: str) -> str:
    """Name the counters of the same work that changed, and count the others."""
    rows = around.counters.get(workload, ())
    named = [row for row in rows if shown(row) in _CHANGED][:NAMED_COUNTERS]
    rest = [row for row in rows if row not in named]
    told = [f"{_owner(row, around.controls)} {_effect(row)}" for row in named]
    if rest:
        told.append(f"{len(rest)} {'more' if told else 'in all'}: {count_words(rest)}")
    return "; ".join(told)


def _owner(row: Comparison, controls: Collection[str]) -> str:
    key = replace(row.key, workload="")
    where = where_label(key, limit=50, controls=controls)
    return f"{metric_label(row.key)} of {where}" if where else metric_label(row.key)


def _attribution(
    comparison: Comparison, halves: Mapping[tuple[Contrast, MetricKey], Comparison]
) -> str:
    """Write what release and backend make of it: "release … times backend …"."""
    found = {
        contrast: halves.get((contrast, comparison.key))
        for contrast in (Contrast.RELEASE, Contrast.BACKEND)
    }
    if not any(found.values()):
        return ""
    sign = "+" if comparison.scale is Scale.DIFFERENCE else TIMES
    return f" {sign} ".join(_halves(found.items()))


def _halves(found: Iterable[tuple[Contrast, Comparison | None]]) -> list[str]:
    return [
        f"{contrast} {_effect(row) if row else 'not measured'}"
        for contrast, row in found
    ]


def _effect(row: Comparison) -> str:
    """Write effect, interval and verdict: "+5.4 % (+1.0 to +9.9 %, parity)"."""
    ruler = row_ruler(row)
    aside = [part for part in (interval_text(row, row.ci95, ruler), shown(row)) if part]
    return f"{effect_text(row, ruler)} ({', '.join(aside)})"
