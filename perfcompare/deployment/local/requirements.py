# SPDX-License-Identifier: Apache-2.0
"""The programs of the distribution that servers need, and how to get them."""

import os
import shutil
from collections.abc import Mapping

from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import Server

# rabbitmq/bin comes first: the rabbitmq-server on the PATH of Debian insists on
# being the system's own, and on its user.  An ordinary user's PATH lacks the rest.
_BEFORE_PATH = ("/usr/lib/rabbitmq/bin",)
_AFTER_PATH = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/erlang/bin")

# Server → program → Debian package.
_BINARIES: Mapping[Server, Mapping[str, str]] = {
    Server.MARIADB: {
        "mariadbd": "mariadb-server",
        "mariadb-install-db": "mariadb-server",
        "mariadb": "mariadb-client",
        "mariadb-dump": "mariadb-client",
    },
    Server.RABBITMQ: {
        "rabbitmq-server": "rabbitmq-server",
        "erl": "erlang-base",
        "erl_call": "erlang-base",
        "epmd": "erlang-base",
    },
    Server.MEMCACHED: {"memcached": "memcached"},
    Server.KEYSTONE: {},
}


def system_path() -> str:
    """Return a PATH on which the servers' programs are found."""
    own = os.environ.get("PATH", os.defpath)
    return os.pathsep.join((*_BEFORE_PATH, own, *_AFTER_PATH))


def binary(name: str) -> str:
    """Return the path of a program that `missing_binaries` would have missed.

    Raises:
        DeploymentError: It is not there.
    """
    path = shutil.which(name, path=system_path())
    if path is None:
        raise DeploymentError(_message(name))
    return path


def missing_binaries(
    servers: frozenset[Server], *, path: str | None = None
) -> tuple[str, ...]:
    """Return one message for each Debian package that *servers* lack.

    Args:
        servers: What a project asks for.
        path: Where to look instead of `system_path`.
    """
    path = system_path() if path is None else path
    missing: dict[str, str] = {}
    for server in sorted(servers):
        for name, package in _BINARIES[server].items():
            if shutil.which(name, path=path) is None:
                missing.setdefault(package, _message(name))
    return tuple(missing.values())


def _message(name: str) -> str:
    package = next(names[name] for names in _BINARIES.values() if name in names)
    return f"{name} is not installed: apt-get install {package}"
