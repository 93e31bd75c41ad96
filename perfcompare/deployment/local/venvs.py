# SPDX-License-Identifier: Apache-2.0
"""Virtual environments, built once for each content and shared by runs."""

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import uv

from perfcompare import command
from perfcompare.clock import Clock
from perfcompare.deployment.local import disk, logs, sources
from perfcompare.deployment.local.shelf import Shelf
from perfcompare.model.errors import DeploymentError
from perfcompare.model.variant import Packages

_BUILD_TIMEOUT_SECONDS = 1800.0
_COMPLETE = "complete.json"
# Part of every key: raise it when the way of building changes what is built.
_FORMAT = 1
# With hard links all variants would map the same page-cache pages, and PSS would
# divide a library's pages between base and target.
_LINK_MODE = "copy"
# uv's words for an index that does not answer, of several versions.
_UNREACHABLE = re.compile(
    r"failed to (fetch|download)|error sending request|are you offline", re.IGNORECASE
)
# What a user has set for other work must not decide what is installed here.
_IGNORED_VARIABLES = frozenset(
    (
        *("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME"),
        *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_LINK_MODE", "UV_EXCLUDE_NEWER"),
        *("UV_EXCLUDE_NEWER_PACKAGE", "UV_PRERELEASE", "UV_RESOLUTION"),
        *("UV_CONSTRAINT", "UV_OVERRIDE", "UV_BUILD_CONSTRAINT", "UV_EXCLUDE"),
        *("UV_COMPILE_BYTECODE", "UV_VENV_RELOCATABLE", "UV_VENV_SEED"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Venv:
    """A finished virtual environment; nobody installs into it any more."""

    path: Path
    python: Path
    packages: tuple[str, ...]
    """Sorted; ``name==version``, or ``name @ file:…`` for what is no index's."""


class Venvs:
    """Builds virtual environments with uv, keyed by all that decides their content.

    An environment is built where it stays (it is not relocatable);
    ``complete.json`` is written last, and what lacks it is built again.
    """

    def __init__(
        self, cache: Path, *, clock: Clock, progress: Callable[[str], None]
    ) -> None:
        self._directory = cache.absolute() / "venvs"
        self._shelf = Shelf(self._directory, clock=clock, progress=progress)
        self._clock = clock
        self._progress = progress

    def close(self) -> None:
        """Say that the environments built here are in use no more."""
        self._shelf.close()

    def build(self, packages: Packages, *, replica: int = 0) -> Venv:
        """Return the environment of *packages*, built unless it is there.

        It stays until `close`, whatever other runs do.

        Args:
            packages: What to install; packages frozen by date resolve to the same
                versions next year.
            replica: Another number is another, independent copy: two variants
                with equal packages must not share files, or memory is counted half.

        Raises:
            DeploymentError: uv could not do it; carries its last lines.
        """
        python, version = self._interpreter(packages.python)
        key = _key(packages, replica=replica, python=f"{version} {python}")
        with disk.writing(self._directory):
            return self._shelf.use(
                key,
                find=_read_complete,
                make=lambda path: self._build(packages, path, python),
            )

    def _build(self, packages: Packages, path: Path, python: Path) -> Venv:
        what = ", ".join(_redacted(each) for each in packages.requirements)
        self._progress(f"installing {what}")
        began = self._clock.monotonic()
        _remove(path)
        try:
            _uv("venv", "--quiet", "--no-project", "--python", str(python), str(path))
            interpreter = path / "bin" / "python"
            self._install(_install_arguments(packages), interpreter)
            frozen = _uv("pip", "freeze", "--python", str(interpreter))
        except BaseException:
            _remove(path)
            raise
        venv = Venv(path=path, python=interpreter, packages=_packages(frozen))
        _write_complete(venv)
        seconds = self._clock.monotonic() - began
        self._progress(f"installed {len(venv.packages)} packages in {seconds:.0f} s")
        return venv

    def _install(self, arguments: Sequence[str], interpreter: Path) -> None:
        """Install; without a network, from what uv has cached before."""
        arguments = [*arguments, "--python", str(interpreter)]
        try:
            _uv(*arguments)
        except DeploymentError as error:
            if not _UNREACHABLE.search(str(error)):
                raise
            try:
                _uv(*arguments, "--offline")
            except DeploymentError:
                raise error from None
            self._progress(
                "the package index did not answer: installed from uv's cache"
            )

    def _interpreter(self, wanted: str) -> tuple[Path, str]:
        """Find the interpreter itself, not a virtual environment around it."""
        found = command.run(
            [
                *(_uv_binary(), "python", "find", "--system", "--no-project"),
                *("--no-python-downloads", _own_interpreter(wanted) or wanted),
            ],
            env=_environment(),
            cwd=Path("/"),
        )
        # Warnings about other interpreters stand around the path.
        paths = [Path(line) for line in found.output.splitlines() if line[:1] == "/"]
        if found.status != 0 or not paths:
            raise DeploymentError(
                f"python {wanted} is not installed: install it (uv python install"
                f" {wanted}, or the distribution's package), or name another python"
                f" in the plan; uv said:\n{logs.last(_redacted(found.output))}"
            )
        asked = command.run(
            [str(paths[-1]), "-I", "-c", "import sys; print(sys.version)"]
        )
        return paths[-1], asked.output.strip()


def _own_interpreter(wanted: str) -> str | None:
    """Return what runs perfcompare if that is *wanted*; it need not be on the PATH."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    own = Path(sys.base_prefix) / "bin" / f"python{version}"
    return str(own) if wanted == version and own.exists() else None


def _key(packages: Packages, *, replica: int, python: str) -> str:
    content = {
        "format": _FORMAT,
        "requirements": sorted(packages.requirements),
        "uploaded_before": _timestamp(packages.uploaded_before),
        "uploaded_before_each": {
            name: _timestamp(day) for name, day in packages.uploaded_before_each.items()
        },
        "python": python,
        "replica": replica,
        "link_mode": _LINK_MODE,
        "sources": {each: sources.digest(each) for each in packages.requirements},
    }
    text = json.dumps(content, sort_keys=True)
    # 80 bits are plenty for one cache, and scripts carry the path in their first line.
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _timestamp(day: date | None) -> str:
    # uv reads a bare date as the end of that day, in local time.
    return "" if day is None else f"{day.isoformat()}T00:00:00Z"


def _install_arguments(packages: Packages) -> Sequence[str]:
    arguments = ["pip", "install", "--link-mode", _LINK_MODE, "--compile-bytecode"]
    if packages.uploaded_before is not None:
        arguments += ["--exclude-newer", _timestamp(packages.uploaded_before)]
    for name, day in sorted(packages.uploaded_before_each.items()):
        arguments += ["--exclude-newer-package", f"{name}={_timestamp(day)}"]
    return [*arguments, *packages.requirements]


def _uv(*arguments: str) -> str:
    # uv reads pyproject.toml and uv.toml above its working directory.
    finished = command.run(
        [_uv_binary(), *arguments],
        env=_environment(),
        cwd=Path("/"),
        timeout_seconds=_BUILD_TIMEOUT_SECONDS,
    )
    if finished.status != 0:
        raise DeploymentError(
            f"uv {_redacted(' '.join(arguments))} failed with status"
            f" {finished.status}; check the plan's versions and dates, and that the"
            f" package index can be reached; its last lines:\n"
            f"{logs.last(_redacted(finished.output))}"
        )
    return finished.output


def _uv_binary() -> str:
    try:
        return uv.find_uv_bin()
    except FileNotFoundError as error:
        raise DeploymentError(
            "uv is not installed beside perfcompare: pip install uv"
        ) from error


def _environment() -> Mapping[str, str]:
    return {k: v for k, v in os.environ.items() if k not in _IGNORED_VARIABLES}


def _packages(frozen: str) -> tuple[str, ...]:
    lines = (line.strip() for line in frozen.splitlines())
    found = (line for line in lines if re.match(r"^[\w.-]+(==| @ )", line))
    return tuple(sorted((_redacted(line) for line in found), key=str.lower))


def _redacted(text: str) -> str:
    """Cut user names and passwords out of URLs."""
    return re.sub(r"://[^/\s@]+@", "://***@", text)


def _write_complete(venv: Venv) -> None:
    draft = venv.path / f"{_COMPLETE}.part"
    draft.write_text(json.dumps({"packages": venv.packages}, indent=1) + "\n")
    draft.replace(venv.path / _COMPLETE)


def _read_complete(path: Path) -> Venv | None:
    """Return the environment in *path*, or None when it is not finished."""
    python = path / "bin" / "python"
    try:
        packages = json.loads((path / _COMPLETE).read_text())["packages"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not python.exists():  # the interpreter behind the link is gone
        return None
    return Venv(path=path, python=python, packages=tuple(packages))


def _remove(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)
