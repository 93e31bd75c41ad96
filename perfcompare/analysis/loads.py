# SPDX-License-Identifier: Apache-2.0
"""The judged iterations of a visit, taken apart by workload and action, column-wise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfcompare.analysis.intervals import Floats
from perfcompare.model.visit import Phase

COLUMNS = ("workload", "action", "phase", "block", "duration_seconds", "error")
"""What is judged of the iterations; a reader need not read more."""

Ints = NDArray[np.int64]

_Codes = NDArray[np.signedinteger]
_Words = NDArray[np.object_]

_SHORT = 2**15
"""So many places fit 16 bits, which numpy sorts by radix: in a tenth of the time."""


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
    spent_seconds: float
    """What all iterations took together, failed ones too."""
    failed: int
    total: int
    errors: Mapping[str, int]
    """Message → how often, in the order of first appearance."""


def loads(iterations: pd.DataFrame) -> tuple[Load, ...]:
    """Take the phase "load" of *iterations* apart, in the order of first appearance.

    Args:
        iterations: One row for each iteration (action "") and each of its actions,
            with the columns COLUMNS (error: "" for success).  Words may be categories
            or plain text.
    """
    workload, workloads = _codes(iterations["workload"])
    action, actions = _codes(iterations["action"])
    error, errors = _codes(iterations["error"])
    durations = iterations["duration_seconds"].to_numpy(dtype=np.float64)
    blocks = iterations["block"].to_numpy()
    found = []
    for rows in _parts(_judged(iterations["phase"]), workload, action, len(actions)):
        own = error[rows]
        succeeded = own == _place(errors, "")
        good = rows[succeeded]
        found.append(
            Load(
                workload=str(workloads[workload[rows[0]]]),
                action=str(actions[action[rows[0]]]),
                durations_seconds=durations[good],
                blocks=blocks[good].astype(np.int64),
                spent_seconds=float(durations[rows].sum()),
                failed=len(rows) - len(good),
                total=len(rows),
                errors=_counted(own[~succeeded], errors),
            )
        )
    return tuple(found)


def _judged(phase: "pd.Series[str]") -> Ints:
    """Return the rows of the load, ascending."""
    codes, phases = _codes(phase)
    return np.flatnonzero(codes == _place(phases, Phase.LOAD.value))


def _parts(
    judged: Ints, workload: _Codes, action: _Codes, actions: int
) -> Iterator[Ints]:
    """Yield the rows of each workload and action, ascending."""
    places = workload[judged].astype(np.int64) * actions + action[judged]
    if len(places) and places.max() < _SHORT:
        places = places.astype(np.int16)
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    # The sort is stable, so the first of each part is where it first appears.
    ends = np.append(starts[1:], len(order))
    for part in np.argsort(order[starts]):
        yield judged[order[starts[part] : ends[part]]]


def _counted(codes: _Codes, errors: _Words) -> Mapping[str, int]:
    found, first, counts = np.unique(codes, return_index=True, return_counts=True)
    return {
        str(errors[found[place]]): int(counts[place]) for place in np.argsort(first)
    }


def _codes(words: "pd.Series[str]") -> tuple[_Codes, _Words]:
    """Return *words* as places in an array of the different ones."""
    coded = words.astype("category")
    categories = np.asarray(coded.cat.categories, dtype=object)
    return np.asarray(coded.cat.codes), categories


def _place(words: _Words, word: str) -> int:
    """Return the code of *word*; one that nothing has, where it does not occur."""
    (places,) = np.nonzero(words == word)
    return int(places[0]) if len(places) else len(words)
