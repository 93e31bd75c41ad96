# SPDX-License-Identifier: Apache-2.0
"""Caveats: reasons to read a result with care, as values with their numbers.

Only ``__str__`` makes words of them; ``Caveat`` is the union to ``match`` on.
"""

from dataclasses import dataclass
from datetime import date

from perfcompare.model.busy_caveat import (
    BusyHost,
    MeanUndecided,
    Redistributed,
    UnseenHost,
)
from perfcompare.model.load_caveat import GeneratorBound, Saturated


@dataclass(frozen=True, slots=True, kw_only=True)
class FewRounds:
    """Too few rounds for any outcome to be decided."""

    rounds: int
    needed: int

    def __str__(self) -> str:
        """Say what would help."""
        return f"{_rounds(self.rounds)}; at least {self.needed} can show a difference"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRounds:
    """Rounds in which one of the two variants has no value."""

    rounds: tuple[int, ...]

    def __str__(self) -> str:
        """Name the rounds."""
        numbers = ", ".join(str(number) for number in self.rounds)
        return f"no value on one side in round {numbers}: left out of the pairs"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedIterations:
    """Iterations that ended in an error; latency is taken from the others."""

    variant: str
    failed: int
    total: int
    most_common: str

    def __str__(self) -> str:
        """Say how many and why."""
        return (
            f"{self.variant}: {self.failed} of {self.total} iterations failed"
            f" ({self.most_common})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """A service that did not stop on SIGTERM."""

    variant: str
    service: str
    rounds: tuple[int, ...]
    grace_seconds: float
    """The longest that it was given."""

    def __str__(self) -> str:
        """Say after how long, and how often."""
        numbers = ", ".join(str(number) for number in self.rounds)
        return (
            f"{self.variant}: {self.service} ignored SIGTERM for"
            f" {self.grace_seconds:.0f} s in round {numbers} and was killed"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OneWay:
    """Base was always measured before target."""

    def __str__(self) -> str:
        """Say what that costs."""
        return (
            "base was always measured before target: what drifted in between looks"
            " like an effect, and parity cannot be claimed"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeVisits:
    """Load was not interleaved in blocks."""

    def __str__(self) -> str:
        """Say what that costs."""
        return (
            "whole visits alternated instead of short blocks: on a restless host"
            " that is 3 to 5 times more noise"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyWhileIdle:
    """A variant used CPU while another one had the turn."""

    variant: str
    cpu_ratio: float
    """CPU seconds per second, 1 is one core."""

    def __str__(self) -> str:
        """Give the share of one core."""
        return (
            f"{self.variant} used {self.cpu_ratio:.1%} of a core while it had no turn"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FewIterations:
    """A quantile that rests on too few iterations."""

    variant: str
    iterations: int
    quantile: float

    def __str__(self) -> str:
        """Say how many lie beyond the quantile."""
        beyond = self.iterations * (1 - self.quantile)
        return (
            f"{self.variant}: about {beyond:.0f} of {self.iterations} iterations of a"
            f" round lie beyond p{self.quantile * 100:g}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WithinFloor:
    """Parity that rests on the absolute floor alone, not on the threshold."""

    floor: float
    unit: str
    """A base unit: "s", "B", ..."""
    ratio: float

    def __str__(self) -> str:
        """Say within what, in the unit that people use."""
        scale, name = {"s": (1e3, "ms"), "B": (2**-20, "MiB")}.get(
            self.unit, (1, self.unit)
        )
        return (
            f"parity because the change is below the floor of"
            f" {self.floor * scale:g} {name}; it is not shown to be within"
            f" {self.ratio:.0%}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncorrected:
    """A regression or improvement that may be chance: so many metrics were asked."""

    metrics: int
    p_adjusted: float

    def __str__(self) -> str:
        """Say what it counts as."""
        return (
            f"does not survive the correction for {self.metrics} metrics (adjusted p"
            f" {self.p_adjusted:.2g}), so it counts as undecided"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    """A condition that should be equal and is not."""

    what: str
    base: str
    target: str

    def __str__(self) -> str:
        """Show both."""
        return f"{self.what} differs: {self.base} in base, {self.target} in target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """A regression that is known, and is let pass until a day."""

    reason: str
    until: date
    where: str
    """The line that says so: "known.yaml:3"."""

    def __str__(self) -> str:
        """Say why, until when, and who said so."""
        return (
            f"known until {self.until.isoformat()}: {self.reason} ({self.where});"
            " does not fail the run"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """An acknowledgement whose day has come: the regression counts again."""

    reason: str
    until: date
    where: str

    def __str__(self) -> str:
        """Say since when it counts again."""
        return (
            f"was known until {self.until.isoformat()} ({self.reason}; {self.where})"
            " and counts again"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShamTakenOff:
    """Difference in differences: what a copy of base seemed to change is taken off."""

    effect: float
    """Of the sham on base: a ratio, or a difference in *unit*."""
    unit: str
    """A base unit for a difference; "" for a ratio."""
    rounds: int

    def __str__(self) -> str:
        """Say how much was taken off."""
        shift = f"{self.effect:+g} {self.unit}".strip()
        if not self.unit:
            shift = f"{self.effect - 1:+.1%}"
        return (
            f"a copy of base that took the same way showed {shift} in {self.rounds}"
            " rounds: the effect is what target shows beyond that"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnequalSplit:
    """Release and backend rest on other rounds than the total."""

    rounds: tuple[int, ...]
    """Those that the crossover lacks."""

    def __str__(self) -> str:
        """Say what that breaks."""
        numbers = ", ".join(str(number) for number in self.rounds)
        return (
            f"the crossover has no value in round {numbers}: release and backend do not"
            " multiply to the total exactly"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialLooks:
    """Intervals and p-values allow for the looks of a sequential experiment."""

    looks: tuple[int, ...]
    level: float
    """Two-sided, of a single look."""

    def __str__(self) -> str:
        """Name the looks and the level."""
        numbers = ", ".join(str(number) for number in self.looks)
        return (
            f"looks planned after {numbers} rounds: every interval is that of a single"
            f" look at {self.level:.2%} instead of 5 %, and so holds for all of them"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedRounds:
    """Rounds in which something moved that should not."""

    rounds: tuple[int, ...]
    reasons: tuple[str, ...]
    """One a round."""
    voided: bool

    def __str__(self) -> str:
        """Say what moved, and what became of the rounds."""
        told = "; ".join(
            f"round {number}: {reason}"
            for number, reason in zip(self.rounds, self.reasons, strict=True)
        )
        rule = (
            "voided by the plan's rule" if self.voided else "marked, and still compared"
        )
        return f"{told} ({rule})"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSteady:
    """Latency that still moved during the load: a warm-up too short, or a slowdown."""

    variant: str
    ratio: float
    """First third of the judged iterations to the last third, medians; above 1 the
    service still warmed up."""
    low: float
    high: float
    """The 95 % interval of *ratio*."""
    warm_up: int
    """Iterations before the judged ones."""

    def __str__(self) -> str:
        """Give the evidence and the remedy."""
        if self.ratio > 1:
            state = "was not warm"
            remedy = f"after {self.warm_up} of warm-up; raise warm_up_iterations"
        else:
            state = "slowed down under the load"
            remedy = "so its latencies depend on how long the load lasts"
        return (
            f"{self.variant} {state}: the first third of its iterations took"
            f" {self.ratio - 1:+.0%} against the last third (95 % interval"
            f" {self.low - 1:+.0%} to {self.high - 1:+.0%}) {remedy}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bimodal:
    """Latencies around two values: a median may jump from one to the other."""

    variant: str
    low_seconds: float
    high_seconds: float
    high_share: float
    """Of all iterations, those around the higher value."""
    rounds: int
    """In how many rounds it was seen."""

    def __str__(self) -> str:
        """Say where the two are and how many there are around the higher one."""
        return (
            f"{self.variant} is bimodal in {_rounds(self.rounds)}:"
            f" {1 - self.high_share:.0%} of iterations around"
            f" {self.low_seconds * 1000:.3g} ms, {self.high_share:.0%} around"
            f" {self.high_seconds * 1000:.3g} ms"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """Load that went past the services it was meant for."""

    variant: str
    workload: str
    loaded_ratio: float
    """CPU of the variant's services while it had the turn, 1 is one core."""
    standing_by_ratio: float
    """And while another had it."""
    most_ratio: float
    """What the same workload costs the variant that it costs most."""

    def __str__(self) -> str:
        """Say what the services used, and what others did for the same work."""
        return (
            f"the load of {self.variant} did not reach its services: under"
            f" {self.workload} they used {self.loaded_ratio:.1%} of a core"
            f" ({self.standing_by_ratio:.1%} while standing by), those of another"
            f" variant {self.most_ratio:.1%}; does the scenario name a region?"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Anything else that was seen; the words are the finder's."""

    text: str

    def __str__(self) -> str:
        """Give the words."""
        return self.text


Caveat = (
    FewRounds
    | MissingRounds
    | FailedIterations
    | Killed
    | OneWay
    | WholeVisits
    | BusyWhileIdle
    | FewIterations
    | WithinFloor
    | Uncorrected
    | Differs
    | Acknowledged
    | Expired
    | ShamTakenOff
    | UnequalSplit
    | SequentialLooks
    | MarkedRounds
    | NotSteady
    | Bimodal
    | Unreached
    | BusyHost
    | UnseenHost
    | Redistributed
    | MeanUndecided
    | Saturated
    | GeneratorBound
    | Note
)


def _rounds(count: int) -> str:
    return "1 round" if count == 1 else f"{count} rounds"
