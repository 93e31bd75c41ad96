# SPDX-License-Identifier: Apache-2.0
"""A workload: one Rally scenario with its runner and contexts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One Rally workload of a task, as the plan resolved it."""

    name: str
    """Unique in the plan: *title*, and the level where the plan asks for several."""
    title: str
    """The subtask's title: the same scenario at another concurrency has the same."""
    scenario: str
    """``Class.method``, as Rally names it."""
    times: int
    """Judged iterations of one visit."""
    concurrency: int
    warm_up: int
    """Iterations before the judged ones; kept, never judged."""
    blocks: int
    """How many turns a variant has in one visit."""
    definition: str
    """The subtask as canonical JSON (sorted keys), for Rally and for comparing."""
