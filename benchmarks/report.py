# SPDX-License-Identifier: Apache-2.0
"""What a page costs, and ``perfcompare compare`` beside Rally's own ``task report``.

::

    python benchmarks/report.py [RUN] [--rounds 10] [--workloads 20] [--iterations 1000]

First pages: of 300 metrics in 10 rounds of 3 variants, and of RUN where one is given:
CPU seconds to write it and its bytes (goal: 10 s and 1.5 MB), and its plots beside the
same figures saved by matplotlib's own SVG and PNG (base64, as a page would hold it).

Then whole processes.  A run of 3 variants of the given size is judged and its report
written: CPU seconds and peak memory of the process (goal: 600 MB).  Then a
run that Rally can still swallow, the same iterations for both: `perfcompare compare`
against `rally task report --html-static` and `rally task trends` over one JSON file a
visit.
"""

import argparse
import base64
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.cli.judging import judge_run
from perfcompare.model.judgement import Judgement
from perfcompare.model.variant import VariantName
from perfcompare.report.html import write_html
from perfcompare.report.page.durations import durations_panels
from perfcompare.report.page.services import services
from perfcompare.report.plots.figure import Plot, element, figure_of, styled
from perfcompare.store.reader import Run, open_run
from perfcompare.testing.large import large_run
from perfcompare.testing.plans import make_plan, make_workload, with_digest
from perfcompare.testing.runs import Rig

RECORDING = Path(__file__).parents[1] / "tests/recordings/rally/5.1.1-blocks.json"
SMALL = (2, 5, 500)
BIN = Path(sys.executable).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", nargs="?", type=Path, help="whose page to write, too")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--workloads", type=int, default=20)
    parser.add_argument("--iterations", type=int, default=1000)
    options = parser.parse_args()
    print("300 metrics, 10 rounds x 3 variants:")
    page(large_run())
    if options.run:
        run = open_run(options.run)
        limits = (*DEFAULT_THRESHOLDS, *run.plan.thresholds)
        print(f"{options.run}:")
        page(judge_run(run, thresholds=limits).judgement)
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


def page(judgement: Judgement) -> None:
    """Print what a page and its plots cost."""
    out = io.StringIO()
    seconds = cpu_seconds(lambda: write_html(judgement, out))
    print(f"  {'page':<20} {seconds:6.2f} s CPU, {kilobytes(out.getvalue())}")
    panels = [panel for one in services(judgement) for panel in one.panels]
    plots = [panel.plot for panel in (*panels, *durations_panels(judgement))]
    if plots:
        ours = drawing(f"{len(plots)} plots", plots, element)
        for form in ("svg", "png"):
            peer = drawing(f"matplotlib's {form}", plots, saver(form))
            print(
                f"  ratio to it: {ours[0] / peer[0]:.2f}, bytes {ours[1] / peer[1]:.2f}"
            )


def drawing(
    what: str, plots: Sequence[Plot], draw: Callable[[Plot], str]
) -> tuple[float, int]:
    """Print and return CPU seconds and bytes of all *plots*."""
    drawn: list[str] = []
    seconds = cpu_seconds(lambda: drawn.extend(map(draw, plots)))
    text = "".join(drawn)
    each = seconds / len(plots) * 1000
    print(f"  {what:<20} {seconds:6.2f} s CPU, {kilobytes(text)}, {each:.0f} ms each")
    return seconds, len(text.encode())


def saver(form: str) -> Callable[[Plot], str]:
    """Return what saves a figure as matplotlib would, as text for a page."""

    def save(plot: Plot) -> str:
        out = io.BytesIO()
        with styled():
            figure_of(plot).savefig(out, format=form, dpi=192)
        content = out.getvalue()
        return content.decode() if form == "svg" else base64.b64encode(content).decode()

    return save


def cpu_seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def kilobytes(text: str) -> str:
    return f"{len(text.encode()) / 1000:.0f} kB"


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
