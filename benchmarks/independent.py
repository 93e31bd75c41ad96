# SPDX-License-Identifier: Apache-2.0
"""Does a load tool that shares nothing with ours see the same effect?

::

    python benchmarks/independent.py [PLAN] [--pairs 8] [--seconds 3]
                                     [--out FILE] [--against RUN]
    python benchmarks/independent.py --read FILE [--against RUN]

deploys base and target of PLAN (scenarios/glance/demo.yaml) side by side as
`perfcompare run` does, and lets wrk load them in turn, with one client and with four.
A pair is one start of both, warmed up; every other pair begins with target.  Prints
the effects target / base with 95 % intervals (Student's t over the pairs), and beside
them those of RUN, a run of the same plan, for the workloads of WORKLOADS.

`apt-get install wrk` brings the tool.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import wrk

from perfcompare.analysis.intervals import student
from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.cli.experimenting import new_scratch
from perfcompare.cli.printing import say
from perfcompare.cli.run import default_cache
from perfcompare.clock import SystemClock
from perfcompare.deployment.local.deployment import LocalDeployment
from perfcompare.guardian import guarded
from perfcompare.model.errors import PerfcompareError
from perfcompare.model.plan import Plan
from perfcompare.model.variant import Variant
from perfcompare.plan.loader import Overrides, load_plan
from perfcompare.projects import PROJECTS
from perfcompare.store import layout

DEMO = Path(__file__).parents[1] / "scenarios" / "glance" / "demo.yaml"
LIST = "/v2/images?limit=5"
WARM_UP_SECONDS = 1
WORKLOADS = {1: "list images (1 client)", 4: "list images"}
"""Clients → the workload of ours that does the same."""

OURS = {name: name for name in wrk.METRICS} | {"rate": "throughput"}
"""wrk's metric → ours."""

VARIANTS = ("base", "target")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Base and target, loaded in turn on one start of both."""

    clients: int
    base: wrk.Load
    target: wrk.Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """target / base with its 95 % interval."""

    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        """Write the changes in percent."""
        shown = [100 * (each - 1) for each in (self.ratio, self.low, self.high)]
        return f"{shown[0]:+.1f} % ({shown[1]:+.1f}..{shown[2]:+.1f})"

    def holds(self, other: "Effect") -> bool:
        """Tell whether the effect of *other* lies in this interval."""
        return self.low <= other.ratio <= self.high

    def overlaps(self, other: "Effect") -> bool:
        """Tell whether both intervals have a part in common."""
        return self.low <= other.high and other.low <= self.high


def main() -> int:
    options = parsed()
    if options.read is not None:
        show(load_pairs(options.read), options.against)
        return 0
    if not wrk.is_installed():
        say("wrk is not installed: apt-get install wrk")
        return 2
    scratch = new_scratch()
    # Nothing that is started outlives this, however it ends.
    return guarded(lambda: measure(options, scratch), scratch=scratch)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("plan", type=Path, nargs="?", default=DEMO)
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=3, help="of each load")
    parser.add_argument("--path", default=LIST, help="what is asked for")
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--out", type=Path, help="keep what wrk said, as JSON")
    parser.add_argument("--read", type=Path, help="what --out kept; measure nothing")
    parser.add_argument("--against", type=Path, metavar="RUN", help="ours")
    return parser.parse_args()


def measure(options: argparse.Namespace, scratch: Path) -> int:
    """Do the work, in the guardian's child; return the exit status."""
    try:
        plan = load_plan(
            options.plan,
            projects=PROJECTS,
            defaults=DEFAULT_THRESHOLDS,
            overrides=Overrides(rounds=None, quick=False, thresholds=()),
        )
        deployment = LocalDeployment(
            plan,
            PROJECTS[plan.project],
            scratch=scratch,
            cache=options.cache,
            clock=SystemClock(),
            progress=say,
        )
        with deployment:
            deployment.upgrade()
            found: list[Pair] = []
            for number in range(options.pairs):
                say(f"pair {number + 1} of {options.pairs}")
                found += pair_up(deployment, plan, options, turned=number % 2 == 1)
    except PerfcompareError as error:
        say(str(error))
        return 4
    if options.out is not None:
        options.out.write_text(json.dumps([asdict(pair) for pair in found]))
    show(found, options.against)
    return 0


def pair_up(
    deployment: LocalDeployment,
    plan: Plan,
    options: argparse.Namespace,
    *,
    turned: bool,
) -> list[Pair]:
    """Start both variants, load them in turn, stop them."""
    variants: Mapping[str, Variant] = {each.name.value: each for each in plan.variants}
    urls = {}
    with ExitStack() as stack:
        for name in VARIANTS[::-1] if turned else VARIANTS:
            running = stack.enter_context(deployment.up(variants[name]))
            running.verify_backend()
            endpoint = running.load_target.environment["PERFCOMPARE_ENDPOINT"]
            urls[name] = endpoint + options.path
        return [
            loaded_in_turn(urls, clients, seconds=options.seconds)
            for clients in WORKLOADS
        ]


def loaded_in_turn(urls: Mapping[str, str], clients: int, *, seconds: int) -> Pair:
    """Load each once, in the order of *urls*, after a warm-up of each."""
    for url in urls.values():
        wrk.load(url, concurrency=clients, seconds=WARM_UP_SECONDS)
    found = {
        name: wrk.load(url, concurrency=clients, seconds=seconds)
        for name, url in urls.items()
    }
    return Pair(clients=clients, **found)


def load_pairs(path: Path) -> list[Pair]:
    """Read what ``--out`` kept."""
    return [
        Pair(
            clients=each["clients"],
            base=wrk.Load(**each["base"]),
            target=wrk.Load(**each["target"]),
        )
        for each in json.loads(path.read_text())
    ]


def effect(pairs: Sequence[Pair], metric: str) -> Effect | None:
    """Estimate the geometric mean of target / base; None below two pairs."""
    logs = [
        math.log(getattr(pair.target, metric) / getattr(pair.base, metric))
        for pair in pairs
    ]
    if len(logs) < 2:
        return None
    found = student(np.array(logs))
    low, high = found.interval(0.95)
    return Effect(ratio=math.exp(found.mean), low=math.exp(low), high=math.exp(high))


def ours(run: Path) -> Mapping[tuple[str, str], Effect]:
    """Read perfcompare's effects from a run, by workload and metric."""
    document = json.loads((run / layout.COMPARISON_FILE).read_text())
    return {
        (row["workload"], row["metric"]): Effect(
            ratio=row["effect"], low=row["ci95"][0], high=row["ci95"][1]
        )
        for row in document["comparisons"]
        if row["contrast"] == "total"
        and row["scale"] == "ratio"
        and not row["action"]
        and not row["service"]
        and row["ci95"] is not None
    }


def show(pairs: Sequence[Pair], against: Path | None) -> None:
    """Print the table."""
    beside = {} if against is None else ours(against)
    header = ["clients", "metric", "wrk"]
    if against is not None:
        header += ["perfcompare", "wrk's effect in ours", "intervals overlap"]
    for line in (header, ["---"] * len(header), *lines(pairs, beside, against)):
        print(f"| {' | '.join(line)} |")


def lines(
    pairs: Sequence[Pair],
    beside: Mapping[tuple[str, str], Effect],
    against: Path | None,
) -> Iterator[list[str]]:
    for clients, workload in WORKLOADS.items():
        own = [pair for pair in pairs if pair.clients == clients]
        for metric in wrk.METRICS:
            theirs = effect(own, metric)
            line = [str(clients), metric, "-" if theirs is None else str(theirs)]
            if against is not None:
                line += compared(theirs, beside.get((workload, OURS[metric])))
            yield line


def compared(theirs: Effect | None, own: Effect | None) -> list[str]:
    """Say what we say, and whether wrk agrees."""
    if theirs is None or own is None:
        return ["-" if own is None else str(own), "-", "-"]
    said = (own.holds(theirs), own.overlaps(theirs))
    return [str(own), *("yes" if each else "**no**" for each in said)]


if __name__ == "__main__":
    sys.exit(main())
