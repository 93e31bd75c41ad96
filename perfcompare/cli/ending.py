# SPDX-License-Identifier: Apache-2.0
"""What the way in which a run ended does to its judgement."""

from collections.abc import Sequence

from perfcompare.analysis.family import exit_status
from perfcompare.model.caveat import Note
from perfcompare.model.comparison import Comparison
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.visit import Visit
from perfcompare.store.reader import Run
from perfcompare.store.run_file import RunState


def seen(run: Run) -> tuple[Visit, ...]:
    """Return the visits that the judgement of *run* is made of.

    A run that failed before its first round was complete has none, and is judged all
    the same: there is to say what failed.

    Raises:
        StoreError: No round is complete, or a visit cannot be read.
    """
    early = run.failure is not None and run.rounds_done == 0
    return () if early else run.visits


def outcome(run: Run, comparisons: Sequence[Comparison]) -> ExitStatus:
    """Return the status that *run* is judged with: its verdicts', unless it failed."""
    return ExitStatus.EXPERIMENT_FAILED if run.failure else exit_status(comparisons)


def interrupted(run: Run) -> tuple[Note, ...]:
    """Say that *run* was stopped before its last round, which is no failure."""
    if run.state is not RunState.INTERRUPTED:
        return ()
    return (
        Note(
            text=f"interrupted after {run.rounds_done} of {run.rounds_planned} rounds:"
            " what is compared rests on the complete ones; --resume goes on"
        ),
    )
