# SPDX-License-Identifier: Apache-2.0
"""``perfcompare compare`` beside Rally's own ``task report``, as whole processes.

::

    python benchmarks/report.py [--rounds 10] [--workloads 20] [--iterations 1000]

First a run of 3 variants of the given size is judged and its report written: CPU
seconds and peak memory of the process (goal: 10 s and 600 MB).  Then a run that Rally
can still swallow, the same iterations for both: `perfcompare compare` against `rally
task report --html-static` and `rally task trends` over one JSON file a visit.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from perfcompare.model.variant import VariantName
from perfcompare.store.reader import Run, open_run
from perfcompare.testing.plans import make_plan, make_workload, with_digest
from perfcompare.testing.runs import Rig

RECORDING = Path(__file__).parents[1] / "tests/recordings/rally/5.1.1-blocks.json"
SMALL = (2, 5, 500)
BIN = Path(sys.executable).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--workloads", type=int, default=20)
    parser.add_argument("--iterations", type=int, default=1000)
    options = parser.parse_args()
    size = (options.rounds, options.workloads, options.iterations)
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        whole = make(home / "whole", *size)
        print(f"{size[0]} rounds x 3 variants x {size[1]} workloads x {size[2]}:")
        ours(whole)
        small = make(home / "small", *SMALL)
        print(f"{SMALL[0]} rounds x 3 variants x {SMALL[1]} workloads x {SMALL[2]}:")
        seconds = ours(small)
        files = [str(path) for path in as_rally(small, home)]
        configure(home)
        for name, option in (("report", "--html-static"), ("trends", "--html-static")):
            out = str(home / f"{name}.html")
            argv = ["--config-file", f"{home}/rally.conf", "task", name]
            peer = timed(f"rally task {name}", [*argv, *files, option, "--out", out])
            print(f"  ratio to it: {seconds / peer:.2f}")


def make(path: Path, rounds: int, workloads: int, iterations: int) -> Run:
    """Make a run through the real store, on fakes."""
    plan = make_plan(VariantName.BASE, VariantName.TARGET, VariantName.CROSSOVER)
    names = (f"workload {number}" for number in range(workloads))
    plan = replace(
        plan,
        rounds=rounds,
        workloads=tuple(make_workload(name, times=iterations) for name in names),
    )
    return open_run(Rig(plan=with_digest(plan)).run(path))


def ours(run: Run) -> float:
    return timed("perfcompare compare", ["compare", str(run.path)])


def timed(what: str, arguments: list[str]) -> float:
    """Run it and return its CPU seconds, children included."""
    program = what.split(maxsplit=1)[0]
    pid = os.posix_spawn(
        BIN / program,
        [program, *arguments],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, stream, "/dev/null", os.O_WRONLY, 0)
            for stream in (1, 2)
        ],
    )
    _, status, usage = os.wait4(pid, 0)
    seconds = usage.ru_utime + usage.ru_stime
    code = os.waitstatus_to_exitcode(status)
    print(
        f"  {what:<20} {seconds:6.2f} s CPU, {usage.ru_maxrss / 1024:5.0f} MB"
        f" (status {code})"
    )
    return seconds


def as_rally(run: Run, home: Path) -> list[Path]:
    """Write the iterations of each visit as a report of Rally's."""
    written = []
    for visit in run.visits:
        content = json.loads(RECORDING.read_text())
        (task,) = content["tasks"]
        template = task["subtasks"][0]
        frame = run.iterations(visit)
        whole = frame[frame["action"] == ""]
        task["subtasks"] = [
            subtask(template, str(name), rows)
            for name, rows in whole.groupby("workload", observed=True)
        ]
        path = home / f"r{visit.round}-{visit.variant}.json"
        path.write_text(json.dumps(content))
        written.append(path)
    return written


def subtask(template: Any, name: str, rows: Any) -> Any:  # noqa: ANN401  # JSON
    workload = dict(template["workloads"][0])
    workload["data"] = [
        {
            "timestamp": started_at,
            "duration": duration,
            "idle_duration": 0.0,
            "error": [],
            "output": {"additive": [], "complete": []},
            "atomic_actions": [],
        }
        for started_at, duration in zip(
            rows["started_at"], rows["duration_seconds"], strict=True
        )
    ]
    first = min(rows["started_at"])
    load_seconds = max(rows["started_at"] + rows["duration_seconds"]) - first
    workload |= {
        "total_iteration_count": len(workload["data"]),
        "failed_iteration_count": 0,
        "start_time": int(first * 1e6),
        "load_duration": load_seconds,
        "full_duration": load_seconds,
        "min_duration": min(rows["duration_seconds"]),
        "max_duration": max(rows["duration_seconds"]),
    }
    return {**template, "title": name, "workloads": [workload]}


def configure(home: Path) -> None:
    database = f"[database]\nconnection = sqlite:///{home}/rally.sqlite\n"
    (home / "rally.conf").write_text(database)
    timed("rally db create", ["--config-file", f"{home}/rally.conf", "db", "create"])


if __name__ == "__main__":
    main()
