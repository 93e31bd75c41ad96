# SPDX-License-Identifier: Apache-2.0
"""A systemd and a cloud in it, as DevStack leaves one behind.

One container and one cloud serve all tests of this folder.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.deployment.local.keystone import KEYSTONE_PACKAGES
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.servers import Servers
from perfcompare.deployment.local.venvs import Venvs
from perfcompare.projects.manila import MANILA
from tests.devstack.cloud import NEW, OLD, Cloud
from tests.devstack.container import CHECKOUT, Container

# A cloud is upgraded once, and installed anew for whoever wants the old one back.
_ORDER = ("old_cloud", "passage", "new_cloud")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of this folder together, in the order of a life.

    Scattered among others, each piece of a module would set its fixtures up anew.
    """
    here = Path(__file__).parent
    places = [n for n, item in enumerate(items) if item.path.parent == here]
    if not places:
        return
    ours = sorted((items[place] for place in places), key=_age)
    others = [item for item in items if item.path.parent != here]
    items[:] = [*others[: places[0]], *ours, *others[places[0] :]]


def _age(item: pytest.Item) -> int:
    names = getattr(item, "fixturenames", ())
    return max((n for n, name in enumerate(_ORDER) if name in names), default=-1)


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
def cloud(
    container: Container, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cloud]:
    """Start the servers of a cloud that has no release yet."""
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
def old_cloud(cloud: Cloud) -> Cloud:
    """Return a cloud of the old release, as installed."""
    cloud.serve(OLD)
    return cloud


@pytest.fixture
def new_cloud(cloud: Cloud) -> Cloud:
    """Return a cloud of the new release, as an upgrade leaves it."""
    cloud.serve(NEW)
    return cloud


@pytest.fixture
def perfcompare() -> Sequence[str]:
    """Begin a command line that runs perfcompare as people do: with openrc read."""
    script = 'source "$0" admin admin && exec "$@"'
    return ("bash", "-c", script, Cloud.openrc, f"{sys.prefix}/bin/perfcompare")
