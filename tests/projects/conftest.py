# SPDX-License-Identifier: Apache-2.0
"""The testbed, imported from its source: it is a package of another environment."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perfcompare.projects.testbed import TESTBED


@pytest.fixture
def testbed_source() -> Iterator[None]:
    (source,) = (
        requirement
        for requirement in TESTBED.releases[0].packages.requirements
        if Path(requirement).is_dir()
    )
    sys.path.insert(0, source)
    yield
    sys.path.remove(source)


@pytest.fixture
def truth(testbed_source: None) -> Any:
    return importlib.import_module("perfcompare_testbed.truth")


@pytest.fixture
def workers(testbed_source: None) -> Any:
    return importlib.import_module("perfcompare_testbed.workers")
