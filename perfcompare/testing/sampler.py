# SPDX-License-Identifier: Apache-2.0
"""A sampler that replays what it was told, on the clock of the experiment."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from perfcompare.clock import Clock
from perfcompare.model.target import HOST, OTHERS, STEAL, Tree
from perfcompare.model.visit import Reading
from perfcompare.testing.journal import Journal

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What each service of an owner takes."""

    pss_bytes: int
    threads: int
    loaded_pss_bytes: int = 0
    """On top, from its first load on."""
    loaded_threads: int = 0
    """On top, from its first load on."""
    cpu_ratio: float = 0.5
    """CPU seconds per second of load; an owner without load uses none."""


_HOST = (
    Tree(owner=HOST, service=OTHERS, pid=0),
    Tree(owner=HOST, service=STEAL, pid=0),
)

PLAIN = Footprint(pss_bytes=100 * MIB, threads=4)


@dataclass(kw_only=True)
class ReplaySampler:
    """Implements `perfcompare.sampling.base.Sampler`.

    The host rests, but for spans in which the journal has OTHERS or STEAL busy: then
    they use the ``cpu_ratio`` of the footprint of HOST.
    """

    journal: Journal
    clock: Clock
    footprints: Mapping[str, Footprint] = field(default_factory=dict)
    """Owner → footprint; an owner that is no key has `PLAIN`."""

    @contextmanager
    def watching(
        self, trees: Sequence[Tree], *, interval_seconds: float
    ) -> Iterator["ReplayWatch"]:
        """Note who is watched, and when that ends."""
        self.journal.note("watch " + " ".join(dict.fromkeys(t.owner for t in trees)))
        yield ReplayWatch(self, tuple(trees), interval_seconds=interval_seconds)
        self.journal.note("end of watch")


class ReplayWatch:
    """Implements `perfcompare.sampling.base.Watch`."""

    def __init__(
        self,
        sampler: ReplaySampler,
        trees: tuple[Tree, ...],
        *,
        interval_seconds: float,
    ) -> None:
        self._sampler = sampler
        self._trees = trees
        self._interval_seconds = interval_seconds
        self._begun_at = sampler.clock.now()

    def finish(self) -> tuple[Reading, ...]:
        """Return a reading of each tree for each interval that has passed."""
        passed_seconds = self._sampler.clock.now() - self._begun_at
        looks = int(passed_seconds / self._interval_seconds) + 1
        return tuple(
            self._reading(tree, self._begun_at + look * self._interval_seconds)
            for look in range(looks)
            for tree in (*_HOST, *self._trees)
        )

    def _reading(self, tree: Tree, at: float) -> Reading:
        if tree.owner == HOST:
            return self._of_host(tree.service, at)
        footprint = self._sampler.footprints.get(tree.owner, PLAIN)
        busy_seconds = self._busy_seconds(tree.owner, at)
        cpu_seconds = 1.0 + footprint.cpu_ratio * busy_seconds
        loaded = busy_seconds > 0
        pss_bytes = footprint.pss_bytes + loaded * footprint.loaded_pss_bytes
        return Reading(
            at=at,
            owner=tree.owner,
            service=tree.service,
            pid=tree.pid,
            parent_pid=1,
            threads=footprint.threads + loaded * footprint.loaded_threads,
            file_descriptors=32,
            rss_bytes=pss_bytes + 20 * MIB,
            uss_bytes=pss_bytes - 10 * MIB,
            pss_bytes=pss_bytes,
            cpu_seconds=cpu_seconds,
            voluntary_switches=int(1000 * cpu_seconds),
            involuntary_switches=int(10 * cpu_seconds),
        )

    def _of_host(self, service: str, at: float) -> Reading:
        cpu_ratio = self._sampler.footprints.get(HOST, PLAIN).cpu_ratio
        return Reading(
            at=at,
            owner=HOST,
            service=service,
            pid=0,
            parent_pid=0,
            threads=0,
            file_descriptors=None,
            rss_bytes=0,
            uss_bytes=None,
            pss_bytes=None,
            cpu_seconds=cpu_ratio * self._busy_seconds(service, at),
            voluntary_switches=None,
            involuntary_switches=None,
        )

    def _busy_seconds(self, who: str, at: float) -> float:
        """Return the load since the watch began: a service starts afresh each round."""
        return self._sampler.journal.busy_seconds(who, since=self._begun_at, until=at)
