# SPDX-License-Identifier: Apache-2.0
"""A stand-in for systemctl and journalctl: units are JSON files, processes are real.

``units/NAME.json`` holds argv, environment and enabled; beside it appear pid and
result.  A start makes the unit's control group; a stop ends the whole of it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HOME = Path(os.environ["STAND_IN"])


def main() -> int:
    with (HOME / "calls").open("a") as calls:
        calls.write(" ".join(sys.argv[1:]) + "\n")
    match [each.removesuffix(".service") for each in sys.argv]:
        case [_, "--unit", name, *_]:  # called as journalctl
            sys.stdout.write(f"{name} says that the password is hush\n")
        case [_, "show", name, "-p", names]:
            show(name, names.split(","))
        case [_, "start", name]:
            return start(name)
        case [_, "stop", name]:
            stop(name)
        case _:  # daemon-reload
            pass
    return 0


def show(name: str, wanted: list[str]) -> None:
    unit = load(name)
    pid = unit.get("pid", 0)
    active = pid and Path(f"/proc/{pid}").exists() and not ended(pid)
    program, *_ = unit.get("argv", [""])
    arguments = " ".join(unit.get("arguments", ["x"]))
    values = {
        "LoadState": "loaded" if unit else "not-found",
        "ActiveState": "active" if active else "inactive",
        "Result": unit.get("result", "success"),
        "MainPID": pid if active else 0,
        "ControlGroup": f"/system.slice/{name}.service" if active else "",
        "ExecStart": f"{{ path={program} ; argv[]={arguments} ; }}",
        "UnitFileState": "enabled" if unit.get("enabled") else "disabled",
    }
    for key in wanted:
        sys.stdout.write(f"{key}={values[key]}\n")


def start(name: str) -> int:
    unit = load(name)
    if unit.get("refuses"):
        sys.stdout.write(f"Job for {name} failed\n")
        return 1
    drop_in = HOME / "run" / f"{name}.service.d" / "zz-perfcompare.conf"
    added = dict(each.split("=", 1) for each in variables(drop_in))
    child = subprocess.Popen(
        unit["argv"],
        env={**os.environ, **unit["environment"], **added},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    group = HOME / "cgroup" / "system.slice" / f"{name}.service"
    group.mkdir(parents=True, exist_ok=True)
    pids = [str(child.pid), *unit.get("strangers", [])]
    (group / "cgroup.procs").write_text("\n".join(pids) + "\n")
    save(name, {**unit, "pid": child.pid, "result": "success"})
    return 0


def stop(name: str) -> None:
    unit = load(name)
    if pid := unit.get("pid"):
        if not unit.get("stays"):
            os.killpg(pid, signal.SIGTERM) if Path(f"/proc/{pid}").exists() else None
            while Path(f"/proc/{pid}").exists() and not ended(pid):
                time.sleep(0.01)
        save(name, {**unit, "pid": 0, "result": unit.get("ends", "success")})


def variables(drop_in: Path) -> list[str]:
    if not drop_in.exists():
        return []
    lines = drop_in.read_text().splitlines()
    quoted = [each for each in lines if each.startswith("Environment=")]
    return [each.removeprefix("Environment=").strip('"') for each in quoted]


def ended(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


def load(name: str) -> dict[str, Any]:
    path = HOME / "units" / f"{name}.json"
    text = path.read_text() if path.exists() else "{}"
    found: dict[str, Any] = json.loads(text)
    return found


def save(name: str, unit: dict[str, Any]) -> None:
    (HOME / "units" / f"{name}.json").write_text(json.dumps(unit))


sys.exit(main())
