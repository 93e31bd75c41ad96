# SPDX-License-Identifier: Apache-2.0
"""Tests of the cloud that the other tests of this folder stand on."""

import pytest

from tests.devstack.cloud import Cloud
from tests.devstack.units import UNITS

pytestmark = pytest.mark.integration

TOGGLE = "OS_MANILA_DISABLE_EVENTLET_PATCHING"


def test_the_units_run_as_devstack_starts_them(old_cloud: Cloud) -> None:
    now = old_cloud.now()

    for name in UNITS:
        assert old_cloud.show(name, "ActiveState") == "active"
        assert old_cloud.show(name, "User") == "stack"
        assert old_cloud.show(name, "KillMode") == "process"
        assert old_cloud.show(name, "Slice") == "system-devstack.slice"
        assert now.groups[name] == now.family(name)
    # A parent, and a worker for each share backend.
    assert now.is_whole()
    assert old_cloud.strays() == set()


def test_a_restart_on_eventlet_leaves_workers_that_still_listen(
    old_cloud: Cloud,
) -> None:
    before = old_cloud.now()
    workers = before.groups["m-shr"] - {before.main_pids["m-shr"]}

    old_cloud.systemctl("restart", "m-shr")

    now = old_cloud.now()
    assert workers == now.groups["m-shr"] - now.family("m-shr")
    assert workers <= {pid for _, pid in old_cloud.consumers()}
    assert workers <= old_cloud.strays()


def test_the_new_release_runs_on_threads_and_creates_shares(new_cloud: Cloud) -> None:
    new_cloud.wait(lambda: "" if new_cloud.now().is_on_threads() else "no threads yet")

    assert new_cloud.create_share() < 10


def test_a_drop_in_brings_the_new_release_back_to_eventlet(new_cloud: Cloud) -> None:
    # A worker that is told to end before it has begun to listen for that never does,
    # and DevStack's units wait five minutes.
    flip = f"Environment={TOGGLE}=0\nKillMode=control-group\nTimeoutStopSec=5\n"
    new_cloud.add_drop_in("m-shr", f"[Service]\n{flip}")
    new_cloud.systemctl("restart", "m-shr")
    new_cloud.wait(lambda: "" if new_cloud.now().is_whole() else "no workers yet")

    now = new_cloud.now()
    assert now.groups["m-shr"] == now.family("m-shr")
    assert set(now.threads_of("m-shr")) == {1}
