# SPDX-License-Identifier: Apache-2.0
"""What the verbs that measure share: the real collaborators, put together."""

import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from perfcompare.cli.printing import say
from perfcompare.clock import SystemClock

if TYPE_CHECKING:
    from perfcompare.deployment.base import Deployment
    from perfcompare.experiment.progress import Progress
    from perfcompare.model.variant import Variant
    from perfcompare.store.writer import RunWriter


_KILLED = 128
"""A child that signal N ended has this status plus N."""


def new_scratch() -> Path:
    """Name a directory for what must not outlive this process."""
    # Short: a Unix socket's path may have 107 characters.
    home = Path(tempfile.gettempdir()) / f"perfcompare-{os.getuid()}"
    return home / secrets.token_hex(4)


@contextmanager
def progress(
    writer: "RunWriter", variants: Sequence["Variant"]
) -> Iterator[tuple["Progress", Callable[[str], None]]]:
    """Yield what shows events, and what shows a line between them.

    Args:
        writer: Of the run that *variants* of its plan are measured into.
        variants: Those to measure now.
    """
    from perfcompare.cli.terminal import TerminalProgress, live_console
    from perfcompare.cli.terminal_drawing import Subject
    from perfcompare.cli.terminal_plain import PlainProgress

    clock = SystemClock()
    console = live_console(sys.stderr)
    if console is None:
        yield PlainProgress(sys.stderr, clock), say
        return
    subject = Subject(
        title=writer.plan.title,
        path=str(writer.path),
        variants=tuple(variant.name.value for variant in variants),
        seconds_by_plan=seconds_by_plan(writer, variants),
    )
    with TerminalProgress(console, clock, subject) as shown:
        yield shown, shown.say


def seconds_by_plan(
    writer: "RunWriter", variants: Sequence["Variant"]
) -> tuple[float, float]:
    """Estimate, as `validate` does, between which times the rounds left take."""
    from perfcompare.cli.validate import ITERATION_SECONDS, round_seconds

    plan = replace(writer.plan, variants=tuple(variants))
    visited = [key.variant for key in writer.visits]
    done = min(visited.count(variant.name.value) for variant in variants)
    fewest = next((look for look in plan.looks if look > done), plan.rounds)
    low, high = (
        max(0, rounds - done) * round_seconds(plan, each)
        for rounds, each in zip((fewest, plan.rounds), ITERATION_SECONDS, strict=True)
    )
    return low, high


def set_cursor_right(status: int) -> None:
    """Show the cursor again when *status* is that of one who was killed hiding it."""
    if status == _KILLED + signal.SIGKILL and sys.stderr.isatty():
        say("\x1b[?25h")


def never(_rounds: int) -> bool:
    """Never have enough rounds: their number is fixed."""
    return False


def experiment(  # noqa: PLR0913 - the collaborators; each stands for a door
    deployment: "Deployment",
    variants: tuple["Variant", ...],
    *,
    writer: "RunWriter",
    scratch: Path,
    shown: "Progress",
    enough: Callable[[int], bool] = never,
) -> None:
    """Measure *variants* of the writer's plan on *deployment*.

    Args:
        deployment: Has, or makes, what is measured.
        variants: Those to measure now.
        writer: Of the run; its plan is carried out.
        scratch: A directory for what must not outlive this process.
        shown: Is told what happens.
        enough: Of a sequential experiment: whether so many rounds decide it.

    Raises:
        ExperimentError: Measuring failed; says in which round, at what.
        StoreError: The run could not be written.
    """
    from perfcompare.experiment.provenance import surroundings
    from perfcompare.experiment.runner import Experiment
    from perfcompare.sampling.sampler import ProcessSampler
    from perfcompare.workload.rally_driver import RallyDriver

    clock, plan = SystemClock(), writer.plan
    with RallyDriver(scratch=scratch, workloads=plan.workloads, clock=clock) as driver:
        Experiment(
            plan=plan,
            variants=variants,
            deployment=deployment,
            driver=driver,
            sampler=ProcessSampler(scratch, clock=clock),
            writer=writer,
            clock=clock,
            progress=shown,
            surroundings=surroundings(("perfcompare", *sys.argv[1:])),
            enough=enough,
        ).run()
