# SPDX-License-Identifier: Apache-2.0
"""The judgements that a report is looked at with, by name."""

from collections.abc import Callable, Mapping

from perfcompare.model.judgement import Judgement
from perfcompare.testing.hostile import HOSTILE_NAMES, spoiled_run
from perfcompare.testing.judgements import (
    imported_run,
    inconclusive_run,
    parity_run,
    regression_run,
)
from perfcompare.testing.large import large_run
from perfcompare.testing.sequential import sequential_run

REFERENCE_RUNS: Mapping[str, Callable[[], Judgement]] = {
    "parity": parity_run,
    "regression": regression_run,
    "inconclusive": inconclusive_run,
    "imported": imported_run,
    "sequential": sequential_run,
    "large": large_run,
}
"""As runs leave them."""


def hostile_run(name: str) -> Judgement:
    """Return the run in which every stranger's word is that of *name*."""
    return spoiled_run(HOSTILE_NAMES[name])
