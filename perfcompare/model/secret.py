# SPDX-License-Identifier: Apache-2.0
"""Which names of options and variables stand for secrets."""

import re
from collections.abc import Mapping

MASK = "***"

_NAME = re.compile(r"(password|passphrase|secret|token|_key|^key)$", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Tell whether an option or a variable called *name* holds a secret."""
    return _NAME.search(name) is not None


def masked(values: Mapping[str, str]) -> dict[str, str]:
    """Return *values* with those masked that are named like a secret."""
    return {name: MASK if is_secret(name) else value for name, value in values.items()}
