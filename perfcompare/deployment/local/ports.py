# SPDX-License-Identifier: Apache-2.0
"""Loopback ports for servers and services."""

import errno
import random
import socket

from perfcompare.model.errors import DeploymentError

# Below Linux's ephemeral range (from 32768), so that an outgoing connection never
# takes a service's port between two starts; above 25672, where a system's own
# RabbitMQ listens for its cluster.
_PORTS = range(26000, 32000)
_handed_out: set[int] = set()


def free_port() -> int:
    """Return a loopback port that nobody uses, never the same twice in a process.

    Two runs at once start at random places, so that they rarely meet.
    """
    start = random.SystemRandom().randrange(len(_PORTS))
    candidates: list[int] = [*_PORTS[start:], *_PORTS[:start]]
    for port in candidates:
        if port not in _handed_out and _is_free(port):
            _handed_out.add(port)
            return port
    raise DeploymentError(
        f"no free port on 127.0.0.1 from {_PORTS.start} to {_PORTS.stop - 1}"
        f" ({len(_handed_out)} handed out); end what listens there"
    )


def listens(port: int) -> bool:
    """Say whether somebody accepts connections on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True
