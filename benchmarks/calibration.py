# SPDX-License-Identifier: Apache-2.0
"""How often our verdicts are wrong, on simulated services whose truth is known.

    python benchmarks/calibration.py [--repetitions 1000] [--families 200]

Prints a Markdown table for 6 rounds, for 10, and for experiments that look after 4, 6,
8 and 10 and stop at the first that decides; a row an environment, all shares in
percent.  Every verdict comes from `compare`, every status from `exit_status`.
"""

import argparse
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from perfcompare.analysis.family import adjusted, exit_status
from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.model.comparison import Comparison, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.testing.judging import judged, stopped
from perfcompare.testing.simulation import (
    ENVIRONMENTS,
    Environment,
    Layout,
    Runs,
    Shift,
    simulate,
)

CHUNK = 500
"""Repetitions at once: 2000 runs of 10 rounds would be half a gigabyte."""

WORKLOADS = 10
"""Workloads of a family; mean and p90 of each count."""

LOOKS = (4, 6, 8, 10)
THRESHOLDS = {one.metric: one for one in DEFAULT_THRESHOLDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many rounds, and after which of them somebody looks."""

    name: str
    rounds: int
    looks: tuple[int, ...]


PLANS = (
    Plan(name="6 rounds", rounds=6, looks=()),
    Plan(name="10 rounds", rounds=10, looks=()),
    Plan(name="looks after 4, 6, 8 and 10 rounds", rounds=10, looks=LOOKS),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--families", type=int, default=200)
    options = parser.parse_args()
    for plan in PLANS:
        print(f"\n{plan.name}\n")
        print(
            "| environment | false regression mean / p90 | family of 20"
            " | parity at the margin mean / p90 | parity at 0 mean / p90"
            " | +10 / +15 / +20 % found | mean rounds at 0 / +15 % |"
        )
        print("|---|---|---|---|---|---|---|")
        for environment in ENVIRONMENTS.values():
            cells = row(environment, plan, options.repetitions, options.families)
            print(f"| {environment.name} | {' | '.join(cells)} |", flush=True)
    print(
        f"\nMonte-Carlo standard errors of {options.repetitions}:"
        f" {errors(options.repetitions)};"
        f" of {options.families} families: {errors(options.families)}"
    )


def row(
    environment: Environment, plan: Plan, repetitions: int, families: int
) -> tuple[str, ...]:
    verdicts = {
        (metric, truth): list(
            comparisons(environment, plan, metric, truth, repetitions)
        )
        for metric, truth in (
            *(("mean", truth) for truth in (1.0, 1.1, 1.15, 1.2)),
            *(("p90", truth) for truth in (1.0, 1.15)),
        )
    }
    margins = {
        metric: 1 + (THRESHOLDS[metric].ratio or 0) for metric in ("mean", "p90")
    }
    mean, p90 = (
        (
            share(verdicts[metric, 1.0], Verdict.REGRESSION),
            share(verdicts[metric, margins[metric]], Verdict.PARITY),
            share(verdicts[metric, 1.0], Verdict.PARITY),
        )
        for metric in ("mean", "p90")
    )
    false, at_margin, at_zero = (
        f"{mine:.1f} / {other:.1f}" for mine, other in zip(mean, p90, strict=True)
    )
    found = (
        f"{share(verdicts['mean', truth], Verdict.REGRESSION):.0f}"
        for truth in (1.1, 1.15, 1.2)
    )
    used = (
        f"{np.mean([len(one.rounds) for one in verdicts['mean', truth]]):.1f}"
        for truth in (1.0, 1.15)
    )
    alarms = 100 * family_alarms(environment, plan, families) / families
    return (
        false,
        f"{alarms:.1f}",
        at_margin,
        at_zero,
        " / ".join(found),
        " / ".join(used),
    )


def comparisons(
    environment: Environment, plan: Plan, metric: str, truth: float, repetitions: int
) -> Iterator[Comparison]:
    for runs in chunks(environment, plan, truth, repetitions):
        values = runs.metric(metric)
        if plan.looks:
            yield from stopped(values, metric, THRESHOLDS[metric], looks=plan.looks)
        else:
            yield from judged(values, metric, THRESHOLDS[metric])


def chunks(
    environment: Environment, plan: Plan, truth: float, repetitions: int
) -> Iterator[Runs]:
    for chunk in range(math.ceil(repetitions / CHUNK)):
        yield simulate(
            environment,
            Layout(rounds=plan.rounds, workloads=1, shared_nodes=True),
            shift=Shift(duration=truth, slow_share=1.0),
            repetitions=min(CHUNK, repetitions - chunk * CHUNK),
            random=np.random.default_rng([chunk, int(100 * truth), plan.rounds]),
        )


def family_alarms(environment: Environment, plan: Plan, families: int) -> int:
    """Count the runs of twenty unchanged metrics that fail a job, at any look."""
    runs = simulate(
        environment,
        Layout(rounds=plan.rounds, workloads=WORKLOADS, shared_nodes=True),
        shift=Shift(duration=1.0, slow_share=1.0),
        repetitions=families,
        random=np.random.default_rng([99, plan.rounds]),
    )
    failed = np.zeros(families, dtype=bool)
    for look in plan.looks or (plan.rounds,):
        halves = [
            list(
                judged(
                    runs.metric(metric),
                    metric,
                    THRESHOLDS[metric],
                    rounds=look,
                    looks=plan.looks,
                )
            )
            for metric in ("mean", "p90")
        ]
        failed |= [
            fails(chain(*(half[start : start + WORKLOADS] for half in halves)))
            for start in range(0, families * WORKLOADS, WORKLOADS)
        ]
    return int(failed.sum())


def fails(family: Iterable[Comparison]) -> bool:
    return exit_status(adjusted(list(family))) is ExitStatus.REGRESSION


def share(found: list[Comparison], verdict: Verdict) -> float:
    """Return the percentage of *verdict*."""
    return 100 * sum(one.verdict is verdict for one in found) / len(found)


def errors(repetitions: int) -> str:
    return ", ".join(
        f"{100 * math.sqrt(share * (1 - share) / repetitions):.1f} at {share:.0%}"
        for share in (0.01, 0.05, 0.50)
    )


if __name__ == "__main__":
    main()
