# SPDX-License-Identifier: Apache-2.0
"""Tests of what is said when a server's program is not installed."""

from pathlib import Path

import pytest

from perfcompare.deployment.local.requirements import binary, missing_binaries
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import Server


def install(directory: Path, *names: str) -> str:
    for name in names:
        (directory / name).touch(mode=0o755)
    return str(directory)


def test_each_missing_package_is_named_once(tmp_path: Path) -> None:
    path = install(tmp_path, "mariadb", "mariadb-dump", "erl", "erl_call", "epmd")

    assert missing_binaries(frozenset(Server), path=path) == (
        "mariadbd is not installed: apt-get install mariadb-server",
        "memcached is not installed: apt-get install memcached",
        "rabbitmq-server is not installed: apt-get install rabbitmq-server",
    )


def test_only_the_servers_that_are_asked_for_are_missed(tmp_path: Path) -> None:
    path = install(tmp_path, "memcached")

    assert missing_binaries(frozenset({Server.MEMCACHED}), path=path) == ()
    assert missing_binaries(frozenset({Server.KEYSTONE}), path=path) == ()
    assert missing_binaries(frozenset(), path=path) == ()


def test_a_program_that_is_gone_is_the_same_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    install(tmp_path, "memcached")

    assert binary("memcached") == str(tmp_path / "memcached")
    (tmp_path / "memcached").unlink()
    message = "memcached is not installed: apt-get install memcached"
    with pytest.raises(DeploymentError, match=message):
        binary("memcached")
