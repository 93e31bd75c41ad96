# SPDX-License-Identifier: Apache-2.0
"""Judge several runs by the same rules and lay them side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.analysis.side_by_side import side_by_side
from perfcompare.cli.judging import judge_run
from perfcompare.model.acknowledgement import Acknowledgement
from perfcompare.model.errors import NotComparableError, StoreError
from perfcompare.model.side_by_side import Column, SideBySide
from perfcompare.plan.document import ThresholdDocument
from perfcompare.plan.thresholds import inherit
from perfcompare.report.side_by_side.files import write_side_by_side
from perfcompare.store.reader import Run, open_run


def judge_side_by_side(
    paths: Sequence[Path],
    *,
    thresholds: Mapping[str, ThresholdDocument],
    known: Sequence[Acknowledgement],
) -> SideBySide:
    """Judge each of the runs by itself; nothing is written into them.

    Args:
        paths: At least two.
        thresholds: They change those that each plan has, as for one run.
        known: Regressions that are let pass in every run.

    Raises:
        StoreError: A run cannot be read; the message names it.
        NotComparableError: A value in one of them is no usable number.
    """
    runs = [open_run(path) for path in paths]
    return side_by_side(
        [
            _column(run, label_of(place), thresholds, known)
            for place, run in enumerate(runs)
        ]
    )


def label_of(place: int) -> str:
    """Name a run by its place: A to Z, then AA, AB, …."""
    more, last = divmod(place, 26)
    return (label_of(more - 1) if more else "") + chr(ord("A") + last)


def write_out(found: SideBySide, directory: Path) -> None:
    """Write the files of ``--out``.

    Raises:
        StoreError: One cannot be written.
    """
    try:
        write_side_by_side(found, directory)
    except OSError as error:
        raise StoreError(
            f"the report cannot be written: {error.filename}: {error.strerror};"
            " name another place with --out"
        ) from error


def _column(
    run: Run,
    label: str,
    thresholds: Mapping[str, ThresholdDocument],
    known: Sequence[Acknowledgement],
) -> Column:
    in_force = (*DEFAULT_THRESHOLDS, *run.plan.thresholds)
    try:
        judged = judge_run(
            run, thresholds=tuple(inherit(thresholds, in_force)), known=known
        )
    except (StoreError, NotComparableError) as error:
        if str(run.path) in str(error):
            raise
        raise type(error)(f"{run.path}: {error}") from error
    return Column(
        label=label,
        path=str(run.path),
        judgement=judged.judgement,
        workloads=run.plan.workloads,
    )
