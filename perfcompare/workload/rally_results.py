# SPDX-License-Identifier: Apache-2.0
"""Rally's JSON report (format 1.2) → iterations; nobody else knows the format.

Everything comes from ``data[]``.  Rally's own statistics are rounded to 1 ms and
count failed iterations, so they are not even looked at.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    model_validator,
)

from perfcompare.model.errors import PlanError, Problem, WorkloadError
from perfcompare.model.visit import Action, Iteration, Phase, Window
from perfcompare.model.workload import Workload

_ERROR_CHARACTERS = 300
_PROBLEMS_SHOWN = 5
_Duration = Annotated[FiniteFloat, Field(ge=0)]
# Up to the year 9999, the last that a calendar here can show: milliseconds are not.
_EpochSeconds = Annotated[FiniteFloat, Field(ge=0, lt=253402300800)]


class _Entry(BaseModel):
    """A part of a report; keys that we do not read may come and go."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Action(_Entry):
    name: str
    started_at: FiniteFloat
    finished_at: FiniteFloat
    failed: bool = False

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.finished_at < self.started_at:
            raise ValueError(f"action {self.name} has a negative duration")
        return self


class _Iteration(_Entry):
    timestamp: _EpochSeconds
    duration: _Duration
    error: list[str]
    atomic_actions: list[_Action]


class _Span(_Entry):
    started_at: FiniteFloat
    finished_at: FiniteFloat


class _Context(_Entry):
    setup: _Span
    cleanup: _Span


class _Workload(_Entry):
    scenario: dict[str, Any] = Field(min_length=1, max_length=1)
    runner: dict[str, dict[str, Any]] = Field(min_length=1, max_length=1)
    contexts: dict[str, Any]
    sla: dict[str, Any]
    contexts_results: list[_Context] = []
    data: list[_Iteration]


class _Subtask(_Entry):
    title: str
    workloads: list[_Workload]


class _Task(_Entry):
    subtasks: list[_Subtask] = Field(min_length=1)


class _Info(_Entry):
    format_version: Literal["1.2"]


class _Report(_Entry):
    info: _Info
    tasks: list[_Task] = Field(min_length=1, max_length=1)
    """One: a file stands for one round of one variant."""

    def workloads(self) -> Iterator[tuple[str, _Workload]]:
        """Yield the subtask's title with each workload."""
        for subtask in self.tasks[0].subtasks:
            for workload in subtask.workloads:
                yield subtask.title, workload


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedWorkload:
    """A workload that Rally ran without us: all of it is one block of load."""

    workload: Workload
    window: Window
    """From the start of the first iteration to the end of the last."""
    iterations: tuple[Iteration, ...]


def iterations(report: bytes, *, windows: Sequence[Window]) -> tuple[Iteration, ...]:
    """Return the iterations of a drive, workload by workload in order of start.

    An iteration belongs to the turn in whose window it started, and gets its
    phase and block from there.

    Args:
        report: Of one task, whose subtasks bear the workloads' names.
        windows: Every turn of the drive.

    Raises:
        WorkloadError: The report cannot be read, or does not hold as many
            iterations as each turn ran: the wall clock was set meanwhile, or
            Rally lost a result.
    """
    try:
        parsed = _Report.model_validate_json(report)
    except ValidationError as error:
        problems = "; ".join(message for _, message in _problems(error))
        raise WorkloadError(f"Rally's report cannot be read: {problems}") from error
    placed: list[Iteration] = []
    for title, workload in parsed.workloads():
        turns = [window for window in windows if window.workload == title]
        placed += _place(_iterations(title, workload), turns)
    return tuple(placed)


def context_seconds(report: bytes) -> float:
    """Return how long Rally made and removed the workloads' users and resources.

    That is work of the workloads' own, between the turns: neither load nor ours.
    """
    return sum(
        span.finished_at - span.started_at
        for _, workload in _Report.model_validate_json(report).workloads()
        for context in workload.contexts_results
        for span in (context.setup, context.cleanup)
    )


def read_report(path: Path) -> tuple[ImportedWorkload, ...]:
    """Read a report that ``rally task report --json`` wrote elsewhere.

    The file stands for one round of one variant, so it must hold one task.

    Raises:
        PlanError: The file cannot be read, or not as such a report.
    """
    if path.exists() and not path.is_file():
        raise _refusal(path, [(None, "is no regular file")])
    try:
        report = _Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _refusal(path, [(None, f"cannot be read: {error.strerror}")]) from error
    except ValidationError as error:
        raise _refusal(path, _problems(error)) from error
    titles: list[str] = []
    imported: list[ImportedWorkload] = []
    for title, workload in report.workloads():
        titles.append(title)
        # Rally lets titles repeat; our names are unique.
        name = f"{title} ({titles.count(title)})" if title in titles[:-1] else title
        if not workload.data:
            raise _refusal(path, [(None, f"workload {name!r} has no iterations")])
        imported.append(_import(name, workload))
    return tuple(imported)


def _refusal(path: Path, problems: Sequence[tuple[int | None, str]]) -> PlanError:
    return PlanError(
        tuple(
            Problem(path=str(path), line=line, message=message)
            for line, message in problems
        )
    )


def _problems(error: ValidationError) -> list[tuple[int | None, str]]:
    """Return the line, where JSON itself is broken, and a message for each problem."""
    found = []
    for detail in error.errors(include_url=False)[:_PROBLEMS_SHOWN]:
        where = ".".join(str(part) for part in detail["loc"])
        message = detail["msg"][0].lower() + detail["msg"][1:]
        if detail["type"] in {"json_invalid", "model_type"}:
            line = re.search(r" at line (\d+)", message)
            message = f"not a report of Rally's: {message}"
            found.append((int(line[1]) if line else None, message))
        elif detail["type"] == "missing":
            found.append((None, f"no {where}: not a report of Rally's"))
        else:
            found.append((None, f"{where}: {message}, found {detail['input']!r:.60}"))
    return found


def _import(name: str, workload: _Workload) -> ImportedWorkload:
    found = tuple(_iterations(name, workload))
    (scenario,) = workload.scenario
    (runner,) = workload.runner.values()
    asked = workload.model_dump(exclude={"data", "contexts_results"})
    definition = {"title": name, **asked}
    return ImportedWorkload(
        workload=Workload(
            name=name,
            title=name,
            scenario=scenario,
            times=len(found),
            concurrency=runner.get("concurrency", runner.get("max_concurrency", 1)),
            warm_up=0,
            blocks=1,
            definition=json.dumps(definition, sort_keys=True),
        ),
        window=Window(
            phase=Phase.LOAD,
            workload=name,
            block=1,
            started_at=found[0].started_at,
            ended_at=max(each.started_at + each.duration_seconds for each in found),
            iterations=len(found),
            generator_cpu_seconds=None,
        ),
        iterations=found,
    )


def _iterations(name: str, workload: _Workload) -> Iterator[Iteration]:
    """Number the iterations in order of start; all are LOAD until placed."""
    ordered = sorted(workload.data, key=lambda each: each.timestamp)
    for number, entry in enumerate(ordered):
        yield Iteration(
            workload=name,
            number=number,
            phase=Phase.LOAD,
            block=1,
            started_at=entry.timestamp,
            duration_seconds=entry.duration,
            error=_error(entry.error),
            actions=_actions(entry.atomic_actions),
        )


def _actions(entries: Sequence[_Action]) -> tuple[Action, ...]:
    """Sum the top-level actions by name, in order of first start."""
    actions: dict[str, Action] = {}
    for entry in entries:
        before = actions.get(entry.name)
        duration_seconds = entry.finished_at - entry.started_at
        if before is not None:
            duration_seconds += before.duration_seconds
        actions[entry.name] = Action(
            name=entry.name,
            duration_seconds=duration_seconds,
            failed=entry.failed or (before is not None and before.failed),
        )
    return tuple(actions.values())


def _error(error: Sequence[str]) -> str:
    """Make one line of exception type, message and traceback."""
    if not error:
        return ""
    message = error[1].strip().splitlines() if len(error) > 1 else []
    return ": ".join([error[0], *message[:1]])[:_ERROR_CHARACTERS]


def _place(
    found: Iterator[Iteration], windows: Sequence[Window]
) -> Iterator[Iteration]:
    """Give each iteration the phase and block of its turn."""
    windows = sorted(windows, key=lambda window: window.started_at)
    starts = [window.started_at for window in windows]
    counts = [0] * len(windows)
    for iteration in found:
        index = bisect_right(starts, iteration.started_at) - 1
        if index < 0 or iteration.started_at > windows[index].ended_at:
            raise WorkloadError(
                f"iteration {iteration.number} of {iteration.workload} started outside"
                f" every turn, at {iteration.started_at:.6f}: was the clock set?"
            )
        counts[index] += 1
        window = windows[index]
        yield replace(iteration, phase=window.phase, block=window.block)
    for window, count in zip(windows, counts, strict=True):
        if count != window.iterations:
            raise WorkloadError(
                f"Rally's report has {count} iterations of {window.workload} in block"
                f" {window.block} ({window.phase}), which ran {window.iterations}"
            )
