# SPDX-License-Identifier: Apache-2.0
"""What ``perfcompare doctor`` asks of a host on which DevStack runs a project."""

from collections.abc import Iterator, Mapping

from perfcompare.cli.checks import Finding, State, finding
from perfcompare.deployment.devstack.access import Access
from perfcompare.deployment.devstack.root import Root
from perfcompare.deployment.devstack.systemd import Systemd
from perfcompare.model.errors import ExperimentError, PlanError
from perfcompare.model.project import Cloud, Project


def cloud_findings(
    project: Project, cloud: Cloud, environment: Mapping[str, str], root: Root
) -> Iterator[Finding]:
    """Ask for root, for the units, and for the way into the cloud."""
    yield privileges(root)
    yield units(cloud, Systemd(root))
    yield way_in(project, cloud, environment)


def privileges(root: Root) -> Finding:
    """May we become root without a password?"""
    what = "root"
    try:
        root.run("true")
    except ExperimentError as error:
        remedy = "be root, or DevStack's user, whose sudo asks for no password"
        return finding(what, str(error), (State.MISSING, remedy))
    return finding(what, " ".join(root.prefix) or "this is root")


def units(cloud: Cloud, systemd: Systemd) -> Finding:
    """Are the units of the project there?"""
    what = "units"
    remedy = "run this where DevStack has deployed the project"
    try:
        found = {name: systemd.show(unit) for name, unit in cloud.units.items()}
    except ExperimentError as error:
        return finding(what, str(error), (State.MISSING, remedy))
    absent = [unit.name for unit in found.values() if not unit.loaded]
    if len(absent) == len(found):
        return finding(what, f"none of {', '.join(absent)}", (State.MISSING, remedy))
    if absent:
        remedy = "what has no unit is not watched"
        return finding(what, f"no {', '.join(absent)}", (State.WARNING, remedy))
    return finding(what, ", ".join(unit.name for unit in found.values()))


def way_in(project: Project, cloud: Cloud, environment: Mapping[str, str]) -> Finding:
    """Does keystone let us in, and does it know the project?"""
    what = "openrc"
    try:
        Access.from_environment(environment).enter(project, cloud)
    except (PlanError, ExperimentError) as error:
        remedy = "source openrc admin admin, in DevStack's directory"
        return finding(what, str(error), (State.MISSING, remedy))
    return finding(what, f"keystone knows where {cloud.service_type} is")
