# SPDX-License-Identifier: Apache-2.0
"""A user's own code: found, pinned, and recognized when it changes."""

import os
import shutil
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.plan.sources import SourceError, resolve_source


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    path = tmp_path / "things"
    (path / "things").mkdir(parents=True)
    (path / "pyproject.toml").write_text("[project]\nname = 'things'\n")
    (path / "things" / "api.py").write_text("x = 1\n")
    return path


@pytest.fixture
def repository(checkout: Path) -> Path:
    for arguments in (
        ("init", "--quiet", "--initial-branch", "main"),
        ("add", "."),
        (
            *("-c", "user.name=x", "-c", "user.email=x@example.org"),
            *("commit", "--quiet", "--message", "x"),
        ),
    ):
        assert command.run(["git", "-C", str(checkout), *arguments]).status == 0
    return checkout


def head(repository: Path) -> str:
    return command.run(
        ["git", "-C", str(repository), "rev-parse", "HEAD"]
    ).output.strip()


def test_a_checkout_is_found_relative_to_the_plan(checkout: Path) -> None:
    source = resolve_source("../things", checkout.parent / "plans")

    assert source.url == checkout.as_uri()


def test_a_changed_file_changes_the_fingerprint(checkout: Path) -> None:
    before = resolve_source(str(checkout), Path())

    (checkout / "things" / "api.py").write_text("x = 2\n")

    assert resolve_source(str(checkout), Path()).fingerprint != before.fingerprint


def test_a_renamed_file_changes_the_fingerprint(checkout: Path) -> None:
    before = resolve_source(str(checkout), Path())

    (checkout / "things" / "api.py").rename(checkout / "things" / "apis.py")

    assert resolve_source(str(checkout), Path()).fingerprint != before.fingerprint


@pytest.mark.parametrize(
    "made",
    [
        "build/lib/api.py",
        "things.egg-info/PKG.txt",
        ".git/index.py",
        "things/__pycache__/api.cpython-311.pyc",
        "AUTHORS",
        "ChangeLog",
    ],
)
def test_what_a_build_leaves_does_not_change_the_fingerprint(
    checkout: Path, made: str
) -> None:
    before = resolve_source(str(checkout), Path())

    (checkout / made).parent.mkdir(parents=True, exist_ok=True)
    (checkout / made).write_text("made")

    assert resolve_source(str(checkout), Path()) == before


def test_a_link_is_not_followed_out_of_the_checkout(checkout: Path) -> None:
    before = resolve_source(str(checkout), Path())

    (checkout / "loop").symlink_to(checkout)

    assert resolve_source(str(checkout), Path()) == before


def test_a_wheel_counts_by_its_content(tmp_path: Path) -> None:
    wheel = tmp_path / "things-1.0-py3-none-any.whl"
    wheel.write_bytes(b"one")
    before = resolve_source(wheel.name, tmp_path)

    wheel.write_bytes(b"two")

    after = resolve_source(wheel.name, tmp_path)
    assert after.url == before.url == wheel.as_uri()
    assert after.fingerprint != before.fingerprint


@pytest.mark.parametrize("suffix", ["", "@main", "@HEAD"])
def test_a_git_reference_is_pinned_to_its_commit(repository: Path, suffix: str) -> None:
    source = resolve_source(f"git+file://{repository}{suffix}", Path("/nowhere"))

    assert source.url == f"git+{repository.as_uri()}@{head(repository)}"
    assert source.fingerprint == head(repository)


def test_a_reference_that_looks_like_an_option_is_no_option(repository: Path) -> None:
    with pytest.raises(SourceError, match="git finds no '--git-dir'"):
        resolve_source(f"git+file://{repository}@--git-dir", Path())


def test_variables_of_a_git_hook_do_not_lead_astray(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path))

    source = resolve_source(f"git+file://{repository}", Path())

    monkeypatch.delenv("GIT_DIR")
    assert source.fingerprint == head(repository)


def test_without_git_the_message_says_so(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SourceError, match="cannot run git"):
        resolve_source(f"git+file://{repository}", Path())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere", "does not exist; check the path"),
        ("empty", "holds no pyproject.toml or setup.py or setup.cfg; give the top of"),
        ("notes.md", "is no .whl or .tar.gz; give a checkout or a wheel"),
        ("https://example.org/x.whl", "is not on this host; clone it"),
        ("git+https://example.org/x", "is not on this host; clone it"),
        ("git+file://things@main", "is no absolute path of a directory"),
        ("git+file:///nowhere/things", "is no absolute path of a directory"),
    ],
)
def test_what_cannot_be_installed_says_what_to_give(
    tmp_path: Path, source: str, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.md").touch()

    with pytest.raises(SourceError, match=message):
        resolve_source(source, tmp_path)


def test_a_reference_that_does_not_exist_says_so(repository: Path) -> None:
    with pytest.raises(SourceError, match="git finds no 'stable/x'"):
        resolve_source(f"git+file://{repository}@stable/x", Path())


def test_a_checkout_that_the_system_cannot_read_is_no_crash(checkout: Path) -> None:
    # Longer than any path may be; unlike a mode, that stops root as well.
    place = os.open(checkout, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=place)
        below = os.open("x" * 250, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)

    with pytest.raises(SourceError, match=r"cannot be read: .*name too long"):
        resolve_source(str(checkout), Path())

    shutil.rmtree(checkout)


def test_a_pipe_in_a_checkout_is_not_waited_for(checkout: Path) -> None:
    before = resolve_source(str(checkout), Path())

    os.mkfifo(checkout / "things.sock")

    assert resolve_source(str(checkout), Path()) == before


def test_a_source_without_a_release_belongs_to_the_newest(load, checkout: Path) -> None:
    plan = load(
        f"""\
project: things
base: {{release: "1.0", backend: eventlet}}
target: {{source: {checkout}, backend: threading}}
task: task.yaml
"""
    )

    assert plan.variants[1].release == "3.0"
    assert any(str(checkout) in each for each in plan.variants[1].packages.requirements)


def test_the_home_of_nobody_is_no_source() -> None:
    with pytest.raises(SourceError, match="~nosuchuser"):
        resolve_source("~nosuchuser/things", Path())
