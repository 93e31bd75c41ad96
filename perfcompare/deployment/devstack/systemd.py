# SPDX-License-Identifier: Apache-2.0
"""Units of systemd: what they are, whose processes they hold, and how they change.

What perfcompare changes is a drop-in below ``/run``, which no reboot survives and which
neither DevStack nor Grenade writes to.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from perfcompare.deployment.devstack.root import Root
from perfcompare.model.errors import DeploymentError

DROP_IN = "zz-perfcompare.conf"
"""The last of a unit's drop-ins by name, so that it wins."""

DROP_INS = Path("/run/systemd/system")
"""Where drop-ins go that no reboot survives."""

CGROUPS = Path("/sys/fs/cgroup")
# Unified; and where controllers are mounted one by one, the hierarchy of systemd.
_HIERARCHIES = ("", "systemd", "unified")
_PROPERTIES = (
    "LoadState",
    "ActiveState",
    "Result",
    "MainPID",
    "ControlGroup",
    "ExecStart",
    "UnitFileState",
)
_PROGRAM = re.compile(r"path=(\S+) ;")
_ARGUMENTS = re.compile(r"argv\[\]=(.*?) ;")
# What systemd waits on top of a unit's own TimeoutStopSec: a kill, and its work.
_STOP_SLACK_SECONDS = 60.0
_KEPT_BYTES = 256 * 1024


class KillMode(StrEnum):
    """Whom a stop asks to end; in the end both kill what is left."""

    CONTROL_GROUP = "control-group"
    """Everybody: an eventlet parent may never tell its workers."""
    MIXED = "mixed"
    """The main process alone: a uWSGI master whose workers end on their own, asked by
    somebody else, waits for them until it is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit as systemd shows it."""

    name: str
    loaded: bool
    """Its unit file exists."""
    wanted: bool
    """It runs, or does when the host starts."""
    state: str
    """active, activating, inactive, failed, …"""
    result: str
    """How its last run ended: success, timeout (it was killed), exit-code, …"""
    main_pid: int
    """0 when it does not run."""
    control_group: str
    """"" when it does not run."""
    program: str
    """Path of what it runs."""
    arguments: tuple[str, ...]
    """What it is called with; the first is its own name."""


class Systemd:
    """The service manager of this host."""

    def __init__(
        self, root: Root, *, drop_ins: Path = DROP_INS, cgroups: Path = CGROUPS
    ) -> None:
        self.root = root
        self._drop_ins = drop_ins
        self._cgroups = cgroups

    def show(self, name: str) -> Unit:
        """Return the unit *name*, whether it exists or not."""
        asked = ",".join(_PROPERTIES)
        status, output = self.root.attempt(["systemctl", "show", name, "-p", asked])
        if status != 0:
            said = " ".join(output.split()) or "nothing"
            raise DeploymentError(
                f"systemd does not show {name}: {said}; a cloud that DevStack deploys"
                " runs under systemd"
            )
        lines = (line.partition("=") for line in output.splitlines())
        values = {key: value for key, _, value in lines}
        program = _PROGRAM.search(values.get("ExecStart", ""))
        arguments = _ARGUMENTS.search(values.get("ExecStart", ""))
        return Unit(
            name=name,
            loaded=values.get("LoadState") == "loaded",
            wanted=values.get("ActiveState") == "active"
            or values.get("UnitFileState") == "enabled",
            state=values.get("ActiveState", ""),
            result=values.get("Result", ""),
            main_pid=int(values.get("MainPID") or 0),
            control_group=values.get("ControlGroup", ""),
            program=program[1] if program else "",
            arguments=tuple(arguments[1].split()) if arguments else (),
        )

    def start(self, name: str, *, timeout_seconds: float) -> None:
        """Start a unit; returns when systemd takes it for started."""
        self.root.run("systemctl", "start", name, timeout_seconds=timeout_seconds)

    def stop(self, name: str, *, grace_seconds: float) -> None:
        """Stop a unit; what does not end within *grace_seconds* is killed."""
        self.root.run(
            "systemctl",
            "stop",
            name,
            timeout_seconds=grace_seconds + _STOP_SLACK_SECONDS,
        )

    def alter(
        self,
        name: str,
        environment: Mapping[str, str],
        *,
        kill_mode: KillMode,
        grace_seconds: float,
    ) -> None:
        """Put our drop-in beside the unit *name*; `reload` makes it count.

        Whichever *kill_mode* it is, a stop then leaves nothing in the control group,
        which it does under DevStack's KillMode=process: workers that outlive their
        parent would go on to take from its queues.
        """
        lines = [
            "[Service]",
            f"KillMode={kill_mode}",
            f"TimeoutStopSec={grace_seconds:g}",
            *(f"Environment={_quoted(f'{k}={v}')}" for k, v in environment.items()),
        ]
        path = self._drop_in(name)
        self.root.run("mkdir", "-p", str(path.parent))
        self.root.run("tee", str(path), stdin="\n".join(lines) + "\n")

    def altered(self) -> tuple[str, ...]:
        """Return the units that have our drop-in, by name."""
        found = self._drop_ins.glob(f"*.d/{DROP_IN}")
        return tuple(sorted(path.parent.name.removesuffix(".d") for path in found))

    def restore(self, names: Iterable[str]) -> None:
        """Remove our drop-ins, whoever left them; `reload` makes it count."""
        for name in names:
            path = self._drop_in(name)
            self.root.run("rm", "-f", str(path))
            # Somebody else may have one there too.
            self.root.attempt(["rmdir", str(path.parent)])

    def reload(self) -> None:
        """Have systemd read its unit files again."""
        self.root.run("systemctl", "daemon-reload")

    def members(self, unit: Unit) -> frozenset[int]:
        """Return the pids in the control group of *unit*; none when it has ended."""
        if not unit.control_group:
            return frozenset()
        below = unit.control_group.lstrip("/")
        for hierarchy in _HIERARCHIES:
            if (group := self._cgroups / hierarchy / below).is_dir():
                return frozenset(_pids(group))
        return frozenset()

    def journal(self, name: str, *, since: float) -> str:
        """Return the last 256 KiB that *name* has logged *since* (epoch seconds)."""
        status, output = self.root.attempt(
            [
                *("journalctl", "--unit", name, "--since", f"@{since:.0f}"),
                *("--no-pager", "--quiet", "--output", "short-precise"),
            ]
        )
        return output[-_KEPT_BYTES:] if status == 0 else ""

    def _drop_in(self, name: str) -> Path:
        unit = name if "." in name else f"{name}.service"
        return self._drop_ins / f"{unit}.d" / DROP_IN


def _pids(group: Path) -> Iterable[int]:
    for path in (group / "cgroup.procs", *group.glob("**/*/cgroup.procs")):
        # It may have ended meanwhile, and its group with it.
        try:
            lines = path.read_text().split()
        except OSError:
            continue
        yield from map(int, lines)


def _quoted(assignment: str) -> str:
    """Quote for a unit file, where % begins a specifier."""
    plain = assignment.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"'
