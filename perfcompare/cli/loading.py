# SPDX-License-Identifier: Apache-2.0
"""A plan's file to a Plan that can be carried out, or all that is wrong with it."""

from pathlib import Path
from typing import TYPE_CHECKING

from perfcompare.model.errors import PlanError, Problem
from perfcompare.model.plan import Plan

if TYPE_CHECKING:
    from perfcompare.plan.loader import Overrides


def load_checked(path: Path, *, overrides: "Overrides") -> Plan:
    """Load the plan in *path*, and ask Rally whether it takes the task.

    Raises:
        PlanError: With every problem of the plan, or everything Rally says.
    """
    from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
    from perfcompare.plan.loader import load_plan
    from perfcompare.projects import PROJECTS
    from perfcompare.workload.check import check_task
    from perfcompare.workload.generator import missing_imports

    plan = load_plan(
        path, projects=PROJECTS, defaults=DEFAULT_THRESHOLDS, overrides=overrides
    )
    project = PROJECTS[plan.project]
    if missing := missing_imports(project.imports):
        extras = ",".join(project.extras)
        message = (
            f"its tasks need {', '.join(missing)}, which is not installed;"
            f" pip install 'perfcompare[{extras}]'"
        )
        raise _refused(plan.path, [message])
    if problems := check_task(plan.workloads):
        raise _refused(plan.path, [f"Rally: {problem}" for problem in problems])
    return plan


def _refused(path: str, messages: list[str]) -> PlanError:
    return PlanError(
        tuple(Problem(path=path, line=None, message=each) for each in messages)
    )
