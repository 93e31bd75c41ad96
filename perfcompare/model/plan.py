# SPDX-License-Identifier: Apache-2.0
"""A plan: what the user asked for, checked.  If you hold one, it is valid."""

from dataclasses import dataclass
from enum import StrEnum

from perfcompare.model.metric import Threshold
from perfcompare.model.variant import Variant
from perfcompare.model.workload import Workload


class DeploymentKind(StrEnum):
    """Who deploys what is measured."""

    LOCAL = "local"
    """perfcompare, as processes of its own on this host."""
    DEVSTACK = "devstack"
    """Somebody else: DevStack, and Grenade between base and target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An experiment, resolved: every release, package and workload is known."""

    title: str
    path: str
    """The file it came from, as the user gave it."""
    project: str
    deployment: DeploymentKind
    variants: tuple[Variant, ...]
    """base, then target, then crossover and sham where asked for."""
    workloads: tuple[Workload, ...]
    rounds: int
    """At most, where the experiment is sequential."""
    looks: tuple[int, ...]
    """Sequential: the numbers of rounds after which it is judged, ascending, the last
    of them *rounds*; it ends where every primary metric is decided.  () when the number
    of rounds is fixed."""
    interleave: bool
    """Blocks alternate, all variants up at once; else whole visits alternate."""
    idle_seconds: float
    settle_seconds: float
    interval_seconds: float
    """Between two looks of the sampler at the same process."""
    ready_timeout_seconds: float
    stop_grace_seconds: float
    """From SIGTERM to SIGKILL."""
    void_marked_rounds: bool
    """Leave out of every comparison the rounds whose controls moved."""
    thresholds: tuple[Threshold, ...]
    """The defaults, then the plan's own; the last match wins."""
    digest: str
    """SHA-256 over all that decides what is measured; a resume must match it."""
