# SPDX-License-Identifier: Apache-2.0
"""Are verdicts right beside neighbours?  The testbed's known truths, many runs each.

::

    python benchmarks/neighbours.py truths --out DIR [--runs 10]
                                    [--levels 0,0.5,1.0,1.5] [--again] [--read]

Runs each plan of TRUTHS beside neighbours that take each of the levels all along.  The
order is shuffled, so what drifts favours none; runs that are in DIR already are not
measured again, so it can be interrupted.  Prints Markdown: what the runs said, and how
often that was wrong:

* *false regression*: nothing was injected;
* *false parity*: what was injected is at or beyond the row's margin;
* *sign flip*: an improvement, of which there is none anywhere.

Primary rows are those that no injected cost reaches too (memory, threads, errors).
"""

import argparse
import json
import math
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from burners import JUDGED, run_beside
from tables import NOTHING, cores, markdown

from perfcompare.model.comparison import Verdict
from perfcompare.model.errors import StoreError
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import Unit
from perfcompare.store import layout
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState

PLANS = Path(__file__).parents[1] / "scenarios" / "testbed"
TRUTHS = {"cpu-nothing": 1.0, "cpu-ten-percent": 1.1, "cpu-twenty-percent": 1.2}
"""Plan → time in service, target / base."""

SLOWED = (Unit.SECONDS, Unit.PER_SECOND)
"""The units of what a workload costs, which the truth moves."""

_AS_STATUS = {
    ExitStatus.OK: Verdict.PARITY,
    ExitStatus.REGRESSION: Verdict.REGRESSION,
    ExitStatus.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}

Json = Mapping[str, Any]


class Fault(StrEnum):
    """How a verdict can be wrong where the truth is known."""

    FALSE_REGRESSION = "false regression"
    FALSE_PARITY = "false parity"
    SIGN_FLIP = "sign flip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A plan beside neighbours of one level."""

    plan: str
    level_cores: float

    def run(self, out: Path, number: int) -> Path:
        """Return where its run *number* is."""
        return out / self.plan / f"level-{self.level_cores:g}" / f"{number:02d}"

    def level_after(self, _rounds: int) -> float:
        """Return what neighbours take: the same all along."""
        return self.level_cores


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that one run said."""

    what: str
    verdict: Verdict
    fault: Fault | None


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="neighbours.py truths", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--out", type=Path, required=True, help="directory of runs")
    parser.add_argument("--runs", type=int, default=10, help="of each plan and level")
    parser.add_argument("--levels", type=cores, default=cores("0,0.5,1.0,1.5"))
    parser.add_argument("--plans", nargs="+", choices=TRUTHS, default=list(TRUTHS))
    parser.add_argument("--again", action="store_true", help="judge all runs again")
    parser.add_argument("--read", action="store_true", help="measure nothing")
    options = parser.parse_args(arguments)
    out: Path = options.out
    cells = [
        Cell(plan=plan, level_cores=level)
        for plan, level in product(options.plans, options.levels)
    ]
    wanted = [(cell, number) for cell in cells for number in range(1, options.runs + 1)]
    if not options.read:
        measure(out, wanted)
    if options.again:
        for cell, number in wanted:
            judge_again(cell.run(out, number))
    print(markdown(HEADER, table(out, cells, options.runs)))


def measure(out: Path, wanted: Sequence[tuple[Cell, int]]) -> None:
    """Make the runs that are not there; one that fails is left for the next time."""
    left = [
        (cell, number) for cell, number in wanted if not is_done(cell.run(out, number))
    ]
    random.Random(len(wanted)).shuffle(left)
    for place, (cell, number) in enumerate(left, start=1):
        run = cell.run(out, number)
        print(f"{place} of {len(left)}: {run}", file=sys.stderr, flush=True)
        run.parent.mkdir(parents=True, exist_ok=True)
        argv = [str(PLANS / f"{cell.plan}.yaml"), "--quick", "--out", str(run)]
        argv += ["--resume"] * (run / layout.RUN_FILE).exists()
        log = run.with_suffix(".log")
        with log.open("a") as said:
            status = run_beside(argv, run, cell.level_after, log=said)
        if status not in JUDGED:
            print(f"status {status}: see {log}", file=sys.stderr, flush=True)


def is_done(run: Path) -> bool:
    """Tell whether *run* was measured to its end and judged."""
    try:
        finished = open_run(run).state is RunState.FINISHED
    except StoreError:
        return False
    return finished and (run / layout.COMPARISON_FILE).exists()


def judge_again(run: Path) -> None:
    """Let today's rules judge what was measured."""
    if is_done(run):
        argv = [sys.executable, "-m", "perfcompare", "compare", str(run)]
        subprocess.run(argv, check=False, stdout=subprocess.DEVNULL)


HEADER = ["plan", "neighbours", "others used", "row", "runs", *Verdict, *Fault]


def table(out: Path, cells: Iterable[Cell], runs: int) -> Iterator[list[str]]:
    """Yield the lines of the table; a plan without a finished run has none."""
    for cell in cells:
        paths = [cell.run(out, number) for number in range(1, runs + 1)]
        documents = [
            (json.loads((path / layout.COMPARISON_FILE).read_text()), clients(path))
            for path in paths
            if is_done(path)
        ]
        found = [
            said(document, TRUTHS[cell.plan], concurrency)
            for document, concurrency in documents
        ]
        used = others_used(document for document, _ in documents)
        for what in dict.fromkeys(one.what for each in found for one in each):
            own = [one for each in found for one in each if one.what == what]
            yield [
                cell.plan,
                f"{cell.level_cores:g}",
                used,
                what,
                str(len(found)),
                *counts(own),
            ]


def clients(run: Path) -> Mapping[str, int]:
    """Return how many clients each workload has."""
    return {each.name: each.concurrency for each in open_run(run).plan.workloads}


def others_used(documents: Iterable[Json]) -> str:
    """Return the mean over all rounds, in cores."""
    used = [
        one["others_ratio"]
        for document in documents
        for one in document["conditions"]
        if one["others_ratio"] is not None
    ]
    return f"{np.mean(used):.2f}" if used else NOTHING


def counts(found: Sequence[Said]) -> list[str]:
    """Count verdicts, then faults."""
    verdicts = Counter(one.verdict for one in found)
    faults = Counter(one.fault for one in found)
    return [
        *(str(verdicts[verdict]) for verdict in Verdict),
        *(str(faults[fault]) for fault in Fault),
    ]


def said(
    document: Json, truth: float, concurrency: Mapping[str, int]
) -> tuple[Said, ...]:
    """Return what a ``comparison.json`` says, and what of it is wrong."""
    rows = [row for row in document["comparisons"] if row["contrast"] == "total"]
    means = sorted(
        (
            row
            for row in rows
            if row["metric"] == "mean" and not row["action"] and not row["service"]
        ),
        key=lambda row: concurrency[row["workload"]],
    )
    status = _AS_STATUS[ExitStatus(document["exit_status"]["code"])]
    # Everything primary is at parity only if each mean is.
    strictest = min((change_that_matters(row) for row in means), default=math.inf)
    return (
        Said(
            what="exit status",
            verdict=status,
            fault=fault(status, math.log(truth), strictest),
        ),
        *(_said(f"mean, {clients_of(row, concurrency)}", row, truth) for row in means),
        *(_said("primary rows", row, truth) for row in rows if row["primary"]),
    )


def clients_of(row: Json, concurrency: Mapping[str, int]) -> str:
    number = concurrency[row["workload"]]
    return f"{number} client" if number == 1 else f"{number} clients"


def _said(what: str, row: Json, truth: float) -> Said:
    reached = row["workload"] and row["unit"] in SLOWED
    worse = math.log(truth) if reached else 0.0
    verdict = Verdict(row["verdict"])
    return Said(
        what=what,
        verdict=verdict,
        fault=fault(verdict, worse, change_that_matters(row)),
    )


def change_that_matters(row: Json) -> float:
    """Return the row's margin as a log-ratio; infinite where it has none of these."""
    if row["margin"] is None or row["scale"] != "ratio":
        return math.inf
    return math.log1p(row["margin"])


def fault(verdict: Verdict, worse: float, matters: float) -> Fault | None:
    """Tell what is wrong with *verdict*.

    Args:
        verdict: What was said.
        worse: By how much the target is worse in truth, as a log-ratio.
        matters: The change from which on it is no parity.
    """
    if verdict is Verdict.REGRESSION and worse == 0:
        return Fault.FALSE_REGRESSION
    if verdict is Verdict.IMPROVEMENT:
        return Fault.SIGN_FLIP
    # log1p(0.1) and log(1.1) need not be equal in floating point.
    if verdict is Verdict.PARITY and worse >= matters * (1 - 1e-9):
        return Fault.FALSE_PARITY
    return None
