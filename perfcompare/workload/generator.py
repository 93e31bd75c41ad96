# SPDX-License-Identifier: Apache-2.0
"""The load generator: perfcompare's own environment, the same for all variants."""

import os
from collections.abc import Sequence
from importlib.util import find_spec


def own_environment() -> dict[str, str]:
    """Return our environment less what would make the load another one.

    A proxy would stand between Rally and a service on loopback; Python's variables
    and Rally's would bring in code and settings that no provenance names.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "RALLY_"))
        and not name.lower().endswith("_proxy")
    }


def missing_imports(modules: Sequence[str]) -> tuple[str, ...]:
    """Return those of *modules* that cannot be imported here."""
    return tuple(module for module in modules if not _is_there(module))


def _is_there(module: str) -> bool:
    parent = module.rpartition(".")[0]
    return (not parent or _is_there(parent)) and find_spec(module) is not None
