# SPDX-License-Identifier: Apache-2.0
"""One visit as two: the halves of its blocks, between which nothing differs."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfcompare.analysis.loads import Ints, Load
from perfcompare.analysis.metrics import METRICS, QUANTILES
from perfcompare.model.metric import MetricKey
from perfcompare.model.visit import Phase

Pair = tuple[float, float]

_METRICS = ("p50", "p90", "p95")
"""Quantiles; the mean and the error rate of both halves come with them."""


def half_values(
    loaded: Sequence[Load], iterations: pd.DataFrame
) -> dict[MetricKey, Pair]:
    """Reduce each half of a visit's blocks to one value per metric.

    Blocks 1, 4, 5, 8, 9, ... are one half and 2, 3, 6, 7, ... the other: a drift
    weighs as much in both.  Whole iterations only; nothing for a workload of one
    block, nor where a half has no success.

    Args:
        loaded: The visit's.
        iterations: The frame they are from.
    """
    failures = _failed_blocks(iterations) if any(one.failed for one in loaded) else {}
    nothing: Ints = np.array([], dtype=np.int64)
    return {
        _key(name, load.workload): pair
        for load in loaded
        if not load.action
        for name, pair in _halves(load, failures.get(load.workload, nothing)).items()
    }


def _halves(load: Load, failed_blocks: Ints) -> dict[str, Pair]:
    second = _is_second(load.blocks)
    sides = load.durations_seconds[~second], load.durations_seconds[second]
    if not all(len(side) for side in sides):
        return {}
    probabilities = [QUANTILES[name] for name in _METRICS]
    one, other = (np.quantile(side, probabilities).tolist() for side in sides)
    failed = int(np.count_nonzero(_is_second(failed_blocks)))
    rates = (
        _rate(len(failed_blocks) - failed, len(sides[0])),
        _rate(failed, len(sides[1])),
    )
    return {
        **dict(zip(_METRICS, zip(one, other, strict=True), strict=True)),
        "mean": (float(sides[0].mean()), float(sides[1].mean())),
        "error_rate": rates,
    }


def _rate(failed: int, succeeded: int) -> float:
    return failed / (failed + succeeded)


def _is_second(blocks: Ints) -> NDArray[np.bool_]:
    return np.bitwise_and(blocks, 2) > 0


def _failed_blocks(iterations: pd.DataFrame) -> Mapping[str, Ints]:
    failed = iterations[
        (iterations["phase"] == Phase.LOAD.value)
        & (iterations["action"] == "")
        & (iterations["error"] != "")
    ]
    return {
        str(workload): part.to_numpy(dtype=np.int64)
        for workload, part in failed.groupby("workload", observed=True)["block"]
    }


def _key(metric: str, workload: str) -> MetricKey:
    return MetricKey(workload=workload, action="", service="", metric=METRICS[metric])
