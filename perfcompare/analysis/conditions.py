# SPDX-License-Identifier: Apache-2.0
"""What should not move in a round, and whether it did: steal, others, controls.

Three rules with fixed limits mark a round.  None of them looks at what is judged, so
leaving marked rounds out cannot favour a verdict (docs/decisions/0008).
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from perfcompare.analysis.resources import (
    grown,
    growth_between,
    of_owner,
    windows_of,
)
from perfcompare.model.caveat import MarkedRounds
from perfcompare.model.judgement import RoundCondition
from perfcompare.model.metric import Sample
from perfcompare.model.target import HOST, OTHERS, STEAL
from perfcompare.model.visit import Phase, Visit

STEAL_RATIO = 0.02
"""Of all CPU time of the host.  It was 0.000 on every calm virtual machine measured;
where two fifths of the CPUs are busy, 2 % of all is half of p50's threshold."""

OTHERS_CORES = 0.25
OTHERS_RATIO = 0.05
"""What others may use: a quarter of a core, or on large hosts so much of all CPUs."""

MOVED = 1.5
"""A control's CPU per iteration beside the other rounds.  CPU seconds of equal work
wander with an sd of 5 to 19 % (virtual machines): by this much nearly never."""

MOVED_SPREADS = 5.0
"""So many robust standard deviations of the other rounds as well.  Together the two
mark any of 6 rounds in 0.1 % of runs whose controls wander by 10 %, in 4 % at 15 %."""

LEAST_ROUNDS = 4
"""With fewer there is no saying which of them is the odd one."""

LEAST_CPU_SECONDS = 0.1
"""Of a control in the blocks of one round: the kernel counts in steps of 10 ms."""

# Of normal data the sd is 1.4826 median absolute deviations: P. J. Rousseeuw, C. Croux
# (1993), "Alternatives to the Median Absolute Deviation", JASA 88, 1273-1283.
_MAD_TO_SD = 1.4826

# ln of a control's cost over its median, by control and variant, then by round.
_Shifts = dict[tuple[str, str], dict[int, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostUse:
    """CPU seconds that were not ours while one visit was under load."""

    round: int
    load_seconds: float
    steal_seconds: float | None
    """None where nobody looked."""
    others_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlCost:
    """What one iteration of a workload costs a control, round by round."""

    sample: Sample
    """CPU seconds per iteration."""
    iterations: float
    """In the blocks of one round, on average."""


def host_use(visit: Visit, readings: pd.DataFrame) -> HostUse:
    """Read off what others got of the host's CPUs during the blocks of a visit."""
    blocks = windows_of(visit, Phase.LOAD)
    spans = [(block.started_at, block.ended_at) for block in blocks]
    parts = of_owner(readings, HOST)

    def used(service: str) -> float | None:
        if not spans or service not in parts:
            return None
        counter = grown(parts[service], "cpu_seconds")
        return sum(growth_between(counter, *span) for span in spans)

    return HostUse(
        round=visit.round,
        load_seconds=sum(end - start for start, end in spans),
        steal_seconds=used(STEAL),
        others_seconds=used(OTHERS),
    )


def round_conditions(
    uses: Sequence[HostUse],
    costs: Sequence[ControlCost],
    *,
    cores: int | None,
    void: bool,
) -> tuple[RoundCondition, ...]:
    """Judge what should not move, round by round.

    Args:
        uses: One a visit.
        costs: One a control, workload and variant.
        cores: Of the host; None when unknown: then nothing is said of steal.
        void: Marked rounds shall be left out of every comparison; they are not where
            that would be more than half of them.

    Returns:
        One a round, ascending; () where nobody watched the host or a control.
    """
    watched = [use for use in uses if use.steal_seconds is not None]
    watched += [use for use in uses if use.others_seconds is not None]
    if not watched and not costs:
        return ()
    moved = _moved_controls(costs)
    found = []
    for number in sorted({use.round for use in uses}):
        own = [use for use in uses if use.round == number]
        steal = _share([(use.steal_seconds, use.load_seconds) for use in own])
        others = _share([(use.others_seconds, use.load_seconds) for use in own])
        steal = None if steal is None or cores is None else steal / cores
        reasons = (*_of_host(steal, others, cores=cores), *moved.get(number, ()))
        found.append(
            RoundCondition(
                round=number,
                steal_ratio=steal,
                others_ratio=others,
                reasons=reasons,
                voided=False,
            )
        )
    return _voided(found) if void else tuple(found)


def marked_rounds(conditions: Sequence[RoundCondition]) -> tuple[MarkedRounds, ...]:
    """Return what is to be said of the run: () where no round is marked."""
    marked = [one for one in conditions if one.reasons]
    if not marked:
        return ()
    return (
        MarkedRounds(
            rounds=tuple(one.round for one in marked),
            reasons=tuple(", ".join(one.reasons) for one in marked),
            voided=any(one.voided for one in marked),
        ),
    )


def without(samples: Sequence[Sample], rounds: Collection[int]) -> tuple[Sample, ...]:
    """Leave *rounds* out; what has no other round is no sample any more."""
    kept = []
    for sample in samples:
        pairs = [
            (number, value)
            for number, value in zip(sample.rounds, sample.values, strict=True)
            if number not in rounds
        ]
        if pairs:
            numbers, values = zip(*pairs, strict=True)
            kept.append(replace(sample, rounds=numbers, values=values))
    return tuple(kept)


def _share(parts: Sequence[tuple[float | None, float]]) -> float | None:
    """Return CPU seconds per second, over the visits that know them."""
    known = [(used, seconds) for used, seconds in parts if used is not None]
    seconds = sum(each for _, each in known)
    return sum(used for used, _ in known) / seconds if seconds > 0 else None


def _of_host(
    steal: float | None, others: float | None, *, cores: int | None
) -> Iterator[str]:
    if steal is not None and steal > STEAL_RATIO:
        yield f"the hypervisor gave {steal:.1%} of the CPU time to others"
    if others is not None and others > max(OTHERS_CORES, OTHERS_RATIO * (cores or 0)):
        yield f"others used {others:.2f} of a core"


def _voided(conditions: Sequence[RoundCondition]) -> tuple[RoundCondition, ...]:
    marked = sum(bool(one.reasons) for one in conditions)
    if 2 * marked <= len(conditions):
        return tuple(replace(one, voided=bool(one.reasons)) for one in conditions)
    reason = f"not voided, as {marked} of {len(conditions)} rounds are marked"
    return tuple(
        replace(one, reasons=(*one.reasons, reason)) if one.reasons else one
        for one in conditions
    )


def _moved_controls(costs: Sequence[ControlCost]) -> Mapping[int, list[str]]:
    """Return why rounds are marked by what their controls cost."""
    shifts = _shifts(costs)
    reasons: dict[int, list[str]] = defaultdict(list)
    for control in dict.fromkeys(name for name, _ in shifts):
        own = {
            variant: by_round
            for (name, variant), by_round in shifts.items()
            if name == control
        }
        for number in sorted({each for one in own.values() for each in one}):
            factors = {
                variant: factor
                for variant, by_round in own.items()
                if (factor := _moved(by_round, number)) is not None
            }
            if factors:
                reasons[number].append(_told(control, factors, everywhere=len(own)))
    return reasons


def _told(control: str, factors: Mapping[str, float], *, everywhere: int) -> str:
    factor = math.exp(float(np.median(np.log(list(factors.values())))))
    whom = "" if len(factors) == everywhere else f" for {' and '.join(factors)}"
    return (
        f"{control} cost {factor:.2g} times as much CPU per iteration{whom} as in the"
        " other rounds"
    )


def _shifts(costs: Sequence[ControlCost]) -> _Shifts:
    """Return what each control cost each variant, the median over workloads."""
    found: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for cost in costs:
        values = np.array(cost.sample.values)
        usual = float(np.median(values))
        if usual * cost.iterations < LEAST_CPU_SECONDS:
            continue
        place = found[cost.sample.key.service, cost.sample.variant]
        for number, value in zip(cost.sample.rounds, cost.sample.values, strict=True):
            # One that did nothing at all moved as far as can be told by 10 ms.
            least = 0.01 / cost.iterations
            place[number].append(math.log(max(value, least) / usual))
    return {
        place: {number: float(np.median(each)) for number, each in by_round.items()}
        for place, by_round in found.items()
    }


def _moved(shifts: Mapping[int, float], number: int) -> float | None:
    """Return the factor by which round *number* differs from the others, if too far."""
    if number not in shifts or len(shifts) < LEAST_ROUNDS:
        return None
    others = np.array([shift for each, shift in shifts.items() if each != number])
    center = float(np.median(others))
    spread = _MAD_TO_SD * float(np.median(np.abs(others - center)))
    shift = shifts[number] - center
    if abs(shift) <= max(math.log(MOVED), MOVED_SPREADS * spread):
        return None
    return math.exp(shift)
