# SPDX-License-Identifier: Apache-2.0
"""``perfcompare compare``: judge a run, or anybody's numbers, again."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfcompare.cli.options import (
    KNOWN_HELP,
    THRESHOLD_HELP,
    parse_known,
    parse_thresholds,
    tell_unused,
)
from perfcompare.cli.printing import to_reader

if TYPE_CHECKING:
    from perfcompare.cli.judging import Judged

FORMATS = ("text", "markdown", "csv", "json", "junit", "html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks for."""

    run: Path | None
    samples: Path | None
    thresholds: tuple[str, ...]
    known: Path | None
    sham: Path | None
    wanted: str
    out: Path | None


@click.command("compare")
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option(
    "--samples",
    type=click.Path(path_type=Path),
    help="Judge this CSV instead of a run: workload,metric,unit,better,variant,"
    "round,value.",
)
@click.option("--threshold", "thresholds", multiple=True, help=THRESHOLD_HELP)
@click.option("--known", type=click.Path(path_type=Path), help=KNOWN_HELP)
@click.option(
    "--sham",
    type=click.Path(path_type=Path),
    help="A run whose upgrade led from base to base: what it shows is taken off"
    " (difference in differences).",
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="What to print.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the report and comparison.json here; a run's own place by default.",
)
def command(**options: object) -> int:
    """Judge RUN again, write its report, print it.

    The exit status is that of the verdict: 0 no regression and everything primary
    decided, 1 regression, 3 inconclusive.
    """
    request = Request(**options)  # type: ignore[arg-type]  # click made them from the declarations above
    if (request.run is None) == (request.samples is None):
        raise click.UsageError("give either RUN or --samples FILE")
    if request.sham and request.run is None:
        raise click.UsageError("--sham needs RUN: which run's copy it is")
    judged = _judged(request)
    _print(judged, request.wanted)
    return judged.judgement.exit_status


def _judged(request: Request) -> "Judged":
    # Judging needs pandas and SciPy, which --help does not.
    from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
    from perfcompare.cli.judging import (
        judge_run,
        judge_samples,
        today,
        write_into_run,
        write_judged,
    )
    from perfcompare.plan.thresholds import inherit
    from perfcompare.store import layout
    from perfcompare.store.reader import open_run
    from perfcompare.store.samples_file import read_samples

    wanted = dict(parse_thresholds(request.thresholds))
    known = parse_known(request.known)
    if request.run is not None:
        opened = open_run(request.run)
        in_force = (*DEFAULT_THRESHOLDS, *opened.plan.thresholds)
        judged = judge_run(
            opened,
            thresholds=tuple(inherit(wanted, in_force)),
            known=known,
            sham=None if request.sham is None else open_run(request.sham),
        )
        if request.out is None:
            write_into_run(judged, opened)
    elif request.samples is not None:
        judged = judge_samples(
            read_samples(request.samples),
            title=str(request.samples),
            thresholds=tuple(inherit(wanted, DEFAULT_THRESHOLDS)),
            known=known,
            on=today(),
        )
    if request.out is not None:
        write_judged(
            judged,
            directory=request.out,
            comparison=request.out / layout.COMPARISON_FILE,
        )
    tell_unused(judged.judgement.comparisons, known)
    return judged


def _print(judged: "Judged", wanted: str) -> None:
    from perfcompare.report.files import WRITERS
    from perfcompare.report.text import write_text

    with to_reader():
        if wanted == "text":
            write_text(judged.judgement, sys.stdout, colour=sys.stdout.isatty())
        else:
            WRITERS[wanted](judged.judgement, sys.stdout)
