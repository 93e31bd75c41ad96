# SPDX-License-Identifier: Apache-2.0
"""The load generator: perfcompare's own environment, the same for all variants."""

from collections.abc import Sequence
from importlib.metadata import distributions
from importlib.util import find_spec


def generator_packages() -> tuple[str, ...]:
    """Return ``name==version`` of each package beside perfcompare, sorted."""
    found = {f"{each.name}=={each.version}" for each in distributions()}
    return tuple(sorted(found, key=str.lower))


def missing_imports(modules: Sequence[str]) -> tuple[str, ...]:
    """Return those of *modules* that cannot be imported here."""
    return tuple(module for module in modules if not _is_there(module))


def _is_there(module: str) -> bool:
    parent = module.rpartition(".")[0]
    return (not parent or _is_there(parent)) and find_spec(module) is not None
