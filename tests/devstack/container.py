# SPDX-License-Identifier: Apache-2.0
"""A real systemd, booted in a container of this host.

Its root is the one that tools/systemd-root.sh makes, below an overlay in memory: what
tests write is gone with the container, and the root is never touched.  It has its own
processes and mounts, and the host's network, so that the private servers of the tests
are on its loopback too.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from perfcompare import command
from perfcompare.clock import Clock, SystemClock
from perfcompare.command import Daemon, Finished

CHECKOUT = Path(__file__).parents[2]

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_HOMES = {"root": "/root", "stack": "/opt/stack"}
_BOOT_SECONDS = 60.0
_HALT_SECONDS = 30.0
_POLL_SECONDS = 0.1


class Container:
    """The container; as a context manager it runs, and leaves nothing."""

    def __init__(self, root: Path, *, log: Path) -> None:
        self._root = root
        self._log = log
        self._clock: Clock = SystemClock()
        self._nspawn: Daemon | None = None
        self._leader = 0
        self._cgroups: tuple[Path, ...] = ()

    def __enter__(self) -> Self:
        """Boot it and wait until systemd has started all it wants to."""
        name = f"perfcompare-{os.getpid()}"
        host_has_systemd = Path("/run/systemd/system").exists()
        if not host_has_systemd:
            self._cgroups = _make_cgroups(name)
        try:
            self._nspawn = command.start(
                # If the tests are killed, so is the container.
                [
                    *("setpriv", "--pdeathsig=TERM", "sh", "-c", _JOIN, "sh"),
                    *("-n" if host_has_systemd else str(len(self._cgroups)),),
                    *map(str, self._cgroups),
                    *("systemd-nspawn", "--quiet", f"--directory={self._root}"),
                    *("--volatile=overlay", "--console=pipe", "--register=no"),
                    # A host whose first process is no systemd has nobody to ask for
                    # a unit; the control groups above take its place.
                    *(() if host_has_systemd else ("--keep-unit",)),
                    *(f"--machine={name}", "--hostname=devstack"),
                    *(f"--bind-ro={path}" for path in _bound()),
                    "--boot",
                ],
                log=self._log,
            )
            self._await_boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Halt it; no process, mount or control group of it is left."""
        self.close()

    def close(self) -> None:
        """As leaving the context."""
        nspawn, self._nspawn = self._nspawn, None
        if nspawn is not None:
            # Nobody needs an orderly halt, which waits for every service: with its
            # first process all others of the container are killed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._leader or nspawn.pid, signal.SIGKILL)
            nspawn.terminate(grace_seconds=_HALT_SECONDS)
        for group in self._cgroups:
            for below, _, _ in os.walk(group, topdown=False):
                Path(below).rmdir()
        self._cgroups = ()

    def run(
        self,
        argv: Sequence[str],
        *,
        user: str = "root",
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout_seconds: float = 300.0,
    ) -> Finished:
        """Run *argv* in it as *user*, in their home directory.

        Args:
            argv: The command line.
            user: "root" or "stack".
            env: Added to HOME, USER, LANG and PATH; nothing else is passed on.
            stdin: What it reads.
            timeout_seconds: After which it is killed.
        """
        return command.run(
            self.argv(argv, user=user, env=env),
            stdin=stdin.encode(),
            timeout_seconds=timeout_seconds,
        )

    def do(self, *argv: str, user: str = "root", stdin: str = "") -> str:
        """Run what must succeed, and return what it said."""
        finished = self.run(argv, user=user, stdin=stdin)
        assert finished.status == 0, f"{' '.join(argv)}: {finished.output}"
        return finished.output

    def start(
        self,
        argv: Sequence[str],
        *,
        log: Path,
        user: str = "root",
        env: Mapping[str, str] | None = None,
    ) -> Daemon:
        """Start *argv* in it as `run` would, its output appended to *log* (ours)."""
        return command.start(self.argv(argv, user=user, env=env), log=log)

    def write(self, path: str, text: str, *, owner: str = "root") -> None:
        """Write the file *path* of the container, and the directories above it."""
        self.do("mkdir", "-p", str(Path(path).parent), user=owner)
        self.do("dd", f"of={path}", "status=none", user=owner, stdin=text)

    def path(self, path: str) -> Path:
        """Return where the host sees *path* of the container.

        Links with an absolute target would lead astray.
        """
        return Path(f"/proc/{self._leader}/root{path}")

    def exists(self, path: str) -> bool:
        """Say whether the container has *path*."""
        return self.run(["test", "-e", path]).status == 0

    def argv(
        self, argv: Sequence[str], *, user: str, env: Mapping[str, str] | None
    ) -> list[str]:
        """Return the host's command line that runs *argv* in the container."""
        variables = {
            "HOME": _HOMES[user],
            "USER": user,
            "LOGNAME": user,
            "LANG": "C.UTF-8",
            "PATH": _PATH,
            **(env or {}),
        }
        return [
            *("nsenter", f"--target={self._leader}", "--mount", "--uts", "--ipc"),
            *("--net", "--pid", "--cgroup", "setpriv", f"--reuid={user}"),
            *(f"--regid={user}", "--init-groups", "env", "--ignore-environment"),
            f"--chdir={_HOMES[user]}",
            *(f"{name}={value}" for name, value in variables.items()),
            *argv,
        ]

    def _await_boot(self) -> None:
        deadline = self._clock.monotonic() + _BOOT_SECONDS
        while (state := self._state()) not in ("running", "degraded"):
            assert self._clock.monotonic() < deadline, (
                f"the container's systemd is {state or 'not there'} after"
                f" {_BOOT_SECONDS:g} s: {self._said()}"
            )
            self._clock.sleep(_POLL_SECONDS)

    def _state(self) -> str:
        assert self._nspawn is not None
        assert self._nspawn.status is None, f"systemd-nspawn ended: {self._said()}"
        table = command.processes().values()
        # For a moment it is another child, which makes the mounts.
        children = [p.pid for p in table if p.parent_pid == self._nspawn.pid]
        if len(children) != 1:
            return ""
        self._leader = children[0]
        return self.run(["systemctl", "is-system-running"]).output.strip()

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


# Join the given control groups ("-n": none) and become the rest.
_JOIN = """
number=$1; shift
while [ "$number" != -n ] && [ "$number" -gt 0 ]; do
    echo $$ >"$1/cgroup.procs"; shift; number=$((number - 1))
done
exec "$@"
"""


def _bound() -> tuple[Path, ...]:
    """Return what the container sees of the host, where it is on the host.

    The checkout holds the caches of environments too.  A Python of the distribution
    is in the container as well, since it is of the same release.
    """
    prefixes = {
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sys.base_prefix).resolve(),
    }
    outside = {path for path in prefixes if not path.is_relative_to(CHECKOUT)}
    return (CHECKOUT, *sorted(outside - {Path("/usr")}))


def _make_cgroups(name: str) -> tuple[Path, ...]:
    """Make a control group *name* below ours, in every hierarchy systemd uses.

    Two systemds in one control group would take each other's for leftovers.
    """
    made = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, ours = line.split(":", 2)
        if controllers in ("", "name=systemd"):
            mount = _mount("cgroup2" if controllers == "" else controllers)
            if mount is not None:
                made.append(mount / ours.lstrip("/") / name)
    for group in made:
        group.mkdir()
    return tuple(made)


def _mount(kind: str) -> Path | None:
    """Return where the hierarchy *kind* is mounted: a file system or an option."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place, _, system = line.partition(" - ")
        if kind in system.replace(",", " ").split():
            return Path(place.split()[4])
    return None
