# SPDX-License-Identifier: Apache-2.0
"""``perfcompare run``: the main job, from a plan to a verdict."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfcompare.cli.early_ends import early_end_told
from perfcompare.cli.experimenting import (
    experiment,
    never,
    new_scratch,
    progress,
    set_cursor_right,
)
from perfcompare.cli.options import (
    KNOWN_HELP,
    THRESHOLD_HELP,
    WAIT_HELP,
    parse_known,
    parse_thresholds,
    tell_unused,
)
from perfcompare.cli.printing import say, to_reader
from perfcompare.clock import SystemClock
from perfcompare.guardian import guarded
from perfcompare.model.exit_status import ExitStatus

if TYPE_CHECKING:
    from perfcompare.model.acknowledgement import Acknowledgement
    from perfcompare.model.plan import Plan
    from perfcompare.store.writer import RunWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks for."""

    plan: Path
    out: Path | None
    rounds: int | None
    quick: bool
    resume: bool
    thresholds: tuple[str, ...]
    known: Path | None
    cache: Path
    wait_for_quiet_seconds: int
    demo: bool


def default_cache() -> Path:
    """Return where virtual environments are kept between runs."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "perfcompare"


@click.command("run")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The run's directory; reports/PROJECT-TIME by default.",
)
@click.option("--rounds", type=int, help="Instead of the plan's.")
@click.option("--quick", is_flag=True, help="Four rounds at most.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out.")
@click.option("--threshold", "thresholds", multiple=True, help=THRESHOLD_HELP)
@click.option("--known", type=click.Path(path_type=Path), help=KNOWN_HELP)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    default=default_cache,
    envvar="PERFCOMPARE_CACHE",
    help="Where virtual environments are kept between runs.",
)
@click.option(
    "--wait-for-quiet",
    "wait_for_quiet_seconds",
    type=click.IntRange(0, 86_400),
    metavar="SECONDS",
    default=0,
    show_default=True,
    help=WAIT_HELP,
)
@click.option("--demo", is_flag=True, help="Exit with 0 whatever the verdict.")
def command(**options: object) -> int:
    """Measure what PLAN says, judge it, and report.

    Everything that is started is private to the run, listens on loopback, and is
    gone when the run ends, however it ends.
    """
    request = Request(**options)  # type: ignore[arg-type]  # click made them from the declarations above
    if request.resume and request.out is None:
        raise click.UsageError("--resume needs --out RUN: which run shall go on")
    scratch = new_scratch()
    status = guarded(lambda: measure(request, scratch), scratch=scratch)
    set_cursor_right(status)
    return status


def measure(request: Request, scratch: Path) -> int:
    """Do the work, in the guardian's child; return the exit status."""
    from perfcompare.cli.loading import load_checked
    from perfcompare.cli.quiet import look_first
    from perfcompare.deployment.local.deployment import LocalDeployment
    from perfcompare.model.plan import DeploymentKind
    from perfcompare.plan.loader import Overrides
    from perfcompare.projects import PROJECTS

    overrides = Overrides(
        rounds=request.rounds,
        quick=request.quick,
        thresholds=parse_thresholds(request.thresholds),
    )
    # A mistake in the file shall not cost the hours of measuring.
    known = parse_known(request.known)
    plan = load_checked(request.plan, overrides=overrides, wanted=DeploymentKind.LOCAL)
    with (
        _writer(request, plan) as writer,
        _advice(request, writer.path),
        progress(writer, plan.variants) as (shown, tell),
    ):
        tell(f"{plan.title}: {_number_of(plan)} rounds, into {writer.path}")
        look_first(
            writer,
            plan.variants,
            clock=SystemClock(),
            wait_seconds=request.wait_for_quiet_seconds,
            tell=tell,
        )
        deployment = LocalDeployment(
            plan,
            PROJECTS[plan.project],
            scratch=scratch,
            cache=request.cache,
            clock=SystemClock(),
            progress=tell,
        )
        experiment(
            deployment,
            plan.variants,
            writer=writer,
            scratch=scratch,
            shown=shown,
            enough=looking(writer.path, tell) if plan.looks else never,
        )
    return _judge(writer.path, known, demo=request.demo)


def _writer(request: Request, plan: "Plan") -> "RunWriter":
    from perfcompare.store.writer import RunWriter

    if request.resume and request.out is not None:
        return RunWriter.resume(request.out, with_looks_taken(plan, request.out))
    now = SystemClock().now()
    out = request.out or Path("reports") / f"{plan.project}-{_stamp(now)}"
    return RunWriter.create(out, plan, created_at=now)


def with_looks_taken(plan: "Plan", out: Path) -> "Plan":
    """Return *plan* with the looks that the run in *out* has taken already.

    They have been paid for, or not, whatever is planned now: who goes on after a look
    has looked more than once.
    """
    from perfcompare.store.reader import open_run

    run = open_run(out)
    taken = [look for look in run.plan.looks if look <= run.rounds_done]
    if not taken:
        return plan
    looks = sorted({*taken, *plan.looks, max(plan.rounds, *taken)})
    return replace(plan, looks=tuple(looks))


def looking(out: Path, tell: Callable[[str], None]) -> Callable[[int], bool]:
    """Return what judges the run in *out* at a look, and tells what it found."""

    def enough(rounds: int) -> bool:
        from perfcompare.analysis.sequential import decided, undecided
        from perfcompare.cli.judging import judge_run
        from perfcompare.store.reader import open_run

        found = judge_run(open_run(out), thresholds=()).judgement.comparisons
        left, primary = undecided(found)
        end = decided(found)
        what = "that is enough" if end else "going on"
        tell(f"looked after {rounds} rounds: {left} of {primary} undecided, {what}")
        return end

    return enough


def _number_of(plan: "Plan") -> str:
    return f"{plan.looks[0]} to {plan.rounds}" if plan.looks else str(plan.rounds)


@contextmanager
def _advice(request: Request, out: Path) -> Iterator[None]:
    """Leave a report and say how to go on, whatever ends the experiment early."""
    try:
        with early_end_told(out):
            yield
    except BaseException:
        say(f"go on with: perfcompare run {request.plan} --resume --out {out}")
        raise


def _stamp(now: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(now, tz=UTC).strftime("%Y%m%d-%H%M%S")


def _judge(out: Path, known: Sequence["Acknowledgement"], *, demo: bool) -> int:
    from perfcompare.cli.judging import judge_run, write_into_run
    from perfcompare.cli.terminal import manner
    from perfcompare.report.text import write_text
    from perfcompare.store.reader import open_run

    run = open_run(out)
    judged = judge_run(run, thresholds=(), known=known)
    page = write_into_run(judged, run)
    colour, width = manner(sys.stdout)
    with to_reader():
        write_text(judged.judgement, sys.stdout, colour=colour, width=width)
        sys.stdout.write(f"\nreport: {page}\nagain:  perfcompare compare {out}\n")
    tell_unused(judged.judgement.comparisons, known)
    return ExitStatus.OK if demo else judged.judgement.exit_status
