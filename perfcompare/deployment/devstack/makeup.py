# SPDX-License-Identifier: Apache-2.0
"""What a variant of the cloud is made of, and what in it disturbs a measurement."""

import configparser
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from perfcompare import command
from perfcompare.deployment.devstack.root import Root
from perfcompare.deployment.devstack.systemd import Unit
from perfcompare.deployment.local import configuration
from perfcompare.model.caveat import Caveat, Note
from perfcompare.model.errors import DeploymentError
from perfcompare.model.secret import is_secret

_LIST_PACKAGES = """
import json, platform
from importlib.metadata import distributions
print(json.dumps([platform.python_version(), sorted({
    f"{each.name.lower()}=={each.version}" for each in distributions()})]))
"""


def read_config(root: Root, paths: Sequence[str]) -> Mapping[str, str]:
    """Return path → text, without comments and empty lines."""
    return {
        path: "\n".join(_lines(root.run("cat", path))) + "\n"
        for path in paths
        if root.attempt(["test", "-e", path])[0] == 0
    }


def redacted(config: Mapping[str, str]) -> Mapping[str, str]:
    """Cut secrets out of what `read_config` read."""
    return {path: configuration.redacted(text) for path, text in config.items()}


def secrets(config: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values in *config* that may not be shown, longest first."""
    found = {
        value
        for text in config.values()
        for option, value in _options(text)
        if is_secret(option) and value
    }
    for text in config.values():
        found.update(configuration.url_passwords(text))
    return tuple(sorted(found, key=len, reverse=True))


def disturbances(config: Mapping[str, str]) -> Iterator[Caveat]:
    """Yield what DevStack switches on that costs time of its own."""
    for path, text in config.items():
        options = dict(_options(text))
        if options.get("debug", "").lower() in {"true", "1", "yes"}:
            yield Note(
                text=f"debug logging is on in {path}: its cost is measured too; set"
                " ENABLE_DEBUG_LOG_LEVEL=False in DevStack's local.conf"
            )
        if any("plugin=dbcounter" in line for line in text.splitlines()):
            yield Note(
                text=f"{path} has DevStack's dbcounter in its database URL, a thread"
                " and writes of its own; set MYSQL_GATHER_PERFORMANCE=False"
            )


def installed(units: Sequence[Unit], project: str) -> tuple[str, tuple[str, ...]]:
    """Return Python's version and the packages that *units* run from.

    Raises:
        DeploymentError: No interpreter of theirs has *project* installed.
    """
    tried = list(dict.fromkeys(each for unit in units for each in _interpreters(unit)))
    for python in tried:
        finished = command.run([python, "-I", "-c", _LIST_PACKAGES])
        if finished.status == 0:
            version, packages = json.loads(finished.output)
            if any(each.startswith(f"{project}==") for each in packages):
                return version, tuple(packages)
    raise DeploymentError(
        f"no interpreter of its units has {project} installed; looked at"
        f" {', '.join(tried) or 'none'}"
    )


def _interpreters(unit: Unit) -> Iterator[str]:
    """Yield where the interpreter of *unit* may be.

    uWSGI is told its virtual environment; a script names its interpreter.
    """
    program = Path(unit.program)
    for option, value in pairwise(unit.arguments):
        if option == "--venv":
            yield f"{value}/bin/python3"
    try:
        with program.open("rb") as file:
            first = file.readline(1024)
    except OSError:
        return
    if first.startswith(b"#!"):
        yield first[2:].decode(errors="replace").split()[0]
    yield str(program.with_name("python3"))


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith(("#", ";")):
            yield line.rstrip()


def _options(text: str) -> Iterator[tuple[str, str]]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for option, value in parser.defaults().items():
        yield option, value or ""
    for section in parser.sections():
        for option, value in parser[section].items():
            yield option, value or ""
