# SPDX-License-Identifier: Apache-2.0
"""What a pip requirement that names a file, checkout or repository contains."""

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from perfcompare import command
from perfcompare.model.errors import DeploymentError

# "name[extra] @ where ; marker", or "where" alone.
_DIRECT = re.compile(
    r"^\s*(?:[\w.-]+\s*(?:\[[^\]]*\])?\s*@\s*)?"
    r"(?P<where>(?:git\+|file:|/).+?)(?:\s+;.*)?\s*$"
)
_GIT = re.compile(r"^(?P<url>[\w+.-]+://[^/]*/.*?)(?:@(?P<ref>[^@]*))?$")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
# Not part of what is installed, in a directory that git knows nothing of.
_SKIPPED = re.compile(r"^(\..*|__pycache__|build|dist|.*\.egg-info|.*\.py[co])$")


def digest(requirement: str) -> str | None:
    """Return a hash of what *requirement* points at; None for an index package.

    A directory counts as it is now, uncommitted changes included; a git URL
    counts by the commit that its reference names now.
    """
    direct = _DIRECT.match(requirement)
    if direct is None:
        return None
    where = direct["where"]
    if where.startswith("git+"):
        return _commit(where.removeprefix("git+"))
    path = _path(where)
    try:
        if path.is_dir():
            return _tree_digest(path)
        if path.is_file():
            return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DeploymentError(
            f"{requirement}: cannot read {error.filename or path}: {error.strerror}"
        ) from error
    raise DeploymentError(f"{requirement}: {path} does not exist")


def _path(where: str) -> Path:
    if where.startswith("file:"):
        return Path(unquote(urlsplit(where).path))
    without_extras = re.sub(r"\[[^\]]*\]$", "", where)
    return Path(without_extras)


def _commit(url: str) -> str:
    parts = _GIT.match(url.partition("#")[0])
    if parts is None:
        raise DeploymentError(f"git+{url} is no URL of a git repository")
    ref = parts["ref"] or "HEAD"
    listed = _git("ls-remote", parts["url"], ref)
    if listed.status == 0 and listed.output.strip():
        return hashlib.sha256(listed.output.encode()).hexdigest()
    if listed.status == 0 and _COMMIT.fullmatch(ref):
        return ref
    raise DeploymentError(
        f"git finds no {ref} in {parts['url']}: {listed.output.strip()[-500:]}"
    )


def _tree_digest(directory: Path) -> str:
    # Neither commits nor tags count: pbr makes a version of them, but no other code,
    # and every commit of unchanged files would build everything again.
    seen = hashlib.sha256()
    for name in sorted(_files(directory)):
        file = directory / name
        content = _content(file)
        if content is not None:
            seen.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return seen.hexdigest()


def _content(file: Path) -> bytes | None:
    """Read *file*, or where it links to; None for what was deleted or a submodule."""
    if file.is_symlink():
        return bytes(file.readlink())
    return file.read_bytes() if file.is_file() else None


def _files(directory: Path) -> Iterable[str]:
    """Name what git would consider in *directory*, or all but leftovers of builds."""
    listed = _git(
        *("-C", str(directory), "ls-files", "-z"),
        *("--cached", "--others", "--exclude-standard"),
    )
    if listed.status == 0:
        return {name for name in listed.output.split("\0") if name}
    return _walk(directory)


def _walk(directory: Path) -> Iterable[str]:
    for place, directories, files in os.walk(directory):
        directories[:] = [name for name in directories if not _SKIPPED.match(name)]
        for name in files:
            if not _SKIPPED.match(name):
                yield str((Path(place) / name).relative_to(directory))


def _git(*arguments: str) -> command.Finished:
    # Inside a git hook these point at another repository.
    astray = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}
    environment = {k: v for k, v in os.environ.items() if k not in astray}
    return command.run(
        ["git", *arguments],
        env={**environment, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
        timeout_seconds=120.0,
    )
