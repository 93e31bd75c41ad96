# SPDX-License-Identifier: Apache-2.0
"""Databases as SQLite files: enough for a service of few processes."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from perfcompare.deployment.local.databases import checked_name
from perfcompare.model.errors import DeploymentError

# What SQLite leaves beside a database that was not closed.
_COMPANIONS = ("-journal", "-wal", "-shm")


class Sqlite:
    """Keeps database ``name`` in ``directory/name.sqlite``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()

    def url(self, name: str) -> str:
        """Return ``sqlite:///`` and the file's absolute path."""
        return f"sqlite:///{self._file(name)}"

    def create(self, name: str) -> None:
        """Make an empty file: an empty database, to SQLite."""
        self.drop(name)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._file(name).touch(mode=0o600)

    def snapshot(self, name: str, to: Path) -> None:
        """Copy through SQLite's backup API, a write-ahead log included."""
        file = self._file(name)
        if not file.is_file():
            raise DeploymentError(f"no database {name} to copy: {file} is not there")
        draft = to.with_name(f"{to.name}.part")
        draft.unlink(missing_ok=True)
        try:
            with (
                closing(sqlite3.connect(file)) as live,
                closing(sqlite3.connect(draft)) as copy,
            ):
                live.backup(copy)
        except sqlite3.Error as error:
            raise DeploymentError(f"cannot copy database {file}: {error}") from error
        draft.replace(to)

    def restore(self, name: str, source: Path) -> None:
        """Put the copy in place of the file and of its journals."""
        if not source.is_file():
            raise DeploymentError(f"no snapshot of database {name} in {source}")
        self.drop(name)
        self._directory.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, self._file(name))
        self._file(name).chmod(0o600)

    def statements(self, name: str) -> None:
        """Return None: SQLite is no server that could count."""
        del name

    def drop(self, name: str) -> None:
        """Remove the file and what SQLite left beside it."""
        file = self._file(name)
        for suffix in ("", *_COMPANIONS):
            file.with_name(file.name + suffix).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self._directory / f"{checked_name(name)}.sqlite"
