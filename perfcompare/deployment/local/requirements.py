# SPDX-License-Identifier: Apache-2.0
"""The programs of the distribution that servers need, and how to get them."""

import os
import shutil
from collections.abc import Mapping

from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import Server

# rabbitmq/bin comes first: the rabbitmq-server on the PATH of Debian insists on
# being the system's own, and on its user.
_DIRECTORIES = (
    "/usr/lib/rabbitmq/bin",
    *os.environ.get("PATH", os.defpath).split(os.pathsep),
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
    "/usr/lib/erlang/bin",
)

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


def find_binary(name: str) -> str | None:
    """Return the path of a program, those that a user's PATH lacks included."""
    return shutil.which(name, path=os.pathsep.join(_DIRECTORIES))


def binary(name: str) -> str:
    """Return the path of a program that `missing_binaries` would have missed.

    Raises:
        DeploymentError: It is not there.
    """
    path = find_binary(name)
    if path is None:
        raise DeploymentError(_message(name))
    return path


def missing_binaries(servers: frozenset[Server]) -> tuple[str, ...]:
    """Return one message for each Debian package that *servers* lack."""
    missing: dict[str, str] = {}
    for server in sorted(servers):
        for name, package in _BINARIES[server].items():
            if find_binary(name) is None:
                missing.setdefault(package, _message(name))
    return tuple(missing.values())


def system_path() -> str:
    """Return a PATH on which everything above is found."""
    return os.pathsep.join(_DIRECTORIES)


def _message(name: str) -> str:
    packages = {
        name: each for binaries in _BINARIES.values() for name, each in binaries.items()
    }
    return f"{name} is not installed: apt-get install {packages[name]}"
