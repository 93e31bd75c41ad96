# SPDX-License-Identifier: Apache-2.0
"""How many turns, and how much warm-up, follow from a load."""

import math
from dataclasses import dataclass

MAX_TIMES = 1_000_000
"""Iterations of a workload in one visit, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What the plan says about all workloads."""

    blocks: int
    warm_up_iterations: int | None

    def turns(self, *, times: int, concurrency: int) -> int:
        """Return the number of blocks: each has work for all clients."""
        return max(1, min(self.blocks, times // concurrency))

    def warm_up(self, *, times: int, concurrency: int) -> int:
        """Return the plan's own number, or else 20 % of the judged iterations."""
        if self.warm_up_iterations is not None:
            return self.warm_up_iterations
        return max(math.ceil(times / 5), 2 * concurrency)
