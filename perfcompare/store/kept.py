# SPDX-License-Identifier: Apache-2.0
"""Logs of what failed, as they are kept beside the rounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLog:
    """One log of something that failed."""

    variant: str
    """"" where the file's name begins with it: of an upgrade."""
    path: Path
    """Below the run."""
    content: bytes


def kept_logs(
    directory: Path, logs: Mapping[str, bytes], *, variant: str
) -> tuple[KeptLog, ...]:
    """Return *logs* as they are kept in *directory*, by name."""
    return tuple(
        KeptLog(variant=variant, path=directory / Path(name).name, content=content)
        for name, content in sorted(logs.items())
    )
