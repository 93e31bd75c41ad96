# SPDX-License-Identifier: Apache-2.0
"""Tests of the container itself."""

from pathlib import Path

import pytest

from tests.devstack.container import CHECKOUT, Container

pytestmark = pytest.mark.integration


def test_stack_may_do_everything_in_the_container(container: Container) -> None:
    assert container.do("id", "--user", "--name", user="stack").strip() == "stack"
    assert container.do("sudo", "id", "--user", user="stack").strip() == "0"
    assert container.do("hostname").strip() == "devstack"


def test_what_the_container_writes_is_not_in_the_root_it_booted_from(
    container: Container,
) -> None:
    container.write("/opt/stack/data/written", "in the container", owner="stack")

    assert container.do("cat", "/opt/stack/data/written") == "in the container"
    assert not (CHECKOUT / ".cache/systemd/root/opt/stack/data").exists()
    assert not Path("/opt/stack/data/written").exists()
