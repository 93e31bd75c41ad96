# SPDX-License-Identifier: Apache-2.0
"""Plans of a cloud that somebody else deploys."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.project import Cloud, Project
from perfcompare.model.variant import Backend

Load = Callable[..., Plan]
Problems = Callable[..., list[str]]

PLAN = """\
project: things
base: {release: "1.0", backend: eventlet}
target: {release: "master", backend: threading}
task: task.yaml
deployment: devstack
"""


@pytest.fixture
def projects(projects: Mapping[str, Project]) -> Mapping[str, Project]:
    """Let DevStack have things; master is what comes after 2.0."""
    things = projects["things"]
    cloud = Cloud(
        units={"things-api": "devstack@t-api"},
        service_type="thing",
        config_files=("/etc/things/things.conf",),
        imports=(),
    )
    two = replace(things, releases=things.releases[:2], cloud=cloud)
    modern = replace(things, name="modern", cloud=cloud)
    return {**projects, "things": two, "modern": modern}


def test_releases_are_branches_and_nothing_is_installed(load: Load) -> None:
    plan = load(PLAN)

    assert plan.deployment is DeploymentKind.DEVSTACK
    assert [(v.name.value, v.release, v.backend) for v in plan.variants] == [
        ("base", "1.0", Backend.EVENTLET),
        ("target", "master", Backend.THREADING),
    ]
    assert all(v.packages.requirements == () for v in plan.variants)
    assert plan.title == "Things 1.0 on eventlet → master on threading"


def test_one_cloud_is_one_variant_at_a_time(load: Load) -> None:
    plan = load(PLAN)

    assert not plan.interleave
    assert [workload.blocks for workload in plan.workloads] == [1]


def test_a_range_of_rounds_is_refused_where_phases_come_one_by_one(
    problems: Problems,
) -> None:
    (found,) = problems(f"{PLAN}rounds: {{min: 4, max: 10}}\n")

    assert found == (
        "plan.yaml:6: a range of rounds has no meaning with deployment: devstack, where"
        " every round of base is over before target is there; write one number"
    )


def test_the_crossover_is_the_new_branch_on_the_old_backend(load: Load) -> None:
    plan = load(
        f"{PLAN}attribution: true\nenvironment: {{A: 1}}\n"
        "crossover: {environment: {B: 2}}\n"
    )

    crossover = plan.variants[-1]
    assert (crossover.release, crossover.backend) == ("master", Backend.EVENTLET)
    assert crossover.environment == {"A": "1", "B": "2"}


def test_without_a_backend_a_branch_has_that_of_its_release(load: Load) -> None:
    plan = load(PLAN.replace(", backend: threading", ""))

    assert plan.variants[1].backend is Backend.THREADING


def test_the_same_branch_on_two_backends_is_a_comparison_too(load: Load) -> None:
    plan = load(PLAN.replace('"1.0"', '"master"'))

    assert {each.release for each in plan.variants} == {"master"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("blocks: 3", "blocks has no meaning with deployment: devstack"),
        ("sham: true", "sham has no meaning with deployment: devstack"),
        ("interleave: true", "interleave has no meaning with deployment: devstack"),
        ("config: {things.conf: {a: {b: c}}}", "config has no meaning with"),
        ("uwsgi: {processes: 2}", "uwsgi has no meaning with"),
    ],
)
def test_what_only_a_deployment_of_ours_can_do_is_refused(
    line: str, message: str, problems: Problems
) -> None:
    (found,) = problems(PLAN + line)

    assert found.startswith(f"plan.yaml:6: {message}")


@pytest.mark.parametrize(
    "key",
    [
        "packages: [a==1]",
        "source: ../things",
        "uploaded_before: 2026-01-01",
        "python: '3.12'",
    ],
)
def test_what_devstack_installs_is_not_the_plans_to_say(
    key: str, problems: Problems
) -> None:
    (found,) = problems(PLAN.replace('"master",', f'"master", {key},'))

    assert found.startswith(f"plan.yaml:3: {key.partition(':')[0]} has no meaning")


def test_a_deployment_that_does_not_exist_is_named(problems: Problems) -> None:
    (found,) = problems(PLAN.replace("devstack", "devstak"))

    assert "unknown deployment 'devstak'; did you mean 'devstack'?" in found


def test_a_project_that_nobody_has_in_devstack_is_refused(
    problems: Problems, projects: Mapping[str, Project]
) -> None:
    assert projects["local"].cloud is None
    found = problems(PLAN.replace("things", "local"))

    assert "nobody has told where a DevStack has local" in "\n".join(found)


def test_a_backend_that_a_branch_has_not_is_refused(problems: Problems) -> None:
    found = problems(PLAN.replace("backend: threading", "backend: asyncio"))

    assert found == [
        "plan.yaml:3: no asyncio in things master; there is eventlet, threading"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"1.0"', '"master"', "attribution needs variants that differ"),
        ("backend: threading", "backend: eventlet", "attribution needs variants that"),
    ],
)
def test_attribution_needs_both_to_differ(
    old: str, new: str, message: str, problems: Problems
) -> None:
    (found,) = problems(f"{PLAN.replace(old, new)}attribution: true\n")

    assert message in found


def test_attribution_needs_a_branch_that_still_has_the_old_backend(
    problems: Problems,
) -> None:
    modern = PLAN.replace("things", "modern")

    (found,) = problems(f"{modern}attribution: true\n")

    assert "crossover would be master on eventlet, which it has not" in found


def test_a_cloud_of_an_unknown_project_is_one_problem(problems: Problems) -> None:
    (found,) = problems(PLAN.replace("project: things", "project: thinks"))

    assert "unknown project 'thinks'; did you mean 'things'?" in found


def test_a_release_that_cannot_be_read_is_one_problem(problems: Problems) -> None:
    (found,) = problems(PLAN.replace('"master"', "2026.10"))

    assert found.startswith("plan.yaml:3: target.release is 2026.1")


def test_equal_sides_leave_nothing_to_compare(problems: Problems) -> None:
    same = PLAN.replace('"1.0", backend: eventlet', '"master", backend: threading')

    (found,) = problems(same)

    assert "base and target are equal" in found
