# SPDX-License-Identifier: Apache-2.0
import subprocess
from pathlib import Path

import pytest

from tests.zuul.executor import Executor
from tests.zuul.jobs import REPOSITORY


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
