# SPDX-License-Identifier: Apache-2.0
"""Look at a cloud from outside, again and again, while perfcompare measures it."""

from dataclasses import dataclass

from perfcompare.clock import SystemClock
from perfcompare.command import Daemon
from tests.devstack.cloud import Cloud

_LOOK_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the units were at one moment."""

    main_pid: int
    """Of manila-share: another one after every restart."""
    ready: bool
    """It has a worker for each of its backends, and every one listens."""
    altered: bool
    """There are drop-ins."""
    strays: frozenset[int]


def look(cloud: Cloud) -> Look:
    """Look once."""
    consumers = cloud.consumers()
    now = cloud.now()
    listening = {pid for queue, pid in consumers if queue == "manila-share"}
    main_pid = now.main_pids["m-shr"]
    return Look(
        main_pid=main_pid,
        ready=now.is_whole() and listening >= now.family("m-shr") - {main_pid},
        altered=bool(cloud.drop_ins()),
        strays=now.strays(consumers),
    )


def watch(cloud: Cloud, daemon: Daemon, *, timeout_seconds: float) -> list[Look]:
    """Look until *daemon* ends."""
    clock, looks = SystemClock(), []
    deadline = clock.monotonic() + timeout_seconds
    while daemon.status is None:
        assert clock.monotonic() < deadline, f"{daemon.argv[-4:]} does not end"
        looks.append(look(cloud))
        clock.sleep(_LOOK_SECONDS)
    return looks
