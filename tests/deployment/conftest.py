# SPDX-License-Identifier: Apache-2.0
"""Projects, variants and plans small enough to read, for tests of deployments."""

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perfcompare.clock import SystemClock
from perfcompare.deployment.local.deployment import LocalDeployment
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.project import Project, Release, Service
from perfcompare.model.variant import Backend, Packages, Variant, VariantName


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait for what another process does."""

    def wait(condition: Callable[[], bool]) -> None:
        clock = SystemClock()
        deadline = clock.monotonic() + 10
        while not condition():
            assert clock.monotonic() < deadline
            clock.sleep(0.01)

    return wait


@pytest.fixture
def variant() -> Callable[..., Variant]:
    """Make a variant: ``variant("base", backend="eventlet", environment={})``."""

    def make(name: str = "base", **changes: Any) -> Variant:
        packages = Packages(
            requirements=("svc==1.0",),
            uploaded_before=None,
            uploaded_before_each={},
            python=sys.executable,
        )
        made = Variant(
            name=VariantName(name),
            release="1.0",
            backend=Backend.THREADING,
            packages=packages,
            environment={},
            config={},
            uwsgi={},
        )
        return dataclasses.replace(made, **changes)

    return make


@pytest.fixture
def service() -> Callable[..., Service]:
    """Make a service that runs this interpreter: ``service("svc", "import …")``."""

    def make(name: str, program: str = "", **changes: Any) -> Service:
        made = Service(
            name=name,
            argv=(sys.executable, "-u", "-c", program),
            wsgi="",
            pyargv="",
            backend=None,
        )
        return dataclasses.replace(made, **changes)

    return make


@pytest.fixture
def project() -> Callable[..., Project]:
    """Make a project of the given services, without servers and configuration."""

    def make(*services: Service, **changes: Any) -> Project:
        release = Release(
            name="1.0",
            packages=Packages(
                requirements=("svc==1.0",),
                uploaded_before=None,
                uploaded_before_each={},
                python=sys.executable,
            ),
            environments={backend: {"BACKEND": backend.value} for backend in Backend},
            default_backend=Backend.EVENTLET,
        )
        made = Project(
            name="svc",
            title="Service",
            releases=(release,),
            services=dict.fromkeys(Backend, services),
            service_types=(),
            endpoint_path="",
            servers=frozenset(),
            config={},
            copied_files=(),
            directories=(),
            migrate=(),
            health_path="/health",
            ready=lambda _api, _started_at: "",
            prepare=lambda _api: None,
            create=lambda _api: (),
            verify=lambda _api, _resources: "",
            task_environment={},
            extras=(),
            imports=(),
        )
        return dataclasses.replace(made, **changes)

    return make


@pytest.fixture
def values(tmp_path: Path) -> dict[str, str]:
    """Give every placeholder a value."""
    return {
        "venv": str(tmp_path / "venv"),
        "etc": str(tmp_path / "instance" / "etc"),
        "state": str(tmp_path / "instance" / "state"),
        "log": str(tmp_path / "instance" / "log"),
        "host": "127.0.0.1",
        "port": "1234",
        "endpoint": "http://127.0.0.1:1234",
        "release": "1.0",
        "project": "svc",
        "region": "RegionBase",
        "database_url": "mysql+pymysql://perf:hush@127.0.0.1:3306/svc_base",
        "transport_url": "rabbit://perf:hush@127.0.0.1:5672/svc_base",
        "keystone_url": "http://127.0.0.1:5000/v3",
        "memcached": "127.0.0.1:11211",
        "service_password": "hush",
    }


@pytest.fixture
def deployment(tmp_path: Path) -> Callable[..., LocalDeployment]:
    """Deploy variants of a real project; environments are kept between test runs."""

    def make(
        project: Project, *variants: Variant, stop_grace_seconds: float = 10.0
    ) -> LocalDeployment:
        plan = Plan(
            title="test",
            path="test.yaml",
            project=project.name,
            deployment=DeploymentKind.LOCAL,
            variants=variants,
            workloads=(),
            rounds=1,
            interleave=True,
            idle_seconds=0.0,
            settle_seconds=0.0,
            interval_seconds=0.5,
            ready_timeout_seconds=120.0,
            stop_grace_seconds=stop_grace_seconds,
            looks=(),
            void_marked_rounds=False,
            thresholds=(),
            digest="",
        )
        return LocalDeployment(
            plan,
            project,
            scratch=tmp_path / "s",
            cache=Path(__file__).parents[2] / ".cache" / "tests",
            clock=SystemClock(),
            progress=lambda _: None,
        )

    return make
