# SPDX-License-Identifier: Apache-2.0
"""The servers that the services of all variants share, each with its own part."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self, TypeVar

from perfcompare.clock import Clock
from perfcompare.deployment.httpclient import HttpApi
from perfcompare.deployment.local.databases import Database
from perfcompare.deployment.local.keystone import Keystone
from perfcompare.deployment.local.mariadb import MariaDB
from perfcompare.deployment.local.memcached import Memcached
from perfcompare.deployment.local.rabbitmq import RabbitMQ
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.server import LocalServer
from perfcompare.deployment.local.sqlite import Sqlite
from perfcompare.deployment.local.venvs import Venv
from perfcompare.model.project import Project, Server
from perfcompare.model.target import Tree
from perfcompare.model.visit import Counter

S = TypeVar("S", bound=LocalServer)


class Servers:
    """Database, broker, cache and keystone, as far as the project asks for them."""

    database: Database

    def __init__(
        self,
        project: Project,
        *,
        scratch: Path,
        secrets: Secrets,
        clock: Clock,
        progress: Callable[[str], None],
    ) -> None:
        self._project = project
        self._scratch = scratch
        self._secrets = secrets
        self._clock = clock
        self._progress = progress
        self._stack = ExitStack()
        self._broker: RabbitMQ | None = None
        self._cache: Memcached | None = None
        self._keystone: Keystone | None = None
        self._running: list[LocalServer] = []

    def start(self, keystone_venv: Venv | None) -> Self:
        """Start every server; those that did start are stopped when one does not."""
        wanted = self._project.servers
        try:
            self.database = self._start_database()
            if Server.RABBITMQ in wanted:
                self._broker = self._enter(
                    RabbitMQ(
                        self._scratch / "rabbitmq",
                        secrets=self._secrets,
                        clock=self._clock,
                    )
                )
            if Server.MEMCACHED in wanted:
                self._cache = self._enter(
                    Memcached(
                        self._scratch / "memcached",
                        secrets=self._secrets,
                        clock=self._clock,
                    )
                )
            if keystone_venv is not None:
                self._keystone = self._enter(
                    Keystone(
                        self._scratch / "keystone",
                        venv=keystone_venv,
                        database=self.database,
                        secrets=self._secrets,
                        clock=self._clock,
                    )
                )
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stop every server."""
        self._running.clear()
        self._stack.close()

    @property
    def trees(self) -> tuple[Tree, ...]:
        """Every server, to watch."""
        return tuple(server.tree for server in self._running)

    def check_alive(self) -> None:
        """Raise DeploymentError, with the last log lines, if a server has died."""
        for server in self._running:
            server.check_alive()

    def place(self, name: str, *, endpoint: str) -> Mapping[str, str]:
        """Give the variant *name* an empty part of each server.

        Returns:
            The placeholders that lead to it; "" for a server that is not there.
        """
        user = self._project.name
        region = f"Region{name.capitalize()}"
        transport_url = ""
        if self._broker is not None:
            vhost = self._vhost(name)
            self._broker.reset_vhost(vhost)
            transport_url = self._broker.create_vhost(vhost)
        if self._keystone is not None:
            # A service looks in its own region for keystone too.
            for types, url in (
                (self._project.service_types, endpoint),
                (("identity",), self._keystone.url),
            ):
                self._keystone.register(
                    user=user, service_types=types, region=region, endpoint=url
                )
        return {
            "region": region,
            "database_url": self.database.url(database_name(self._project, name)),
            "transport_url": transport_url,
            "keystone_url": "" if self._keystone is None else self._keystone.url,
            "memcached": "" if self._cache is None else self._cache.address,
            "service_password": self._secrets.password(user),
        }

    def counters(self, name: str) -> tuple[Counter, ...]:
        """Return what the servers have counted for the variant *name*, up to now."""
        counts: dict[tuple[str, str], int | None] = {
            ("sql_statements", MariaDB.name): self.database.statements(
                database_name(self._project, name)
            )
        }
        if self._broker is not None:
            vhost = self._vhost(name)
            counts["rpc_messages", self._broker.name] = self._broker.messages(vhost)
        return tuple(
            Counter(name=what, service=server, value=float(count))
            for (what, server), count in counts.items()
            if count is not None
        )

    def platform(self, region: str) -> Mapping[str, object] | None:
        """Return Rally's way to *region*; None without keystone."""
        return None if self._keystone is None else self._keystone.platform(region)

    def api(self, base_url: str) -> HttpApi:
        """Return the project's API as an administrator sees it."""
        return HttpApi(base_url, headers=self._headers)

    def _vhost(self, name: str) -> str:
        return f"{self._project.name}_{name}"

    def _headers(self) -> Mapping[str, str]:
        if self._keystone is None:
            return self._project.api_headers
        return {**self._project.api_headers, "X-Auth-Token": self._keystone.token()}

    def _start_database(self) -> Database:
        if Server.MARIADB not in self._project.servers:
            return Sqlite(self._scratch / "databases")
        return self._enter(
            MariaDB(self._scratch / "mariadb", secrets=self._secrets, clock=self._clock)
        )

    def _enter(self, server: S) -> S:
        self._progress(f"starting {server.name}")
        self._stack.enter_context(server)
        self._running.append(server)
        return server


def database_name(project: Project, variant_name: str) -> str:
    """Return the name of a variant's own database."""
    return f"{project.name}_{variant_name}"
