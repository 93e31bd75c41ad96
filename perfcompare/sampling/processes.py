# SPDX-License-Identifier: Apache-2.0
"""Look at process trees: the one place that talks to psutil.

psutil reads a process.  Two things it does not do, and they are read from /proc here:
the trees of all roots from one pass over the process table (psutil passes over it once
a root), and context switches of all threads (psutil gives those of the main thread).
"""

import os
from collections.abc import Mapping, Sequence

import psutil

from perfcompare.command import Process, family, processes
from perfcompare.model.errors import SamplingError
from perfcompare.model.target import Tree
from perfcompare.model.visit import Reading
from perfcompare.sampling.host import Host

_VOLUNTARY = b"\nvoluntary_ctxt_switches:"
_INVOLUNTARY = b"\nnonvoluntary_ctxt_switches:"


class Watcher:
    """Looks at every process of some trees, again and again."""

    def __init__(self, trees: Sequence[Tree], *, host: Host | None = None) -> None:
        """Find the roots.

        Args:
            trees: What to watch.
            host: Looked at each time too, beside them.

        Raises:
            SamplingError: A root does not exist.
        """
        table = processes()
        for tree in trees:
            if tree.pid not in table or table[tree.pid].ended:
                raise SamplingError(
                    f"nothing to watch: {tree.service} of {tree.owner} (pid {tree.pid})"
                    " does not run; see its log"
                )
        self._trees = {tree.pid: tree for tree in trees}
        self._roots = {tree.pid: table[tree.pid].name for tree in trees}
        self._handles: dict[tuple[int, int], psutil.Process] = {}
        self._host = host

    def look(self, *, at: float, full: bool) -> tuple[Reading, ...]:
        """Read every process once; all readings carry the same *at*.

        What makes a look dear (smaps_rollup walks the page tables of a process, and
        the switches are one file a thread) is only taken in a *full* one.  What ends
        while it is read is left out.
        """
        table = processes()
        # A root whose number has passed to somebody else is gone.
        roots = [p for p, name in self._roots.items() if _name_of(p, table) == name]
        found = family(roots, table)
        # At once: the host's count must be as old as the table.
        readings = list(self._host.look(table, roots, at=at)) if self._host else []
        for process in (table[pid] for pid in found):
            try:
                readings.append(
                    _read(
                        self._handle(process),
                        at=at,
                        tree=self._trees[found[process.pid]],
                        parent_pid=process.parent_pid,
                        full=full,
                    )
                )
            except psutil.NoSuchProcess:
                continue
        names = {table[pid].name for pid in found}
        self._handles = {n: h for n, h in self._handles.items() if n in names}
        return tuple(readings)

    def _handle(self, process: Process) -> psutil.Process:
        """Return the handle of *process*, kept from look to look."""
        if process.name not in self._handles:
            self._handles[process.name] = psutil.Process(process.pid)
        return self._handles[process.name]


def _name_of(pid: int, table: Mapping[int, Process]) -> tuple[int, int] | None:
    return table[pid].name if pid in table else None


def _read(
    handle: psutil.Process, *, at: float, tree: Tree, parent_pid: int, full: bool
) -> Reading:
    """Read one process."""
    with handle.oneshot():
        cpu = handle.cpu_times()
        rss_bytes = handle.memory_info().rss
        threads = handle.num_threads()
    if rss_bytes == 0:
        # A zombie, or nearly: it has given its memory back.
        raise psutil.NoSuchProcess(handle.pid)
    uss_bytes, pss_bytes = _private_memory(handle) if full else (None, None)
    voluntary, involuntary = _switches(handle.pid) if full else (None, None)
    return Reading(
        at=at,
        owner=tree.owner,
        service=tree.service,
        pid=handle.pid,
        parent_pid=parent_pid,
        threads=threads,
        file_descriptors=_file_descriptors(handle),
        rss_bytes=rss_bytes,
        uss_bytes=uss_bytes,
        pss_bytes=pss_bytes,
        cpu_seconds=cpu.user + cpu.system,
        voluntary_switches=voluntary,
        involuntary_switches=involuntary,
    )


def _file_descriptors(handle: psutil.Process) -> int | None:
    """Count them; None for another user's process."""
    try:
        return handle.num_fds()
    except psutil.AccessDenied:
        return None


def _private_memory(handle: psutil.Process) -> tuple[int | None, int | None]:
    """Return USS and PSS in bytes; None for another user's process."""
    try:
        memory = handle.memory_full_info()
    except psutil.AccessDenied:
        return None, None
    return memory.uss, memory.pss


def _switches(pid: int) -> tuple[int, int]:
    """Return voluntary and involuntary switches of all threads that live."""
    voluntary = involuntary = 0
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208  # no Path a thread
    except OSError as error:
        raise psutil.NoSuchProcess(pid) from error
    for thread in threads:
        status = _read_status(pid, thread)
        if _VOLUNTARY in status:
            voluntary += _number_after(_VOLUNTARY, status)
            involuntary += _number_after(_INVOLUNTARY, status)
    return voluntary, involuntary


def _read_status(pid: int, thread: str) -> bytes:
    """Return the status of one thread; nothing when it has ended."""
    try:
        descriptor = os.open(f"/proc/{pid}/task/{thread}/status", os.O_RDONLY)
        try:
            return os.read(descriptor, 8192)
        finally:
            os.close(descriptor)
    except OSError:
        return b""


def _number_after(label: bytes, status: bytes) -> int:
    begin = status.index(label) + len(label)
    return int(status[begin:].split(None, 1)[0])
