# SPDX-License-Identifier: Apache-2.0
"""Anybody's numbers as samples: the CSV that ``compare --samples`` judges.

One line is one value of one metric in one variant and round, in base units; our own
samples.csv is such a file.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from perfcompare.model.errors import PlanError, Problem
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Unit
from perfcompare.model.variant import VariantName

REQUIRED = ("workload", "metric", "unit", "better", "variant", "round", "value")
OPTIONAL = ("action", "service")
MAX_BYTES = 256 * 1024 * 1024
SHOWN = 20
"""Problems that one error lists; a wrong export is wrong on every line."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ROUND = re.compile(r"[0-9]{1,9}")

_Names = tuple[str, str, str, str]
"""Workload, action, service and metric."""
_Choice = TypeVar("_Choice", bound=StrEnum)


class _WrongLineError(ValueError):
    """What is wrong with one line."""


def read_samples(path: Path) -> tuple[Sample, ...]:
    """Read *path*, one sample for each metric and variant, in order of appearance.

    Raises:
        PlanError: With the first problems of it, and how many more there are.
    """
    collected = _Collector()
    problems: list[Problem] = []
    for line, values in _records(path, _text(path), problems):
        try:
            collected.add(line, values)
        except _WrongLineError as error:
            problems.append(Problem(path=str(path), line=line, message=str(error)))
    if problems:
        raise PlanError(_cut(problems))
    if not collected.values:
        raise _refuse(path, 1, "holds no values below a header; add lines")
    return tuple(collected.samples())


class _Collector:
    """Sorts the values of lines into samples."""

    def __init__(self) -> None:
        self.values: dict[tuple[MetricKey, str], dict[int, float]] = {}
        self._lines: dict[tuple[MetricKey, str, int], int] = {}
        self._metrics: dict[_Names, tuple[Metric, int]] = {}

    def add(self, line: int, values: Mapping[str, str]) -> None:
        key = _key(values)
        self._check_metric(line, key)
        variant = _choice("variant", values["variant"], VariantName)
        number = _round(values["round"])
        value = _value(values["value"])
        first = self._lines.setdefault((key, variant, number), line)
        if first != line:
            raise _WrongLineError(
                f"a second value for {str(key)!r} in {variant}, round {number}"
                f" (first on line {first}); keep one"
            )
        self.values.setdefault((key, variant), {})[number] = value

    def samples(self) -> Iterator[Sample]:
        for (key, variant), values in self.values.items():
            rounds = tuple(sorted(values))
            yield Sample(
                key=key,
                variant=variant,
                rounds=rounds,
                values=tuple(values[number] for number in rounds),
            )

    def _check_metric(self, line: int, key: MetricKey) -> None:
        """Refuse one metric in two units or directions: it would never be paired."""
        names = (key.workload, key.action, key.service, key.metric.name)
        metric, first = self._metrics.setdefault(names, (key.metric, line))
        if metric != key.metric:
            raise _WrongLineError(
                f"{str(key)!r} is in {key.metric.unit}, {key.metric.better} is better;"
                f" on line {first} it is in {metric.unit}, {metric.better}; make them"
                " equal"
            )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _refuse(path, None, f"cannot be read: {reason}") from error
    if len(content) > MAX_BYTES:
        raise _refuse(path, None, f"is larger than {MAX_BYTES} bytes; split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wrong = content[error.start]
        message = f"byte 0x{wrong:02x} is not UTF-8; save the file as UTF-8"
        raise _refuse(path, line, message) from error


def _records(
    path: Path, text: str, problems: list[Problem]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the line on which a record begins, and its values by column."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    line = 1
    try:
        for values in reader:
            if values and not header:
                header = [name.strip() for name in values]
                _check_header(path, line, header)
            elif values and len(values) != len(header):
                message = (
                    f"{len(values)} columns, and the header has {len(header)}; is the"
                    " line cut off, or a comma in a number?"
                )
                problems.append(Problem(path=str(path), line=line, message=message))
            elif values:
                stripped = (value.strip() for value in values)
                yield line, dict(zip(header, stripped, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        message = f"not CSV: {error}; check the quotes"
        problems.append(Problem(path=str(path), line=line, message=message))


def _check_header(path: Path, line: int, header: Sequence[str]) -> None:
    known = (*REQUIRED, *OPTIONAL)
    wrong = [f"no column '{name}'" for name in REQUIRED if name not in header]
    wrong += [
        f"unknown column {name!r}{_close(name, known)}"
        for name in header
        if name not in known
    ]
    wrong += [
        f"column '{name}' stands twice"
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]
    if wrong:
        message = f"{'; '.join(wrong)}; the header is {','.join(REQUIRED)}"
        raise _refuse(path, line, f"{message}, and if need be {','.join(OPTIONAL)}")


def _key(values: Mapping[str, str]) -> MetricKey:
    workload, service = values["workload"], values.get("service", "")
    if not values["metric"]:
        raise _WrongLineError("metric is empty; name it")
    if not workload and not service:
        raise _WrongLineError("workload is empty; name it (or a service)")
    return MetricKey(
        workload=workload,
        action=values.get("action", ""),
        service=service,
        metric=Metric(
            name=values["metric"],
            unit=_choice("unit", values["unit"], Unit),
            better=_choice("better", values["better"], Better),
        ),
    )


def _choice(column: str, value: str, choices: type[_Choice]) -> _Choice:
    try:
        return choices(value)
    except ValueError:
        known = ", ".join(choices)
        raise _WrongLineError(
            f"unknown {column} {value!r}; write one of {known}"
        ) from None


def _round(text: str) -> int:
    if not _ROUND.fullmatch(text) or int(text) == 0:
        raise _WrongLineError(f"round is {text!r}; write a whole number from 1")
    return int(text)


def _value(text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise _WrongLineError(f"value is {text!r}; write a finite number, as 0.125")
    if value < 0:
        raise _WrongLineError(
            f"value is {text}; durations, sizes, counts and rates are not negative"
        )
    return value


def _close(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _cut(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Keep the first of *problems*, in order of lines, and count the others."""
    ordered = sorted(problems, key=lambda problem: problem.line or 0)
    if len(ordered) <= SHOWN:
        return tuple(ordered)
    more = f"and {len(ordered) - SHOWN} more problems"
    return (
        *ordered[:SHOWN],
        Problem(path=ordered[0].path, line=None, message=more),
    )


def _refuse(path: Path, line: int | None, message: str) -> PlanError:
    return PlanError((Problem(path=str(path), line=line, message=message),))
