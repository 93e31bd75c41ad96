# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, named by what the caller can do about it.

::

    PerfcompareError          the only thing `cli` catches
    ├ PlanError               the user can fix it: path, line, problem    → 2
    ├ ExperimentError         measuring failed; says phase and round      → 4
    │ ├ DeploymentError       the service did not reach its phase
    │ ├ WorkloadError         the load did not run, or its output is unreadable
    │ └ SamplingError         there was nothing to watch
    ├ StoreError              a run directory cannot be read              → 2
    │ └ SchemaVersionError    written by a newer perfcompare
    └ NotComparableError      two samples do not measure the same thing   → 2
"""

from dataclasses import dataclass

from perfcompare.model.exit_status import ExitStatus


class PerfcompareError(Exception):
    """The base of everything that perfcompare raises on purpose."""

    exit_status = ExitStatus.USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a file that a person wrote."""

    path: str
    line: int | None
    """1 is the first line; None where the file as a whole is meant."""
    message: str

    def __str__(self) -> str:
        """Write ``file:line: message`` as compilers do."""
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.message}"


class PlanError(PerfcompareError):
    """A plan, task or input file is wrong; carries every problem at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class ExperimentError(PerfcompareError):
    """Measuring failed; what was measured before stays readable."""

    exit_status = ExitStatus.EXPERIMENT_FAILED


class DeploymentError(ExperimentError):
    """The service did not reach its phase."""


class WorkloadError(ExperimentError):
    """The load did not run, or its output cannot be read."""


class SamplingError(ExperimentError):
    """There was nothing to watch."""


class StoreError(PerfcompareError):
    """A run directory cannot be read."""


class SchemaVersionError(StoreError):
    """The run was written by a newer perfcompare."""


class NotComparableError(PerfcompareError):
    """Two samples do not measure the same thing."""
