# SPDX-License-Identifier: Apache-2.0
"""Test of Manila for real: private servers, both releases, both backends."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.deployment import proctree
from perfcompare.deployment.local.deployment import LocalDeployment
from perfcompare.model.errors import DeploymentError
from perfcompare.model.variant import Backend, Variant
from perfcompare.projects.manila import MANILA

pytestmark = pytest.mark.integration

EVENTLET, THREADING = Backend.EVENTLET, Backend.THREADING


def test_manila_is_upgraded_and_its_variants_stand_side_by_side(
    deployment: Callable[..., LocalDeployment],
    variant: Callable[..., Variant],
    tmp_path: Path,
) -> None:
    """One test, since the servers take longer to start than all it asks."""
    old, new = MANILA.releases
    base = variant(release=old.name, packages=old.packages, backend=EVENTLET)
    target = variant("target", release=new.name, packages=new.packages)
    crossover = dataclasses.replace(
        target, name=variant("crossover").name, backend=EVENTLET
    )
    variants = (base, target, crossover)

    with deployment(MANILA, *variants, stop_grace_seconds=10) as entered:
        upgrade = entered.upgrade()
        controls = {tree.service for tree in entered.controls()}
        with ExitStack() as stack:
            up = [stack.enter_context(entered.up(each)) for each in variants]
            found = [
                Counter((one.service, one.found) for one in running.verify_backend())
                for running in up
            ]
            counted = [
                {one.name: one.value > 0 for one in running.counters()}
                for running in up
            ]
            stops = [{stop.service: stop for stop in each.stop()} for each in up]

        # The variable is the last word of the plan, and says otherwise.
        wrong = dataclasses.replace(
            crossover,
            backend=THREADING,
            environment={"OS_MANILA_DISABLE_EVENTLET_PATCHING": "0"},
        )
        with (
            entered.up(wrong) as running,
            pytest.raises(
                DeploymentError,
                match=r"manila-scheduler \(pid \d+\) should run threading and runs"
                r" eventlet: thread .* is in .*eventlet/hubs/",
            ),
        ):
            running.verify_backend()

    assert upgrade.steps[-1].detail == "all 4 resources are there"
    assert (upgrade.migration_seconds or 0) > 0
    assert controls == {"keystone", "mariadb", "memcached", "rabbitmq"}
    for services, expected in zip(found, (EVENTLET, THREADING, EVENTLET), strict=True):
        assert services["manila-scheduler", expected] >= 1
        assert services["manila-share", expected] >= 1
        assert services["manila-data", expected] >= 1
        # Never patched, whatever the variant.
        assert services["manila-api", THREADING] == 2
    assert counted == [{"sql_statements": True, "rpc_messages": True}] * 3
    # Its child does not obey on eventlet; what it leaves is ended all the same.
    assert stops[0]["manila-share"].killed
    assert stops[0]["manila-share"].stop_seconds >= 10
    assert not any(stop.killed for stop in stops[1].values())
    assert f"{tmp_path}/" not in " ".join(map(proctree.title, command.processes()))
    assert not (tmp_path / "s").exists()
