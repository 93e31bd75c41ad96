# SPDX-License-Identifier: Apache-2.0
"""What several runs come to, in one sentence: the same in every format."""

from collections import Counter
from collections.abc import Sequence

from perfcompare.model.side_by_side import Agreement, Line, SideBySide
from perfcompare.report.headline import subject
from perfcompare.report.shown import Shown, shown
from perfcompare.report.words import (
    listed,
    name_of,
    plural,
    printable,
)

_NAMED = 2
"""So many metrics are named in a clause."""

_CLAUSES = 3
"""So many sets of runs are told that say regression together."""


def headline(found: SideBySide) -> str:
    """Say of what the runs are, what they have in common and where they differ."""
    return f"{subjects(found)}: {'; '.join(answer_clauses(found))}"


def subjects(found: SideBySide) -> str:
    """Name what the runs compared: all alike, of one project, or each."""
    count = plural(len(found.columns), "run")
    facts = [column.judgement.facts for column in found.columns]
    passages = dict.fromkeys(subject(one) for one in facts)
    if len(passages) == 1:
        return f"{count} of {next(iter(passages))}"
    projects = [printable(one.project, limit=60) for one in facts if one.project]
    return f"{count} of {listed(list(dict.fromkeys(projects)))}" if projects else count


def answer_clauses(found: SideBySide) -> tuple[str, ...]:
    """Say what the runs come to, clause by clause, what matters most first."""
    lines = [line for line in found.lines if line.primary]
    if not lines:
        return (*_failed(found), "nothing was compared that counts for the verdict")
    labels = [column.label for column in found.columns]
    clauses = (*_failed(found), *_regressions(lines, labels), *_agreements(lines))
    return tuple(clause for clause in clauses if clause)


def _failed(found: SideBySide) -> list[str]:
    failed = [one.label for one in found.columns if one.judgement.failure]
    what = "experiment" if len(failed) == 1 else "experiments"
    return [f"the {what} of {listed(failed)} failed"] if failed else []


def _regressions(lines: Sequence[Line], labels: Sequence[str]) -> list[str]:
    """Tell what all runs call a regression, then what only some do."""
    by_runs: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for line in lines:
        worse = tuple(
            label
            for label, cell in zip(labels, line.cells, strict=True)
            if cell and cell.primary and shown(cell) is Shown.REGRESSION
        )
        if worse:
            others_deny = len(worse) < len(labels) and None not in line.cells
            by_runs.setdefault((worse, others_deny), []).append(name_of(line.key))
    if not by_runs:
        return [_no_regression(lines)]
    ordered = sorted(by_runs.items(), key=lambda each: -len(each[0][0]))
    told = [
        f"{_who(worse, labels, only=only)} regression in {_some(names)}"
        for (worse, only), names in ordered[:_CLAUSES]
    ]
    rest = sum(len(names) for _, names in ordered[_CLAUSES:])
    return [*told, f"{plural(rest, 'more regression')} in some"] if rest else told


def _no_regression(lines: Sequence[Line]) -> str:
    verdicts = {shown(cell) for line in lines for cell in line.cells if cell}
    if Shown.INCONCLUSIVE in verdicts:
        return "no run shows a regression, but not every metric is decided"
    return "no run shows a regression"


def _who(worse: Sequence[str], labels: Sequence[str], *, only: bool) -> str:
    if len(worse) == len(labels):
        return "both say" if len(labels) == 2 else "all say"
    # Where a run has not measured it, the others are not alone in saying so.
    says = "says" if len(worse) == 1 else "say"
    return f"{'only ' if only else ''}{listed(worse)} {says}"


def _agreements(lines: Sequence[Line]) -> list[str]:
    counts = Counter(line.agreement for line in lines)
    unknown = counts[Agreement.UNKNOWN]
    told = len(lines) - unknown
    if not told:
        return ["no metric that counts can be compared between the runs"]
    apart = [name_of(line.key) for line in lines if line.agreement is Agreement.DIFFER]
    little = counts[Agreement.LITTLE]
    return [
        f"{counts[Agreement.AGREE]} of {told} metrics agree",
        f"{_some(apart)} {'differs' if len(apart) == 1 else 'differ'}" if apart else "",
        f"{little} {'differs' if little == 1 else 'differ'} by less than is tolerated"
        if little
        else "",
        f"{unknown} cannot be compared between the runs" if unknown else "",
    ]


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    if rest <= 0:
        return listed(names)
    return f"{', '.join(names[:_NAMED])} and {rest} more"
