# SPDX-License-Identifier: Apache-2.0
"""A plan's file to a valid Plan, or a PlanError with every problem at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perfcompare.model.errors import Problem
from perfcompare.model.metric import ALL_SERVICES, Threshold
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.project import Project
from perfcompare.model.variant import Variant
from perfcompare.model.workload import Workload
from perfcompare.plan.cloud import resolve_cloud_variants
from perfcompare.plan.digest import digest_of
from perfcompare.plan.document import (
    MAX_ROUNDS,
    PlanDocument,
    ThresholdDocument,
)
from perfcompare.plan.levels import at_levels, check_levels
from perfcompare.plan.pace import Pace
from perfcompare.plan.parsing import parse_document
from perfcompare.plan.positions import UNREADABLE, parse
from perfcompare.plan.reading import read_text
from perfcompare.plan.report import Problems
from perfcompare.plan.rounds import check_rounds, resolve_rounds
from perfcompare.plan.tasks import read_task
from perfcompare.plan.thresholds import complaint, inherit
from perfcompare.plan.variants import Variants, resolve_variants
from perfcompare.plan.wording import suggest

# Sections whose values are text for somebody else: `on` stays "on".
_VERBATIM = ("environment", "config", "uwsgi")
_ABSENT: Mapping[str, object] = {
    "project": UNREADABLE,
    "release": UNREADABLE,
    "task": UNREADABLE,
    "base": {"release": UNREADABLE},
    "target": {"release": UNREADABLE},
    "min": 3,
    "max": MAX_ROUNDS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line says on top of the plan."""

    rounds: int | None
    quick: bool
    thresholds: tuple[tuple[str, ThresholdDocument], ...]
    """Globs, and what is wanted of what they name; the rest stays the plan's."""


def load_plan(
    path: Path,
    *,
    projects: Mapping[str, Project],
    defaults: tuple[Threshold, ...],
    overrides: Overrides,
) -> Plan:
    """Read the plan in *path* and resolve it.

    Args:
        path: As the user gave it; messages repeat it.
        projects: What there is, by name.
        defaults: Thresholds; the metrics they name are the known ones.
        overrides: Of the command line; they win.

    Raises:
        PlanError: With everything that is wrong with the plan and its task.
    """
    source = parse(read_text(path), path=str(path), verbatim=_VERBATIM)
    parsed = parse_document(source, PlanDocument, absent=_ABSENT)
    document = parsed.document
    problems = Problems(source)
    problems.extend(parsed.problems)
    project = _project(document.project, projects, problems)
    kind = _deployment(document.deployment, problems)
    resolved = _variants(document, project, kind, path.parent, problems)
    # One cloud is one variant at a time.
    interleave = document.interleave and kind is DeploymentKind.LOCAL
    workloads = _workloads(document, path, problems, interleave=interleave)
    _check_pauses(document, problems)
    if not parsed.is_wrong_below(("rounds",)):
        check_rounds(document, kind, problems)
    names = _names(project, workloads) if project and workloads else ()
    for glob in document.thresholds:
        if wrong := complaint(glob, defaults, names):
            problems.add(("thresholds", glob), wrong)
    problems.extend(_wrong_overrides(overrides, defaults, names))
    rounds = resolve_rounds(document, rounds=overrides.rounds, quick=overrides.quick)
    if project is None or kind is None:
        raise problems.error()
    problems.raise_if_any()
    plan = Plan(
        title=document.title or _title(project, resolved.variants),
        path=str(path),
        project=project.name,
        deployment=kind,
        variants=resolved.variants,
        workloads=workloads,
        rounds=rounds.most,
        looks=rounds.looks,
        interleave=interleave,
        idle_seconds=document.idle_seconds,
        settle_seconds=document.settle_seconds,
        interval_seconds=document.interval_seconds,
        ready_timeout_seconds=document.ready_timeout_seconds,
        stop_grace_seconds=document.stop_grace_seconds,
        void_marked_rounds=document.void_marked_rounds,
        thresholds=_thresholds(document, defaults, overrides),
        digest="",
    )
    digest = digest_of(plan, project, resolved.fingerprints)
    return replace(plan, digest=digest)


def _project(
    name: str, projects: Mapping[str, Project], problems: Problems
) -> Project | None:
    if name == UNREADABLE:
        return None
    if name not in projects:
        problems.add(
            ("project",), f"unknown project '{name}'; {suggest(name, projects)}"
        )
    return projects.get(name)


def _deployment(name: str, problems: Problems) -> DeploymentKind | None:
    if name in set(DeploymentKind):
        return DeploymentKind(name)
    if name != UNREADABLE:
        there = suggest(name, DeploymentKind)
        problems.add(("deployment",), f"unknown deployment '{name}'; {there}")
    return None


def _variants(
    document: PlanDocument,
    project: Project | None,
    kind: DeploymentKind | None,
    folder: Path,
    problems: Problems,
) -> Variants:
    match kind:
        case DeploymentKind.LOCAL:
            return resolve_variants(document, project, folder, problems)
        case DeploymentKind.DEVSTACK:
            return resolve_cloud_variants(document, project, problems)
        case None:
            return Variants(variants=(), fingerprints=())


def _workloads(
    document: PlanDocument, plan: Path, problems: Problems, *, interleave: bool
) -> tuple[Workload, ...]:
    if document.task == UNREADABLE:
        return ()
    path = plan.parent / document.task
    try:
        missing = not path.exists()
    except PermissionError:  # pragma: no cover - root may look everywhere
        missing = False  # reading it says more
    if missing:
        problems.add(("task",), f"task {path} does not exist; {_beside(path)}")
        return ()
    pace = Pace(
        blocks=document.blocks if interleave else 1,
        warm_up_iterations=document.warm_up_iterations,
    )
    task = read_task(path, task_args=document.task_args, pace=pace)
    problems.extend(task.problems)
    for name in task.unused_args:
        problems.add(
            ("task_args", name), f"{path} uses no '{name}'; leave it out, or correct it"
        )
    wanted = document.concurrencies
    if not task.problems:  # else a workload may be missing that a glob is about
        check_levels(task.workloads, wanted=wanted, pace=pace, problems=problems)
    return at_levels(task.workloads, wanted=wanted, pace=pace)


def _beside(path: Path) -> str:
    """Suggest a file in the folder where *path* should be."""
    folder = path.parent
    if not folder.is_dir():
        return "neither does its directory; paths are relative to the plan"
    return suggest(path.name, sorted(entry.name for entry in folder.iterdir()))


def _check_pauses(document: PlanDocument, problems: Problems) -> None:
    if document.idle_seconds < document.interval_seconds:
        problems.add(
            ("idle_seconds",),
            f"idle_seconds {document.idle_seconds:g} is below interval_seconds"
            f" {document.interval_seconds:g}, so nobody looks; raise it",
        )
    if not document.interleave and "blocks" in document.model_fields_set:
        problems.add(
            ("blocks",),
            "blocks have no meaning with interleave: false (whole visits alternate);"
            " leave one of them out",
        )


def _names(project: Project, workloads: Sequence[Workload]) -> tuple[str, ...]:
    """Return what the first part of a threshold's glob can be about."""
    services = {
        service.name: None for each in project.services.values() for service in each
    }
    servers = sorted(server.value for server in project.servers)
    return (
        *(workload.name for workload in workloads),
        *services,
        *servers,
        ALL_SERVICES,
    )


def _thresholds(
    document: PlanDocument, defaults: tuple[Threshold, ...], overrides: Overrides
) -> tuple[Threshold, ...]:
    planned = (*defaults, *inherit(document.thresholds, defaults))
    return (*planned, *inherit(dict(overrides.thresholds), planned))


def _wrong_overrides(
    overrides: Overrides, defaults: tuple[Threshold, ...], names: Sequence[str]
) -> Iterator[Problem]:
    for glob, _ in overrides.thresholds:
        if wrong := complaint(glob, defaults, names):
            yield Problem(path="--threshold", line=None, message=wrong)
    if overrides.rounds is None:
        return
    if overrides.quick:
        message = "it excludes --quick; give one of the two"
        yield Problem(path="--rounds", line=None, message=message)
    if not 1 <= overrides.rounds <= MAX_ROUNDS:
        message = f"{overrides.rounds} rounds; it must be from 1 to {MAX_ROUNDS}"
        yield Problem(path="--rounds", line=None, message=message)


def _title(project: Project, variants: Sequence[Variant]) -> str:
    base, target = variants[:2]
    return (
        f"{project.title} {base.release} on {base.backend}"
        f" → {target.release} on {target.backend}"
    )
