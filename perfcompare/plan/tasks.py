# SPDX-License-Identifier: Apache-2.0
"""A Rally task (format 2) to the workloads of a plan.

What is checked here is what perfcompare itself needs; the arguments of scenarios and
contexts are Rally's to judge (``perfcompare validate`` asks it).
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from perfcompare.model.errors import PlanError, Problem
from perfcompare.model.workload import Workload
from perfcompare.plan.pace import MAX_TIMES, Pace
from perfcompare.plan.parsing import Parsed, parse_document
from perfcompare.plan.positions import UNREADABLE, Keys, Source, parse
from perfcompare.plan.reading import read_text
from perfcompare.plan.templates import render, unused
from perfcompare.plan.wording import show, suggest

# What Rally assumes where a workload has no sla.
_DEFAULT_SLA: Mapping[str, object] = {"failure_rate": {"max": 0}}
_RUNNERS = {"constant": ("times", "concurrency", "timeout"), "serial": ("times",)}
_OF_A_WORKLOAD = {"runner", "contexts", "sla", "hooks"}
_ABSENT = {"title": UNREADABLE, "version": 2, "subtasks": []}

Mappings = dict[str, dict[str, object]]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False
    )
    description: str | None = None


class WorkloadDocument(_Part):
    """One workload; alone in a subtask its keys stand in the subtask itself."""

    scenario: Mappings | None = None
    runner: Mappings = {}
    contexts: dict[str, object] = {}
    sla: dict[str, object] | None = None
    hooks: list[object] = []


class SubtaskDocument(WorkloadDocument):
    """A subtask with a scenario, or with a list of workloads."""

    title: Annotated[str, Field(max_length=120)]
    group: str | None = None
    tags: list[str] = []
    run_in_parallel: bool = False
    workloads: list[WorkloadDocument] | None = None


class TaskDocument(_Part):
    """A task file, format 2."""

    version: object
    title: Annotated[str, Field(max_length=255)]
    tags: list[str] = []
    subtasks: list[SubtaskDocument]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task, read: its workloads, and all that is wrong."""

    workloads: tuple[Workload, ...]
    problems: tuple[Problem, ...]
    unused_args: tuple[str, ...]
    """Names in task_args that the template does not use."""


def read_task(path: Path, *, task_args: Mapping[str, object], pace: Pace) -> Task:
    """Read the task in *path*; nothing is raised for what is wrong with it."""
    try:
        text = read_text(path)
        rendered = render(text, path=path, task_args=task_args)
        exact = rendered.count("\n") == text.count("\n")
        source = parse(rendered, path=str(path), exact=exact)
        _check_version(source)
        parsed = parse_document(source, TaskDocument, absent=_ABSENT)
    except PlanError as error:
        return Task(workloads=(), problems=error.problems, unused_args=())
    reader = _Reader(source, parsed, pace)
    workloads = tuple(reader.workloads())
    return Task(
        workloads=workloads,
        problems=(*parsed.problems, *reader.problems),
        unused_args=tuple(unused(text, path=path, task_args=task_args)),
    )


def _check_version(source: Source) -> None:
    """Refuse what is not format 2, before it is called a heap of unknown keys."""
    if not isinstance(source.value, dict):
        return
    version = source.value.get("version")
    if str(version) == "2":  # as Rally looks at it
        return
    found = f"version {show(version)}"
    if version is None:
        lists = (isinstance(value, list) for value in source.value.values())
        looks_old = "subtasks" not in source.value and all(lists)
        found = "a Rally task of format 1" if looks_old else "no version"
    raise PlanError(
        (
            source.problem(
                ("version",),
                f"this is {found}; write format 2 (version: 2, title, subtasks)",
            ),
        )
    )


class _Reader:
    def __init__(
        self, source: Source, parsed: Parsed[TaskDocument], pace: Pace
    ) -> None:
        self._source = source
        self._parsed = parsed
        self._pace = pace
        self.problems: list[Problem] = []

    def workloads(self) -> Iterator[Workload]:
        document = self._parsed.document
        titles: dict[str, int] = {}
        if not document.subtasks:
            self._miss(("subtasks",), "the task has no subtasks; add one")
        for index, subtask in enumerate(document.subtasks):
            keys: Keys = ("subtasks", index)
            self._check_title(subtask.title, (*keys, "title"), titles)
            yield from self._of_subtask(subtask, keys)

    def _check_title(self, title: str, keys: Keys, titles: dict[str, int]) -> None:
        if title == UNREADABLE:
            return
        if not title.strip() or not title.isprintable():
            self._complain(keys, f"title {show(title)} must be one line of text")
        elif title in titles:
            message = (
                f"a second subtask is called {show(title)} (first on line"
                f" {titles[title]}); give it another title"
            )
            self._complain(keys, message)
        titles.setdefault(title, self._source.lines.get(keys, 1))

    def _of_subtask(self, subtask: SubtaskDocument, keys: Keys) -> Iterator[Workload]:
        if (subtask.workloads is None) == (subtask.scenario is None):
            message = "a subtask has either a scenario or workloads; give one of them"
            self._miss(keys, message)
            return
        if subtask.workloads is None:
            yield from self._workload(subtask, keys, subtask.title)
            return
        for name in sorted(subtask.model_fields_set & _OF_A_WORKLOAD):
            message = f"'{name}' beside workloads applies to none; move it into them"
            self._complain((*keys, name), message)
        many = len(subtask.workloads) > 1
        for index, workload in enumerate(subtask.workloads):
            name = f"{subtask.title} #{index + 1}" if many else subtask.title
            yield from self._workload(workload, (*keys, "workloads", index), name)

    def _workload(
        self, document: WorkloadDocument, keys: Keys, name: str
    ) -> Iterator[Workload]:
        if document.hooks:
            self._complain(
                (*keys, "hooks"), "hooks are not carried out; leave them out"
            )
        if not document.scenario or len(document.scenario) != 1:
            message = "scenario names exactly one: Class.method with its arguments"
            self._miss((*keys, "scenario"), message)
            return
        times, concurrency = self._runner(document, (*keys, "runner"))
        definition = self._definition(document, keys, name)
        yield Workload(
            name=name,
            title=name,
            scenario=next(iter(document.scenario)),
            times=times,
            concurrency=concurrency,
            warm_up=self._pace.warm_up(times=times, concurrency=concurrency),
            blocks=self._pace.turns(times=times, concurrency=concurrency),
            definition=definition,
        )

    def _definition(self, document: WorkloadDocument, keys: Keys, name: str) -> str:
        """Write it as a subtask; times and concurrency are fields of their own."""
        sla = _DEFAULT_SLA if document.sla is None else document.sla
        parts = {
            "title": name,
            "scenario": document.scenario,
            "contexts": document.contexts,
            "sla": sla,
        }
        # perfcompare puts its own runner there; of the task's it keeps the timeout.
        timeout = document.runner.get("constant", {}).get("timeout")
        if timeout is not None and timeout != math.inf:
            parts["runner"] = {"constant": {"timeout": timeout}}
        try:
            return json.dumps(
                parts, sort_keys=True, separators=(",", ":"), allow_nan=False
            )
        except ValueError:
            self._complain(keys, "NaN and infinity are no JSON; write a number")
            return ""

    def _runner(self, document: WorkloadDocument, keys: Keys) -> tuple[int, int]:
        """Return times and concurrency; (1, 1) once something was reported."""
        if not document.runner:
            return 1, 1  # Rally's default: serial, once
        (kind, arguments), *more = document.runner.items()
        if more or kind not in _RUNNERS:
            supported = " and ".join(_RUNNERS)
            found = "two runners" if more else f"runner '{kind}'"
            self._complain(
                keys, f"{found}: perfcompare has {supported}; use one of them"
            )
            return 1, 1
        known = _RUNNERS[kind]
        wrong = [name for name in arguments if name not in known]
        for name in wrong:
            message = f"{kind} takes no '{name}' here; {suggest(name, known)}"
            self._complain((*keys, kind, name), message)
        self._check_timeout(arguments, (*keys, kind))
        times = self._count(arguments, "times", (*keys, kind))
        concurrency = self._count(arguments, "concurrency", (*keys, kind))
        if times and concurrency and times < concurrency:
            message = f"times {times} is less than concurrency {concurrency}; raise it"
            self._complain((*keys, kind, "times"), message)
        return times or 1, concurrency or 1

    def _check_timeout(self, arguments: Mapping[str, object], keys: Keys) -> None:
        value = arguments.get("timeout", 1)
        match value:
            case bool():
                valid = False
            case int() | float():
                valid = 0 < value < math.inf
            case _:
                valid = False
        if not valid:
            message = f"timeout is {show(value)}; give seconds, more than 0"
            self._complain((*keys, "timeout"), message)

    def _count(self, arguments: Mapping[str, object], name: str, keys: Keys) -> int:
        value = arguments.get(name, 1)
        if isinstance(value, int) and not isinstance(value, bool):
            if 1 <= value <= MAX_TIMES:
                return value
            what = f"must be from 1 to {MAX_TIMES}"
        else:
            what = "must be a whole number"
        self._complain((*keys, name), f"{name} is {show(value)}; it {what}")
        return 0

    def _miss(self, keys: Keys, message: str) -> None:
        """Complain about what is not there, unless it was wrong and taken out."""
        if not self._parsed.is_wrong_below(keys):
            self._complain(keys, message)

    def _complain(self, keys: Keys, message: str) -> None:
        self.problems.append(self._source.problem(keys, message))
