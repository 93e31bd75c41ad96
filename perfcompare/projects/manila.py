# SPDX-License-Identifier: Apache-2.0
"""Manila: shared file systems, with its dummy driver and realistic delays.

Both releases run on either backend.  manila-api is a WSGI application that is never
patched; a variable that selects the backend reaches the other services alone.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import partial

from perfcompare.clock import Clock, SystemClock
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import (
    ApiClient,
    Cloud,
    Project,
    Release,
    Server,
    Service,
)
from perfcompare.model.variant import Backend, Packages
from perfcompare.projects.answers import rows, text
from perfcompare.projects.packages import PYTHON, UWSGI

_TOGGLE = "OS_MANILA_DISABLE_EVENTLET_PATCHING"
# "0" means eventlet in both releases: whatever is not 1, true or yes.
_ENVIRONMENTS = {Backend.EVENTLET: {_TOGGLE: "0"}, Backend.THREADING: {_TOGGLE: "1"}}

_DAEMONS = ("manila-scheduler", "manila-data", "manila-share")
_SHARES = 4
_SHARE_TIMEOUT_SECONDS = 120.0
_SHARE_POLL_SECONDS = 0.25
_SHARE_TYPE = {
    "share_type": {
        "name": "default",
        "share_type_access:is_public": True,
        "extra_specs": {
            "driver_handles_share_servers": "False",
            "snapshot_support": "True",
            "create_share_from_snapshot_support": "True",
        },
    }
}

# The services make the availability zone when they start first.  Started at once, one
# makes it while another, in an older view of the database, can neither see it nor make
# it, and ends.  So the scheduler's row is made before, and the zone with it.
_FIRST_SERVICE = """
import sys
from oslo_config import cfg
from manila.common import config
from manila import context, db
cfg.CONF(sys.argv[1:], project="manila")
db.service_create(context.get_admin_context(), dict(
    host=cfg.CONF.host, binary="manila-scheduler", topic="manila-scheduler",
    state="down", report_count=0,
    availability_zone=cfg.CONF.storage_availability_zone))
"""


def _release(
    name: str,
    manila: str,
    *,
    before: date,
    manila_before: date | None,
    default: Backend,
) -> Release:
    return Release(
        name=name,
        packages=Packages(
            requirements=(f"manila=={manila}", "pymysql", "python-memcached", UWSGI),
            uploaded_before=before,
            uploaded_before_each={"manila": manila_before} if manila_before else {},
            python=PYTHON,
        ),
        environments=_ENVIRONMENTS,
        default_backend=default,
    )


_RELEASES = (
    _release(
        "2026.1",
        "22.0.2",
        before=date(2026, 4, 20),
        # A fix release of the stable series, on the libraries of its first day.
        manila_before=date(2026, 11, 20),
        default=Backend.EVENTLET,
    ),
    _release(
        "2026.2",
        "23.0.1",
        before=date(2026, 10, 22),
        manila_before=None,
        default=Backend.THREADING,
    ),
)

_API = Service(
    name="manila-api",
    argv=(),
    wsgi="manila.wsgi.api",
    pyargv="--config-file {etc}/manila.conf",
    backend=Backend.THREADING,
)
_SERVICES = (
    _API,
    *(
        Service(
            name=name,
            argv=("{venv}/bin/" + name, "--config-file", "{etc}/manila.conf"),
            wsgi="",
            pyargv="",
            backend=None,
        )
        for name in _DAEMONS
    ),
)

_CONFIG = {
    "manila.conf": {
        "DEFAULT": {
            "debug": "false",
            # The queues and the shares are the host's: all variants are one host,
            # each in a virtual host of the broker and a database of its own.
            "host": "perfcompare",
            "state_path": "{state}",
            "api_paste_config": "{etc}/api-paste.ini",
            "rootwrap_config": "{etc}/rootwrap.conf",
            "auth_strategy": "keystone",
            "transport_url": "{transport_url}",
            "rpc_response_timeout": "60",
            # A service is up after its first report, by default 10 s after its
            # start; the fuzzy delay would start its periodic tasks up to 60 s late.
            "report_interval": "2",
            "periodic_fuzzy_delay": "0",
            "default_share_type": "default",
            "enabled_share_protocols": "NFS,CIFS",
            "enabled_share_backends": "alpha",
            "scheduler_default_filters": (
                "AvailabilityZoneFilter,CapacityFilter,CapabilitiesFilter,DriverFilter"
            ),
        },
        "quota": {
            "shares": "-1",
            "gigabytes": "-1",
            "snapshots": "-1",
            "snapshot_gigabytes": "-1",
            "share_networks": "-1",
        },
        "database": {
            "connection": "{database_url}",
            "max_pool_size": "20",
            "max_overflow": "30",
        },
        "oslo_concurrency": {"lock_path": "{state}/locks"},
        "oslo_messaging_rabbit": {"heartbeat_in_pthread": "false"},
        "oslo_policy": {"enforce_scope": "true"},
        "coordination": {"backend_url": "file://{state}/coordination"},
        "keystone_authtoken": {
            "www_authenticate_uri": "{keystone_url}",
            "auth_url": "{keystone_url}",
            "auth_type": "password",
            "username": "{project}",
            "password": "{service_password}",
            "project_name": "service",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
            "region_name": "{region}",
            "service_type": "shared-file-system",
            "interface": "public",
            "memcached_servers": "{memcached}",
            "service_token_roles_required": "true",
        },
        "alpha": {
            "share_driver": "manila.tests.share.drivers.dummy.DummyDriver",
            "share_backend_name": "ALPHA",
            "driver_handles_share_servers": "False",
            "dummy_driver_default_driver_method_delay": "0.05",
            "dummy_driver_driver_methods_delays": (
                "create_share:0.2,ensure_share:0,get_pool:0,do_setup:0,"
                "_get_pools_info:0,_update_share_stats:0"
            ),
        },
    },
}


def _ready(api: ApiClient, started_at: float) -> str:
    """Say which service has not reported since *started_at*, or that no pool has."""
    for name in _DAEMONS:
        if missing := _reported(api, started_at, name=name):
            return missing
    if not rows(api.get("/v2/scheduler-stats/pools"), "pools"):
        return "manila-scheduler knows no pool yet"
    return ""


def _reported(api: ApiClient, started_at: float, *, name: str) -> str:
    """Say what the service *name* lacks to be up since *started_at*."""
    for row in rows(api.get("/v2/services"), "services"):
        if text(row, "binary") == name and _fresh(text(row, "updated_at"), started_at):
            state = text(row, "state")
            return "" if state == "up" else f"{name} is {state}"
    return f"{name} has not reported since its start"


def _fresh(updated_at: str, started_at: float) -> bool:
    """Say whether a row of the database was written after the start.

    The database keeps whole seconds, so a row may look a second older than it is; no
    service reports within a second of its start.
    """
    if updated_at == "None":
        return False
    written = datetime.fromisoformat(updated_at).replace(tzinfo=UTC)
    return written.timestamp() >= started_at


def _prepare(api: ApiClient) -> None:
    api.send("POST", "/v2/types", _SHARE_TYPE)


def _share(api: ApiClient, name: str) -> str:
    share = {"share_proto": "NFS", "size": 1, "name": name}
    return text(api.send("POST", "/v2/shares", {"share": share}), "share", "id")


def _create(api: ApiClient, *, clock: Clock) -> tuple[str, ...]:
    names = (f"perfcompare-{number}" for number in range(_SHARES))
    shares = tuple(_share(api, name) for name in names)
    began = clock.monotonic()
    while waiting := _lacking(statuses := _statuses(api), shares):
        waited_seconds = clock.monotonic() - began
        failed = [share for share in shares if "error" in statuses.get(share, "")]
        if failed or waited_seconds > _SHARE_TIMEOUT_SECONDS:
            raise DeploymentError(
                f"{_lacking(statuses, failed) or waiting} after {waited_seconds:.0f} s;"
                " look at the log of manila-share"
            )
        clock.sleep(_SHARE_POLL_SECONDS)
    return shares


def _verify(api: ApiClient, resources: tuple[str, ...]) -> str:
    return _lacking(_statuses(api), resources)


def _statuses(api: ApiClient) -> Mapping[str, str]:
    return {
        text(share, "id"): text(share, "status")
        for share in rows(api.get("/v2/shares/detail"), "shares")
    }


def _lacking(statuses: Mapping[str, str], shares: Iterable[str]) -> str:
    for share in shares:
        if share not in statuses:
            return f"share {share} is gone"
        if statuses[share] != "available":
            return f"share {share} is {statuses[share]}, not available"
    return ""


MANILA = Project(
    name="manila",
    title="Manila",
    releases=_RELEASES,
    services=dict.fromkeys(Backend, _SERVICES),
    service_types=("shared-file-system", "sharev2"),
    endpoint_path="/v2",
    servers=frozenset(Server),
    config=_CONFIG,
    copied_files=("etc/manila/api-paste.ini", "etc/manila/rootwrap.conf"),
    directories=("locks", "coordination"),
    migrate=(
        (
            "{venv}/bin/manila-manage",
            *("--config-file", "{etc}/manila.conf", "db", "sync"),
        ),
    ),
    health_path="/healthcheck",
    ready=_ready,
    prepare=_prepare,
    create=partial(_create, clock=SystemClock()),
    verify=_verify,
    task_environment={},
    extras=("openstack",),
    imports=("rally_openstack", "manilaclient"),
    # manila-share publishes its pools once before it listens, and manila-scheduler asks
    # for them once when it begins to.  Started at once they can miss each other, and
    # the next publication is a minute away or two.
    awaits={"manila-share": partial(_reported, name="manila-scheduler")},
    initialize=(
        (
            *("{venv}/bin/python", "-c", _FIRST_SERVICE),
            *("--config-file", "{etc}/manila.conf"),
        ),
    ),
    uwsgi={"processes": "2", "threads": "4"},
    cloud=Cloud(
        units={
            "manila-api": "devstack@m-api",
            "manila-scheduler": "devstack@m-sch",
            "manila-share": "devstack@m-shr",
            "manila-data": "devstack@m-dat",
        },
        service_type="sharev2",
        config_files=("/etc/manila/manila.conf",),
        imports=("rally_openstack", "manilaclient"),
    ),
    api_headers={"X-OpenStack-Manila-API-Version": "2.60"},
)
