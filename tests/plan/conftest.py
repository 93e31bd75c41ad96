# SPDX-License-Identifier: Apache-2.0
"""A project, its thresholds, and a folder in which a test writes its plan and task."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from perfcompare.model.errors import PlanError
from perfcompare.model.metric import Threshold
from perfcompare.model.plan import Plan
from perfcompare.model.project import Project, Release, Server, Service
from perfcompare.model.variant import Backend, Packages
from perfcompare.plan.loader import Overrides, load_plan

TASK = """\
version: 2
title: Things
subtasks:
  - title: list things
    scenario: {Things.list: {limit: 5}}
    runner: {constant: {times: 40, concurrency: 4}}
"""


def _release(name: str, *backends: Backend, requirement: str = "") -> Release:
    return Release(
        name=name,
        packages=Packages(
            requirements=(requirement or f"Things=={name}", "oslo.messaging==17.3.0"),
            uploaded_before=date(2026, 4, 20),
            uploaded_before_each=MappingProxyType({"things": date(2026, 5, 1)}),
            python="3.11",
        ),
        environments={backend: {} for backend in backends},
        default_backend=backends[-1],
    )


def _service(name: str, wsgi: str = "") -> Service:
    return Service(name=name, argv=(), wsgi=wsgi, pyargv="", backend=None)


def _project(name: str, *releases: Release) -> Project:
    return Project(
        name=name,
        title=name.title(),
        releases=releases,
        services={
            Backend.EVENTLET: (_service("things-api"), _service("things-worker")),
            Backend.THREADING: (
                _service("things-api", "things.wsgi"),
                _service("things-worker"),
            ),
        },
        service_types=(),
        endpoint_path="",
        servers=frozenset({Server.RABBITMQ}),
        config={"things.conf": {"DEFAULT": {"workers": "1"}}},
        copied_files=(),
        directories=(),
        migrate=(),
        health_path="/",
        ready=lambda _api, _started_at: "",
        prepare=lambda _api: None,
        create=lambda _api: (),
        verify=lambda _api, _resources: "",
        task_environment={},
        extras=(),
        imports=(),
    )


@pytest.fixture
def projects() -> Mapping[str, Project]:
    """Offer things (3.0 has no eventlet any more) and local, installed from a path."""
    both = (Backend.EVENTLET, Backend.THREADING)
    return {
        "things": _project(
            "things",
            _release("1.0", Backend.THREADING, Backend.EVENTLET),
            _release("2.0", *both),
            _release("3.0", Backend.THREADING),
        ),
        "local": _project(
            "local",
            _release("1.0", *both, requirement="/srv/local"),
            _release("2.0", *both, requirement="/srv/local"),
        ),
    }


def _threshold(metric: str, ratio: float | None, floor: float) -> Threshold:
    return Threshold(metric=metric, ratio=ratio, floor=floor, primary=False)


@pytest.fixture
def defaults() -> tuple[Threshold, ...]:
    """Know five metrics, and anybody's own."""
    return (
        _threshold("*", 0.10, 0.0),
        _threshold("p50", 0.10, 0.002),
        _threshold("p90", 0.15, 0.005),
        _threshold("error_rate", None, 0.01),
        _threshold("pss_peak", 0.10, 10.0),
        _threshold("threads_*", 0.25, 4.0),
    )


@pytest.fixture
def load(
    tmp_path: Path, projects: Mapping[str, Project], defaults: tuple[Threshold, ...]
) -> Callable[..., Plan]:
    """Write a plan, and the task beside it, and load it."""

    def load(plan: str, *, task: str | None = TASK, **overrides: Any) -> Plan:
        path = tmp_path / "plan.yaml"
        path.write_text(plan)
        if task is not None:
            (tmp_path / "task.yaml").write_text(task)
        said = {"rounds": None, "quick": False, "thresholds": ()} | overrides
        return load_plan(
            path, projects=projects, defaults=defaults, overrides=Overrides(**said)
        )

    return load


@pytest.fixture
def problems(load: Callable[..., Plan], tmp_path: Path) -> Callable[..., list[str]]:
    """Load what cannot be loaded; return its problems without the folder's name."""

    def problems(plan: str, **arguments: Any) -> list[str]:
        with pytest.raises(PlanError) as caught:
            load(plan, **arguments)
        found = [str(problem) for problem in caught.value.problems]
        return [text.replace(f"{tmp_path}/", "") for text in found]

    return problems
