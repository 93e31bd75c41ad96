# SPDX-License-Identifier: Apache-2.0
"""Tests of what all servers have in common, on processes of a few lines."""

import sys
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.clock import Clock, SystemClock
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.server import LocalServer
from perfcompare.model.errors import DeploymentError
from perfcompare.model.target import CONTROL
from perfcompare.testing.clock import FakeClock


class Script(LocalServer):
    """Runs Python; serves as soon as it has made the file "ready"."""

    name = "script"

    def __init__(self, scratch: Path, program: str, *, clock: Clock) -> None:
        super().__init__(scratch, secrets=Secrets(), clock=clock)
        self._program = program

    def _start(self) -> None:
        password = self._secrets.password("script")
        program = self._program.replace("PASSWORD", password)
        self._launch([sys.executable, "-u", "-c", program])
        self._await((self._directory / "ready").exists)


READY = "import pathlib, time; pathlib.Path('ready').touch();"


def test_a_server_runs_inside_its_context_and_not_after(tmp_path: Path) -> None:
    program = (
        f"{READY} import subprocess;"
        "subprocess.run(['sleep', '1000'], start_new_session=True)"
    )
    server = Script(tmp_path / "scratch", program, clock=SystemClock())

    with server:
        tree = server.tree
        table = command.processes()
        members = [table[pid] for pid in command.family({tree.pid}, table)]
        server.check_alive()

    assert (tree.owner, tree.service) == (CONTROL, "script")
    assert members
    assert command.still_there(members, command.processes()) == ()
    with pytest.raises(DeploymentError, match="script does not run"):
        server.check_alive()


def test_a_server_that_dies_shows_its_last_lines_without_the_password(
    tmp_path: Path,
) -> None:
    program = "print('cannot log in with PASSWORD'); raise SystemExit(3)"
    server = Script(tmp_path / "scratch", program, clock=SystemClock())

    with pytest.raises(DeploymentError) as caught, server:
        pass

    assert str(caught.value) == (
        "script ended with status 3; its last log lines:\n  cannot log in with ***"
    )


def test_a_server_that_never_serves_is_given_up_and_ended(tmp_path: Path) -> None:
    program = "import time; print('thinking'); time.sleep(1000)"
    server = Script(tmp_path / "scratch", program, clock=FakeClock())

    with pytest.raises(DeploymentError, match="does not serve 90 s after its start"):
        server.__enter__()

    assert server._daemon is None


def test_a_tool_that_fails_says_why_without_the_password(tmp_path: Path) -> None:
    with Script(tmp_path, f"{READY} time.sleep(1000)", clock=SystemClock()) as server:
        password = server._secrets.password("script")
        with pytest.raises(DeploymentError) as caught:
            server._run(["sh", "-c", f"echo {password} is wrong; exit 2"])

    assert str(caught.value) == (
        "sh of script ended with status 2; its last words:\n  *** is wrong"
    )


def test_a_server_inherits_nothing_from_the_shell_but_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYSQL_HOST", "of the system")
    monkeypatch.setenv("RABBITMQ_NODENAME", "of the system")
    program = "import os; print(sorted(os.environ), flush=True);" + READY
    server = Script(tmp_path, f"{program} time.sleep(1000)", clock=SystemClock())

    with server:
        seen = (tmp_path / "script.log").read_text()

    assert "'PATH'" in seen
    assert "of the system" not in seen
    assert "MYSQL_HOST" not in seen
    assert "RABBITMQ_NODENAME" not in seen


def test_a_private_file_is_never_readable_by_others(tmp_path: Path) -> None:
    with Script(tmp_path, f"{READY} time.sleep(1000)", clock=SystemClock()) as server:
        path = server._write_private("secret", "hush")

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "hush"
