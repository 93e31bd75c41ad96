# SPDX-License-Identifier: Apache-2.0
"""Workloads → the task that Rally is given, with our runner in place of theirs."""

import json
from collections.abc import Sequence

from perfcompare.model.workload import Workload


def task(workloads: Sequence[Workload], *, title: str) -> dict[str, object]:
    """Return a task (version 2) with one subtask a workload, in order."""
    subtasks = [_subtask(workload) for workload in workloads]
    return {"version": 2, "title": title, "subtasks": subtasks}


def _subtask(workload: Workload) -> dict[str, object]:
    """Keep what is loaded, replace how: runner and SLA.

    perfcompare judges, not Rally: this SLA holds whatever happens.
    """
    definition: dict[str, object] = json.loads(workload.definition)
    return {
        **definition,
        "title": workload.name,
        "runner": {"perfcompare_blocks": _runner(workload, definition)},
        "sla": {"failure_rate": {"max": 100}},
    }


def _runner(workload: Workload, definition: dict[str, object]) -> dict[str, object]:
    runner: dict[str, object] = {
        "workload": workload.name,
        "times": workload.warm_up + workload.times,
        "concurrency": workload.concurrency,
    }
    match definition.get("runner"):
        case {"constant": {"timeout": timeout}}:
            runner["timeout"] = timeout
        case _:
            pass
    return runner
