# SPDX-License-Identifier: Apache-2.0
"""The Sampler protocol: readings of process trees while something happens."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from perfcompare.model.target import Tree
from perfcompare.model.visit import Reading


class Watch(Protocol):
    """A sampler at work."""

    def finish(self) -> tuple[Reading, ...]:
        """Stop looking and return every reading, in order of time."""
        ...


class Sampler(Protocol):
    """Starts watches."""

    def watching(
        self, trees: Sequence[Tree], *, interval_seconds: float
    ) -> AbstractContextManager[Watch]:
        """Look at every process of *trees* each *interval_seconds* until left.

        Raises:
            SamplingError: A root does not exist when the watch begins.
        """
        ...
