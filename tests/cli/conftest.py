# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from pathlib import Path

import pytest

from perfcompare.cli.main import status_of
from perfcompare.testing.plans import LIST
from perfcompare.testing.runs import make_run

Perfcompare = Callable[..., tuple[int, str, str]]


@pytest.fixture
def perfcompare(capfd) -> Perfcompare:
    """Run a command line in this process: status, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = status_of([str(each) for each in arguments])
        out, err = capfd.readouterr()
        return status, out, err

    return call


@pytest.fixture(scope="session")
def equal_run(tmp_path_factory) -> Path:
    """Make a run in which nothing differs; read-only."""
    return make_run(tmp_path_factory.mktemp("equal") / "run", rounds=6)


@pytest.fixture(scope="session")
def slower_run(tmp_path_factory) -> Path:
    """Make a run in which target takes half as long again; read-only."""
    path = tmp_path_factory.mktemp("slower") / "run"
    return make_run(path, rounds=4, durations={"target": {LIST: 0.15}})
