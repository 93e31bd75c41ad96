# SPDX-License-Identifier: Apache-2.0
"""The testbed: perfcompare's own small service, whose costs are known."""

from pathlib import Path

from perfcompare.model.project import ApiClient, Project, Release, Service
from perfcompare.model.variant import Backend, Packages
from perfcompare.projects.answers import rows, text
from perfcompare.projects.packages import PYTHON

_SOURCE = Path(__file__).parents[1] / "testing" / "testbed"
_ITEMS = tuple(f"item-{number:02d}" for number in range(5))
_PACKAGES = Packages(
    requirements=(str(_SOURCE), "eventlet==0.41.0"),
    uploaded_before=None,
    uploaded_before_each={},
    python=PYTHON,
)
_ENVIRONMENTS = {backend: {"TESTBED_BACKEND": backend.value} for backend in Backend}
_SERVICE = Service(
    name="testbed",
    argv=(
        "{venv}/bin/perfcompare-testbed",
        *("serve", "--database", "{database_url}", "--port", "{port}"),
    ),
    wsgi="",
    pyargv="",
    backend=None,
)


def _prepare(_: ApiClient) -> None:
    """Prepare nothing: items need no types."""


def _create(api: ApiClient) -> tuple[str, ...]:
    return tuple(
        text(api.send("POST", "/items", {"name": name}), "id") for name in _ITEMS
    )


def _verify(api: ApiClient, resources: tuple[str, ...]) -> str:
    there = {text(item, "id") for item in rows({"items": api.get("/items")}, "items")}
    missing = [resource for resource in resources if resource not in there]
    return f"items {', '.join(missing)} are gone" if missing else ""


TESTBED = Project(
    name="testbed",
    title="Testbed",
    releases=tuple(
        Release(
            name=name,
            packages=_PACKAGES,
            environments=_ENVIRONMENTS,
            default_backend=default,
        )
        for name, default in (("1.0", Backend.EVENTLET), ("2.0", Backend.THREADING))
    ),
    services=dict.fromkeys(Backend, (_SERVICE,)),
    service_types=(),
    endpoint_path="",
    servers=frozenset(),
    config={},
    copied_files=(),
    directories=(),
    migrate=(
        (
            "{venv}/bin/perfcompare-testbed",
            *("migrate", "--database", "{database_url}", "--release", "{release}"),
        ),
    ),
    health_path="/health",
    ready=lambda _api, _started_at: "",
    prepare=_prepare,
    create=_create,
    verify=_verify,
    task_environment={"PERFCOMPARE_ENDPOINT": "{endpoint}"},
    extras=(),
    imports=(),
)
