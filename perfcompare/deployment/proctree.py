# SPDX-License-Identifier: Apache-2.0
"""Which processes belong to a service, as long as any of them lives.

A tree is found from its root by three threads, because each alone breaks: children
by their parent (broken when the parent ends first), the session that every service
is started in (broken by ``setsid``), and what was seen before.
"""

from collections.abc import Mapping
from pathlib import Path

from perfcompare.command import Process, family, processes

_PROC = Path("/proc")


class ProcessTree:
    """The processes of one service, from its root on."""

    def __init__(self, root: int) -> None:
        self.root = root
        process = processes().get(root)
        self._seen = set() if process is None else {process.name}

    def members(self, table: Mapping[int, Process]) -> tuple[Process, ...]:
        """Return those in *table* that belong to the tree and have not ended.

        Whoever has belonged to it once does so until its end.
        """
        known = {
            process.pid
            for process in table.values()
            if process.session == self.root or process.name in self._seen
        }
        pids = family(known, table).keys()
        members = tuple(table[pid] for pid in sorted(pids) if not table[pid].ended)
        self._seen.update(process.name for process in members)
        return members


def title(pid: int) -> str:
    """Return the command line or process title; "" when the process is gone."""
    try:
        raw = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()


def threads(pid: int) -> int:
    """Return the number of native threads; 0 when the process is gone."""
    try:
        return len(list((_PROC / str(pid) / "task").iterdir()))
    except OSError:
        return 0
