# SPDX-License-Identifier: Apache-2.0
"""What ``perfcompare doctor`` looks at: one function a question, each gives a finding.

A finding is MISSING when no run is possible, WARNING when some are not, or when a
result would have to be read with care.
"""

import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from perfcompare import command
from perfcompare.clock import Clock
from perfcompare.model.errors import ExperimentError
from perfcompare.model.project import Server

GIB = 2**30
# Seen with interleaved variants: Glance 0.2 GiB a variant; Manila 0.8 GiB a variant and
# 0.8 GiB for database, broker and keystone, so 3.2 GiB with attribution.
NEEDED_MEMORY_BYTES = 1 * GIB
AMPLE_MEMORY_BYTES = 4 * GIB
# A service's virtual environment takes about 0.3 GiB, Manila's plan needs four; a
# scratch directory holds databases and logs.
NEEDED_DISK_BYTES = GIB // 2
AMPLE_CACHE_BYTES = 3 * GIB
AMPLE_SCRATCH_BYTES = 1 * GIB
_PY_SPY_SECONDS = 30.0


class State(StrEnum):
    """What a finding comes to."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer to one question."""

    state: State
    what: str
    found: str
    remedy: str
    """What to do; "" when all is well."""


def finding(what: str, found: str, *problems: tuple[State, str]) -> Finding:
    """Return the finding with the first of *problems*, or without one."""
    state, remedy = problems[0] if problems else (State.OK, "")
    return Finding(state=state, what=what, found=found, remedy=remedy)


def system(name: str, release: str) -> Finding:
    """Is this Linux?"""
    found = f"{name} {release}"
    if name == "Linux":
        return finding("system", found)
    remedy = "perfcompare reads Linux's /proc: use a virtual machine or a container"
    return finding("system", found, (State.MISSING, remedy))


def python() -> Finding:
    """Which Python runs perfcompare?"""
    found = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return finding("python", found)
    return finding("python", found, (State.WARNING, "tested with 3.11 to 3.13"))


def cores() -> Finding:
    """Are there two cores, one for the load and one for the service?"""
    count = len(os.sched_getaffinity(0))
    if count >= 2:
        return finding("cores", str(count))
    remedy = "load and service share one core: latencies include the load's own work"
    return finding("cores", str(count), (State.WARNING, remedy))


def memory(meminfo: str) -> Finding:
    """Is there memory for all variants at once?"""
    lines = dict(line.split(":", 1) for line in meminfo.splitlines())
    available = int(lines["MemAvailable"].split()[0]) * 1024
    found = f"{available / GIB:.1f} GiB free"
    problems = []
    if available < NEEDED_MEMORY_BYTES:
        problems.append((State.MISSING, "the smallest plan needs 1 GiB"))
    if available < AMPLE_MEMORY_BYTES:
        remedy = "enough for Glance; Manila with attribution takes 3.2 GiB"
        problems.append((State.WARNING, remedy))
    return finding("memory", found, *problems)


def disk(what: str, path: Path, ample_bytes: int) -> Finding:
    """Is there room at *path*, and may we write there?"""
    there = next(each for each in (path, *path.parents) if each.exists())
    free = shutil.disk_usage(there).free
    found = f"{free / GIB:.1f} GiB free in {path}"
    problems = []
    if not os.access(there, os.W_OK):
        problems.append((State.MISSING, f"make {there} writable"))
    if free < NEEDED_DISK_BYTES:
        problems.append((State.MISSING, "make room, or name another directory"))
    if free < ample_bytes:
        remedy = f"{ample_bytes / GIB:.0f} GiB is comfortable"
        problems.append((State.WARNING, remedy))
    return finding(what, found, *problems)


def memory_of_processes(rollup: Path = Path("/proc/self/smaps_rollup")) -> Finding:
    """Can PSS be read?"""
    what = "smaps_rollup"
    try:
        text = rollup.read_text()
    except OSError as error:
        remedy = "PSS cannot be measured: Linux 4.14 with CONFIG_PROC_PAGE_MONITOR"
        return finding(what, error.strerror or "unreadable", (State.MISSING, remedy))
    pss = next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:"))
    return finding(what, f"this process has a PSS of {int(pss) // 1024} MiB")


def ptrace(py_spy: Path, clock: Clock) -> Finding:
    """May py-spy read the stack of a process that perfcompare has started?"""
    what = "py-spy"
    if not py_spy.exists():
        return finding(what, f"no {py_spy}", (State.MISSING, "pip install py-spy"))
    with TemporaryDirectory() as name:
        log = Path(name) / "log"
        argv = [sys.executable, "-c", "print('up', flush=True); input()"]
        child = command.start(argv, log=log, pipe_stdin=True)
        deadline = clock.monotonic() + _PY_SPY_SECONDS
        try:
            while not log.read_text() and clock.monotonic() < deadline:
                clock.sleep(0.01)
            finished = command.run(
                [str(py_spy), "dump", "--pid", str(child.pid)],
                timeout_seconds=_PY_SPY_SECONDS,
            )
        except ExperimentError as error:
            return finding(what, str(error), (State.MISSING, "reinstall py-spy"))
        finally:
            child.terminate(grace_seconds=1.0, clock=clock)
    if finished.status == 0:
        return finding(what, "reads the stack of a child process")
    remedy = (
        "which backend runs cannot be proved: run as root, or set"
        " kernel.yama.ptrace_scope to 0 (in a container: add SYS_PTRACE)"
    )
    said = finished.output.strip().partition("\n")[0]
    return finding(what, said, (State.MISSING, remedy))


def uv() -> Iterator[Finding]:
    """Is uv there to build virtual environments, and with which interpreters?"""
    try:
        import uv as package

        path = package.find_uv_bin()
    except (ImportError, FileNotFoundError):
        yield finding("uv", "not found", (State.MISSING, "pip install uv"))
        return
    yield finding("uv", f"{version('uv')} at {path}")
    yield interpreters(path)


def interpreters(uv_path: str) -> Finding:
    """Which interpreters are there to build the services' environments with?"""
    what = "interpreters"
    argv = [uv_path, "python", "find", "--no-python-downloads"]
    names = ("3.11", "3.12", "3.13")
    there = [name for name in names if command.run([*argv, name]).status == 0]
    if there:
        return finding(what, ", ".join(there))
    remedy = (
        "install the one that a plan names (uv python install 3.11, or the"
        " distribution's package): perfcompare downloads none"
    )
    return finding(what, "none of 3.11 to 3.13", (State.WARNING, remedy))


def loopback() -> Finding:
    """Can a server listen on loopback?"""
    try:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
    except OSError as error:
        remedy = "bring the loopback interface up: ip link set lo up"
        found = error.strerror or "cannot bind"
        return finding("loopback", found, (State.MISSING, remedy))
    return finding("loopback", "127.0.0.1 can be bound")


def rally() -> Finding:
    """Is Rally there, and does it see perfcompare's plugins?"""
    if find_spec("rally") is None:
        return finding("rally", "not found", (State.MISSING, "pip install rally"))
    plugins = [point.value for point in entry_points(group="rally_plugins")]
    found = f"{version('rally')}; plugins: {', '.join(sorted(plugins))}"
    if "perfcompare.workload.plugins" in plugins:
        return finding("rally", found)
    remedy = "Rally does not see perfcompare: install it with pip or uv"
    return finding("rally", found, (State.MISSING, remedy))


def rally_openstack(*, needed: bool) -> Finding:
    """Are the scenarios of OpenStack's own services there?"""
    what = "rally-openstack"
    try:
        return finding(what, version(what))
    except PackageNotFoundError:
        remedy = "Manila's plans need it: pip install 'perfcompare[openstack]'"
        return finding(what, "not found", (_severity(needed=needed), remedy))


def server(name: Server, missing: Sequence[str], *, needed: bool) -> Finding:
    """Are the programs of the distribution there that *name* takes?"""
    if not missing:
        return finding(name, "found")
    remedy = "; ".join(missing)
    if not needed:
        remedy += " (the demo does without)"
    return finding(name, "not found", (_severity(needed=needed), remedy))


def _severity(*, needed: bool) -> State:
    return State.MISSING if needed else State.WARNING
