# SPDX-License-Identifier: Apache-2.0
"""A systemd and a cloud in it, as DevStack leaves one behind.

One container and one cloud serve all tests of this folder.
"""

import os
from collections.abc import Iterator

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.deployment.local.keystone import KEYSTONE_PACKAGES
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.servers import Servers
from perfcompare.deployment.local.venvs import Venvs
from perfcompare.projects.manila import MANILA
from tests.devstack.cloud import Cloud
from tests.devstack.container import CHECKOUT, Container


@pytest.fixture(scope="session")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """Boot the container; without root it fails and says what to type."""
    made = command.run([str(CHECKOUT / "tools" / "systemd-root.sh")])
    if made.status != 0 or os.geteuid() != 0:
        pytest.fail(
            f"{made.output}a container needs root; type: sudo make test, or leave out"
            " what runs real services: pytest -m 'not integration'",
            pytrace=False,
        )
    root = CHECKOUT / ".cache" / "systemd" / "root"
    log = tmp_path_factory.mktemp("container") / "console.log"
    with Container(root, log=log) as booted:
        yield booted


@pytest.fixture(scope="session")
def _cloud(
    container: Container, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cloud]:
    clock, secrets = SystemClock(), Secrets()
    builder = Venvs(CHECKOUT / ".cache" / "tests", clock=clock, progress=lambda _: None)
    servers = Servers(
        MANILA,
        scratch=tmp_path_factory.mktemp("servers"),
        secrets=secrets,
        clock=clock,
        progress=lambda _: None,
    )
    try:
        venvs = {each.name: builder.build(each.packages) for each in MANILA.releases}
        servers.start(builder.build(KEYSTONE_PACKAGES))
        yield Cloud(container, servers=servers, secrets=secrets, venvs=venvs)
    finally:
        servers.close()
        builder.close()


@pytest.fixture
def cloud(_cloud: Cloud) -> Cloud:
    """Hand the cloud over; a test says `cloud.serve(release)` first."""
    return _cloud
