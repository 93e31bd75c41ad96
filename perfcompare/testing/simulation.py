# SPDX-License-Identifier: Apache-2.0
"""Simulated services whose truth is known, for asking how often a rule is wrong.

A visit is 200 calls of about 100 ms: a log-normal body (sd 0.25) with a memory of one
call (AR(1), 0.2), of which about 5 % are slow by a Pareto factor (shape 2.5), so that
p95 is 1.7 times p50 and p99 3.1 times.  On top of that, as factors:

===================  =====================================================
shared by a round    the speed of its node (where the layout shares nodes)
of one visit         the start of the variant, the share of slow calls, the
                     drift of its slot, a neighbour on the host
===================  =====================================================

So what a round shares is the node alone: drift and neighbours hit whole visits, which
is the harder case.  Where blocks alternate they would hit both sides alike.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from perfcompare.analysis.metrics import QUANTILES

Floats = NDArray[np.float64]

ITERATIONS = 200
"""Of a visit, as a plan has by default."""

_TYPICAL_SECONDS = 0.1
_BODY_SD = 0.25
_MEMORY = 0.2
_SLOW_SHARE = 0.05
_LARGEST_SLOW_SHARE = 0.5
_SLOW_SHAPE = 2.5
# With this p95 / p50 is 1.70 and p99 / p50 is 3.1.
_SLOW_FACTOR = 1.55
_NEIGHBOUR = (1.1, 1.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """How restless the hosts are; standard deviations are of logarithms."""

    name: str
    node_sd: float
    """Between nodes."""
    start_sd: float
    """Between starts of one variant on one node."""
    start_degrees: int | None
    """Of the Student's t that starts are drawn from, with that sd; None: normal."""
    slow_share_sd: float
    """Of the share of slow calls, between visits."""
    drift_per_slot: float
    """What each visit of a run is slower than the one before, as a logarithm."""
    walk_sd: float
    """Of the random part of that."""
    neighbours: float
    """The share of visits that something on the host slows by 10 to 60 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a run is laid out."""

    rounds: int
    workloads: int
    """They share nodes, slots, neighbours and half of the variance of a start."""
    shared_nodes: bool
    """Both sides of a round on one node, as perfcompare measures; otherwise each visit
    is a job that lands on a node of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """The truth: what is different about target, as factors."""

    duration: float
    """Of every call."""
    slow_share: float
    """Of how many calls are slow: the tail grows and the median hardly moves."""


UNCHANGED = Shift(duration=1.0, slow_share=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """One value a visit; the axes are repetition, workload, round."""

    base: Floats
    target: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Durations in seconds; the axes are repetition, workload, round, iteration."""

    base: Floats
    target: Floats

    def metric(self, name: str) -> Values:
        """Reduce each visit to the metric *name*: the mean, or a quantile."""
        if name == "mean":
            return Values(
                base=self.base.mean(axis=-1), target=self.target.mean(axis=-1)
            )
        return self.quantile(QUANTILES[name])

    def quantile(self, probability: float) -> Values:
        """Reduce each visit to a quantile, as perfcompare does."""
        return Values(
            base=np.quantile(self.base, probability, axis=-1),
            target=np.quantile(self.target, probability, axis=-1),
        )


LAB = Environment(
    name="lab",
    node_sd=0.02,
    start_sd=0.02,
    start_degrees=None,
    slow_share_sd=0.2,
    drift_per_slot=0.0,
    walk_sd=0.0,
    neighbours=0.0,
)
CI = replace(LAB, name="ci", node_sd=0.08, start_sd=0.03, slow_share_sd=0.3)
NOISY = replace(LAB, name="noisy", node_sd=0.15, start_sd=0.06, slow_share_sd=0.4)

ENVIRONMENTS: Mapping[str, Environment] = MappingProxyType(
    {
        one.name: one
        for one in (
            LAB,
            CI,
            NOISY,
            replace(CI, name="ci, drift 1 %", drift_per_slot=0.01),
            replace(CI, name="ci, drift 2 %", drift_per_slot=0.02),
            replace(CI, name="ci, random walk", walk_sd=0.02),
            replace(CI, name="ci, drift and walk", drift_per_slot=0.01, walk_sd=0.02),
            replace(CI, name="ci, heavy tails", start_degrees=3),
            replace(CI, name="ci, neighbours", neighbours=0.08),
        )
    }
)


def simulate(
    environment: Environment,
    layout: Layout,
    *,
    shift: Shift,
    repetitions: int,
    random: np.random.Generator,
) -> Runs:
    """Measure a service *repetitions* times."""
    speeds = _speeds(environment, layout, repetitions, random)
    sides = []
    for side, truth in enumerate((UNCHANGED, shift)):
        shape = (repetitions, layout.workloads, layout.rounds)
        level = speeds[:, np.newaxis, :, side] + _starts(environment, shape, random)
        shares = random.lognormal(0.0, environment.slow_share_sd, shape)
        shares *= _SLOW_SHARE * truth.slow_share
        slow = _slow_factors(np.minimum(shares, _LARGEST_SLOW_SHARE), random)
        typical = _TYPICAL_SECONDS * truth.duration * np.exp(level)
        body = np.exp(_BODY_SD * _remembering((*shape, ITERATIONS), random))
        sides.append(typical[..., np.newaxis] * body * slow)
    return Runs(base=sides[0], target=sides[1])


def memory(
    *, shift: float, rounds: int, repetitions: int, random: np.random.Generator
) -> Values:
    """Measure the memory of a service: 500 MiB, and visits agree within half a percent.

    It comes in whole pages, so rounds can agree exactly.
    """
    page = 4096.0
    shape = (repetitions, 1, rounds)
    base, target = (
        np.round(size * 2**20 * random.lognormal(0.0, 0.005, shape) / page) * page
        for size in (500.0, 500.0 * shift)
    )
    return Values(base=base, target=target)


def base_is_second(index: int) -> bool:
    """Tell whether base has the second slot of round *index* (from 0).

    A B, B A, B A, A B, …: the balanced order of an experiment of two variants.
    """
    return (index // 2 + index) % 2 == 1


def _speeds(
    environment: Environment,
    layout: Layout,
    repetitions: int,
    random: np.random.Generator,
) -> Floats:
    """Return what all workloads of a visit share: repetition, round, side."""
    shape = (repetitions, layout.rounds, 2)
    nodes = random.normal(0.0, environment.node_sd, shape)
    if layout.shared_nodes:
        nodes[..., 1] = nodes[..., 0]
    steps = environment.drift_per_slot + environment.walk_sd * random.normal(
        0.0, 1.0, (repetitions, 2 * layout.rounds)
    )
    slots = np.cumsum(steps, axis=1).reshape(shape)
    second = [base_is_second(index) for index in range(layout.rounds)]
    slots[:, second] = slots[:, second, ::-1]
    disturbed = random.random(shape) < environment.neighbours
    neighbours = np.where(disturbed, np.log(random.uniform(*_NEIGHBOUR, shape)), 0.0)
    return nodes + slots + neighbours


def _starts(
    environment: Environment,
    shape: tuple[int, int, int],
    random: np.random.Generator,
) -> Floats:
    """Return the luck of each start: half common to all workloads, half their own."""
    repetitions, workloads, rounds = shape
    common = _unit(environment.start_degrees, (repetitions, 1, rounds), random)
    if workloads == 1:
        return environment.start_sd * common
    own = _unit(environment.start_degrees, shape, random)
    return environment.start_sd * math.sqrt(0.5) * (common + own)


def _unit(
    degrees: int | None, shape: tuple[int, ...], random: np.random.Generator
) -> Floats:
    """Draw with a standard deviation of 1."""
    if degrees is None:
        return random.normal(0.0, 1.0, shape)
    # The variance of Student's t is n / (n - 2).
    return random.standard_t(degrees, shape) * math.sqrt((degrees - 2) / degrees)


def _slow_factors(shares: Floats, random: np.random.Generator) -> Floats:
    """Return 1 for most calls, and for a share of each visit how slow they are."""
    shape = (*shares.shape, ITERATIONS)
    factors = np.ones(shape)
    slow = random.random(shape) < shares[..., np.newaxis]
    drawn = 1 + random.pareto(_SLOW_SHAPE, int(slow.sum()))
    factors[slow] = _SLOW_FACTOR * drawn
    return factors


def _remembering(shape: tuple[int, ...], random: np.random.Generator) -> Floats:
    """Draw stationary AR(1) series of standard deviation 1 along the last axis."""
    steps = random.normal(0.0, 1.0, shape)
    fresh = math.sqrt(1 - _MEMORY**2)
    steps[..., 1:] *= fresh
    series: Floats = lfilter([1.0], [1.0, -_MEMORY], steps, axis=-1)
    return series
