# SPDX-License-Identifier: Apache-2.0
"""Rally's reports, made elsewhere, to a run as if it had been measured here."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.clock import SystemClock
from perfcompare.model.caveat import Note
from perfcompare.model.errors import PlanError, Problem
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.variant import Backend, Packages, Variant, VariantName
from perfcompare.model.visit import Visit
from perfcompare.model.workload import Workload
from perfcompare.store.run_file import RunState
from perfcompare.store.writer import RunWriter, VisitRecord
from perfcompare.workload.rally_results import ImportedWorkload, read_report

UNVERIFIED = Note(
    text="imported from Rally's reports: memory and threads were not watched, and"
    " which backend ran is not proved"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the reports do not say."""

    title: str
    project: str
    base_release: str
    target_release: str


class _Info(BaseModel):
    rally_version: str | None = None


class _Made(BaseModel):
    """By whom a report was made."""

    info: _Info


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    path: Path
    rally_version: str | None
    """None when it does not say."""
    round: int
    variant: VariantName
    workloads: tuple[ImportedWorkload, ...]

    @property
    def started_at(self) -> float:
        return min(each.window.started_at for each in self.workloads)

    @property
    def ended_at(self) -> float:
        return max(each.window.ended_at for each in self.workloads)


def import_rally(
    base: Sequence[Path], target: Sequence[Path], *, out: Path, labels: Labels
) -> None:
    """Write the run *out*: the n-th files of *base* and *target* are round n.

    Raises:
        PlanError: A file is no such report, two of them ran different workloads or
            were made by different versions of Rally, or not one iteration of a
            workload succeeded.
        StoreError: *out* exists, or cannot be written.
    """
    reports = [
        _read(path, number, name)
        for name, paths in ((VariantName.BASE, base), (VariantName.TARGET, target))
        for number, path in enumerate(paths, start=1)
    ]
    if problems := (
        *_differences(reports),
        *_other_generators(reports),
        *_failures(reports),
    ):
        raise PlanError(problems)
    plan = _plan(reports, labels)
    with RunWriter.create(
        out, plan, created_at=min(each.started_at for each in reports)
    ) as writer:
        for number in range(1, len(base) + 1):
            pair = [each for each in reports if each.round == number]
            writer.write_round([_record(each, pair) for each in pair])
        writer.end(RunState.FINISHED, at=SystemClock().now(), message="")


def _read(path: Path, number: int, name: VariantName) -> _Report:
    workloads = read_report(path)
    made = _Made.model_validate_json(path.read_bytes())
    return _Report(
        path=path,
        rally_version=made.info.rally_version,
        round=number,
        variant=name,
        workloads=workloads,
    )


def _differences(reports: Sequence[_Report]) -> Iterator[Problem]:
    """Yield what makes the numbers of two files answer different questions."""
    first = reports[0]
    wanted = {each.workload.name: _asked(each.workload) for each in first.workloads}
    for report in reports[1:]:
        found = {each.workload.name: _asked(each.workload) for each in report.workloads}
        for name in sorted(wanted.keys() ^ found.keys()):
            where = report.path if name in wanted else first.path
            message = f"there is no workload '{name}', which the others have"
            yield Problem(path=str(where), line=None, message=message)
        for name in sorted(wanted.keys() & found.keys()):
            if wanted[name] != found[name]:
                message = (
                    f"workload '{name}' is not the one in {first.path}: scenario,"
                    " arguments, contexts, runner or iterations differ"
                )
                yield Problem(path=str(report.path), line=None, message=message)


def _other_generators(reports: Sequence[_Report]) -> Iterator[Problem]:
    """Yield the reports of another Rally, whose own time is part of every latency."""
    known = [each for each in reports if each.rally_version]
    for report in known[1:]:
        if report.rally_version != known[0].rally_version:
            message = (
                f"was made by Rally {report.rally_version}, and {known[0].path} by"
                f" {known[0].rally_version}: the load generator differs, so nothing"
                " would be compared of the service alone; measure again with one Rally"
            )
            yield Problem(path=str(report.path), line=None, message=message)


def _failures(reports: Sequence[_Report]) -> Iterator[Problem]:
    """Yield the workloads that never succeeded: there is nothing to compare."""
    for report in reports:
        for each in report.workloads:
            errors = Counter(iteration.error for iteration in each.iterations)
            if not errors[""]:
                ((most_common, _),) = errors.most_common(1)
                message = (
                    f"workload '{each.workload.name}': all iterations failed:"
                    f" {most_common}"
                )
                yield Problem(path=str(report.path), line=None, message=message)


def _asked(workload: Workload) -> tuple[str, int, int]:
    return workload.definition, workload.times, workload.concurrency


def _plan(reports: Sequence[_Report], labels: Labels) -> Plan:
    rounds = max(each.round for each in reports)
    content = "".join(each.path.read_text() for each in reports)
    return Plan(
        title=labels.title,
        path=str(reports[0].path),
        project=labels.project,
        deployment=DeploymentKind.LOCAL,
        variants=(
            _variant(VariantName.BASE, labels.base_release, Backend.EVENTLET),
            _variant(VariantName.TARGET, labels.target_release, Backend.THREADING),
        ),
        workloads=tuple(each.workload for each in reports[0].workloads),
        rounds=rounds,
        interleave=False,
        idle_seconds=0.0,
        settle_seconds=0.0,
        interval_seconds=0.5,
        ready_timeout_seconds=0.0,
        stop_grace_seconds=0.0,
        looks=(),
        void_marked_rounds=False,
        thresholds=DEFAULT_THRESHOLDS,
        digest=hashlib.sha256(content.encode()).hexdigest(),
    )


def _variant(name: VariantName, release: str, backend: Backend) -> Variant:
    return Variant(
        name=name,
        release=release,
        backend=backend,
        packages=Packages(
            requirements=(),
            uploaded_before=None,
            uploaded_before_each={},
            python="",
        ),
        environment={},
        config={},
        uwsgi={},
    )


def _record(report: _Report, pair: Sequence[_Report]) -> VisitRecord:
    in_order = sorted(pair, key=lambda each: each.started_at)
    visit = Visit(
        round=report.round,
        variant=report.variant.value,
        position=in_order.index(report),
        started_at=report.started_at,
        ended_at=report.ended_at,
        ready_seconds=None,
        services=(),
        controls=(),
        windows=tuple(each.window for each in report.workloads),
        stops=(),
        evidence=(),
        counters=(),
        overhead_seconds=None,
        caveats=(UNVERIFIED,),
    )
    return VisitRecord(
        visit=visit,
        iterations=tuple(i for each in report.workloads for i in each.iterations),
        readings=(),
        rally_json=report.path.read_bytes(),
        logs={},
    )
