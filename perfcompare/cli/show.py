# SPDX-License-Identifier: Apache-2.0
"""``perfcompare show``: what a run holds, without judging it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from perfcompare.model.visit import Visit
    from perfcompare.store.reader import Run


@click.command("show")
@click.argument("run", type=click.Path(path_type=Path))
def command(run: Path) -> None:
    """Say what RUN holds: plan, variants, visits, backends, how it ended."""
    from perfcompare.store.reader import open_run

    for line in lines(open_run(run)):
        click.echo(line)


def lines(run: "Run") -> Iterator[str]:
    """Yield what there is to say about *run*."""
    plan = run.plan
    yield plan.title
    yield f"state      {run.state}" + (f": {run.message}" if run.message else "")
    yield f"rounds     {run.rounds_done} of {run.rounds_planned}"
    # What was imported has no provenance, and its backends are a guess.
    planned = run.rounds_done == 0 or run.provenance is not None
    for variant in plan.variants:
        backend = f" on {variant.backend}" if planned else ""
        yield f"{variant.name:<10} {variant.release}{backend}"
    for workload in plan.workloads:
        yield (
            f"workload   {workload.name}: {workload.times} iterations at"
            f" {workload.concurrency} in {workload.blocks} blocks"
        )
    if run.upgrade is not None:
        spans = {
            "migration": run.upgrade.migration_seconds,
            "outage": run.upgrade.outage_seconds,
        }
        seen = [f"{k} {v:.1f} s" for k, v in spans.items() if v is not None]
        yield f"upgrade    {', '.join(seen) or 'by somebody else'}"
    if run.rounds_done:
        yield ""
        yield "visit              ready       took   overhead   processes by backend"
        for visit in run.visits:
            yield _visit(visit)
        yield ""
        yield f"judge it: perfcompare compare {run.path}"


def _visit(visit: "Visit") -> str:
    took = visit.ended_at - visit.started_at
    found = [each.found for each in visit.evidence if each.found is not None]
    backends = ", ".join(
        f"{found.count(backend)} {backend}" for backend in dict.fromkeys(found)
    )
    seconds = "".join(
        f"{'-' if each is None else f'{each:.1f} s':>11}"
        for each in (visit.ready_seconds, took, visit.overhead_seconds)
    )
    name = f"r{visit.round:02d}-{visit.variant}"
    return f"{name:<13}{seconds}   {backends or 'not verified'}"
