# SPDX-License-Identifier: Apache-2.0
"""What the verbs that measure share: the real collaborators, put together."""

import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from perfcompare.cli.printing import say
from perfcompare.clock import SystemClock

if TYPE_CHECKING:
    from perfcompare.deployment.base import Deployment
    from perfcompare.experiment.progress import Progress
    from perfcompare.model.variant import Variant
    from perfcompare.store.writer import RunWriter


def new_scratch() -> Path:
    """Name a directory for what must not outlive this process."""
    # Short: a Unix socket's path may have 107 characters.
    home = Path(tempfile.gettempdir()) / f"perfcompare-{os.getuid()}"
    return home / secrets.token_hex(4)


@contextmanager
def progress() -> Iterator[tuple["Progress", Callable[[str], None]]]:
    """Yield what shows events, and what shows a line between them."""
    from rich.console import Console

    from perfcompare.cli.terminal import TerminalProgress
    from perfcompare.experiment.progress import PlainProgress

    clock = SystemClock()
    if sys.stderr.isatty():
        with TerminalProgress(Console(stderr=True), clock) as shown:
            yield shown, shown.say
    else:
        yield PlainProgress(sys.stderr, clock), say


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
