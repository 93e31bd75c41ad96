# SPDX-License-Identifier: Apache-2.0
"""``perfcompare power``: how many rounds a question takes."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfcompare.cli.printing import to_reader

if TYPE_CHECKING:
    from perfcompare.analysis.planning import Spread
    from perfcompare.cli.judging import Judged
    from perfcompare.cli.power_words import Outlook
    from perfcompare.model.comparison import Comparison
    from perfcompare.model.metric import Threshold
    from perfcompare.model.plan import Plan
    from perfcompare.store.reader import Run

PILOT_ROUNDS = 3
"""Fewer show no spread worth the name."""

_FEWEST_DEGREES = 2


def _percent(low: float, high: float) -> Callable[..., float]:
    """Return what reads a share, as 5% or 0.05, within limits."""

    def read(ctx: click.Context, param: click.Parameter, text: str) -> float:
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = -1.0
        if not low <= share <= high:
            raise click.BadParameter(
                f"'{text}' is not from {low:.1%} to {high:.0%}; write it as 5%",
                ctx=ctx,
                param=param,
            )
        return share

    return read


@click.command("power")
@click.argument("subject", metavar="PLAN|RUN", type=click.Path(path_type=Path))
@click.option(
    "--effect",
    callback=_percent(0.001, 10.0),
    default="5%",
    show_default=True,
    help="The relative change that is to be found.",
)
@click.option(
    "--power",
    callback=_percent(0.5, 0.99),
    default="80%",
    show_default=True,
    help="How often an experiment with so many rounds is to find it.",
)
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default="reports",
    show_default=True,
    help="Where to look for runs of PLAN.",
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="What to print.",
)
def command(
    subject: Path, effect: float, power: float, runs: Path, wanted: str
) -> None:
    """Say how many rounds it takes to find a change of --effect, or to show parity.

    RUN is a pilot, of 3 rounds or more: the spread between its rounds decides.  For
    PLAN, the runs of that very plan below --runs are taken together.
    """
    from perfcompare.cli.power_words import as_json, lines

    pilots, extra = _pilots(subject, runs)
    outlook = look_ahead(pilots, thresholds=extra, effect=effect, power=power)
    with to_reader():
        if wanted == "json":
            json.dump(as_json(outlook), sys.stdout, indent=2)
            sys.stdout.write("\n")
        else:
            sys.stdout.writelines(f"{line}\n" for line in lines(outlook))


def look_ahead(
    runs: Sequence["Run"],
    *,
    thresholds: Sequence["Threshold"],
    effect: float,
    power: float,
) -> "Outlook":
    """Say what the spread between the rounds of *runs*, of one plan, makes of it.

    Args:
        runs: Of one plan.
        thresholds: After those of each run's plan.
        effect: The relative change that is to be found.
        power: How often.

    Raises:
        StoreError: The runs have too few rounds, or nothing that counts.
    """
    from perfcompare.analysis.intervals import Levels
    from perfcompare.analysis.planning import metric_power, pooled
    from perfcompare.analysis.power import Demand
    from perfcompare.analysis.sequential import level
    from perfcompare.cli.judging import judge_run
    from perfcompare.cli.power_words import Outlook, round_seconds

    judged = [judge_run(run, thresholds=thresholds) for run in runs]
    plan = runs[-1].plan
    levels = Levels(change=level(0.05, plan.looks), parity=level(0.10, plan.looks))
    found = pooled(
        _spreads(run, one, thresholds) for run, one in zip(runs, judged, strict=True)
    )
    usable = tuple(one for one in found if one.degrees >= _FEWEST_DEGREES)
    if not usable:
        raise _too_few(runs[-1])
    demand = Demand(power=power, levels=levels)
    return Outlook(
        metrics=tuple(
            metric_power(one, effect=effect, demand=demand) for one in usable
        ),
        effect=effect,
        demand=demand,
        rounds_planned=plan.rounds,
        rounds_seen=sum(run.rounds_done for run in runs),
        runs=tuple(str(run.path) for run in runs),
        one_way=any(_is_one_way(one.judgement.comparisons) for one in judged),
        round_seconds=round_seconds([run.visits for run in runs]),
    )


def _spreads(
    run: "Run", judged: "Judged", thresholds: Sequence["Threshold"]
) -> tuple["Spread", ...]:
    from perfcompare.analysis.planning import spreads

    return spreads(
        judged.judgement.comparisons,
        thresholds=(*run.plan.thresholds, *thresholds),
        controls=judged.judgement.facts.controls,
    )


def _is_one_way(comparisons: Sequence["Comparison"]) -> bool:
    """Tell whether the total may never claim parity; a sham may have cured it."""
    from perfcompare.model.caveat import OneWay
    from perfcompare.model.comparison import Contrast

    return any(
        isinstance(caveat, OneWay)
        for row in comparisons
        if row.contrast is Contrast.TOTAL
        for caveat in row.caveats
    )


def _pilots(
    subject: Path, directory: Path
) -> tuple[tuple["Run", ...], tuple["Threshold", ...]]:
    """Return the runs to learn from, and the thresholds that come after theirs."""
    from perfcompare.store.reader import open_run

    if subject.is_dir():
        return (open_run(subject),), ()
    plan = _plan(subject)
    return _runs_of(plan, directory), plan.thresholds


def _plan(path: Path) -> "Plan":
    from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
    from perfcompare.plan.loader import Overrides, load_plan
    from perfcompare.projects import PROJECTS

    overrides = Overrides(rounds=None, quick=False, thresholds=())
    return load_plan(
        path, projects=PROJECTS, defaults=DEFAULT_THRESHOLDS, overrides=overrides
    )


def _runs_of(plan: "Plan", directory: Path) -> tuple["Run", ...]:
    """Return the runs below *directory* that measured what *plan* measures."""
    from perfcompare.model.errors import StoreError
    from perfcompare.store.reader import find_runs

    there = find_runs(directory) if directory.is_dir() else ()
    found = tuple(
        one.run
        for one in there
        if one.run and one.run.plan.digest == plan.digest and one.run.rounds_done > 1
    )
    if not found:
        raise StoreError(
            f"no run below {directory} measured what {plan.path} measures (runs there:"
            f" {len(there)}); measure a pilot: {_pilot_command(plan, directory)}"
        )
    return found


def _pilot_command(plan: "Plan", directory: Path) -> str:
    from perfcompare.model.plan import DeploymentKind

    run = directory / f"pilot-{plan.project}"
    if plan.deployment is DeploymentKind.DEVSTACK:
        return (
            f"perfcompare measure {plan.path} --run {run} --rounds {PILOT_ROUNDS} with"
            f" --phase base, then --phase target; then perfcompare power {run}"
        )
    return (
        f"perfcompare run {plan.path} --rounds {PILOT_ROUNDS} --out {run}; then"
        f" perfcompare power {run}"
    )


def _too_few(run: "Run") -> Exception:
    from perfcompare.model.errors import StoreError
    from perfcompare.model.plan import DeploymentKind

    if run.rounds_done >= PILOT_ROUNDS:
        return StoreError(
            f"{run.path} has no metric that counts and can be compared in"
            f" {PILOT_ROUNDS} rounds or more; see perfcompare compare {run.path}"
        )
    if run.plan.deployment is DeploymentKind.DEVSTACK:
        # No cloud goes back to the release that it was upgraded from.
        more = f"measure another, with --rounds {PILOT_ROUNDS}, around an upgrade"
    else:
        more = (
            f"go on: perfcompare run {run.plan.path} --rounds {PILOT_ROUNDS} --resume"
            f" --out {run.path}"
        )
    return StoreError(
        f"{run.path} holds {run.rounds_done} of the {PILOT_ROUNDS} rounds that show a"
        f" spread; {more}"
    )
