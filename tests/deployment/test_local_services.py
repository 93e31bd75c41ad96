# SPDX-License-Identifier: Apache-2.0
"""Tests of instances: directories, files, migrations and the first process."""

import dataclasses
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from perfcompare.deployment.local.logs import last, tail
from perfcompare.deployment.local.services import Instance
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import Project, Service
from perfcompare.model.variant import Backend, Variant


@pytest.fixture
def instance(
    project: Callable[..., Project],
    variant: Callable[..., Variant],
    values: dict[str, str],
    tmp_path: Path,
) -> Instance:
    (tmp_path / "venv" / "etc").mkdir(parents=True)
    (tmp_path / "venv" / "etc" / "paste.ini").write_text("[app:main]\n")
    return Instance(
        project=project(
            config={"svc.conf": {"DEFAULT": {"password": "{service_password}"}}},
            copied_files=("etc/paste.ini",),
            directories=("images", "locks/deep"),
        ),
        variant=variant(),
        root=tmp_path / "instance",
        values=values,
        redact=lambda text: text.replace("hush", "***"),
    )


def migrating(instance: Instance, *commands: tuple[str, ...]) -> Instance:
    project = dataclasses.replace(instance.project, migrate=commands)
    return dataclasses.replace(instance, project=project)


def test_configure_makes_directories_and_files(instance: Instance) -> None:
    instance.configure()

    assert sorted(path.name for path in instance.etc.iterdir()) == [
        "paste.ini",
        "svc.conf",
    ]
    assert (instance.state / "images").is_dir()
    assert (instance.state / "locks" / "deep").is_dir()
    assert instance.log.is_dir()


def test_a_file_that_holds_a_password_is_for_its_owner(instance: Instance) -> None:
    instance.configure()

    mode = (instance.etc / "svc.conf").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert "hush" in (instance.etc / "svc.conf").read_text()


def test_a_file_that_the_release_does_not_bring_is_named(instance: Instance) -> None:
    (Path(instance.values["venv"]) / "etc" / "paste.ini").unlink()

    with pytest.raises(
        DeploymentError, match=r"base \(1\.0\) does not bring .*paste\.ini: No such"
    ):
        instance.configure()


def test_migrations_run_in_the_state_directory_with_the_services_variables(
    instance: Instance,
) -> None:
    program = "import os; open('where', 'w').write(os.environ['BACKEND'])"
    instance = migrating(instance, (sys.executable, "-c", program))
    instance.configure()

    instance.migrate()

    assert (instance.state / "where").read_text() == Backend.THREADING.value


def test_a_migration_is_told_without_its_paths(instance: Instance) -> None:
    command = ("/bin/echo", "--config-file", "{etc}/svc.conf", "db", "sync")
    instance = migrating(instance, command, ("/bin/true",))
    instance.configure()

    assert instance.migrate() == "echo db sync; true"


def test_a_failed_migration_shows_its_last_words(instance: Instance) -> None:
    program = "import sys; print('no such table: x'); sys.exit(3)"
    instance = migrating(instance, (sys.executable, "-c", program))
    instance.configure()

    with pytest.raises(
        DeploymentError, match=r"of base ended with status 3; .*\n  no such table: x"
    ):
        instance.migrate()


def test_a_failed_migration_shows_no_password(instance: Instance) -> None:
    program = "import sys; print('no login with hush'); sys.exit(3)"
    instance = migrating(instance, (sys.executable, "-c", program))
    instance.configure()

    with pytest.raises(DeploymentError, match=r"\n  no login with \*\*\*$"):
        instance.migrate()


def test_a_command_that_cannot_be_run_shows_no_password(instance: Instance) -> None:
    instance = migrating(instance, ("/nowhere/hush",))
    instance.configure()

    with pytest.raises(DeploymentError, match=r"cannot run /nowhere/\*\*\*"):
        instance.migrate()


def test_what_migrations_said_is_in_the_logs_without_passwords(
    instance: Instance,
) -> None:
    instance = migrating(instance, ("/bin/echo", "hush", "db"), ("/bin/false",))
    instance.configure()
    with pytest.raises(DeploymentError):
        instance.migrate()

    said = instance.logs()["commands.log"]
    assert said == b"$ echo *** db\n*** db\n$ false\n"


def test_a_service_runs_the_variants_backend_unless_it_has_its_own(
    instance: Instance, service: Callable[..., Service]
) -> None:
    instance.configure()
    started = [
        instance.start(service("follows")),
        instance.start(service("fixed", backend=Backend.EVENTLET)),
    ]
    for each in started:
        each.daemon.terminate(grace_seconds=10)

    backends = [each.backend for each in started]
    assert backends == [Backend.THREADING, Backend.EVENTLET]


def test_what_a_service_says_is_in_its_log(
    instance: Instance,
    service: Callable[..., Service],
    until: Callable[[Callable[[], bool]], None],
) -> None:
    instance.configure()
    started = instance.start(service("svc", "print('hello')"))
    until(lambda: started.daemon.status == 0)

    assert started.log == instance.log / "svc.log"
    assert tail(started.log) == "hello\n"


def test_the_tail_of_a_long_log_is_a_quarter_of_a_mebibyte(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"a" + b"b" * 256 * 1024)

    assert tail(tmp_path / "log") == "b" * 256 * 1024


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert tail(tmp_path / "log") == ""


def test_the_last_lines_are_fifteen_that_say_something() -> None:
    text = "\n\n".join(str(number) for number in range(20))

    assert last(text).splitlines() == [f"  {number}" for number in range(5, 20)]


def test_nothing_said_is_said_so() -> None:
    assert last("") == "  (nothing)"
