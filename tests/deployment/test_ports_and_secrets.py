# SPDX-License-Identifier: Apache-2.0
"""Tests of what servers are given: ports and passwords."""

import socket
from pathlib import Path

from perfcompare.deployment.local.ports import free_port, listens
from perfcompare.deployment.local.secrets import Secrets


def test_no_port_is_handed_out_twice() -> None:
    ports = [free_port() for _ in range(200)]

    assert len(set(ports)) == 200


def test_a_free_port_can_be_listened_on_at_loopback() -> None:
    port = free_port()

    with socket.create_server(("127.0.0.1", port)):
        assert listens(port)
    assert not listens(port)


def test_ports_stay_clear_of_those_that_outgoing_connections_get() -> None:
    ephemeral = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()

    assert free_port() < max(int(ephemeral[0]), 32768)


def test_a_password_is_generated_once_for_each_name() -> None:
    secrets = Secrets()

    assert secrets.password("mariadb") == secrets.password("mariadb")
    assert secrets.password("mariadb") != secrets.password("rabbitmq")
    assert secrets.password("mariadb") != Secrets().password("mariadb")


def test_every_password_is_cut_out_of_a_text() -> None:
    secrets = Secrets()
    text = f"connect mysql://pc:{secrets.password('a')}@db, {secrets.password('b')}"

    assert secrets.redact(text) == "connect mysql://pc:***@db, ***"
    assert len(secrets.values) == 2
