# SPDX-License-Identifier: Apache-2.0
"""``perfcompare compare``: judge a run, or anybody's numbers, again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfcompare.cli.options import THRESHOLD_HELP, parse_thresholds
from perfcompare.cli.printing import to_reader

if TYPE_CHECKING:
    from perfcompare.cli.judging import Judged

FORMATS = ("text", "markdown", "csv", "json", "junit", "html")


@click.command("compare")
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option(
    "--samples",
    type=click.Path(path_type=Path),
    help="Judge this CSV instead of a run: workload,metric,unit,better,variant,"
    "round,value.",
)
@click.option("--threshold", "thresholds", multiple=True, help=THRESHOLD_HELP)
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
def command(
    run: Path | None,
    samples: Path | None,
    thresholds: tuple[str, ...],
    wanted: str,
    out: Path | None,
) -> int:
    """Judge RUN again, write its report, print it.

    The exit status is that of the verdict: 0 no regression and everything primary
    decided, 1 regression, 3 inconclusive.
    """
    if (run is None) == (samples is None):
        raise click.UsageError("give either RUN or --samples FILE")
    judged = _judged(run, samples, thresholds, out)
    _print(judged, wanted)
    return judged.judgement.exit_status


def _judged(
    run: Path | None,
    samples: Path | None,
    thresholds: tuple[str, ...],
    out: Path | None,
) -> "Judged":
    # Judging needs pandas and SciPy, which --help does not.
    from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
    from perfcompare.cli.judging import (
        judge_run,
        judge_samples,
        write_into_run,
        write_judged,
    )
    from perfcompare.plan.thresholds import inherit
    from perfcompare.store import layout
    from perfcompare.store.reader import open_run
    from perfcompare.store.samples_file import read_samples

    wanted = dict(parse_thresholds(thresholds))
    if run is not None:
        opened = open_run(run)
        in_force = (*DEFAULT_THRESHOLDS, *opened.plan.thresholds)
        judged = judge_run(opened, thresholds=tuple(inherit(wanted, in_force)))
        if out is None:
            write_into_run(judged, opened)
    elif samples is not None:
        judged = judge_samples(
            read_samples(samples),
            title=str(samples),
            thresholds=tuple(inherit(wanted, DEFAULT_THRESHOLDS)),
        )
    if out is not None:
        write_judged(judged, directory=out, comparison=out / layout.COMPARISON_FILE)
    return judged


def _print(judged: "Judged", wanted: str) -> None:
    from perfcompare.report.files import WRITERS
    from perfcompare.report.text import write_text

    with to_reader():
        if wanted == "text":
            write_text(judged.judgement, sys.stdout, colour=sys.stdout.isatty())
        else:
            WRITERS[wanted](judged.judgement, sys.stdout)
