# SPDX-License-Identifier: Apache-2.0
"""``source:`` — the user's own code in place of a project's package.

A path is kept as it is and its content goes into the digest; a git reference is
pinned to its commit, so that a branch that moves does not change a run half way.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from perfcompare import command
from perfcompare.model.errors import ExperimentError

_GIT = "git+file://"
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
_ARCHIVES = (".whl", ".tar.gz")

# What a build leaves in a checkout must not look like a change of the code.
_MADE_BY_BUILDS = {"build", "dist", "__pycache__", "node_modules"}
_NO_CODE = {"", ".pyc"}  # without a suffix: AUTHORS and ChangeLog, which pbr writes


class SourceError(Exception):
    """A source cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSource:
    """Where code comes from, and what it was when the plan was read."""

    url: str
    """file: or git+file: with a commit, as pip takes it after ``name @``."""
    fingerprint: str
    """SHA-256 over the content; the commit for git."""


def resolve_source(text: str, folder: Path) -> CodeSource:
    """Find what *text* names, relative to *folder*.

    Raises:
        SourceError: It does not exist, or is nothing that can be installed.
    """
    if text.startswith(_GIT):
        return _git(text.removeprefix(_GIT))
    if "://" in text:
        raise SourceError(
            f"source '{text}' is not on this host; clone it, and give its path"
            f" or {_GIT}/path@ref"
        )
    path = _expanded(text, folder)
    if path.is_dir():
        if not any((path / name).is_file() for name in _PROJECT_FILES):
            raise SourceError(
                f"source {path} holds no {' or '.join(_PROJECT_FILES)}; give the top"
                " of a checkout"
            )
    elif not path.is_file():
        raise SourceError(f"source {path} does not exist; check the path")
    elif not path.name.endswith(_ARCHIVES):
        raise SourceError(
            f"source {path} is no {' or '.join(_ARCHIVES)}; give a checkout or a wheel"
        )
    try:
        fingerprint = _fingerprint(path)
    except OSError as error:
        raise SourceError(f"source {path} cannot be read: {error}") from error
    return CodeSource(url=path.as_uri(), fingerprint=fingerprint)


def _expanded(text: str, folder: Path) -> Path:
    try:
        return (folder / Path(text).expanduser()).resolve()
    except RuntimeError as error:  # ~somebody who does not exist
        raise SourceError(f"source '{text}': {error}") from error


def _git(text: str) -> CodeSource:
    place, at, reference = text.rpartition("@")
    path = Path(place if at else text)
    reference = reference if at else "HEAD"
    if not path.is_absolute() or not path.is_dir():
        raise SourceError(
            f"source {_GIT}{text}: {path} is no absolute path of a directory;"
            f" write {_GIT}/path@ref"
        )
    look_up = ("rev-parse", "--verify", f"{reference}^{{commit}}")
    try:
        answer = command.run(
            ["git", "-C", str(path), *look_up], env=_environment(), timeout_seconds=30
        )
    except ExperimentError as error:
        raise SourceError(f"source {_GIT}{text}: {error}") from error
    commit = answer.output.strip()
    if answer.status != 0:
        said = " ".join(commit.split())
        raise SourceError(f"source {_GIT}{text}: git finds no '{reference}': {said}")
    return CodeSource(url=f"git+{path.as_uri()}@{commit}", fingerprint=commit)


def _environment() -> Mapping[str, str]:
    # Inside a git hook GIT_DIR and its like point at another repository.
    kept = {key: value for key, value in os.environ.items() if key[:4] != "GIT_"}
    return {**kept, "LC_ALL": "C"}


def _fingerprint(path: Path) -> str:
    content = hashlib.sha256()
    for file in _files(path) if path.is_dir() else (path,):
        content.update(f"{file.relative_to(path)}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as opened:
            while chunk := opened.read(1 << 20):
                content.update(chunk)
    return content.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a checkout that are its code, in order."""
    for entry in sorted(folder.iterdir()):
        made = entry.name in _MADE_BY_BUILDS or entry.name.endswith(".egg-info")
        if entry.name.startswith(".") or made or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _files(entry)
        elif entry.is_file() and entry.suffix not in _NO_CODE:
            yield entry
