# SPDX-License-Identifier: Apache-2.0
"""How busy service, generator and host were, and one client beside many, in words."""

from collections.abc import Sequence

from perfcompare.model.comparison import Comparison, Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.model.occupancy import Limit, Occupancy
from perfcompare.report.rows import row_ruler
from perfcompare.report.scale import effect_text
from perfcompare.report.shown import shown
from perfcompare.report.words import listed, metric_label, printable

LIMIT_WORDS = {
    Limit.SATURATED: (
        "iterations queue for the service, so latency shows queueing and not cost, and"
        " capacity is the metric"
    ),
    Limit.GENERATOR_BOUND: (
        "the process that makes the load is the limit, so the numbers say little of the"
        " service"
    ),
    Limit.HOST_BOUND: (
        "all CPUs were busy, so service and generator competed for them"
    ),
    Limit.FREE: "no limit was reached",
    Limit.UNKNOWN: "nobody watched the processes",
}
"""What a limit means."""

_NAMED = 3
_TITLES = 2
_ANSWERS = ("mean", "p50")
"""What says whether a workload costs more; the first that was compared."""

Level = tuple[str, int]
"""Title and concurrency."""


def clients(concurrency: int) -> str:
    """Say how many iterations there were at once: "alone (1 client)"."""
    if concurrency == 1:
        return "alone (1 client)"
    return f"under load ({concurrency} clients)"


def by_level(judgement: Judgement) -> tuple[Occupancy, ...]:
    """Return the occupancy title by title, one client before many."""
    titles = list(dict.fromkeys(one.title for one in judgement.occupancy))
    return tuple(
        sorted(
            judgement.occupancy,
            key=lambda one: (titles.index(one.title), one.concurrency),
        )
    )


def busy_words(judgement: Judgement) -> str:
    """Name what was limited by what: "saturated: list under load (4 clients)".

    "" where nobody watched.
    """
    found = [one for one in by_level(judgement) if one.limit is not Limit.UNKNOWN]
    if found and all(one.limit is Limit.FREE for one in found):
        return "no workload reached a limit"
    clauses = [
        f"{limit}: {_some([one for one in found if one.limit is limit], found)}"
        for limit in Limit
        if any(one.limit is limit for one in found)
    ]
    return "; ".join(clauses)


def level_words(judgement: Judgement) -> str:
    """Say of what was measured alone and under load what each came to."""
    levels: dict[str, dict[int, str]] = {}
    for one in by_level(judgement):
        levels.setdefault(one.title, {})[one.concurrency] = one.workload
    told = [
        words
        for title, found in levels.items()
        if 1 in found
        and len(found) > 1
        and (words := _compared(title, found, judgement.comparisons))
    ]
    rest = len(told) - _TITLES
    return "; ".join([*told[:_TITLES], *([f"{rest} more below"] if rest > 0 else [])])


def _some(limited: Sequence[Occupancy], everything: Sequence[Occupancy]) -> str:
    """Name levels, and the variants where it is not all of them."""
    variants: dict[Level, list[str]] = {}
    for one in limited:
        variants.setdefault((one.title, one.concurrency), []).append(one.variant)
    names = []
    for level, ours in variants.items():
        everywhere = sum((one.title, one.concurrency) == level for one in everything)
        where = "" if len(ours) == everywhere else f" in {_listed(ours)}"
        names.append(f"{printable(level[0], limit=50)} {clients(level[1])}{where}")
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _listed(names: Sequence[str]) -> str:
    return listed([printable(name, limit=40) for name in names])


def _compared(
    title: str, levels: dict[int, str], comparisons: Sequence[Comparison]
) -> str:
    for name in _ANSWERS:
        rows = {
            row.key.workload: row
            for row in comparisons
            if row.contrast is Contrast.TOTAL
            and row.key.is_whole_workload
            and row.key.metric.name == name
        }
        ours = [(level, rows[it]) for level, it in levels.items() if it in rows]
        if len(ours) == len(levels):
            told = ", ".join(f"{clients(level)} {_came_to(row)}" for level, row in ours)
            label = metric_label(ours[0][1].key)
            return f"{label} of {printable(title, limit=50)}: {told}"
    return ""


def _came_to(row: Comparison) -> str:
    return f"{effect_text(row, row_ruler(row))} ({shown(row)})"
