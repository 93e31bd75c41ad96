# SPDX-License-Identifier: Apache-2.0
"""A plan's file to a Plan that can be carried out, or all that is wrong with it."""

from pathlib import Path
from typing import TYPE_CHECKING

from perfcompare.model.errors import PlanError, Problem
from perfcompare.model.plan import DeploymentKind, Plan

if TYPE_CHECKING:
    from perfcompare.plan.loader import Overrides

_WRONG_VERB = {
    DeploymentKind.LOCAL: "deployment is local: perfcompare deploys it itself; use"
    " perfcompare run",
    DeploymentKind.DEVSTACK: "deployment is devstack: somebody else deploys it; use"
    " perfcompare measure, before and after the upgrade",
}


def load_checked(
    path: Path, *, overrides: "Overrides", wanted: "DeploymentKind | None" = None
) -> Plan:
    """Load the plan in *path*, and ask Rally whether it takes the task.

    Args:
        path: As the user gave it.
        overrides: Of the command line.
        wanted: The only kind of deployment that will do; None takes any.

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
    if wanted not in (None, plan.deployment):
        raise _refused(plan.path, [_WRONG_VERB[plan.deployment]])
    project = PROJECTS[plan.project]
    imports, extras = project.imports, ",".join(project.extras)
    if plan.deployment is DeploymentKind.DEVSTACK and project.cloud:
        imports, extras = project.cloud.imports, "openstack"
    if missing := missing_imports(imports):
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
