# SPDX-License-Identifier: Apache-2.0
"""What judging a run comes to: all that a report may show."""

from dataclasses import dataclass

from perfcompare.model.caveat import Caveat
from perfcompare.model.comparison import Comparison
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.upgrade import Upgrade
from perfcompare.model.visit import ProcessEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantFacts:
    """What a report says about one variant."""

    name: str
    release: str
    backend: str
    packages: tuple[str, ...]
    """``name==version``, sorted; () when unknown (imported results)."""
    evidence: tuple[ProcessEvidence, ...]
    """Of the last round."""
    config: tuple[tuple[str, str], ...]
    """Effective configuration: file → text, secrets redacted."""
    environment: tuple[tuple[str, str], ...]
    """Toggles that were set for the services."""
    python: str
    """The interpreter of the services: "CPython 3.11.7"; "" when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The durations of one workload in one variant, all rounds, as quantiles."""

    workload: str
    action: str
    variant: str
    iterations: int
    probabilities: tuple[float, ...]
    durations_seconds: tuple[float, ...]
    """Parallel to *probabilities*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One quantity of one service over a visit, aligned on the start of idle."""

    service: str
    variant: str
    round: int
    quantity: str
    """pss_bytes, threads or cpu_ratio."""
    seconds: tuple[float, ...]
    values: tuple[float, ...]
    """Parallel to *seconds*; summed over the process tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseMark:
    """Where a phase begins in the curves (median over rounds)."""

    variant: str
    phase: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What a report says about the run as a whole."""

    title: str
    project: str
    started_at: float | None
    ended_at: float | None
    rounds_done: int
    rounds_planned: int
    interleaved: bool
    one_way: bool
    """Base was always measured before target."""
    variants: tuple[VariantFacts, ...]
    controls: tuple[str, ...]
    """Services that are watched but not compared: database, broker, keystone."""
    upgrade: Upgrade | None
    host: tuple[tuple[str, str], ...]
    """Label → value, in the order to show."""
    generator_packages: tuple[str, ...]
    """Of the environment that drove the load."""
    reproduce: str
    """The command that measures this again."""
    perfcompare_version: str
    """That measured it; "" when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A run, judged."""

    facts: RunFacts
    comparisons: tuple[Comparison, ...]
    """Worst first."""
    caveats: tuple[Caveat, ...]
    """About the run as a whole."""
    distributions: tuple[Distribution, ...]
    curves: tuple[Curve, ...]
    marks: tuple[PhaseMark, ...]
    exit_status: ExitStatus
