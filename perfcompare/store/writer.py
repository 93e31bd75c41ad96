# SPDX-License-Identifier: Apache-2.0
"""Write a run: each round whole or not at all, and resume one that stopped."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Self

from perfcompare.model.errors import StoreError
from perfcompare.model.failure import Failure
from perfcompare.model.plan import Plan
from perfcompare.model.provenance import Provenance
from perfcompare.model.upgrade import Upgrade
from perfcompare.model.visit import Iteration, Reading, Visit
from perfcompare.store import codec, files, layout
from perfcompare.store.differences import differences
from perfcompare.store.kept import KeptLog, kept_logs
from perfcompare.store.run_file import (
    RunFile,
    RunState,
    VisitKey,
    complete_rounds,
    key_of,
    load_run_file,
    save_run_file,
)
from perfcompare.store.tables import iterations_to_parquet, readings_to_parquet


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecord:
    """A visit with its bulk data, as it goes to disk."""

    visit: Visit
    iterations: tuple[Iteration, ...]
    readings: tuple[Reading, ...]
    rally_json: bytes
    """Rally's own report; b"" where there was no Rally."""
    logs: Mapping[str, bytes]
    """File name → content."""


class RunWriter:
    """A run directory that nobody else may write; a context manager.

    Leaving the context lets go of the lock and changes nothing on disk.
    """

    def __init__(self, path: Path, content: RunFile, lock: files.Lock) -> None:
        self.path = path
        self._content = content
        self._lock = lock
        self.kept: tuple[KeptLog, ...] = ()
        """What this writer has kept of things that failed."""

    @classmethod
    def create(cls, path: Path, plan: Plan, *, created_at: float) -> Self:
        """Begin a run in *path*, which is made, or is an empty directory.

        Raises:
            StoreError: Something is there already, or it cannot be written.
        """
        with files.store_errors(path):
            path.mkdir(parents=True, exist_ok=True)
            lock = files.Lock(path)
            # A kill may have left a half-written run.json, and nothing else.
            if any(not name.name.startswith(".partial-") for name in path.iterdir()):
                lock.release()
                raise StoreError(
                    f"{path} is not empty; go on with it by --resume,"
                    " or choose another --out"
                )
        content = RunFile(
            schema_version=layout.SCHEMA_VERSION,
            perfcompare_version=version("perfcompare"),
            state=RunState.RUNNING,
            message="",
            started_at=created_at,
            ended_at=None,
            rounds_done=0,
            visits=(),
            plan=plan,
        )
        writer = cls(path, content, lock)
        writer._save()
        return writer

    @classmethod
    def resume(cls, path: Path, plan: Plan) -> Self:
        """Go on with the run in *path*: keep what is complete, remove the rest.

        A visit that is half-written goes; where variants stand side by side, so
        does a round that lacks one of them.  *plan* takes the place of the old
        one, from which it may differ only in what is not measured.

        Raises:
            StoreError: There is no run, another perfcompare writes it, or *plan*
                measures something else (the message says what).
        """
        load_run_file(path)  # its errors say more than those of the lock
        with files.store_errors(path):
            lock = files.Lock(path)
        try:
            old = _load_for(plan, path)
        except StoreError:
            lock.release()
            raise
        content = replace(old, plan=plan, schema_version=layout.SCHEMA_VERSION)
        writer = cls(path, content, lock)
        writer._restart()
        return writer

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Let go of the lock."""
        self.close()

    def close(self) -> None:
        """Let go of the lock; more than once is fine."""
        self._lock.release()

    @property
    def plan(self) -> Plan:
        """The plan that is carried out; secrets are masked only on disk."""
        return self._content.plan

    @property
    def visits(self) -> tuple[VisitKey, ...]:
        """The visits that are on disk, whole."""
        return self._content.visits

    @property
    def started_at(self) -> float:
        """When the run was created, epoch seconds."""
        return self._content.started_at

    def last_end(self, variant: str) -> float | None:
        """Return when the last visit to *variant* ended; None when there is none."""
        numbers = [key.round for key in self.visits if key.variant == variant]
        if not numbers:
            return None
        path = layout.visit_path(self.path, number=max(numbers), variant=variant)
        return codec.load(path / layout.VISIT_FILE, Visit).ended_at

    @property
    def has_upgrade(self) -> bool:
        """Whether the upgrade has been recorded."""
        return (self.path / layout.UPGRADE / layout.UPGRADE_FILE).exists()

    @property
    def provenance(self) -> Provenance | None:
        """What was recorded by `write_provenance`, here or before the resume."""
        path = self.path / layout.PROVENANCE_FILE
        return codec.load(path, Provenance) if path.exists() else None

    def write_upgrade(self, upgrade: Upgrade, logs: Mapping[str, bytes]) -> None:
        """Record the passage from base to target, which happens once."""
        directory = self.path / layout.UPGRADE
        with files.store_errors(directory):
            # What a kill left half-written has logs, but no upgrade.json yet.
            files.remove(directory)
            files.write_logs(directory / layout.LOGS, logs)
            files.replace_durably(
                directory / layout.UPGRADE_FILE, codec.dump(upgrade, Upgrade)
            )
            files.sync_directory(self.path)

    def write_provenance(self, provenance: Provenance) -> None:
        """Record what is measured where."""
        path = self.path / layout.PROVENANCE_FILE
        with files.store_errors(path):
            files.replace_durably(path, codec.dump(provenance, Provenance))

    def write_round(self, records: Sequence[VisitRecord]) -> None:
        """Add visits that belong together: after this all of them exist, or none.

        Raises:
            StoreError: One of them exists already, or the disk refuses.
        """
        keys = tuple(key_of(record.visit) for record in records)
        for key in keys:
            if key in self.visits:
                raise StoreError(
                    f"{self.path} already holds the visit of round {key.round}"
                    f" to {key.variant}; a visit is never measured twice"
                )
        with files.store_errors(self.path):
            for record in records:
                self._write_visit(record)
            for key in keys:
                self._put_in_place(key)
            files.sync_directory(self.path / layout.VISITS)
        # Only now, by one rename, do they exist for readers and for a resume.
        visits = self.visits + keys
        done = complete_rounds(self._content.plan, visits)
        self._save(visits=visits, rounds_done=len(done))

    def keep_failed(self, key: VisitKey, logs: Mapping[str, bytes]) -> Path:
        """Keep the logs of a visit that failed and return where they are."""
        directory = layout.failed_path(self.path, number=key.round, variant=key.variant)
        with files.store_errors(directory):
            files.remove(directory)
            files.write_logs(directory / layout.LOGS, logs)
        directory /= layout.LOGS
        below = directory.relative_to(self.path)
        self.kept += kept_logs(below, logs, variant=key.variant)
        return directory

    def keep_failed_upgrade(self, logs: Mapping[str, bytes]) -> Path:
        """Keep the logs of an upgrade that failed and return where they are."""
        directory = self.path / layout.UPGRADE / layout.FAILED_LOGS
        with files.store_errors(directory):
            files.remove(directory)
            files.write_logs(directory, logs)
        below = directory.relative_to(self.path)
        self.kept += kept_logs(below, logs, variant="")
        return directory

    def write_failure(self, failure: Failure) -> None:
        """Record what ended the experiment, for `end` with FAILED to follow."""
        path = self.path / layout.FAILURE_FILE
        with files.store_errors(path):
            files.replace_durably(path, codec.dump(failure, Failure))

    def end(self, state: RunState, *, at: float, message: str) -> None:
        """Record how the experiment ended; *message* is "" unless it failed."""
        self._save(state=state, message=message, ended_at=at)

    def _write_visit(self, record: VisitRecord) -> None:
        key = key_of(record.visit)
        partial = layout.partial_path(self.path, number=key.round, variant=key.variant)
        files.remove(partial)
        files.write_logs(partial / layout.LOGS, record.logs)
        contents = {
            layout.VISIT_FILE: codec.dump(record.visit, Visit),
            layout.ITERATIONS_FILE: iterations_to_parquet(record.iterations),
            layout.READINGS_FILE: readings_to_parquet(record.readings),
            # Without a time stamp the same report gives the same bytes.
            layout.RALLY_FILE: gzip.compress(record.rally_json, mtime=0),
        }
        for name, content in contents.items():
            files.write_durably(partial / name, content)
        files.sync_directory(partial)

    def _put_in_place(self, key: VisitKey) -> None:
        final = layout.visit_path(self.path, number=key.round, variant=key.variant)
        partial = layout.partial_path(self.path, number=key.round, variant=key.variant)
        partial.rename(final)

    def _restart(self) -> None:
        """Keep the visits that count and remove what else looks like one."""
        visits = tuple(
            key
            for key in self.visits
            if layout.visit_path(
                self.path, number=key.round, variant=key.variant
            ).is_dir()
        )
        done = complete_rounds(self._content.plan, visits)
        if self._content.plan.interleave:
            visits = tuple(key for key in visits if key.round in done)
        # First the list, then the files: a kill in between leaves only litter.
        self._save(
            visits=visits,
            rounds_done=len(done),
            state=RunState.RUNNING,
            message="",
            ended_at=None,
        )
        keep = {layout.visit_name(number=k.round, variant=k.variant) for k in visits}
        directory = self.path / layout.VISITS
        with files.store_errors(self.path):
            # Of a failure that is being made good; its logs stay to be looked at.
            (self.path / layout.FAILURE_FILE).unlink(missing_ok=True)
        with files.store_errors(directory):
            for path in sorted(directory.glob("*")):
                if layout.is_visit_name(path.name) and path.name not in keep:
                    files.remove(path)

    def _save(self, **changes: object) -> None:
        self._content = replace(self._content, **changes)  # type: ignore[arg-type]  # checked by the codec
        with files.store_errors(self.path):
            save_run_file(self.path, self._content)


def _load_for(plan: Plan, path: Path) -> RunFile:
    old = load_run_file(path)
    if old.plan.digest != plan.digest:
        raise StoreError(
            f"{path} was measured with another plan and cannot be resumed;"
            f" {differences(old.plan, plan)}"
        )
    return old
