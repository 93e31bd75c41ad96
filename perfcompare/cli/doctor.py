# SPDX-License-Identifier: Apache-2.0
"""``perfcompare doctor``: whether this host can measure, and how restless it is."""

import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfcompare.cli.run import default_cache
from perfcompare.model.exit_status import ExitStatus

if TYPE_CHECKING:
    from perfcompare.cli.checks import Finding
    from perfcompare.model.plan import Plan
    from perfcompare.model.project import Server


@click.command("doctor")
@click.argument("plan", type=click.Path(path_type=Path), required=False)
@click.option(
    "--seconds",
    type=click.FloatRange(0, 600),
    default=20.0,
    show_default=True,
    help="How long to watch the CPU.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    default=default_cache,
    envvar="PERFCOMPARE_CACHE",
    help="Where virtual environments are kept between runs.",
)
def command(plan: Path | None, seconds: float, cache: Path) -> int:
    """Check this host, and what PLAN needs of it; say what a run could find.

    One line a question: ok, warning (some plans cannot run, or results need care) or
    missing (no run is possible), and what to do.  Nothing is installed.  Exits with 2
    when something is missing.
    """
    from perfcompare.cli.checks import State

    resolved = None if plan is None else _resolved(plan)
    missing = 0
    for finding in _findings(resolved, seconds=seconds, cache=cache):
        missing += finding.state is State.MISSING
        click.echo(f"{finding.state:<8} {finding.what:<16} {finding.found}")
        if finding.remedy:
            click.echo(f"{'':<8} {'':<16} → {finding.remedy}")
    if missing:
        click.echo(f"perfcompare: {missing} missing: no run is possible yet", err=True)
        return ExitStatus.USAGE
    return ExitStatus.OK


def _resolved(plan: Path) -> "Plan":
    """Return the plan in the file *plan*."""
    from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
    from perfcompare.plan.loader import Overrides, load_plan
    from perfcompare.projects import PROJECTS

    overrides = Overrides(rounds=None, quick=False, thresholds=())
    return load_plan(
        plan, projects=PROJECTS, defaults=DEFAULT_THRESHOLDS, overrides=overrides
    )


def _findings(
    plan: "Plan | None", *, seconds: float, cache: Path
) -> Iterator["Finding"]:
    """Answer one question after the other; each line appears when it is known."""
    from perfcompare.cli import checks, steadiness
    from perfcompare.clock import SystemClock
    from perfcompare.deployment.backend import PY_SPY

    clock = SystemClock()
    yield checks.system(platform.system(), platform.release())
    if platform.system() != "Linux":
        return
    yield checks.python()
    yield checks.cores()
    yield checks.memory(Path("/proc/meminfo").read_text())
    yield checks.disk("cache", cache, checks.AMPLE_CACHE_BYTES)
    scratch = Path(tempfile.gettempdir())
    yield checks.disk("scratch", scratch, checks.AMPLE_SCRATCH_BYTES)
    yield checks.memory_of_processes()
    yield checks.ptrace(PY_SPY, clock)
    yield from checks.uv()
    yield checks.loopback()
    yield checks.rally()
    yield from _of_the_plan(plan)
    seen = steadiness.observe(clock, seconds=seconds)
    yield steadiness.judge(seen)
    yield steadiness.foresee(seen)


def _of_the_plan(plan: "Plan | None") -> Iterator["Finding"]:
    """Ask for what the project takes, in the cloud or on this host."""
    from perfcompare.cli import checks
    from perfcompare.cli.cloud_checks import cloud_findings
    from perfcompare.deployment.devstack.root import Root
    from perfcompare.model.plan import DeploymentKind
    from perfcompare.projects import PROJECTS

    project = None if plan is None else PROJECTS[plan.project]
    if plan and plan.deployment is DeploymentKind.DEVSTACK and project:
        yield checks.rally_openstack(needed=True)
        if project.cloud:
            yield from cloud_findings(project, project.cloud, os.environ, Root())
        return
    extras = project.extras if project else ()
    yield checks.rally_openstack(needed="openstack" in extras)
    yield from _servers(project.servers if project else frozenset())


def _servers(needed: "frozenset[Server]") -> Iterator["Finding"]:
    """Look for the programs of each server that comes from the distribution."""
    from perfcompare.cli import checks
    from perfcompare.deployment.local.requirements import missing_binaries
    from perfcompare.model.project import Server

    for name in (Server.MARIADB, Server.RABBITMQ, Server.MEMCACHED):
        absent = missing_binaries(frozenset({name}))
        yield checks.server(name, absent, needed=name in needed)
