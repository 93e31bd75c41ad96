# SPDX-License-Identifier: Apache-2.0
"""A memcached of our own, where services keep tokens."""

import os
from pathlib import Path

from perfcompare.clock import Clock
from perfcompare.deployment.local.ports import free_port, listens
from perfcompare.deployment.local.requirements import binary
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.server import LocalServer


class Memcached(LocalServer):
    """Private memcached: no UDP, no password (its protocol has none to speak of)."""

    name = "memcached"

    def __init__(self, scratch: Path, *, secrets: Secrets, clock: Clock) -> None:
        super().__init__(scratch, secrets=secrets, clock=clock)
        self.address = ""

    def _start(self) -> None:
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        # It refuses to be root unless it is told to.
        user = ("-u", "root") if os.geteuid() == 0 else ()
        self._launch(
            [
                *(binary("memcached"), *user, "-l", "127.0.0.1", "-p", str(port)),
                *("-U", "0", "-m", "64", "-c", "2048"),
            ]
        )
        self._await(lambda: listens(port))
