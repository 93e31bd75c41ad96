# SPDX-License-Identifier: Apache-2.0
"""Test of Glance for real: installed, upgraded, both backends proved."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from perfcompare.deployment.httpclient import HttpApi
from perfcompare.deployment.local.deployment import LocalDeployment
from perfcompare.model.variant import Backend, Variant
from perfcompare.projects.glance import GLANCE

pytestmark = pytest.mark.integration


def test_glance_is_upgraded_from_eventlet_to_threads(
    deployment: Callable[..., LocalDeployment], variant: Callable[..., Variant]
) -> None:
    old, new = GLANCE.releases
    base = variant(release=old.name, packages=old.packages, backend=Backend.EVENTLET)
    target = variant(
        "target", release=new.name, packages=new.packages, backend=Backend.THREADING
    )

    with deployment(GLANCE, base, target) as entered, ExitStack() as stack:
        upgrade = entered.upgrade()
        running = [stack.enter_context(entered.up(each)) for each in (base, target)]
        evidence = [each.verify_backend() for each in running]
        images = [
            HttpApi(each.load_target.environment["PERFCOMPARE_ENDPOINT"]).get(
                "/v2/images?limit=1000"
            )
            for each in running
        ]
        stops = [stop for each in running for stop in each.stop()]

    assert upgrade.steps[-1].detail == "all 20 resources are there"
    assert [[each.found for each in one] for one in evidence] == [
        [Backend.EVENTLET, Backend.EVENTLET],
        [None, Backend.THREADING],
    ]
    assert "uWSGIWorker1Core" in evidence[1][1].evidence
    assert [len(answer["images"]) for answer in images if isinstance(answer, dict)] == [
        20,
        20,
    ]
    assert [(stop.killed, stop.orphans) for stop in stops] == [(False, 0)] * 2
