# SPDX-License-Identifier: Apache-2.0
"""Read a run; every file only when it is asked for."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from perfcompare.model.errors import StoreError
from perfcompare.model.failure import Failure
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.provenance import Provenance
from perfcompare.model.upgrade import Upgrade
from perfcompare.model.visit import Visit
from perfcompare.store import codec, files, layout
from perfcompare.store.run_file import RunFile, RunState, VisitKey, load_run_file
from perfcompare.store.tables import read_parquet

_GO_ON = {
    DeploymentKind.LOCAL: "perfcompare run PLAN --resume",
    DeploymentKind.DEVSTACK: "perfcompare measure PLAN --run RUN",
}


class Run:
    """A run on disk."""

    def __init__(self, path: Path, content: RunFile) -> None:
        self.path = path
        self._content = content

    @property
    def plan(self) -> Plan:
        """The plan as it was resolved when the run began, or was last resumed."""
        return self._content.plan

    @cached_property
    def state(self) -> RunState:
        """How far it has come; "running" only while somebody really writes it."""
        if self._content.state is RunState.RUNNING and not files.is_locked(self.path):
            return RunState.INTERRUPTED
        return self._content.state

    @property
    def message(self) -> str:
        """What failed; "" unless the state is FAILED."""
        return self._content.message

    @cached_property
    def failure(self) -> Failure | None:
        """What ended the experiment; None unless the state is FAILED.

        Raises:
            StoreError: Its record cannot be read.
        """
        if self.state is not RunState.FAILED:
            return None
        path = self.path / layout.FAILURE_FILE
        if path.exists():
            return codec.load(path, Failure)
        return self._only_message()

    def _only_message(self) -> Failure:
        """Return what a run that kept no record of its failure says of it."""
        message, *lines = self.message.splitlines() or ["nobody took down why"]
        return Failure(
            at=self.started_at if self.ended_at is None else self.ended_at,
            activity="",
            round=0,
            rounds=self.plan.rounds,
            variant="",
            service="",
            message=message,
            hint="",
            log_lines=tuple(lines),
            log="",
        )

    @property
    def rounds_done(self) -> int:
        """Rounds in which every variant has been visited."""
        return self._content.rounds_done

    @property
    def rounds_planned(self) -> int:
        """Rounds that the plan asks for; those done where a look ended the run."""
        ended = bool(self.plan.looks) and self.state is RunState.FINISHED
        return self.rounds_done if ended else self.plan.rounds

    @property
    def started_at(self) -> float:
        """Epoch seconds."""
        return self._content.started_at

    @property
    def ended_at(self) -> float | None:
        """Epoch seconds; None while it runs, and when it was killed."""
        return self._content.ended_at

    @property
    def perfcompare_version(self) -> str:
        """The version that created the run."""
        return self._content.perfcompare_version

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """Every whole visit, by round and then in the plan's order of variants.

        Raises:
            StoreError: No round is complete, or a visit cannot be read.
        """
        if self.rounds_done == 0:
            raise StoreError(
                f"{self.path} holds no complete round, so there is nothing to judge"
                f" (it is {self.state}{self.message and ': '}{self.message});"
                f" go on with `{_GO_ON[self.plan.deployment]}`"
            )
        return self.measured

    @cached_property
    def measured(self) -> tuple[Visit, ...]:
        """As `visits`, also where no round is complete.

        Raises:
            StoreError: A visit cannot be read.
        """
        return tuple(
            self._load(key) for key in sorted(self._content.visits, key=self._order)
        )

    def iterations(
        self, visit: Visit, *, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Read the iterations of *visit*; action "" is the iteration as a whole.

        Columns: workload, action, number, phase, block, started_at,
        duration_seconds, error.
        """
        path = self.directory(visit) / layout.ITERATIONS_FILE
        return read_parquet(path, columns=columns)

    def readings(
        self, visit: Visit, *, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Read the readings of *visit*, one a row, columns as in `Reading`."""
        path = self.directory(visit) / layout.READINGS_FILE
        return read_parquet(path, columns=columns)

    def rally_json(self, visit: Visit) -> bytes:
        """Read Rally's own report of *visit*; b"" where there was no Rally."""
        path = self.directory(visit) / layout.RALLY_FILE
        try:
            packed = path.read_bytes()
            # Nothing at all unpacks to nothing, but we never write that.
            return gzip.decompress(packed or b"empty")
        except (OSError, EOFError, zlib.error) as error:
            raise StoreError(f"{path} cannot be read: {error}") from error

    def directory(self, visit: Visit) -> Path:
        """Return where *visit* is; its logs are in ``logs/`` below."""
        return layout.visit_path(self.path, number=visit.round, variant=visit.variant)

    @cached_property
    def upgrade(self) -> Upgrade | None:
        """The passage from base to target; None where there was none."""
        path = self.path / layout.UPGRADE / layout.UPGRADE_FILE
        return codec.load(path, Upgrade) if path.exists() else None

    @cached_property
    def provenance(self) -> Provenance | None:
        """What was measured where; None when unknown (imported results)."""
        path = self.path / layout.PROVENANCE_FILE
        return codec.load(path, Provenance) if path.exists() else None

    def _order(self, key: VisitKey) -> tuple[int, int]:
        names = [variant.name.value for variant in self.plan.variants]
        place = names.index(key.variant) if key.variant in names else len(names)
        return key.round, place

    def _load(self, key: VisitKey) -> Visit:
        path = layout.visit_path(self.path, number=key.round, variant=key.variant)
        file = path / layout.VISIT_FILE
        data = codec.load_json(file)
        return codec.decode_file(file, _modern(data), Visit)


def _modern(data: object) -> object:
    """Add to the file of a visit the keys that an older perfcompare did not know.

    Whatever schema run.json has: a resume writes ours into it, and the visits that
    were measured before stay as they are.
    """
    if isinstance(data, dict):
        data.setdefault("counters", [])
        windows = data.get("windows")
        for window in windows if isinstance(windows, list) else ():
            if isinstance(window, dict):
                window.setdefault("generator_cpu_seconds", None)
    return data


def open_run(path: Path) -> Run:
    """Open the run in the directory *path*.

    Raises:
        SchemaVersionError: A newer perfcompare wrote it.
        StoreError: There is no run, or its ``run.json`` is broken.
    """
    return Run(path, load_run_file(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of ``perfcompare list``."""

    path: Path
    run: Run | None
    """None when it cannot be read."""
    problem: str
    """Why it cannot be read; else ""."""


def find_runs(directory: Path) -> tuple[RunSummary, ...]:
    """Find the runs in *directory* and one level below it, by path.

    A run that cannot be read is found too, with its problem.

    Raises:
        StoreError: There is no such directory.
    """
    if not directory.is_dir():
        raise StoreError(f"{directory} is not a directory; name one that holds runs")
    return tuple(_summary(path) for path in _run_paths(directory, depth=2))


def _run_paths(directory: Path, *, depth: int) -> Iterator[Path]:
    if (directory / layout.RUN_FILE).exists():
        yield directory
    elif depth:
        for path in sorted(directory.iterdir()):
            if path.is_dir():
                yield from _run_paths(path, depth=depth - 1)


def _summary(path: Path) -> RunSummary:
    try:
        return RunSummary(path=path, run=open_run(path), problem="")
    except StoreError as error:
        return RunSummary(path=path, run=None, problem=str(error))
