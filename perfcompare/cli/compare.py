# SPDX-License-Identifier: Apache-2.0
"""``perfcompare compare``: judge a run, several, or anybody's numbers, again."""

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
    from perfcompare.model.side_by_side import SideBySide

FORMATS = ("text", "markdown", "csv", "json", "junit", "html")
PLOT_FORMATS = ("svg", "png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks for."""

    runs: tuple[Path, ...]
    samples: Path | None
    thresholds: tuple[str, ...]
    known: Path | None
    sham: Path | None
    wanted: str
    out: Path | None
    plots: str | None

    @property
    def run(self) -> Path | None:
        """The run, where it is one."""
        return self.runs[0] if self.runs else None


@click.command("compare")
@click.argument("runs", nargs=-1, metavar="[RUN]...", type=click.Path(path_type=Path))
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
    help="Write the report and comparison.json here; a run's own place by default,"
    " and nowhere where there are several.",
)
@click.option(
    "--plots",
    type=click.Choice(PLOT_FORMATS),
    help="Also write every plot of the report as a file of its own, into plots/ in"
    " the report's place.",
)
def command(**options: object) -> int:
    """Judge RUN again, write its report, print it.

    The exit status is that of the verdict: 0 no regression and everything primary
    decided, 1 regression, 3 inconclusive; 4 where the experiment failed, whatever the
    verdicts of the rounds that are complete.

    Several runs are judged each by itself, by the same rules, and laid side by side:
    what each says of every metric, whether they agree, and what differs between them.
    The exit status is the worst of them: 1 if any shows a regression, else 4 if any
    experiment failed, else 3 if any is inconclusive, else 0; 2 if one cannot be read.
    """
    request = Request(**options)  # type: ignore[arg-type]  # click made them from the declarations above
    _check(request)
    _check_plots(request)
    if len(request.runs) > 1:
        found = _side_by_side(request)
        _print_side_by_side(found, request.wanted)
        return found.exit_status
    judged = _judged(request)
    _draw_plots(judged, request)
    _print(judged, request.wanted)
    return judged.judgement.exit_status


def _check(request: Request) -> None:
    """Refuse what does not go together."""
    if bool(request.runs) == bool(request.samples):
        raise click.UsageError("give either RUN or --samples FILE")
    if request.sham and request.run is None:
        raise click.UsageError("--sham needs RUN: which run's copy it is")
    if len(request.runs) < 2:
        return
    if request.sham:
        raise click.UsageError(
            "--sham goes with one RUN: judge each with its own sham by itself"
        )
    named: dict[Path, Path] = {}
    for run in request.runs:
        # A run beside itself would always agree.
        twice = named.setdefault(run.resolve(), run)
        if twice is not run:
            raise click.UsageError(f"{run} is the same run as {twice}; name each once")


def _check_plots(request: Request) -> None:
    """Refuse plots that would have no place."""
    if request.plots is None:
        return
    if len(request.runs) > 1:
        raise click.UsageError("--plots goes with one RUN: each report has its own")
    if request.samples and request.out is None:
        raise click.UsageError("--plots of --samples needs --out: where to")


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


def _draw_plots(judged: "Judged", request: Request) -> None:
    from perfcompare.store import layout

    place = request.out or (request.run and request.run / layout.REPORT)
    if request.plots and place:
        from perfcompare.cli.plotting import draw_plots

        draw_plots(judged.judgement, place, form=request.plots)


def _print(judged: "Judged", wanted: str) -> None:
    from perfcompare.cli.terminal import manner
    from perfcompare.report.files import WRITERS
    from perfcompare.report.text import write_text

    with to_reader():
        if wanted == "text":
            colour, width = manner(sys.stdout)
            write_text(judged.judgement, sys.stdout, colour=colour, width=width)
        else:
            WRITERS[wanted](judged.judgement, sys.stdout)


def _side_by_side(request: Request) -> "SideBySide":
    from perfcompare.cli.side_by_side import judge_side_by_side, write_out

    known = parse_known(request.known)
    found = judge_side_by_side(
        request.runs,
        thresholds=dict(parse_thresholds(request.thresholds)),
        known=known,
    )
    if request.out is not None:
        write_out(found, request.out)
    rows = (row for each in found.columns for row in each.judgement.comparisons)
    tell_unused(rows, known)
    return found


def _print_side_by_side(found: "SideBySide", wanted: str) -> None:
    from perfcompare.cli.terminal import manner
    from perfcompare.report.side_by_side.files import WRITERS
    from perfcompare.report.side_by_side.text import write_text

    with to_reader():
        if wanted == "text":
            colour, width = manner(sys.stdout)
            write_text(found, sys.stdout, colour=colour, width=width)
        else:
            WRITERS[wanted](found, sys.stdout)
