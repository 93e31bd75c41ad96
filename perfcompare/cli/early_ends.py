# SPDX-License-Identifier: Apache-2.0
"""What the verbs that measure do when an experiment ends before its last round."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perfcompare.cli.printing import say
from perfcompare.model.errors import PerfcompareError


@contextmanager
def early_end_told(out: Path) -> Iterator[None]:
    """Leave the report of a failure in the run *out*; say how far another end came.

    What ended the experiment goes on its way; nothing here takes its place.
    """
    try:
        yield
    except BaseException as error:
        # Ctrl-C, and the signals that were turned into SystemExit, are no failures.
        tell = _report if isinstance(error, Exception) else _interrupted
        try:
            tell(out)
        except PerfcompareError as other:
            say(f"no report of this: {other}")
        raise


def _report(out: Path) -> None:
    from perfcompare.cli.judging import write_failed  # judging is slow to import

    if page := write_failed(out):
        say(f"report: {page}")


def _interrupted(out: Path) -> None:
    from perfcompare.store.reader import open_run

    run = open_run(out)
    told = f"interrupted after {run.rounds_done} of {run.rounds_planned} rounds"
    if run.rounds_done:
        told += f"; judge those that are complete: perfcompare compare {out}"
    say(told)
