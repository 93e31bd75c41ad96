# SPDX-License-Identifier: Apache-2.0
"""``perfcompare compare`` on a run of ten million iterations, beside its peers.

::

    python benchmarks/scale.py [--iterations 1000000 10000000] [--pandas] [--rally]

The run is that of ``perfcompare.testing.big_runs``, in a temporary directory; making it
is not timed.  It is judged in a process of its own by `perfcompare compare`, and once
more without the report.  Peers: pandas, all visits concatenated and grouped once, for
the same quantiles and no verdict; and `rally task trends` over one JSON file a visit
(iterations without actions), twice as large each time, until it needs more than 4 GB
or 300 s.

CPU seconds, because neighbours are no cost of ours; memory is the peak of the process.
The goal for ten million is 60 s and 1500 MB, and the same time for each iteration.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from report import as_rally

from perfcompare.cli.judging import judge_run
from perfcompare.store import layout
from perfcompare.store.reader import open_run
from perfcompare.testing.big_runs import write_run

QUANTILES = [0.5, 0.9, 0.95, 0.99]
RALLY_FROM = 300_000
MOST_BYTES = 4 * 10**9
MOST_SECONDS = 300
LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[2]),) * 2)
os.execv(sys.argv[3], sys.argv[3:])
"""
BIN = Path(sys.executable).parent
OF_VERDICTS = (0, 1, 3)
"""The exit statuses of `perfcompare compare` when it judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process took."""

    cpu_seconds: float
    peak_mb: float
    status: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    sizes = [1_000_000, 10_000_000]
    parser.add_argument("--iterations", type=int, nargs="+", default=sizes)
    parser.add_argument("--pandas", action="store_true", help="at the largest size")
    parser.add_argument("--rally", action="store_true", help="at growing sizes")
    # What it asks its own children for, each in a memory of its own.
    parser.add_argument("--child", choices=CHILDREN, help=argparse.SUPPRESS)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        CHILDREN[options.child](options.run, options.iterations[0])
        return
    print(f"{'':<20} {'iterations':>10} {'CPU s':>8} {'us each':>8} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as directory:
        beside_pandas(Path(directory), sorted(options.iterations), options.pandas)
        if options.rally:
            beside_rally(Path(directory))


def beside_pandas(home: Path, sizes: list[int], pandas: bool) -> None:
    """Show our cost at each size, how it grows, and that of pandas at the largest."""
    ours = []
    for iterations in sizes:
        run = home / "run"
        child("write", run, iterations)
        ours.append(judged(run, iterations))
        show("  without the report", iterations, child("judge", run, iterations))
        if pandas and iterations == sizes[-1]:
            theirs = child("group", run, iterations)
            show("pandas", iterations, theirs)
            ratios("pandas", ours[-1], theirs)
        shutil.rmtree(run)
    growth = ours[-1].cpu_seconds / ours[0].cpu_seconds
    print(f"iterations x {sizes[-1] / sizes[0]:g}: CPU seconds x {growth:.1f}")


def beside_rally(home: Path) -> None:
    """Show the trends of Rally, and ours, at growing sizes until Rally gives up."""
    configuration = home / "rally.conf"
    configuration.write_text(f"[database]\nconnection = sqlite:///{home}/db.sqlite\n")
    rally = (str(BIN / "rally"), "--config-file", str(configuration))
    cost(*rally, "db", "create", silent=True)
    limited = (sys.executable, "-c", LIMITED, str(MOST_BYTES), str(MOST_SECONDS))
    iterations = RALLY_FROM
    survived = True
    while survived:
        run = home / "run"
        child("write", run, iterations)
        child("as-rally", run, iterations)
        files = [str(path) for path in sorted(run.glob("*.json"))]
        files.remove(str(run / layout.RUN_FILE))
        out = run / "trends.html"
        theirs = cost(
            *limited,
            *rally,
            "task",
            "trends",
            *files,
            "--html-static",
            "--out",
            str(out),
            silent=True,
        )
        survived = theirs.status == 0 and out.exists()
        remark = "" if survived else f"  gave up (status {theirs.status})"
        show("rally task trends", iterations, theirs, remark=remark)
        if survived:
            ratios("rally", judged(run, iterations), theirs)
        shutil.rmtree(run)
        iterations *= 2


def judged(run: Path, iterations: int) -> Cost:
    found = cost(str(BIN / "perfcompare"), "compare", str(run))
    if found.status not in OF_VERDICTS:
        sys.exit(f"perfcompare compare ended with {found.status}")
    show("perfcompare compare", iterations, found)
    return found


def child(what: str, run: Path, iterations: int) -> Cost:
    """Do one of CHILDREN in a process of its own."""
    argv = ["--child", what, "--run", str(run), "--iterations", str(iterations)]
    found = cost(sys.executable, __file__, *argv)
    if found.status != 0:
        sys.exit(f"{what} ended with {found.status}")
    return found


def judge_alone(run: Path, _: int) -> None:
    judge_run(open_run(run), thresholds=())


def group(run: Path, _: int) -> None:
    """Do with pandas what comes to mind first."""
    opened = open_run(run)
    everything = pd.concat(
        pd.read_parquet(opened.directory(visit) / layout.ITERATIONS_FILE).assign(
            round=visit.round, variant=visit.variant
        )
        for visit in opened.visits
    )
    load = everything[(everything["phase"] == "load") & (everything["error"] == "")]
    groups = load.groupby(["variant", "workload", "action", "round"], observed=True)
    groups["duration_seconds"].quantile(QUANTILES)


def write_as_rally(run: Path, _: int) -> None:
    as_rally(open_run(run), run)


CHILDREN: Mapping[str, Callable[[Path, int], None]] = {
    "write": write_run,
    "judge": judge_alone,
    "group": group,
    "as-rally": write_as_rally,
}


def cost(*argv: str, silent: bool = False) -> Cost:
    """Run a program, its output (and errors) thrown away; return what it took."""
    pid = os.posix_spawn(
        argv[0],
        argv,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, stream, "/dev/null", os.O_WRONLY, 0)
            for stream in ((1, 2) if silent else (1,))
        ],
    )
    _, status, usage = os.wait4(pid, 0)
    return Cost(
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss * 1024 / 1e6,
        status=os.waitstatus_to_exitcode(status),
    )


def show(what: str, iterations: int, found: Cost, *, remark: str = "") -> None:
    each = found.cpu_seconds / iterations * 1e6
    print(
        f"{what:<20} {iterations:>10,} {found.cpu_seconds:>8.1f} {each:>8.2f}"
        f" {found.peak_mb:>8.0f}{remark}",
        flush=True,
    )


def ratios(peer: str, ours: Cost, theirs: Cost) -> None:
    print(
        f"  ratio to {peer}: CPU {ours.cpu_seconds / theirs.cpu_seconds:.3f},"
        f" memory {ours.peak_mb / theirs.peak_mb:.2f}"
    )


if __name__ == "__main__":
    main()
