# SPDX-License-Identifier: Apache-2.0
"""The Database protocol: what a deployment asks of SQLite and MariaDB alike."""

import re
from pathlib import Path
from typing import Protocol

from perfcompare.model.errors import DeploymentError


class Database(Protocol):
    """Makes databases, and takes them back to an earlier state."""

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of database *name*; it may hold a password."""
        ...

    def create(self, name: str) -> None:
        """Make *name* an empty database, whatever it was before."""
        ...

    def snapshot(self, name: str, to: Path) -> None:
        """Copy *name* into the file *to* while nobody writes to it."""
        ...

    def restore(self, name: str, source: Path) -> None:
        """Make *name* what it was when the snapshot *source* was taken.

        *name* need not exist, nor be the database that was copied.
        """
        ...

    def statements(self, name: str) -> int | None:
        """Return how many statements the users of *name* alone have executed.

        Since the server began; None where nobody counts them.
        """
        ...

    def drop(self, name: str) -> None:
        """Remove *name*; nothing happens when it does not exist."""
        ...


def checked_name(name: str) -> str:
    """Return *name*, which must do as a file and as an SQL identifier unquoted."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise DeploymentError(
            f"{name!r} is no database name: lower-case letters, digits and _ only"
        )
    return name
