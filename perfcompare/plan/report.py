# SPDX-License-Identifier: Apache-2.0
"""The list that problems are put on while a plan is resolved."""

from collections.abc import Iterable

from perfcompare.model.errors import PlanError, Problem
from perfcompare.plan.positions import Keys, Source


class Problems:
    """Everything that is wrong so far; raised together at the end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._found: list[Problem] = []

    def add(self, keys: Keys, message: str) -> None:
        """Note what is wrong with the value at *keys* of the plan."""
        self._found.append(self._source.problem(keys, message))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note what is wrong elsewhere."""
        self._found.extend(problems)

    def error(self) -> PlanError:
        """Return one error with every problem, by file and line."""
        return PlanError(tuple(sorted(set(self._found), key=self._place)))

    def raise_if_any(self) -> None:
        """Raise it, unless nothing is wrong."""
        if self._found:
            raise self.error()

    def _place(self, problem: Problem) -> tuple[bool, str, int, str]:
        elsewhere = problem.path != self._source.path
        return (elsewhere, problem.path, problem.line or 0, problem.message)
