# SPDX-License-Identifier: Apache-2.0
"""A keystone of our own: one for all variants, a region for each."""

import os
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from sys import version_info
from typing import Any

from perfcompare.clock import Clock
from perfcompare.deployment.httpclient import HttpApi
from perfcompare.deployment.local.configuration import UWSGI, render
from perfcompare.deployment.local.databases import Database
from perfcompare.deployment.local.identity import Identity
from perfcompare.deployment.local.ports import free_port
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.server import LocalServer
from perfcompare.deployment.local.venvs import Venv
from perfcompare.model.errors import DeploymentError
from perfcompare.model.variant import Packages

KEYSTONE_PACKAGES = Packages(
    requirements=("keystone==30.0.0", "pymysql", "pyuwsgi"),
    uploaded_before=date(2026, 11, 15),
    uploaded_before_each={},
    # What runs perfcompare is surely there.
    python=f"{version_info.major}.{version_info.minor}",
)

_DATABASE = "keystone"
_ADMIN = "admin"
_REGION = "RegionOne"
# Longer than any run: a token never expires in the middle of a measurement.
_TOKEN_SECONDS = 7 * 86400


class Keystone(LocalServer):
    """Private keystone under uWSGI; the variants differ by region in its catalogue."""

    name = "keystone"

    def __init__(
        self,
        scratch: Path,
        *,
        venv: Venv,
        database: Database,
        secrets: Secrets,
        clock: Clock,
    ) -> None:
        super().__init__(scratch, secrets=secrets, clock=clock)
        self._venv = venv
        self._database = database
        self._identity: Identity | None = None
        self.url = ""

    def register(
        self, *, user: str, service_types: Sequence[str], region: str, endpoint: str
    ) -> None:
        """Make *endpoint* the one of every service type in *region*.

        Project "service", *user* with its roles (password ``secrets.password(user)``)
        and the services are made when they are missing; an endpoint that the region
        had before is replaced.
        """
        identity = self._served()
        identity.service_user(user, password=self._secrets.password(user))
        for service_type in service_types:
            identity.endpoint(service_type, region=region, url=endpoint)

    def platform(self, region: str) -> Mapping[str, object]:
        """Return Rally's environment spec of *region*, for the administrator."""
        return {
            "existing@openstack": {
                "auth_url": self.url,
                "region_name": region,
                "endpoint_type": "public",
                "https_insecure": True,
                "admin": {
                    "username": _ADMIN,
                    "password": self._secrets.password("keystone-admin"),
                    "project_name": _ADMIN,
                    "user_domain_name": "Default",
                    "project_domain_name": "Default",
                },
            }
        }

    def token(self) -> str:
        """Return an administrator's token, the same for the whole run."""
        return self._served().token()

    def _start(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/v3"
        self._database.create(_DATABASE)
        self._write_private("keystone.conf", self._configuration())
        self._write_private("keystone-uwsgi.ini", self._uwsgi(port))
        self._write_keys("fernet")
        self._write_keys("credential")
        self._manage("db_sync")
        self._manage("bootstrap")
        self._launch(
            [
                str(self._venv.path / "bin" / "pyuwsgi"),
                *("--ini", str(self._directory / "keystone-uwsgi.ini")),
            ],
            env=self._variables(),
        )
        self._await(self._serves)
        self._identity = Identity(
            self.url, user=_ADMIN, password=self._secrets.password("keystone-admin")
        )

    def _stop(self) -> None:
        self._identity = None
        super()._stop()

    def _serves(self) -> bool:
        try:
            answer: Any = HttpApi(self.url).get("")
        except DeploymentError:
            return False
        return bool(answer)

    def _served(self) -> Identity:
        if self._identity is None:
            raise DeploymentError("keystone does not run")
        return self._identity

    def _write_keys(self, repository: str) -> None:
        """Write a staged and a primary Fernet key: 32 random bytes in base64.

        keystone-manage would do it in 3 s, and only for users with a passwd entry.
        """
        (self._directory / repository).mkdir(mode=0o700, exist_ok=True)
        for name in ("0", "1"):
            key = urlsafe_b64encode(os.urandom(32)).decode()
            self._write_private(f"{repository}/{name}", key)

    def _manage(self, verb: str) -> None:
        self._run(
            [
                str(self._venv.path / "bin" / "keystone-manage"),
                *("--config-file", str(self._directory / "keystone.conf"), verb),
            ],
            env=self._variables(),
        )

    def _variables(self) -> Mapping[str, str]:
        """Return what keystone reads; on a command line others could read it too."""
        urls = {
            f"OS_BOOTSTRAP_{interface}_URL": self.url
            for interface in ("PUBLIC", "INTERNAL", "ADMIN")
        }
        return self._environment(
            PATH=f"{self._venv.path / 'bin'}:/usr/bin:/bin",
            PYTHONWARNINGS="ignore",
            OS_KEYSTONE_CONFIG_FILES=str(self._directory / "keystone.conf"),
            OS_BOOTSTRAP_USERNAME=_ADMIN,
            OS_BOOTSTRAP_PASSWORD=self._secrets.password("keystone-admin"),
            OS_BOOTSTRAP_PROJECT_NAME=_ADMIN,
            OS_BOOTSTRAP_ROLE_NAME=_ADMIN,
            OS_BOOTSTRAP_SERVICE_NAME="keystone",
            OS_BOOTSTRAP_REGION_ID=_REGION,
            **urls,
        )

    def _configuration(self) -> str:
        return (
            "[DEFAULT]\n"
            "use_stderr = true\n"
            "[database]\n"
            f"connection = {self._database.url(_DATABASE)}\n"
            "[token]\n"
            "provider = fernet\n"
            f"expiration = {_TOKEN_SECONDS}\n"
            "[fernet_tokens]\n"
            f"key_repository = {self._directory / 'fernet'}\n"
            "[fernet_receipts]\n"
            f"key_repository = {self._directory / 'fernet'}\n"
            "[credential]\n"
            f"key_repository = {self._directory / 'credential'}\n"
            # Without a cache each request costs 0.2 s of CPU to look up the caller's
            # roles.  It is the process's own, so there is one process.
            "[cache]\n"
            "enabled = true\n"
            "backend = dogpile.cache.memory\n"
            "[identity]\n"
            # Keystone is no part of what is measured: the default of 12 costs
            # a quarter of a second of CPU for each password.
            "password_hash_rounds = 4\n"
        )

    def _uwsgi(self, port: int) -> str:
        options = {
            "module": "keystone.wsgi.api:application",
            "http-socket": f"127.0.0.1:{port}",
            **UWSGI,
            # The configured cache is each process's own.
            "processes": "1",
        }
        return render({"uwsgi": options})
