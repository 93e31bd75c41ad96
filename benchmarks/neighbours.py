# SPDX-License-Identifier: Apache-2.0
"""From which share of CPU taken by others on is the effect biased?

::

    python benchmarks/neighbours.py PLAN --out RUN [--levels 0,0.25,0.5,1.0,1.5]
                                    [--rounds-a-level 4] [--seed 10] [--resume]
    python benchmarks/neighbours.py --read RUN
    python benchmarks/neighbours.py truths --out DIR        (see truths.py)

measures PLAN once, and lets neighbours take another number of cores in each round.  A
group of as many rounds as there are levels holds each level once, in random order, so
what drifts favours none.  Prints Markdown: the effect target / base at each level with
its 95 % interval (Student's t over the level's rounds); its *bias*, which is how far it
is from the effect at the lowest level (Welch); and over all rounds the slope of the log
effect over the cores that others really used.  Every round counts, whatever the run's
own rule says of it.

What the neighbours took is recorded in RUN/neighbours.json.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import truths
from biases import SHARE_OF_THRESHOLD, Row, bias, effect, mark, rows, slope
from burners import JUDGED, run_beside
from tables import NOTHING, amount, change, cores, limit, markdown, per_core

from perfcompare.cli.collecting import collect
from perfcompare.model.judgement import RoundCondition
from perfcompare.store import layout
from perfcompare.store.reader import open_run

RECORD = "neighbours.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run tells of its rounds."""

    rows: tuple[Row, ...]
    conditions: tuple[RoundCondition, ...]
    beside: Mapping[str, Mapping[int, float]]
    """Cores that others used beside each workload, by round."""

    @property
    def others(self) -> Mapping[int, float]:
        """Cores that others used, by round, where somebody looked."""
        return {
            one.round: one.others_ratio
            for one in self.conditions
            if one.others_ratio is not None
        }


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["truths"]:
        truths.main(arguments[1:])
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("plan", type=Path, nargs="?", help="or: truths")
    parser.add_argument("--out", type=Path, help="the run to make")
    parser.add_argument("--levels", type=cores, default=cores("0,0.25,0.5,1.0,1.5"))
    parser.add_argument("--rounds-a-level", type=int, default=4)
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--resume", action="store_true", help="go on with --out")
    parser.add_argument("--read", type=Path, metavar="RUN", help="measure nothing")
    options = parser.parse_args(arguments)
    if options.read is None:
        if options.plan is None or options.out is None:
            parser.error("give PLAN and --out RUN, or --read RUN")
        measure(options)
    show(options.read or options.out)


def measure(options: argparse.Namespace) -> None:
    """Run the plan beside neighbours and record their levels."""
    out: Path = options.out
    levels = balanced(options.levels, options.rounds_a_level, seed=options.seed)
    if options.resume and (out / RECORD).exists():
        levels = tuple(recorded(out).values())
    argv = [str(options.plan), "--out", str(out), "--rounds", str(len(levels))]
    argv += ["--resume"] * options.resume
    # When the last round is over the run is judged, and nobody has to disturb that.
    after = dict(enumerate((*levels, 0.0)))
    try:
        status = run_beside(argv, out, after.__getitem__, log=None)
    finally:
        if (out / layout.RUN_FILE).exists():
            record(out, levels, seed=options.seed)
    if status not in JUDGED:
        sys.exit(f"perfcompare run ended with status {status}; go on with --resume")


def balanced(levels: Sequence[float], groups: int, *, seed: int) -> tuple[float, ...]:
    """Return a level for each round: every group holds each once, shuffled."""
    random = np.random.default_rng(seed)
    return tuple(
        float(level) for _ in range(groups) for level in random.permutation(levels)
    )


def record(out: Path, levels: Sequence[float], *, seed: int) -> None:
    content = {"levels_cores": list(levels), "seed": seed}
    (out / RECORD).write_text(f"{json.dumps(content)}\n")


def recorded(run: Path) -> Mapping[int, float]:
    """Return the level of each round, in their order."""
    try:
        content = json.loads((run / RECORD).read_text())
    except FileNotFoundError:
        sys.exit(
            f"{run / RECORD} is not there: no round was measured beside neighbours"
        )
    return dict(enumerate(content["levels_cores"], start=1))


def read(path: Path) -> Measured:
    """Read every round, also those that the run leaves out of its comparisons."""
    run = open_run(path)
    found = collect(run)
    controls = frozenset(name for visit in run.visits for name in visit.controls)
    return Measured(
        rows=rows(found.collector.samples(), controls=controls),
        conditions=found.conditions,
        beside={name: one.ratios for name, one in found.disturbed.items()},
    )


def show(path: Path) -> None:
    """Print the tables of the run in *path*."""
    levels = recorded(path)
    measured = read(path)
    done = {one.round: levels[one.round] for one in measured.conditions}
    print(f"\n### What others used\n\n{markdown(*host_table(measured, done))}")
    print(f"\n### Effect, target / base\n\n{markdown(*effect_table(measured, done))}")
    print(f"\n### Bias\n\n{markdown(*bias_table(measured, done))}")
    print(
        f"\nToo much is {SHARE_OF_THRESHOLD:.0%} of the default threshold;"
        " ?: beyond it; !: its interval lies wholly beyond it."
    )
    print(f"\n### Over what others used\n\n{markdown(*slope_table(measured))}")


Table = tuple[list[str], Iterable[list[str]]]


def host_table(measured: Measured, levels: Mapping[int, float]) -> Table:
    header = ["neighbours want", "rounds", "others used, cores", "least", "most"]
    found = []
    for level in sorted(set(levels.values())):
        own = [number for number in levels if levels[number] == level]
        used = [measured.others[each] for each in own if each in measured.others]
        numbers = (np.mean(used), min(used), max(used)) if used else ()
        cells = [f"{number:.2f}" for number in numbers] or [NOTHING] * 3
        found.append([f"{level:g}", ", ".join(map(str, own)), *cells])
    return header, found


def effect_table(measured: Measured, levels: Mapping[int, float]) -> Table:
    found = []
    for row in measured.rows:
        cells = [
            NOTHING if (own := effect(row, levels, level)) is None else change(own, row)
            for level in sorted(set(levels.values()))
        ]
        found.append([*named(row), *cells])
    return level_header(levels), found


def bias_table(measured: Measured, levels: Mapping[int, float]) -> Table:
    found = []
    for row in measured.rows:
        cells = []
        for level in sorted(set(levels.values())):
            own = bias(row, levels, level)
            cells.append(
                NOTHING
                if own is None
                else f"{change(own, row)} {mark(own, row.limit)}".strip()
            )
        found.append([*named(row), *cells, limit(row)])
    return [*level_header(levels), "too much"], found


def slope_table(measured: Measured) -> Table:
    header = ["workload", "metric", "per core", "too much from", "at the earliest"]
    found = []
    for row in measured.rows:
        own = slope(row, measured.beside.get(row.key.workload, measured.others))
        cells = [NOTHING] * 3
        if own is not None:
            likely, earliest = own.reaches(row.limit)
            cells = [per_core(own, row), amount(likely), amount(earliest)]
        found.append([*named(row), *cells])
    return header, found


def level_header(levels: Mapping[int, float]) -> list[str]:
    wanted = (f"{level:g} cores" for level in sorted(set(levels.values())))
    return ["workload", "metric", *wanted]


def named(row: Row) -> list[str]:
    metric = " ".join(part for part in (row.key.service, row.key.metric.name) if part)
    return [row.key.workload or NOTHING, metric]


if __name__ == "__main__":
    main(sys.argv[1:])
