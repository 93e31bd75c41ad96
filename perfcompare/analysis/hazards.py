# SPDX-License-Identifier: Apache-2.0
"""Differences that are known to change what is measured, each with its reason.

Data alone.  Patterns are globs; the reasons were read in the released packages.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from perfcompare.model.judgement import Suspicion


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A version at which a package began to behave differently."""

    package: str
    """Normalized: lower case, with hyphens."""
    at: tuple[int, ...]
    suspicion: Suspicion
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """An option or variable that is known to matter, wherever it differs."""

    pattern: str
    """A glob over ``[section] option`` in lower case, or over a variable's name."""
    suspicion: Suspicion
    why: str


STEPS = (
    Step(
        package="oslo-messaging",
        at=(18, 2),
        suspicion=Suspicion.HIGH,
        why="since 18.2.0 the reply to an RPC call is taken at once; before, it waited"
        " for a poll every 0.5 s, on both backends",
    ),
    Step(
        package="oslo-messaging",
        at=(18, 0),
        suspicion=Suspicion.MEDIUM,
        why="since 18.0.0 heartbeat_in_pthread is not read any more",
    ),
    Step(
        package="oslo-messaging",
        at=(14, 8),
        suspicion=Suspicion.HIGH,
        why="14.8.0 began to poll for the replies to RPC calls every 0.5 s",
    ),
    Step(
        package="oslo-service",
        at=(4, 8),
        suspicion=Suspicion.MEDIUM,
        why="since 4.8.0 workers of the threading backend are forked again and share"
        " memory with their master",
    ),
    Step(
        package="oslo-service",
        at=(4, 5),
        suspicion=Suspicion.MEDIUM,
        why="since 4.5.0 workers of the threading backend are spawned where that is"
        " possible, and share no memory with their master",
    ),
    Step(
        package="nova",
        at=(33, 0),
        suspicion=Suspicion.HIGH,
        why="sync_power_state_pool_size is 5 by default since 33, and was 1000",
    ),
    Step(
        package="designate",
        at=(22, 0),
        suspicion=Suspicion.HIGH,
        why="services have 20 to 200 threads by default since 22, most had 1000",
    ),
    Step(
        package="manila",
        at=(22, 0),
        suspicion=Suspicion.HIGH,
        why="a manager's pool has at most 32 threads since 22, and had 1000 green ones",
    ),
)
"""Passed where one variant is below and another at or above."""

_HUB = "runs every green thread of the eventlet backend"
_SQL = "is on the way of every SQL statement"
_RPC = "is on the way of every RPC message"
_WSGI = "is on the way of every request"

IN_THE_PATH = {
    "eventlet": _HUB,
    "greenlet": _HUB,
    "oslo-service": "starts and runs the workers of both backends",
    "cotyledon": "starts the workers of the threading backend",
    "futurist": "holds the thread pools of the threading backend",
    "oslo-messaging": _RPC,
    "kombu": _RPC,
    "amqp": _RPC,
    "sqlalchemy": _SQL,
    "pymysql": _SQL,
    "oslo-db": _SQL,
    "keystonemiddleware": "validates and caches the token of every request",
    "oslo-policy": "decides whether every request is allowed",
    "oslo-middleware": _WSGI,
    "webob": _WSGI,
    "pyuwsgi": _WSGI,
    "uwsgi": _WSGI,
    "oslo-privsep": "runs every privileged call",
    "oslo-rootwrap": "runs every privileged command",
}
"""Packages that most of the measured work passes through, and in what role."""

_POOL = "it bounds what is served at once; on threading each is a thread of the system"
_WORKERS = "it sets how many processes serve, and take memory"
_CONNECTIONS = "it bounds how many statements run at once"
_DRIVER = "another driver, or other delays of it: other work is done"
_HEARTBEATS = "it swaps the threads and queues of RPC for native ones, on both backends"

DRIVER_OPTIONS = (
    "* share_driver",
    "* volume_driver",
    "* compute_driver",
    "* backup_driver",
    "* enabled_share_backends",
    "* enabled_backends",
    "* enabled_drivers",
    "* mechanism_drivers",
    "* driver_handles_share_servers",
    "* dummy_driver_*",
    "* default_store",
    "* stores",
    "* filesystem_store_*",
    "[glance_store] *",
)
"""What says which work is done: where one differs, latencies answer different
questions."""


def _hazards(suspicion: Suspicion, reasons: Mapping[str, str]) -> tuple[Hazard, ...]:
    return tuple(
        Hazard(pattern=pattern, suspicion=suspicion, why=why)
        for pattern, why in reasons.items()
    )


OPTIONS = (
    *_hazards(Suspicion.HIGH, dict.fromkeys(DRIVER_OPTIONS, _DRIVER)),
    *_hazards(
        Suspicion.HIGH,
        {
            "* heartbeat_in_pthread": _HEARTBEATS,
            "* concurrency_backend": "it selects the backend",
            "* *thread*pool*size": _POOL,
            "* *green_pool_size": _POOL,
            "* *_state_pool_size": _POOL,
            "* workers_pool_size": _POOL,
            "* task_pool_threads": _POOL,
            "* max_concurrent_*": _POOL,
            "* *max_workers": _POOL,
            "[service:*] threads": _POOL,
            "[uwsgi] threads": _POOL,
            "[uwsgi] processes": _WORKERS,
            "* *workers": _WORKERS,
            "* max_pool_size": _CONNECTIONS,
            "* max_overflow": _CONNECTIONS,
            "* *poll*interval*": "a wait ends at the next look",
        },
    ),
    *_hazards(
        Suspicion.MEDIUM,
        {
            "[database] *": _SQL,
            "* *cache*": "what is cached need not be asked again",
            "* debug": "what is logged costs time in every request",
        },
    ),
)
"""The first that names an option tells."""

VARIABLES = (
    *_hazards(
        Suspicion.HIGH,
        {
            "MALLOC_*": "it bounds the memory that is kept for each thread",
            "LD_PRELOAD": "it may put another memory allocator in place",
            "EVENTLET_*": "it changes how eventlet waits and resolves names",
            "PYTHON*": "it changes how the interpreter runs",
        },
    ),
    *_hazards(
        Suspicion.MEDIUM, {"OS_*_DISABLE_EVENTLET_PATCHING": "it selects the backend"}
    ),
)
"""The first that names a variable tells."""
