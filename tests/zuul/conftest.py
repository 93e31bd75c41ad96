# SPDX-License-Identifier: Apache-2.0
import subprocess
from pathlib import Path

import pytest

from tests.zuul.executor import Executor
from tests.zuul.jobs import REPOSITORY


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker here, beside what it is for."""
    config.addinivalue_line("markers", "zuul: a whole Zuul; only with -m zuul")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what takes ten minutes, unless it is asked for."""
    if "zuul" in config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("zuul")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="session")
def zuul_environment() -> Path:
    """Make Zuul, its Ansible and the linters, unless they are there."""
    subprocess.run([REPOSITORY / "tools" / "zuul-environment.sh"], check=True)
    return REPOSITORY / ".cache" / "zuul"


@pytest.fixture
def executor(tmp_path, zuul_environment) -> Executor:
    """Begin a build."""
    made = Executor(directory=tmp_path, environment=zuul_environment)
    made.prepare()
    return made
