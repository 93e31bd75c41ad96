# SPDX-License-Identifier: Apache-2.0
"""Tests of databases as SQLite files."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from perfcompare.deployment.local.databases import Database
from perfcompare.deployment.local.sqlite import Sqlite
from perfcompare.model.errors import DeploymentError


def execute(database: Database, name: str, statement: str) -> list[tuple[str]]:
    path = database.url(name).removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


@pytest.fixture
def database(tmp_path: Path) -> Sqlite:
    found = Sqlite(tmp_path / "databases")
    found.create("glance")
    execute(found, "glance", "create table images (id text)")
    execute(found, "glance", "insert into images values ('one')")
    return found


def test_a_restored_database_is_what_it_was_at_the_snapshot(
    database: Sqlite, tmp_path: Path
) -> None:
    database.snapshot("glance", tmp_path / "copy")
    execute(database, "glance", "insert into images values ('two')")

    database.restore("glance", tmp_path / "copy")

    assert execute(database, "glance", "select id from images") == [("one",)]


def test_a_snapshot_restores_under_another_name(
    database: Sqlite, tmp_path: Path
) -> None:
    database.snapshot("glance", tmp_path / "copy")

    database.restore("glance_target", tmp_path / "copy")

    assert execute(database, "glance_target", "select id from images") == [("one",)]


def test_a_snapshot_holds_what_is_still_in_the_write_ahead_log(
    database: Sqlite, tmp_path: Path
) -> None:
    path = database.url("glance").removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("pragma journal_mode = wal")
        writer.execute("insert into images values ('logged')")
        writer.commit()
        database.snapshot("glance", tmp_path / "copy")

    database.restore("other", tmp_path / "copy")

    rows = execute(database, "other", "select id from images")
    assert rows == [("one",), ("logged",)]


def test_restoring_forgets_the_log_of_what_it_replaces(
    database: Sqlite, tmp_path: Path
) -> None:
    database.snapshot("glance", tmp_path / "copy")
    stale = tmp_path / "databases" / "glance.sqlite-wal"
    stale.write_bytes(b"of the database before")

    database.restore("glance", tmp_path / "copy")

    assert not stale.exists()


def test_creating_empties_a_database_that_only_its_owner_reads(
    database: Sqlite, tmp_path: Path
) -> None:
    database.create("glance")

    assert execute(database, "glance", "select name from sqlite_master") == []
    file = tmp_path / "databases" / "glance.sqlite"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_dropped_database_cannot_be_copied(database: Sqlite, tmp_path: Path) -> None:
    database.drop("glance")
    database.drop("glance")

    with pytest.raises(DeploymentError, match="no database glance to copy"):
        database.snapshot("glance", tmp_path / "copy")


def test_a_missing_snapshot_leaves_the_database_alone(
    database: Sqlite, tmp_path: Path
) -> None:
    with pytest.raises(DeploymentError, match="no snapshot of database glance"):
        database.restore("glance", tmp_path / "nowhere")

    assert execute(database, "glance", "select id from images") == [("one",)]


def test_a_name_that_needs_quoting_is_refused(database: Sqlite) -> None:
    with pytest.raises(DeploymentError, match="is no database name"):
        database.create("../glance")
