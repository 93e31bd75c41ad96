# SPDX-License-Identifier: Apache-2.0
"""Tests of what goes wrong while a cloud is measured; test_grenade_plugin has the rest.

`perfcompare measure` is called as people call it: by DevStack's user, after openrc.
"""

import os
import re
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from perfcompare import command
from tests.devstack.cloud import Cloud
from tests.devstack.container import CHECKOUT
from tests.devstack.units import UNITS

pytestmark = pytest.mark.integration

PLAN = f"{CHECKOUT}/tests/devstack/plan.yaml"
TOGGLE = "OS_MANILA_DISABLE_EVENTLET_PATCHING"


def assert_as_before(cloud: Cloud) -> None:
    """See that the units run as they were installed, and nothing of ours is left."""
    cloud.wait(lambda: "" if cloud.now().is_whole() else "manila-share has no workers")
    now = cloud.now()
    for name in UNITS:
        assert cloud.show(name, "ActiveState") == "active"
        assert cloud.show(name, "KillMode") == "process"
        assert now.groups[name] == now.family(name)
    assert not [path for path in cloud.drop_ins() if "perfcompare" in path]
    running = cloud.container.do("ps", "-e", "-o", "args=").splitlines()
    assert not [
        line for line in running if "bin/perfcompare" in line or "rally" in line
    ]


def test_a_unit_that_contradicts_the_variant_fails_the_run_and_says_both(
    new_cloud: Cloud, perfcompare: Sequence[str]
) -> None:
    # By its name it has the last word.
    contradiction = f"[Service]\nEnvironment={TOGGLE}=0\n"
    new_cloud.add_drop_in("m-sch", contradiction, file="zzz-theirs.conf")

    measure = [*perfcompare, "measure", PLAN, "--run", "/opt/stack/wrong"]
    finished = new_cloud.container.run([*measure, "--variant", "target"], user="stack")

    assert finished.status == 4, finished.output
    assert re.search(
        r"manila-scheduler \(pid \d+\) should run threading and runs eventlet",
        finished.output,
    )
    assert_as_before(new_cloud)
    assert len(new_cloud.drop_ins()) == 1


@pytest.mark.parametrize(
    ("number", "moment"),
    [(signal.SIGTERM, "start target"), (signal.SIGINT, "load")],
)
def test_whoever_stops_it_gets_the_units_back(
    new_cloud: Cloud,
    perfcompare: Sequence[str],
    tmp_path: Path,
    number: signal.Signals,
    moment: str,
) -> None:
    log = tmp_path / "measure.log"
    run = f"/opt/stack/stopped-by-{number.name}"
    daemon = new_cloud.container.start(
        [*perfcompare, "measure", PLAN, "--run", run, "--variant", "target"],
        log=log,
        user="stack",
    )
    new_cloud.wait(lambda: "" if moment in log.read_text() else f"no {moment} yet")

    # The child of nsenter is perfcompare.  kill(1) takes it alone; a terminal takes
    # whatever is in the foreground.
    table = command.processes()
    mine = [each.pid for each in table.values() if each.parent_pid == daemon.pid]
    assert len(mine) == 1
    for pid in command.family(mine, table) if number == signal.SIGINT else mine:
        os.kill(pid, number)
    new_cloud.wait(lambda: "" if daemon.status is not None else "it goes on")

    assert daemon.status == 128 + number, log.read_text()
    assert_as_before(new_cloud)
