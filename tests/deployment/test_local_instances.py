# SPDX-License-Identifier: Apache-2.0
"""Tests of the places of instances, without an environment or a process."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from perfcompare.clock import SystemClock
from perfcompare.deployment.local.instances import Instances
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.servers import Servers
from perfcompare.deployment.local.sqlite import Sqlite
from perfcompare.deployment.local.venvs import Venv
from perfcompare.deployment.starting import Patience
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import Project, Service
from perfcompare.model.variant import Variant, VariantName

PATIENCE = Patience(ready_seconds=10, stop_seconds=5)


class Gone(Sqlite):
    """A database whose server has died by the time it is asked to drop."""

    def drop(self, name: str) -> None:
        raise DeploymentError(f"mariadb does not answer: DROP {name}")

    def create(self, name: str) -> None:
        super().drop(name)
        self._directory.mkdir(exist_ok=True)


@pytest.fixture
def place(
    project: Callable[..., Project], tmp_path: Path
) -> Callable[..., tuple[Instances, Path]]:
    """Make places for instances of a project of the given services."""

    def make(
        *services: Service, migrate: tuple[tuple[str, ...], ...] = ()
    ) -> tuple[Instances, Path]:
        made, secrets = project(*services, migrate=migrate), Secrets()
        servers = Servers(
            made,
            scratch=tmp_path,
            secrets=secrets,
            clock=SystemClock(),
            progress=lambda _: None,
        ).start(None)
        servers.database = Gone(tmp_path / "databases")
        venv = Venv(path=tmp_path / "venv", python=Path(sys.executable), packages=())
        instances = Instances(
            made,
            servers=servers,
            venvs={VariantName.BASE: venv},
            scratch=tmp_path,
            secrets=secrets,
        )
        return instances, tmp_path / "001-base"

    return make


def test_a_dead_server_hides_no_error_and_keeps_no_file(
    place: Callable[..., tuple[Instances, Path]], variant: Callable[..., Variant]
) -> None:
    instances, root = place()

    with (
        pytest.raises(DeploymentError, match=r"^mariadb was ended by signal 9$"),
        instances.place(variant(), None),
    ):
        raise DeploymentError("mariadb was ended by signal 9")

    assert not root.exists()


def test_a_service_that_never_comes_up_leaves_its_log(
    place: Callable[..., tuple[Instances, Path]],
    variant: Callable[..., Variant],
    service: Callable[..., Service],
) -> None:
    instances, root = place(service("svc", "print('no hope'); raise SystemExit(3)"))
    assert instances.last_logs(variant()) == {}

    with (
        pytest.raises(DeploymentError, match="ended with status 3"),
        instances.place(variant(), None) as instance,
        instances.run(instance, patience=PATIENCE, clock=SystemClock()),
    ):
        pass

    assert instances.last_logs(variant()) == {"svc.log": b"no hope\n"}
    assert not root.exists()


def test_a_migration_that_fails_leaves_what_it_said(
    place: Callable[..., tuple[Instances, Path]], variant: Callable[..., Variant]
) -> None:
    instances, _ = place(migrate=(("/bin/ls", "nothing-there"),))

    with (
        pytest.raises(DeploymentError, match="ls nothing-there of base"),
        instances.place(variant(), None) as instance,
    ):
        instance.migrate()

    assert b"No such file" in instances.last_logs(variant())["commands.log"]


def test_only_the_last_instance_is_remembered(
    place: Callable[..., tuple[Instances, Path]], variant: Callable[..., Variant]
) -> None:
    instances, _ = place(migrate=(("/bin/echo", "one"),))
    with instances.place(variant(), None) as instance:
        instance.migrate()
    with instances.place(variant(), None):
        assert instances.last_logs(variant()) == {}

    assert instances.last_logs(variant()) == {}
