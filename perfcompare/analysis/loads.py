# SPDX-License-Identifier: Apache-2.0
"""The judged iterations of a visit, taken apart by workload and action, column-wise."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfcompare.analysis.intervals import Floats
from perfcompare.model.visit import Phase

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The judged iterations of one workload, or one of their actions."""

    workload: str
    action: str
    """"" is the iteration as a whole."""
    durations_seconds: Floats
    """Of successes, in the order of the frame: that of their start."""
    blocks: Ints
    """Parallel to *durations_seconds*."""
    failed: int
    total: int
    errors: Mapping[str, int]
    """Message → how often."""


def loads(iterations: pd.DataFrame) -> tuple[Load, ...]:
    """Take the phase "load" of *iterations* apart, in the order of first appearance.

    Args:
        iterations: One row for each iteration (action "") and each of its actions:
            workload, action, number, phase, block, started_at, duration_seconds,
            error ("" for success).  Words may be categories or plain text.
    """
    phases, names = _codes(iterations["phase"])
    judged = np.isin(phases, np.flatnonzero(names == Phase.LOAD.value))
    workload, workloads = _codes(iterations["workload"])
    action, actions = _codes(iterations["action"])
    error, errors = _codes(iterations["error"])
    durations = iterations["duration_seconds"].to_numpy(dtype=np.float64)
    blocks = iterations["block"].to_numpy(dtype=np.int64)
    places = (workload.astype(np.int64) * len(actions) + action)[judged]
    order = np.argsort(places, kind="stable")
    rows = np.flatnonzero(judged)[order]
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    found = []
    for part in np.split(rows, starts[1:]) if len(rows) else ():
        failed = errors[error[part]] != ""
        found.append(
            Load(
                workload=str(workloads[workload[part[0]]]),
                action=str(actions[action[part[0]]]),
                durations_seconds=durations[part][~failed],
                blocks=blocks[part][~failed],
                failed=int(np.count_nonzero(failed)),
                total=len(part),
                errors=Counter(str(errors[code]) for code in error[part][failed]),
            )
        )
    return tuple(found)


def _codes(words: "pd.Series[str]") -> tuple[Ints, NDArray[np.object_]]:
    """Return *words* as places in an array of the different ones."""
    coded = words.astype("category")
    categories = np.asarray(coded.cat.categories, dtype=object)
    return np.asarray(coded.cat.codes, dtype=np.int64), categories
