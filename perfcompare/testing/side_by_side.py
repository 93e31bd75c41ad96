# SPDX-License-Identifier: Apache-2.0
"""Several finished judgements side by side, with made-up numbers."""

from dataclasses import replace

from perfcompare.analysis.side_by_side import side_by_side
from perfcompare.model.comparison import Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Judgement
from perfcompare.model.side_by_side import Column, SideBySide
from perfcompare.model.workload import Workload
from perfcompare.testing.comparisons import comparison_of
from perfcompare.testing.judgements import parity_run, regression_run

DAY_SECONDS = 86_400.0


def side_by_side_of(*judgements: Judgement) -> SideBySide:
    """Lay *judgements* side by side, as runs/a, runs/b, …, of the same workloads."""
    return side_by_side(
        [
            Column(
                label=chr(ord("A") + at),
                path=f"runs/{chr(ord('a') + at)}",
                judgement=judgement,
                workloads=(workload_of(),),
            )
            for at, judgement in enumerate(judgements)
        ]
    )


def workload_of(*, concurrency: int = 4, definition: str = "{}") -> Workload:
    """Return a workload as a plan resolves it."""
    return Workload(
        name="list_shares",
        title="list_shares",
        scenario="ManilaShares.list_shares",
        times=100,
        concurrency=concurrency,
        warm_up=4,
        blocks=10,
        definition=definition,
    )


def a_week_of_runs() -> SideBySide:
    """Return a run, its rerun, and one a week later on a host with a newer kernel.

    All show the same regression; what was undecided regressed in the last.
    """
    first = regression_run()
    undecided = next(
        row
        for row in first.comparisons
        if row.primary and row.verdict is Verdict.INCONCLUSIVE
    )
    worse = comparison_of(undecided.key, 0.412, 0.640, Verdict.REGRESSION)
    return side_by_side_of(
        first,
        _later(first, days=1),
        replace(
            _later(first, days=7, kernel="Linux 6.12.0"),
            comparisons=tuple(
                worse if row == undecided else row for row in first.comparisons
            ),
        ),
    )


def of_two_projects() -> SideBySide:
    """Return runs of two services, which share no metric."""
    first = parity_run()
    rows = tuple(
        replace(row, key=replace(row.key, workload="list_images", service=""))
        for row in first.comparisons
        if row.key.workload == "list_shares"
    )
    facts = replace(first.facts, title="Glance", project="glance")
    second = replace(first, facts=facts, comparisons=rows)
    return side_by_side_of(first, second)


def undecided_twice() -> SideBySide:
    """Return runs that show nothing, of which no metric counts in the second."""
    first = parity_run()
    rows = tuple(replace(row, primary=False) for row in first.comparisons)
    second = replace(first, comparisons=rows, exit_status=ExitStatus.INCONCLUSIVE)
    return side_by_side_of(first, second)


def _later(run: Judgement, *, days: int, kernel: str = "") -> Judgement:
    facts = run.facts
    host = tuple(
        (label, kernel if kernel and label == "kernel" else value)
        for label, value in facts.host
    )
    began = (facts.started_at or 0.0) + days * DAY_SECONDS
    return replace(run, facts=replace(facts, started_at=began, host=host))
