# SPDX-License-Identifier: Apache-2.0
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "tests"

TASK = """\
version: 2
title: The testbed
subtasks:
  - title: work
    scenario: {PerfcompareHttp.get: {path: /work}}
    runner: {constant: {times: 160, concurrency: 4}}
"""


@dataclass
class MainJob:
    """``perfcompare run`` on the testbed, as a process of its own."""

    directory: Path
    plan: dict[str, Any]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.directory / "run"

    @property
    def temporary(self) -> Path:
        return self.directory / "tmp"

    def start(self, *options: str) -> subprocess.Popen[str]:
        (self.directory / "task.yaml").write_text(TASK)
        plan = self.directory / "plan.yaml"
        plan.write_text(yaml.safe_dump(self.plan))
        self.temporary.mkdir(exist_ok=True)
        run = [sys.executable, "-m", "perfcompare", "run", str(plan)]
        places = ["--out", str(self.out), "--cache", str(CACHE)]
        process = subprocess.Popen(
            [*run, *places, *options],
            env=os.environ | {"TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def finish(self, *options: str) -> tuple[int, str, str]:
        process = self.start(*options)
        out, err = process.communicate(timeout=400)
        return process.returncode, out, err

    def rows(self) -> dict[str, str]:
        """Metric → verdict of the total."""
        content = json.loads((self.out / "comparison.json").read_text())
        return {
            "/".join(
                row[part]
                for part in ("workload", "action", "service", "metric")
                if row[part]
            ): row["verdict"]
            for row in content["comparisons"]
            if row["contrast"] == "total"
        }

    def left(self) -> list[str]:
        """Return what is left of it: processes that name it, and scratch files."""
        named = str(self.temporary).encode()
        processes = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                content = path.read_bytes()
            except OSError:
                continue
            if named in content:
                processes.append(content.replace(b"\0", b" ").decode())
        return processes + [str(path) for path in self.temporary.glob("*/*")]

    def wait_for(self, what: str) -> None:
        """Read stderr up to a line that has *what* in it."""
        stream = self.started[-1].stderr
        assert stream is not None
        seen = []
        for line in stream:
            seen.append(line)
            if what in line:
                return
        raise AssertionError(f"{what!r} never came:\n{''.join(seen)}")

    def child(self) -> int:
        """Return the process that does the work, below the guardian."""
        guardian = self.started[-1].pid
        children = Path(f"/proc/{guardian}/task/{guardian}/children").read_text()
        return int(children.split()[0])

    def descendants(self, word: str) -> list[int]:
        """Return the processes below perfcompare whose command line has *word*."""
        found, todo = [], [self.started[-1].pid]
        while todo:
            pid = todo.pop()
            try:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
                line = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
            except OSError:
                continue
            todo += [int(each) for each in children.split()]
            if word in line:
                found.append(pid)
        return found


@pytest.fixture
def main_job(tmp_path: Path) -> Iterator[MainJob]:
    job = MainJob(
        directory=tmp_path,
        plan={
            "project": "testbed",
            "base": {"release": "1.0", "backend": "threading"},
            "target": {"release": "2.0", "backend": "threading"},
            "task": "task.yaml",
            "rounds": 4,
            "idle_seconds": 2,
            "settle_seconds": 1,
            "environment": {"TESTBED_LATENCY_SECONDS": 0.04},
        },
    )
    yield job
    for process in job.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            deadline = time.monotonic() + 20
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            process.kill()
        process.communicate()
