# SPDX-License-Identifier: Apache-2.0
"""Tests of what a requirement's content is."""

import subprocess
from pathlib import Path

import pytest

from perfcompare.deployment.local.sources import digest
from perfcompare.model.errors import DeploymentError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    made = tmp_path / "my code"
    made.mkdir()
    (made / "tiny.py").touch()
    return made


def git(directory: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    return subprocess.run(
        ["git", "-C", directory, *identity, *arguments],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


@pytest.mark.parametrize(
    "requirement", ["six", "six==1.17.0", "six>=1 ; python_version < '4'", "a[b]~=2.0"]
)
def test_a_package_of_an_index_has_no_content_of_its_own(requirement: str) -> None:
    assert digest(requirement) is None


def test_one_directory_is_the_same_however_it_is_written(checkout: Path) -> None:
    url = f"file://{checkout}".replace(" ", "%20")

    digests = {
        digest(str(checkout)),
        digest(f"{checkout}[mysql]"),
        digest(f"tiny @ {url}"),
        digest(f"tiny[mysql]@{url} ; python_version > '3'"),
    }
    assert len(digests) == 1
    assert None not in digests


def test_leftovers_of_builds_do_not_count_where_git_is_not(checkout: Path) -> None:
    before = digest(str(checkout))
    for name in ("__pycache__", "build", ".venv", "tiny.egg-info"):
        (checkout / name).mkdir()
        (checkout / name / "file").touch()
    assert digest(str(checkout)) == before

    (checkout / "new.py").touch()
    assert digest(str(checkout)) != before


def test_neither_a_commit_nor_a_tag_changes_what_a_checkout_contains(
    checkout: Path,
) -> None:
    git(checkout, "init")
    git(checkout, "add", ".")
    git(checkout, "commit", "-m", "one")
    before = digest(str(checkout))

    git(checkout, "tag", "2.0")
    git(checkout, "commit", "--allow-empty", "-m", "two")

    assert digest(str(checkout)) == before


def test_a_file_that_cannot_be_read_is_named(checkout: Path) -> None:
    # A name longer than the system takes cannot be asked for, whoever asks.
    with pytest.raises(DeploymentError, match=r"cannot read .*: File name too long"):
        digest(f"{checkout}/{'x' * 300}.whl")


def test_a_deleted_file_and_a_dangling_link_are_content(checkout: Path) -> None:
    (checkout / "link").symlink_to("nowhere")
    git(checkout, "init")
    git(checkout, "add", ".")
    before = digest(str(checkout))

    (checkout / "tiny.py").unlink()
    deleted = digest(str(checkout))
    (checkout / "link").unlink()
    (checkout / "link").symlink_to("elsewhere")

    assert len({before, deleted, digest(str(checkout))}) == 3


def test_a_git_url_names_a_branch_or_a_commit_that_exists(
    checkout: Path, tmp_path: Path
) -> None:
    repository = checkout.rename(tmp_path / "repository")
    git(repository, "init", "-b", "main")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "one")
    commit = git(repository, "rev-parse", "HEAD")
    url = f"git+file://{repository}"

    assert digest(f"tiny @ {url}@main") != digest(f"tiny @ {url}@{commit}")
    assert digest(url) == digest(f"{url}@HEAD#egg=tiny")
    with pytest.raises(DeploymentError, match="git finds no feature/x in"):
        digest(f"{url}@feature/x")
    with pytest.raises(DeploymentError, match="git finds no HEAD in file:///nowhere"):
        digest("git+file:///nowhere")
