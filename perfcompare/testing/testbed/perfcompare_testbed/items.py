# SPDX-License-Identifier: Apache-2.0
"""The resources: items in a SQLite file, whose schema an upgrade changes."""

import sqlite3
from contextlib import closing

_SCHEMA = "CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, name TEXT)"
_NOTE = "ALTER TABLE items ADD COLUMN note TEXT NOT NULL DEFAULT ''"
SQLITE = "sqlite:///"


class Items:
    """A table of items; one connection a call, so any thread may ask."""

    def __init__(self, url: str) -> None:
        self._path = url.removeprefix(SQLITE)

    def migrate(self, release: str) -> None:
        """Bring the schema to *release*: from 2.0 on an item has a note."""
        with closing(self._connect()) as database, database:
            database.execute(_SCHEMA)
            if release != "1.0" and not self._has_note(database):
                database.execute(_NOTE)

    def add(self, name: str) -> int:
        """Store an item and return its number."""
        with closing(self._connect()) as database, database:
            added = database.execute("INSERT INTO items (name) VALUES (?)", (name,))
        if added.lastrowid is None:
            raise sqlite3.DatabaseError("the item has no number")
        return added.lastrowid

    def all(self) -> list[dict[str, object]]:
        """Return every item with all its columns."""
        with closing(self._connect()) as database:
            rows = database.execute("SELECT * FROM items ORDER BY id")
            names = [column[0] for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in rows]

    def remove(self, number: int) -> bool:
        """Delete an item; False when there is none."""
        with closing(self._connect()) as database, database:
            removed = database.execute("DELETE FROM items WHERE id = ?", (number,))
        return removed.rowcount == 1

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30)

    @staticmethod
    def _has_note(database: sqlite3.Connection) -> bool:
        columns = database.execute("PRAGMA table_info(items)")
        return "note" in {column[1] for column in columns}
