# SPDX-License-Identifier: Apache-2.0
"""Glance: the image service, on SQLite and a directory, without keystone.

2026.1 still has the standalone eventlet server ``glance-api``; its WSGI application,
which 2026.2 alone is left with, has always run on native threads.
"""

from datetime import date

from perfcompare.model.project import ApiClient, Cloud, Project, Release, Service
from perfcompare.model.variant import Backend, Packages
from perfcompare.projects.answers import rows, text
from perfcompare.projects.packages import PYTHON, UWSGI

_IMAGES = 20
_IMAGE_BYTES = 16 * 1024

_RELEASES = (
    Release(
        name="2026.1",
        packages=Packages(
            requirements=("glance==32.0.0", UWSGI),
            # Later releases of oslo.policy have no enforce_scope any more.
            uploaded_before=date(2026, 4, 15),
            uploaded_before_each={},
            python=PYTHON,
        ),
        environments={Backend.EVENTLET: {}, Backend.THREADING: {}},
        default_backend=Backend.EVENTLET,
    ),
    Release(
        name="2026.2",
        packages=Packages(
            requirements=("glance==33.0.0", UWSGI),
            uploaded_before=date(2026, 10, 22),
            uploaded_before_each={},
            python=PYTHON,
        ),
        environments={Backend.THREADING: {}},
        default_backend=Backend.THREADING,
    ),
)

_SERVICES = {
    Backend.EVENTLET: (
        Service(
            name="glance-api",
            argv=(
                "{venv}/bin/glance-api",
                *("--config-file", "{etc}/glance-api.conf"),
            ),
            wsgi="",
            pyargv="",
            backend=None,
        ),
    ),
    Backend.THREADING: (
        Service(
            name="glance-api",
            argv=(),
            wsgi="glance.wsgi.api",
            pyargv="",
            backend=Backend.THREADING,
        ),
    ),
}

# The database remembers where an image lies.  Relative to the working directory,
# which is the state directory, it still lies there when that has been copied.
_STORE = "images"

_CONFIG = {
    "glance-api.conf": {
        "DEFAULT": {
            "bind_host": "{host}",
            "bind_port": "{port}",
            "workers": "1",
            "use_stderr": "true",
            "debug": "false",
            "enabled_backends": "fast:file",
            "enabled_import_methods": "[glance-direct]",
            "node_staging_uri": "file://{state}/staging",
            "worker_self_reference_url": "http://{host}:{port}",
            "transport_url": "fake://",
        },
        "glance_store": {"default_backend": "fast"},
        "fast": {"filesystem_store_datadir": _STORE},
        "os_glance_staging_store": {"filesystem_store_datadir": "{state}/staging"},
        "os_glance_tasks_store": {"filesystem_store_datadir": "{state}/tasks"},
        "database": {"connection": "{database_url}"},
        "paste_deploy": {"config_file": "{etc}/glance-api-paste.ini"},
        "oslo_messaging_notifications": {"driver": "noop"},
        "oslo_policy": {"enforce_scope": "false", "enforce_new_defaults": "false"},
    },
}


def _prepare(_: ApiClient) -> None:
    """Prepare nothing: images need no types."""


def _create(api: ApiClient) -> tuple[str, ...]:
    created = []
    for number in range(_IMAGES):
        name = f"perfcompare-{number:02d}"
        image = text(
            api.send(
                "POST",
                "/v2/images",
                {"name": name, "disk_format": "raw", "container_format": "bare"},
            ),
            "id",
        )
        api.send("PUT", f"/v2/images/{image}/file", _content(name))
        created.append(image)
    return tuple(created)


def _verify(api: ApiClient, resources: tuple[str, ...]) -> str:
    images = {
        text(image, "id"): image
        for image in rows(api.get("/v2/images?limit=1000"), "images")
    }
    for resource in resources:
        if resource not in images:
            return f"image {resource} is gone"
        image = images[resource]
        if text(image, "status") != "active":
            return f"image {resource} is {text(image, 'status')}, not active"
        content = _content(text(image, "name")).decode()
        if api.get(f"/v2/images/{resource}/file") != content:
            return f"image {resource} has another content than was uploaded"
    return ""


def _content(name: str) -> bytes:
    line = f"{name}\n".encode()
    return line * (_IMAGE_BYTES // len(line))


GLANCE = Project(
    name="glance",
    title="Glance",
    releases=_RELEASES,
    services=_SERVICES,
    service_types=(),
    endpoint_path="",
    servers=frozenset(),
    config=_CONFIG,
    copied_files=("etc/glance/glance-api-paste.ini",),
    directories=(_STORE, "staging", "tasks"),
    migrate=(
        (
            "{venv}/bin/glance-manage",
            *("--config-file", "{etc}/glance-api.conf", "db", "sync"),
        ),
    ),
    health_path="/healthcheck",
    ready=lambda _api, _started_at: "",
    prepare=_prepare,
    create=_create,
    verify=_verify,
    task_environment={"PERFCOMPARE_ENDPOINT": "{endpoint}"},
    extras=(),
    imports=(),
    environment={"OS_GLANCE_CONFIG_DIR": "{etc}"},
    # One process, as the eventlet server has one worker; what differs is the threads.
    uwsgi={"processes": "1", "threads": "8"},
    # DevStack has served Glance by uWSGI alone for years, so there is no other backend.
    cloud=Cloud(
        units={"glance-api": "devstack@g-api"},
        service_type="image",
        config_files=("/etc/glance/glance-api.conf",),
        imports=("rally_openstack", "glanceclient"),
    ),
)
