# SPDX-License-Identifier: Apache-2.0
"""The plans and tasks that we ship."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.variant import Backend, Variant
from perfcompare.plan.loader import Overrides, load_plan
from perfcompare.plan.templates import render
from perfcompare.projects import PROJECTS
from perfcompare.workload.check import check_task

SCENARIOS = Path(__file__).parents[2] / "scenarios"
PLANS = sorted(SCENARIOS.glob("*/*.yaml"))
TASKS = sorted(SCENARIOS.glob("*/tasks/*.yaml"))
TRUTHS = sorted((SCENARIOS / "testbed").glob("*.yaml"))


def name(path: Path) -> str:
    return str(path.relative_to(SCENARIOS))


def load(path: Path) -> Plan:
    none = Overrides(rounds=None, quick=False, thresholds=())
    return load_plan(
        path, projects=PROJECTS, defaults=DEFAULT_THRESHOLDS, overrides=none
    )


def truth(variant: Variant) -> dict[str, str]:
    return dict(variant.environment)


@pytest.mark.parametrize("path", PLANS, ids=name)
def test_every_plan_loads_for_the_project_whose_folder_it_is_in(path: Path) -> None:
    plan = load(path)

    assert plan.project == path.parent.name
    # Fewer than four rounds decide nothing.
    assert plan.rounds >= 4


@pytest.mark.parametrize("path", PLANS, ids=name)
def test_every_workload_has_enough_iterations_for_its_median(path: Path) -> None:
    assert all(workload.times >= 16 for workload in load(path).workloads)


@pytest.mark.parametrize("path", PLANS, ids=name)
def test_every_block_has_work_for_all_clients(path: Path) -> None:
    assert all(
        workload.times // workload.blocks >= workload.concurrency
        for workload in load(path).workloads
    )


def test_rally_takes_every_task() -> None:
    plans = (
        *("glance/demo", "manila/eventlet-to-threading", "testbed/nothing"),
        *("glance/grenade", "manila/grenade", "manila/oslo-messaging"),
    )
    loaded = [load(SCENARIOS / f"{plan}.yaml") for plan in plans]

    assert check_task([each for plan in loaded for each in plan.workloads]) == ()


@pytest.mark.parametrize("path", TASKS, ids=name)
def test_every_task_renders_without_arguments_for_plain_rally(path: Path) -> None:
    task: Any = yaml.safe_load(render(path.read_text(), path=path, task_args={}))

    assert task["version"] == 2
    assert all("constant" in subtask["runner"] for subtask in task["subtasks"])


@pytest.mark.parametrize(
    "path", [each for each in PLANS if each not in TRUTHS], ids=name
)
def test_one_client_alone_stands_beside_the_many(path: Path) -> None:
    workloads = load(path).workloads

    alone = {each.title for each in workloads if each.concurrency == 1}
    # Too slow for one client; the plan says why.
    slow = {"create and extend share", "allow and deny access"}
    assert {each.title for each in workloads} - alone <= slow
    assert alone


@pytest.mark.parametrize(
    "path", [each for each in PLANS if each not in TRUTHS], ids=name
)
def test_the_levels_leave_the_names_of_the_task_as_they_were(path: Path) -> None:
    """Thresholds and known changes are about them."""
    workloads = load(path).workloads

    assert {each.title for each in workloads} <= {each.name for each in workloads}


def test_glance_leaves_its_eventlet_server_for_native_threads() -> None:
    plans = map(load, (SCENARIOS / "glance").glob("*.yaml"))
    for plan in (each for each in plans if each.deployment is DeploymentKind.LOCAL):
        base, target, *_ = plan.variants

        assert (base.backend, target.backend) == (Backend.EVENTLET, Backend.THREADING)


def test_glance_writes_with_one_client_on_sqlite() -> None:
    """Two at once end in "database is locked"."""
    workloads = load(SCENARIOS / "glance" / "demo.yaml").workloads

    writers = [each for each in workloads if "create" in each.scenario]
    assert [each.concurrency for each in writers] == [1]


def test_manila_tells_the_release_from_the_backend() -> None:
    plan = load(SCENARIOS / "manila" / "eventlet-to-threading.yaml")

    assert [(each.release, each.backend.value) for each in plan.variants] == [
        ("2026.1", "eventlet"),
        ("2026.2", "threading"),
        ("2026.2", "eventlet"),
        ("2026.1", "eventlet"),
    ]


def test_nothing_but_one_library_differs_in_the_worked_example() -> None:
    base, target, sham = load(SCENARIOS / "manila" / "oslo-messaging.yaml").variants

    pins = set(base.packages.requirements) - set(target.packages.requirements)
    assert pins == {"oslo.messaging==17.3.0"}
    assert replace(base, name=target.name, packages=target.packages) == target
    assert replace(base, name=sham.name) == sham


def test_manila_uses_scenarios_that_rally_openstack_has() -> None:
    plan = load(SCENARIOS / "manila" / "eventlet-to-threading.yaml")

    assert all(each.scenario.startswith("ManilaShares.") for each in plan.workloads)


@pytest.mark.parametrize("path", TRUTHS, ids=name)
def test_the_testbed_differs_in_release_and_injected_truth_alone(path: Path) -> None:
    base, target, *_ = load(path).variants

    assert (base.release, target.release) == ("1.0", "2.0")
    assert base.backend == target.backend
    assert replace(base, environment={}) == replace(
        target, name=base.name, release="1.0", environment={}
    )
    assert len(truth(target).items() ^ truth(base).items()) <= 2


@pytest.mark.parametrize(
    ("plan", "injected"),
    [
        ("nothing", {}),
        ("latency", {"TESTBED_LATENCY_SECONDS": "0.048"}),
        ("ten-percent", {"TESTBED_LATENCY_SECONDS": "0.044"}),
        ("three-percent", {"TESTBED_LATENCY_SECONDS": "0.0412"}),
        ("memory", {"TESTBED_MEMORY_BYTES": str(30 * 2**20)}),
        (
            "tail",
            {"TESTBED_TAIL_SECONDS": "0.060", "TESTBED_TAIL_RATIO": "0.15"},
        ),
        ("threads", {"TESTBED_THREADS": "20"}),
        ("errors", {"TESTBED_ERROR_RATIO": "0.05"}),
        ("spread-out", {"TESTBED_QUEUE": "unfair"}),
        ("slower-service", {"TESTBED_LATENCY_SECONDS": "0.0276"}),
        (
            "tail-of-five-percent",
            {"TESTBED_TAIL_SECONDS": "0.020", "TESTBED_TAIL_RATIO": "0.05"},
        ),
        ("half-the-workers", {"TESTBED_WORKERS": "2"}),
        ("closed-connections", {"TESTBED_CLOSE": "1"}),
        ("cpu-nothing", {}),
        ("cpu-ten-percent", {"TESTBED_CPU_SECONDS": "0.0056"}),
        ("cpu-twenty-percent", {"TESTBED_CPU_SECONDS": "0.0062"}),
    ],
)
def test_the_testbed_injects_what_its_plan_is_named_after(
    plan: str, injected: dict[str, str]
) -> None:
    base, target, *_ = load(SCENARIOS / "testbed" / f"{plan}.yaml").variants

    assert truth(target) == truth(base) | injected


def test_a_queue_that_became_fair_is_the_other_way_round() -> None:
    base, target, *_ = load(SCENARIOS / "testbed" / "evened-out.yaml").variants
    fair, unfair, *_ = load(SCENARIOS / "testbed" / "spread-out.yaml").variants

    assert (truth(base), truth(target)) == (truth(unfair), truth(fair))


@pytest.mark.parametrize("percent", ["ten-percent", "twenty-percent"])
def test_truths_beside_neighbours_are_measured_alike(percent: str) -> None:
    plan, nothing = (
        load(SCENARIOS / "testbed" / f"cpu-{each}.yaml")
        for each in (percent, "nothing")
    )

    assert plan.workloads == nothing.workloads
    assert plan.thresholds == nothing.thresholds
    assert [each.concurrency for each in plan.workloads] == [1, 4]


def test_every_truth_of_the_testbed_is_tested() -> None:
    assert {path.stem for path in TRUTHS} == {
        *("nothing", "latency", "memory", "tail", "threads", "errors"),
        *("ten-percent", "three-percent", "evened-out", "spread-out"),
        *("slower-service", "tail-of-five-percent", "half-the-workers"),
        *("closed-connections", "cpu-nothing", "cpu-ten-percent"),
        "cpu-twenty-percent",
    }
