# SPDX-License-Identifier: Apache-2.0
"""Latency distributions: all rounds of a workload in one variant, as quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perfcompare.analysis.intervals import Floats
from perfcompare.model.judgement import Distribution

PROBABILITIES: tuple[float, ...] = tuple(step / 200 for step in range(201))

KEPT = 1000
"""Durations that are kept of one visit: 8 kB a workload, whatever it measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The durations of one visit, thinned where there are too many."""

    durations_seconds: Floats
    """Ascending, at most KEPT."""
    iterations: int
    """How many these stand for."""


def part_of(durations_seconds: Floats) -> Part:
    """Keep at most KEPT of the durations, in any order, evenly spaced in rank."""
    count = len(durations_seconds)
    kept = np.sort(durations_seconds)
    if count > KEPT:
        kept = np.interp(np.linspace(0, count - 1, KEPT), np.arange(count), kept)
    return Part(durations_seconds=kept, iterations=count)


def distribution(
    parts: Sequence[Part], *, workload: str, action: str, variant: str
) -> Distribution:
    """Pool at least one part; each duration weighs as many as it stands for."""
    durations = np.concatenate([part.durations_seconds for part in parts])
    weights = np.concatenate(
        [
            np.full(len(part.durations_seconds), part.iterations)
            / len(part.durations_seconds)
            for part in parts
        ]
    )
    order = np.argsort(durations, kind="stable")
    durations, weights = durations[order], weights[order]
    # With equal weights rank i of n lies at i / (n - 1), as numpy's "linear" has it.
    ranks = np.cumsum(weights) - weights
    places = ranks / (ranks[-1] or 1.0)
    quantiles = np.interp(PROBABILITIES, places, durations)
    return Distribution(
        workload=workload,
        action=action,
        variant=variant,
        iterations=sum(part.iterations for part in parts),
        probabilities=PROBABILITIES,
        durations_seconds=tuple(float(value) for value in quantiles),
    )
