# SPDX-License-Identifier: Apache-2.0
"""What the installed Rally writes, against the recordings that the parser is tested on.

``UPDATE_GOLDEN=1 pytest tests/workload/test_recordings.py`` records again.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.model.visit import Phase
from perfcompare.workload.base import Turn
from perfcompare.workload.rally_driver import RallyDriver
from perfcompare.workload.rally_results import read_report

ROOT = Path(__file__).parent.parent.parent
RECORDINGS = ROOT / "tests" / "recordings" / "rally"
RALLY = str(Path(sys.executable).with_name("rally"))

READ_ELSEWHERE = ("statistics", "hooks", "sla_results", "output")
"""Parts of a report that perfcompare never looks into."""


def keys(document: object, path: str = "") -> Iterator[str]:
    """Yield each key of a report with where it stands."""
    if isinstance(document, list):
        for each in document:
            yield from keys(each, f"{path}[]")
    elif isinstance(document, dict):
        for key, value in document.items():
            yield f"{path}.{key}"
            if key not in READ_ELSEWHERE:
                yield from keys(value, f"{path}.{key}")


def record(name: str, content: bytes) -> bytes:
    """Return what was recorded under *name*, or record *content*."""
    path = RECORDINGS / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(content.replace(str(ROOT).encode(), b"/src"))
    return path.read_bytes()


def turn(workload, phase, block):
    return Turn(
        variant="base", workload=workload, phase=phase, block=block, iterations=3
    )


def test_rally_writes_the_keys_that_were_recorded(tmp_path, services, make_workload):
    workloads = [make_workload("good"), make_workload("odd", args={"path": "/odd"})]
    driver = RallyDriver(scratch=tmp_path, workloads=workloads, clock=SystemClock())
    phases = ((Phase.WARM_UP, 0), (Phase.LOAD, 1), (Phase.LOAD, 2))
    turns = [turn(each.name, *phase) for each in workloads for phase in phases]

    load = driver.drive(turns, {"base": services["base"].target}, check=lambda: None)[
        "base"
    ]

    windows = [
        [each.phase, each.block, each.started_at, each.ended_at, 3, each.workload]
        for each in load.windows
    ]
    record("5.1.1-blocks.windows.json", json.dumps(windows, indent=1).encode())
    recorded = json.loads(record("5.1.1-blocks.json", load.rally_json))
    assert set(keys(json.loads(load.rally_json))) == set(keys(recorded))


@pytest.mark.integration
def test_plain_rally_runs_our_scenarios_too(tmp_path, services):
    service = services["base"]
    service.images.update({f"image-{number}": b"" for number in range(5)})
    task = {
        "version": 2,
        "title": "images",
        "subtasks": [
            {
                "title": "list images",
                "scenario": {"PerfcompareGlance.list_images": {"limit": 5}},
                "runner": {"constant": {"times": 4, "concurrency": 2}},
            }
        ],
    }
    (tmp_path / "task.json").write_text(json.dumps(task))
    (tmp_path / "rally.conf").write_text(
        f"[database]\nconnection = sqlite:///{tmp_path}/rally.db\n"
    )

    for arguments in (
        "db create",
        "env create --name x",
        "task start task.json",
        "task report --json --out report.json",
    ):
        said = command.run(
            [RALLY, "--config-file", "rally.conf", *arguments.split()],
            cwd=tmp_path,
            env={**os.environ, **service.target.environment, "HOME": str(tmp_path)},
        )
        assert said.status == 0, said.output

    fresh = (tmp_path / "report.json").read_bytes()
    recorded = json.loads(record("5.1.1-constant.json", fresh))
    assert set(keys(json.loads(fresh))) == set(keys(recorded))
    (imported,) = read_report(tmp_path / "report.json")
    assert [each.error for each in imported.iterations] == [""] * 4
