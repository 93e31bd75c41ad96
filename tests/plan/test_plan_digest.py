# SPDX-License-Identifier: Apache-2.0
"""The digest: equal when the same is measured, different when it is not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from perfcompare.model.plan import Plan
from perfcompare.model.project import Project
from perfcompare.plan.digest import digest_of

Load = Callable[..., Plan]

PLAN = """\
project: things
base: {release: "1.0", backend: eventlet}
target: {release: "2.0", backend: threading}
task: task.yaml
"""
TASK = """\
version: 2
title: Things
subtasks:
  - {title: a, scenario: {A.b: {x: 1, y: 2}}, runner: {serial: {times: 5}}}
"""


def test_reading_the_same_plan_twice_gives_the_same_digest(load: Load) -> None:
    first = load(PLAN).digest

    assert load(PLAN).digest == first
    assert len(first) == 64


@pytest.mark.parametrize(
    "more",
    [
        "title: other",
        "thresholds: {p50: {ratio: 0.5}}",
        "rounds: 10",
        "rounds: {min: 4, max: 10}",
        "void_marked_rounds: true",
        "# comment",
        "idle_seconds: 3",
        "ready_timeout_seconds: 500",
    ],
)
def test_words_judging_and_rounds_leave_the_digest_alone(more: str, load: Load) -> None:
    assert load(f"{PLAN}{more}\n").digest == load(PLAN).digest


@pytest.mark.parametrize(
    "more",
    [
        "idle_seconds: 4",
        "interleave: false",
        "attribution: true",
        "sham: true",
        "blocks: 1",
        "warm_up_iterations: 0",
        "interval_seconds: 1",
        "environment: {A: 1}",
        "config: {things.conf: {DEFAULT: {a: 1}}}",
        "uwsgi: {threads: 2}",
    ],
)
def test_what_is_measured_decides_the_digest(more: str, load: Load) -> None:
    assert load(f"{PLAN}{more}\n").digest != load(PLAN).digest


def test_order_and_layout_of_a_task_leave_the_digest_alone(load: Load) -> None:
    other = TASK.replace("{x: 1, y: 2}", "{y: 2,    x: 1}")

    assert load(PLAN, task=other).digest == load(PLAN, task=TASK).digest


@pytest.mark.parametrize(
    ("old", "new"), [("x: 1", "x: 2"), ("times: 5", "times: 6"), ("A.b", "A.c")]
)
def test_load_decides_the_digest(old: str, new: str, load: Load) -> None:
    assert load(PLAN, task=TASK.replace(old, new)).digest != load(PLAN).digest


def test_a_changed_checkout_changes_the_digest(load: Load, tmp_path: Path) -> None:
    checkout = tmp_path / "things"
    checkout.mkdir()
    (checkout / "setup.py").write_text("x = 1\n")
    plan = PLAN.replace("threading}", "threading, source: things}")
    before = load(plan).digest

    (checkout / "setup.py").write_text("x = 2\n")

    assert load(plan).digest != before


def test_the_data_of_a_project_decides_the_digest(
    load: Load, projects: Mapping[str, Project]
) -> None:
    plan, project = load(PLAN), projects["things"]
    other = replace(project, migrate=(("things-manage", "sync"),))

    assert digest_of(plan, other, ()) != digest_of(plan, project, ()) == plan.digest


def test_what_cannot_be_written_down_is_refused(
    load: Load, projects: Mapping[str, Project]
) -> None:
    strange = replace(load(PLAN), thresholds=(), workloads=(object(),))  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="a plan holds no object"):
        digest_of(strange, projects["things"], ())
