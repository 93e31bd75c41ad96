# SPDX-License-Identifier: Apache-2.0
"""Tests of the cloud that the other tests of this folder stand on."""

import pytest

from tests.devstack.cloud import DAEMONS, NEW, OLD, UNITS, Cloud

pytestmark = pytest.mark.integration

TOGGLE = "OS_MANILA_DISABLE_EVENTLET_PATCHING"


def test_the_units_run_as_devstack_starts_them(cloud: Cloud) -> None:
    cloud.serve(OLD)

    for name in UNITS:
        assert cloud.show(name, "ActiveState") == "active"
        assert cloud.show(name, "User") == "stack"
        assert cloud.show(name, "KillMode") == "process"
        assert cloud.show(name, "Slice") == "system-devstack.slice"
        assert cloud.cgroup(name) == cloud.family(name)
    # A parent, and a worker for each share backend.
    assert len(cloud.cgroup("m-shr")) == 3
    assert {pid for _, pid in cloud.consumers()} <= cloud.processes().keys()


def test_a_restart_on_eventlet_leaves_workers_that_still_listen(cloud: Cloud) -> None:
    cloud.serve(OLD)
    workers = cloud.cgroup("m-shr") - {cloud.main_pid("m-shr")}

    cloud.systemctl("restart", "m-shr")

    assert workers <= cloud.cgroup("m-shr") - cloud.family("m-shr")
    assert workers <= {pid for _, pid in cloud.consumers()}


def test_the_new_release_runs_on_threads_and_creates_shares(cloud: Cloud) -> None:
    cloud.serve(OLD)

    cloud.upgrade()

    assert cloud.release == NEW
    assert all(max(cloud.threads(name).values()) > 5 for name in DAEMONS)
    assert cloud.create_share() < 10


def test_a_drop_in_brings_the_new_release_back_to_eventlet(cloud: Cloud) -> None:
    cloud.serve(NEW)

    cloud.add_drop_in(
        "m-shr", f"[Service]\nEnvironment={TOGGLE}=0\nKillMode=control-group\n"
    )
    cloud.systemctl("restart", "m-shr")
    cloud.wait(lambda: "" if len(cloud.cgroup("m-shr")) == 3 else "no workers yet")

    assert cloud.cgroup("m-shr") == cloud.family("m-shr")
    assert set(cloud.threads("m-shr").values()) == {1}
