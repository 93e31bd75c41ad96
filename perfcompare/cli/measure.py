# SPDX-License-Identifier: Apache-2.0
"""``perfcompare measure``: visits to a cloud that somebody else deploys."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfcompare.cli.early_ends import early_end_told
from perfcompare.cli.experimenting import (
    experiment,
    new_scratch,
    progress,
    set_cursor_right,
)
from perfcompare.cli.options import WAIT_HELP
from perfcompare.cli.printing import say
from perfcompare.clock import SystemClock
from perfcompare.guardian import guarded
from perfcompare.model.exit_status import ExitStatus

if TYPE_CHECKING:
    from perfcompare.model.plan import Plan
    from perfcompare.model.variant import Variant
    from perfcompare.store.writer import RunWriter


_KILLED = 128
"""A child that signal N ended has this status plus N."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks for."""

    plan: Path
    run: Path
    phase: str | None
    variants: tuple[str, ...]
    rounds: int | None
    wait_for_quiet_seconds: int


@click.command("measure")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--run",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The run's directory; made when it is not there.",
)
@click.option(
    "--phase",
    type=click.Choice(["base", "target"]),
    help="Every variant of the release before, or after, the upgrade.",
)
@click.option(
    "--variant", "variants", multiple=True, help="This variant; may be repeated."
)
@click.option("--rounds", type=int, help="Instead of the plan's.")
@click.option(
    "--wait-for-quiet",
    "wait_for_quiet_seconds",
    type=click.IntRange(0, 86_400),
    metavar="SECONDS",
    default=0,
    show_default=True,
    help=WAIT_HELP,
)
def command(**options: object) -> int:
    """Visit the cloud of PLAN (deployment: devstack) on this host.

    Run it as DevStack's user, after `source openrc admin admin`: with --phase base
    before the upgrade and with --phase target after it.  Each visit restarts the
    project's units on the backend that the variant asks for, proves that they run it,
    and watches them idle and under load; variants of one release alternate.  In the end
    the units run as before.  Then judge: perfcompare compare RUN.
    """
    request = Request(**options)  # type: ignore[arg-type]  # click made them from the declarations above
    if (request.phase is None) != bool(request.variants):
        raise click.UsageError("give one of --phase and --variant: what to measure")
    scratch = new_scratch()
    status = guarded(lambda: measure(request, scratch), scratch=scratch)
    # Not otherwise: what is altered now may be another measurement's, at work.
    if status > _KILLED:
        set_cursor_right(status)
        _recover()
    return status


def measure(request: Request, scratch: Path) -> int:
    """Do the work, in the guardian's child; return the exit status."""
    from perfcompare.cli.loading import load_checked
    from perfcompare.cli.quiet import look_first
    from perfcompare.deployment.devstack.access import Access
    from perfcompare.deployment.devstack.deployment import DevstackDeployment
    from perfcompare.deployment.devstack.root import Root
    from perfcompare.deployment.devstack.systemd import Systemd
    from perfcompare.model.plan import DeploymentKind
    from perfcompare.plan.loader import Overrides
    from perfcompare.projects import PROJECTS

    overrides = Overrides(rounds=request.rounds, quick=False, thresholds=())
    plan = load_checked(
        request.plan, overrides=overrides, wanted=DeploymentKind.DEVSTACK
    )
    variants = chosen(plan, request)
    access = Access.from_environment(os.environ)
    with _writer(request, plan) as writer:
        with (
            early_end_told(writer.path),
            progress(writer, variants) as (shown, tell),
        ):
            names = " and ".join(variant.name for variant in variants)
            tell(f"{plan.title}: {names}, into {writer.path}")
            look_first(
                writer,
                variants,
                clock=SystemClock(),
                wait_seconds=request.wait_for_quiet_seconds,
                tell=tell,
            )
            deployment = DevstackDeployment(
                plan,
                PROJECTS[plan.project],
                access=access,
                systemd=Systemd(Root()),
                clock=SystemClock(),
                progress=tell,
            )
            experiment(
                deployment, variants, writer=writer, scratch=scratch, shown=shown
            )
        click.echo(left_to_do(writer, request))
    return ExitStatus.OK


def _recover() -> None:
    """Give the units back when the child was killed before it could."""
    from perfcompare.deployment.devstack.deployment import recover
    from perfcompare.deployment.devstack.root import Root
    from perfcompare.deployment.devstack.systemd import Systemd

    if names := recover(Systemd(Root())):
        say(f"gave back as they were: {', '.join(names)}")


def chosen(plan: "Plan", request: Request) -> tuple["Variant", ...]:
    """Return the variants to measure, in the plan's order.

    Raises:
        click.BadParameter: The plan has no such variant.
    """
    there = {variant.name.value: variant for variant in plan.variants}
    for name in request.variants:
        if name not in there:
            raise click.BadParameter(
                f"{request.plan} has no variant '{name}'; it has {', '.join(there)}",
                param_hint="--variant",
            )
    if request.phase is None:
        return tuple(there[name] for name in there if name in request.variants)
    release = there[request.phase].release
    return tuple(each for each in plan.variants if each.release == release)


def _writer(request: Request, plan: "Plan") -> "RunWriter":
    from perfcompare.store import layout
    from perfcompare.store.writer import RunWriter

    if (request.run / layout.RUN_FILE).exists():
        return RunWriter.resume(request.run, plan)
    return RunWriter.create(request.run, plan, created_at=SystemClock().now())


def left_to_do(writer: "RunWriter", request: Request) -> str:
    """Say what is left to do."""
    visited = [key.variant for key in writer.visits]
    releases = {v.name.value: v.release for v in writer.plan.variants}
    base = writer.plan.variants[0].release
    # No cloud goes back to the release that it was upgraded from.
    gone = any(releases[name] != base for name in visited)
    left = [
        name
        for name, release in releases.items()
        if visited.count(name) < writer.plan.rounds and not (gone and release == base)
    ]
    if not left:
        return f"judge it: perfcompare compare {writer.path}"
    options = " ".join(f"--variant {name}" for name in left)
    command = f"perfcompare measure {request.plan} --run {writer.path}"
    return f"go on with: {command} {options}"
