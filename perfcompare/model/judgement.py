# SPDX-License-Identifier: Apache-2.0
"""What judging a run comes to: all that a report may show."""

from dataclasses import dataclass
from enum import StrEnum

from perfcompare.model.agreement import Agreement
from perfcompare.model.caveat import Caveat
from perfcompare.model.comparison import Comparison
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.failure import Failure
from perfcompare.model.metric import MetricKey
from perfcompare.model.occupancy import Occupancy
from perfcompare.model.shape import Shape
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
    """One quantity of one service or control over a visit, on the run's shared axis."""

    service: str
    variant: str
    """Whose visit it was; a control serves every variant in turn."""
    round: int
    quantity: str
    """pss_bytes, threads, cpu_ratio (1 is one core) or switches_per_second."""
    seconds: tuple[float, ...]
    """On the shared axis (see `PhaseMark`), the same in every curve of a run."""
    values: tuple[float, ...]
    """Parallel to *seconds*, summed over the process tree; NaN where the visit has no
    such phase or nobody looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseMark:
    """Where a phase of a workload lies on the axis that all curves of a run share.

    The axis has only the time in which a variant had the turn, and each phase is
    stretched to the median of what it took over all visits of all variants: the same
    second is the same point of the visit in every curve.
    """

    phase: str
    workload: str
    """"" in idle and settle."""
    seconds: float
    """Its begin, from the begin of the first phase."""
    duration_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMemory:
    """What one process of a service's tree holds, or several that do the same.

    Of each round its two looks at which the whole tree was at its idle median and at
    its peak, so that the processes add up to what is judged; medians over rounds.
    """

    service: str
    variant: str
    role: str
    """Its place in the tree: "main process", "child 2", "child 2.1", "children"."""
    title: str
    """What it calls itself, without paths and options; "" when unknown."""
    processes: int
    rounds: int
    """In which it was seen."""
    pss_idle_bytes: float | None
    """None where it was not there yet, or nobody looked."""
    pss_peak_bytes: float | None
    """None where it had gone by then."""
    threads_peak: float | None
    """Threads at the same look as *pss_peak_bytes*."""


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
    plan: str
    """As it was resolved when the run began, as JSON; "" when unknown."""
    perfcompare_version: str
    """That measured it; "" when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCalibration:
    """How one metric fared when nothing differed."""

    key: MetricKey
    comparisons: int
    false_verdicts: int
    """Regressions and improvements among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The run's own false-alarm evidence: judged again where nothing differs.

    Each variant's own rounds, or the halves of its blocks, were relabelled base and
    target and judged by the very same code and thresholds.
    """

    comparisons: int
    false_verdicts: int
    """Regressions and improvements among *comparisons*."""
    families: int
    """Relabelled runs: all primary metrics of one variant under one relabelling."""
    false_alarms: int
    """Those of *families* whose exit status would have been a regression."""
    variants: tuple[str, ...]
    metrics: tuple[MetricCalibration, ...]
    """Most false verdicts first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """How much of the error rate a sequential experiment has spent on its looks."""

    planned: tuple[int, ...]
    """Numbers of rounds after which it looks."""
    done: tuple[int, ...]
    alpha: float
    """The error rate of the whole experiment, two-sided: 0.05."""
    level: float
    """The two-sided level of each single look."""
    spent: float
    """The chance that any of the looks *done* raises a false verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundCondition:
    """What was seen in one round of things that should not move."""

    round: int
    steal_ratio: float | None
    """Of all CPU time of the host during the load; None where nobody looked."""
    others_ratio: float | None
    """CPU that others used during the load, 1 is one core."""
    reasons: tuple[str, ...]
    """Why the round is marked, each with its numbers; () when it is not."""
    voided: bool
    """Left out of every comparison, by the plan's rule."""


class DifferenceKind(StrEnum):
    """What differs between variants."""

    PYTHON = "python"
    PACKAGE = "package"
    OPTION = "option"
    ENVIRONMENT = "environment"


class Suspicion(StrEnum):
    """How likely a difference is to explain a change of what was measured."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not the same in every variant."""

    kind: DifferenceKind
    name: str
    """A package, a variable, or ``file: [section] option``."""
    values: tuple[str | None, ...]
    """One a variant, in the order of `RunFacts.variants`; None where it is absent."""
    suspicion: Suspicion
    why: str
    """What it is known to do, or why it is suspected; "" for a mere difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A run, judged."""

    facts: RunFacts
    comparisons: tuple[Comparison, ...]
    """Worst first."""
    caveats: tuple[Caveat, ...]
    """About the run as a whole."""
    shapes: tuple[Shape, ...]
    """One a workload and contrast; () where only values are known."""
    occupancy: tuple[Occupancy, ...]
    """By workload and variant; () where only values are known."""
    agreements: tuple[Agreement, ...]
    """Of the primary times; () where only values are known."""
    distributions: tuple[Distribution, ...]
    curves: tuple[Curve, ...]
    marks: tuple[PhaseMark, ...]
    """Ascending; () where there are no curves."""
    memory: tuple[ProcessMemory, ...]
    """By service and place in the tree; the variants of a process side by side."""
    calibration: Calibration | None
    """None where there are too few rounds to split."""
    spending: Spending | None
    """None where the number of rounds was fixed."""
    conditions: tuple[RoundCondition, ...]
    """One a round; () where nobody watched (samples, imported results)."""
    differences: tuple[Difference, ...]
    """Between the variants, most suspicious first."""
    failure: Failure | None
    """What ended the experiment; None unless it failed."""
    exit_status: ExitStatus
