# SPDX-License-Identifier: Apache-2.0
"""The ends of logs: as much as is kept, and as much as a message shows."""

from pathlib import Path

_SHOWN_LINES = 15
_KEPT_BYTES = 256 * 1024


def last(text: str) -> str:
    """Return the last lines of *text* that say something, indented."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-_SHOWN_LINES:]) or "  (nothing)"


def tail(log: Path) -> str:
    """Return the last 256 KiB of *log*; nothing when it cannot be read."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _KEPT_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
