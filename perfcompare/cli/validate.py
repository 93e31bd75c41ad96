# SPDX-License-Identifier: Apache-2.0
"""``perfcompare validate PLAN``: every mistake at once, or what would be measured."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from perfcompare.model.plan import Plan
    from perfcompare.model.variant import Packages, Variant
    from perfcompare.model.workload import Workload

# For the estimate alone; what a start really takes is recorded by every visit.
START_SECONDS = 10.0
ITERATION_SECONDS = (0.02, 0.5)
"""From a list in a quiet API to a share that is made and removed."""


@click.command("validate")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--rounds", type=click.IntRange(1, 100), help="Instead of the plan's.")
@click.option("--quick", is_flag=True, help="Four rounds at most.")
def command(plan: Path, rounds: int | None, *, quick: bool) -> None:
    """Check PLAN and its task, and say what they would measure.

    Nothing is installed or started.  Every problem is one line, file:line: what is
    wrong; what to do.  Rally is asked whether it would take the task.
    """
    from perfcompare.cli.loading import load_checked
    from perfcompare.plan.loader import Overrides

    overrides = Overrides(rounds=rounds, quick=quick, thresholds=())
    resolved = load_checked(plan, overrides=overrides)
    for line in summary(resolved):
        click.echo(line)


def summary(plan: "Plan") -> Iterator[str]:
    """Yield what *plan* would measure, line by line."""
    yield plan.title
    yield ""
    order = "in short blocks" if plan.interleave else "in whole visits"
    yield f"project    {plan.project}"
    yield f"rounds     {_rounds(plan)}, the load passes {order}"
    for variant in plan.variants:
        yield from _variant(variant)
    for workload in plan.workloads:
        yield _workload(workload)
    fewest = plan.looks[0] if plan.looks else plan.rounds
    low, high = (
        rounds * round_seconds(plan, each)
        for rounds, each in zip((fewest, plan.rounds), ITERATION_SECONDS, strict=True)
    )
    iterations = sum(each.warm_up + each.times for each in plan.workloads)
    yield ""
    yield (
        f"That is {iterations} iterations a visit.  At {ITERATION_SECONDS[0]:g} s to"
        f" {ITERATION_SECONDS[1]:g} s an iteration the rounds take {_clock(low)} to"
        f" {_clock(high)}; installing and upgrading come on top."
    )


def _rounds(plan: "Plan") -> str:
    if not plan.looks:
        return str(plan.rounds)
    looks = ", ".join(str(look) for look in plan.looks)
    return f"{plan.looks[0]} to {plan.rounds} rounds, looks after {looks}"


def _variant(variant: "Variant") -> Iterator[str]:
    packages = "as the cloud has it"
    if variant.packages.requirements:
        packages = " ".join(variant.packages.requirements) + _frozen(variant.packages)
    yield f"{variant.name:<10} {variant.release} on {variant.backend}: {packages}"
    for name, value in sorted(variant.environment.items()):
        yield f"{'':<10} {name}={value}"
    for file, sections in sorted(variant.config.items()):
        for section, options in sorted(sections.items()):
            for option, value in sorted(options.items()):
                yield f"{'':<10} {file} [{section}] {option} = {value}"
    for option, value in sorted(variant.uwsgi.items()):
        yield f"{'':<10} uwsgi {option} = {value}"


def _frozen(packages: "Packages") -> str:
    before = packages.uploaded_before
    python = f", python {packages.python}"
    return python if before is None else f"{python}, uploaded before {before}"


def _workload(workload: "Workload") -> str:
    blocks = "one piece" if workload.blocks == 1 else f"{workload.blocks} blocks"
    return (
        f"{'workload':<10} {workload.name}: {workload.scenario},"
        f" {workload.warm_up} + {workload.times} iterations at"
        f" {workload.concurrency}, in {blocks}"
    )


def round_seconds(plan: "Plan", iteration_seconds: float) -> float:
    """Estimate a round: starts and loads one after the other, pauses together."""
    load = sum(
        (each.warm_up + each.times) / each.concurrency * iteration_seconds
        for each in plan.workloads
    )
    pause = plan.idle_seconds + plan.settle_seconds
    variants = len(plan.variants)
    pauses = pause if plan.interleave else pause * variants
    return variants * (START_SECONDS + load) + pauses


def _clock(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return (
        f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    )
