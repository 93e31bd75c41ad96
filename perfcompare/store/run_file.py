# SPDX-License-Identifier: Apache-2.0
"""``run.json``: the plan, and which visits there are."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from perfcompare.model.errors import SchemaVersionError, StoreError
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.secret import masked
from perfcompare.model.visit import Visit
from perfcompare.store import codec, files
from perfcompare.store.layout import RUN_FILE, SCHEMA_VERSION


class RunState(StrEnum):
    """How far a run has come."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    """The message says at what; `--resume` goes on there."""
    INTERRUPTED = "interrupted"
    """Ctrl-C, a signal, or a kill that left no time to say so."""
    PARTIAL = "partial"
    """All that was asked for so far; the upgrade, or more rounds, are to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitKey:
    """Which visit: the round and the variant."""

    round: int
    variant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """What ``run.json`` says."""

    schema_version: int
    perfcompare_version: str
    """That created the run."""
    state: RunState
    message: str
    """What went wrong; "" unless failed."""
    started_at: float
    """Epoch seconds."""
    ended_at: float | None
    rounds_done: int
    """Rounds in which every variant of the plan has been visited."""
    visits: tuple[VisitKey, ...]
    """In the order in which they ended."""
    plan: Plan


def key_of(visit: Visit) -> VisitKey:
    """Return which visit *visit* is."""
    return VisitKey(round=visit.round, variant=visit.variant)


def complete_rounds(plan: Plan, visits: tuple[VisitKey, ...]) -> tuple[int, ...]:
    """Return the rounds in which every variant of *plan* has been visited."""
    numbers = sorted({key.round for key in visits})
    wanted = [variant.name.value for variant in plan.variants]
    return tuple(
        number
        for number in numbers
        if all(VisitKey(round=number, variant=name) in visits for name in wanted)
    )


def load_run_file(run: Path) -> RunFile:
    """Read ``run.json`` of the run directory *run*.

    Raises:
        SchemaVersionError: A newer perfcompare wrote it.
        StoreError: There is no run, or its file is broken.
    """
    path = run / RUN_FILE
    try:
        if not run.is_dir():
            raise StoreError(f"{run} is not a run: there is no such directory")
        if not path.exists():
            raise StoreError(f"{run} is not a run: it holds no {RUN_FILE}")
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    data = codec.load_json(path)
    version = data.get("schema_version") if isinstance(data, dict) else None
    if not isinstance(version, int):
        raise StoreError(f"{path} was not written by perfcompare: no schema_version")
    if version > SCHEMA_VERSION:
        raise SchemaVersionError(
            f"{path} has schema version {version}, this perfcompare reads up to"
            f" {SCHEMA_VERSION}: use the perfcompare that wrote it, or a newer one"
        )
    return codec.decode_file(path, _modern(data, version), RunFile)


def _modern(data: object, version: int) -> object:
    """Add to what an older perfcompare wrote the keys that it did not know."""
    match data:
        case {"plan": dict() as plan} if version < SCHEMA_VERSION:
            plan.setdefault("deployment", DeploymentKind.LOCAL.value)
            plan.setdefault("looks", [])
            plan.setdefault("void_marked_rounds", False)
            workloads = plan.get("workloads")
            for workload in workloads if isinstance(workloads, list) else ():
                if isinstance(workload, dict):
                    workload.setdefault("title", workload.get("name"))
    return data


def save_run_file(run: Path, content: RunFile) -> None:
    """Replace ``run.json`` in one step; secrets of the plan are masked in it."""
    public = replace(content, plan=_without_secrets(content.plan))
    files.replace_durably(run / RUN_FILE, codec.dump(public, RunFile))


def _without_secrets(plan: Plan) -> Plan:
    """Mask what the plan sets by hand; a resume takes the plan of its own file."""
    return replace(
        plan,
        variants=tuple(
            replace(
                variant,
                environment=masked(variant.environment),
                config={
                    file: {name: masked(options) for name, options in sections.items()}
                    for file, sections in variant.config.items()
                },
            )
            for variant in plan.variants
        ),
    )
