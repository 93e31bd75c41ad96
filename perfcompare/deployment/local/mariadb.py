# SPDX-License-Identifier: Apache-2.0
"""A MariaDB server of our own, with databases that go back to a snapshot."""

import os
from pathlib import Path

from perfcompare.clock import Clock
from perfcompare.deployment.local.databases import checked_name
from perfcompare.deployment.local.ports import free_port, listens
from perfcompare.deployment.local.requirements import binary
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.server import LocalServer
from perfcompare.model.errors import DeploymentError

_USER = "perfcompare"
# "utf8" is what OpenStack's installation guides create; see also the URL.
_CHARACTER_SET = "utf8mb3"
# What outlives its service must not hold up a restore for a day.
_LOCK_WAIT_SECONDS = 20

# The data live as long as the run: nothing is flushed for a crash, and tables are
# no files of their own, so that the disk, which all variants share, is neither waited
# for nor measured.  "loose": a release that has dropped an option goes without it.
_SETTINGS = (
    "--skip-name-resolve",
    "--skip-log-bin",
    # Services keep pools: Debian's 151 are too few for two variants.
    "--max-connections=2000",
    "--character-set-server=utf8mb3",
    "--innodb-buffer-pool-size=256M",
    "--innodb-flush-log-at-trx-commit=0",
    "--loose-innodb-flush-method=nosync",
    "--loose-innodb-doublewrite=0",
    "--loose-innodb-file-per-table=0",
    "--loose-sync-frm=0",
    "--loose-debug-no-sync",
    # Statements by user, and each database has its own.  Within what can be measured
    # this is free; performance_schema took a quarter more CPU and 150 MB for the same.
    "--userstat=1",
)


class MariaDB(LocalServer):
    """Private mariadbd: own data, port and accounts; a Database.

    A restore reads a dump in again: with these settings 0.3 s for 70 tables on an
    idle host and 1 s on a busy one, so copying tablespaces is not worth its rules.
    """

    name = "mariadb"

    def __init__(self, scratch: Path, *, secrets: Secrets, clock: Clock) -> None:
        super().__init__(scratch, secrets=secrets, clock=clock)
        self._port = 0

    def url(self, name: str) -> str:
        """Return the URL over TCP, for PyMySQL; its user is that of *name* alone."""
        password = self._secrets.password("mariadb")
        return (
            f"mysql+pymysql://{_user(name)}:{password}@127.0.0.1:{self._port}"
            f"/{checked_name(name)}?charset=utf8"
        )

    def create(self, name: str) -> None:
        """Drop and create."""
        self._sql(self._fresh(name))

    def snapshot(self, name: str, to: Path) -> None:
        """Dump tables, rows, triggers and routines as SQL."""
        draft = to.absolute().with_name(f"{to.name}.part")
        self._run(
            [
                *(binary("mariadb-dump"), self._defaults(), "--single-transaction"),
                *("--routines", "--triggers", "--skip-dump-date"),
                *(f"--result-file={draft}", checked_name(name)),
            ]
        )
        draft.replace(to)

    def restore(self, name: str, source: Path) -> None:
        """Drop, create, and read the dump in."""
        try:
            dump = source.read_bytes()
        except OSError as error:
            raise DeploymentError(
                f"no snapshot of database {name} in {source}: {error.strerror}"
            ) from error
        self._sql(self._fresh(name), f"USE {name};\n".encode() + dump)

    def statements(self, name: str) -> int | None:
        """Ask the server's statistics of users; SHOW is not counted."""
        kinds = "SELECT_COMMANDS + UPDATE_COMMANDS + OTHER_COMMANDS"
        said = self._sql(
            f"SELECT SUM({kinds}) FROM information_schema.USER_STATISTICS"  # noqa: S608  # the name is checked
            f" WHERE USER = '{_user(name)}';\n"
        )
        count = said.split()[-1]
        return 0 if count == "NULL" else int(count)

    def drop(self, name: str) -> None:
        """Drop."""
        self._sql(f"DROP DATABASE IF EXISTS {checked_name(name)};\n")

    def _start(self) -> None:
        # The server refuses to be root unless it is told to.
        user = ("--user=root",) if os.geteuid() == 0 else ()
        data = self._directory / "data"
        self._run(
            [
                *(binary("mariadb-install-db"), "--no-defaults", *user),
                *(f"--datadir={data}", "--auth-root-authentication-method=normal"),
                *("--skip-test-db", "--skip-name-resolve"),
            ]
        )
        accounts = self._write_private("accounts.sql", self._accounts())
        self._port = free_port()
        self._write_private("client.cnf", self._client_options())
        self._launch(
            [
                *(binary("mariadbd"), "--no-defaults", *user),
                *(f"--datadir={data}", f"--tmpdir={self._directory}"),
                # Relative to the data directory: absolute paths of sockets end at
                # 107 characters.
                *("--socket=server.sock", "--pid-file=server.pid"),
                *("--bind-address=127.0.0.1", f"--port={self._port}"),
                *(f"--init-file={accounts}", *_SETTINGS),
            ]
        )
        self._await(lambda: listens(self._port))
        # A client that connects while the accounts are made waits for them.
        self._sql("SELECT 1;\n")
        accounts.unlink()

    def _accounts(self) -> str:
        """Return the init file: one statement a line."""
        password = self._secrets.password("mariadb")
        root = self._secrets.password("mariadb-root")
        return (
            f"ALTER USER root@localhost IDENTIFIED BY '{root}';\n"
            f"CREATE USER {_USER}@127.0.0.1 IDENTIFIED BY '{password}';\n"
            f"GRANT ALL ON *.* TO {_USER}@127.0.0.1 WITH GRANT OPTION;\n"
        )

    def _client_options(self) -> str:
        return (
            "[client]\n"
            f"user = {_USER}\n"
            f"password = {self._secrets.password('mariadb')}\n"
            "protocol = tcp\n"
            "host = 127.0.0.1\n"
            f"port = {self._port}\n"
        )

    def _defaults(self) -> str:
        """Return the option, always the first, that keeps the system's files out."""
        return f"--defaults-file={self._directory / 'client.cnf'}"

    def _fresh(self, name: str) -> str:
        """Return how to make an empty database and its user, who may do all."""
        user = f"{_user(name)}@127.0.0.1"
        password = self._secrets.password("mariadb")
        return (
            f"DROP DATABASE IF EXISTS {checked_name(name)};\n"
            f"CREATE DATABASE {name} CHARACTER SET {_CHARACTER_SET};\n"
            f"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY '{password}';\n"
            f"GRANT ALL ON *.* TO {user};\n"
        )

    def _sql(self, statements: str, more: bytes = b"") -> str:
        """Execute *statements* as our own user, whom nobody counts."""
        patience = f"SET lock_wait_timeout = {_LOCK_WAIT_SECONDS};\n"
        return self._run(
            [binary("mariadb"), self._defaults(), "--batch"],
            stdin=f"{patience}{statements}".encode() + more,
        )


def _user(name: str) -> str:
    """Return the user of database *name*, which the server can tell from others."""
    return f"of_{checked_name(name)}"
