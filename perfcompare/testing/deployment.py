# SPDX-License-Identifier: Apache-2.0
"""A deployment that deploys nothing, keeps a journal, and fails when told to."""

import collections
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Self

from perfcompare.clock import Clock
from perfcompare.deployment.base import VariantProvenance
from perfcompare.model.caveat import Caveat
from perfcompare.model.target import CONTROL, LoadTarget, Tree
from perfcompare.model.upgrade import Upgrade, UpgradeStep
from perfcompare.model.variant import Variant
from perfcompare.model.visit import Counter, ProcessEvidence, Stop
from perfcompare.testing.journal import Journal

START_SECONDS = 2.0
STOP_SECONDS = 1.0
SERVICES = ("fake-api", "fake-worker")
UPGRADE_STEPS = ("create", "shutdown", "migrate", "start", "verify post-upgrade")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What is to go wrong, where."""

    at: str
    """enter, upgrade, start, verify, run (a service dies), stop, or clean up."""
    error: BaseException
    variant: str = ""
    """Which one, at start, verify, run, stop and clean up."""
    nth: int = 1
    """At which start of the variant, from 1."""
    after_seconds: float = 0.0
    """At run: how long the service lives once it is ready."""


@dataclass(kw_only=True)
class FakeDeployment:
    """Implements `perfcompare.deployment.base.Deployment`."""

    journal: Journal
    clock: Clock
    failure: Failure | None = None
    killed: Mapping[str, str] = field(default_factory=dict)
    """Variant → service that does not stop on SIGTERM."""
    caveats: Mapping[str, tuple[Caveat, ...]] = field(default_factory=dict)
    """Variant → what it says about itself."""
    upgrades: bool = True
    """False: somebody else does, as for a DevStack cloud."""
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Variant → packages; a variant that is no key has ``fake==`` its release."""
    counts: Mapping[str, tuple[Counter, ...]] = field(default_factory=dict)
    """Variant → what its servers count, by this much each time they are asked."""
    _starts: collections.Counter[str] = field(default_factory=collections.Counter)
    _gone: dict[str, str] = field(default_factory=dict)
    """Variant → what it was doing when it went."""
    _pids: Iterator[int] = field(default_factory=lambda: count(1000))

    def __enter__(self) -> Self:
        """Install nothing."""
        self.journal.note("enter")
        self._fail("enter")
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop nothing."""
        self.journal.note("exit")

    def upgrade(self) -> Upgrade | None:
        """Take one second a step."""
        if not self.upgrades:
            return None
        self.journal.note("upgrade")
        self._gone |= dict.fromkeys(("base", "target"), "upgrade")
        self._fail("upgrade")
        steps = tuple(self._step(name) for name in UPGRADE_STEPS)
        return Upgrade(steps=steps, outage_seconds=3.0, migration_seconds=1.0)

    def _step(self, name: str) -> UpgradeStep:
        started_at = self.clock.now()
        self.clock.sleep(1.0)
        return UpgradeStep(
            name=name,
            started_at=started_at,
            ended_at=self.clock.now(),
            detail=f"{name}: as told",
        )

    def controls(self) -> tuple[Tree, ...]:
        """Return a database that is not there."""
        return (Tree(owner=CONTROL, service="fake-database", pid=999),)

    @contextmanager
    def up(self, variant: Variant) -> Iterator["FakeRunning"]:
        """Take `START_SECONDS`, and stop what was not stopped."""
        name = variant.name.value
        self._starts[name] += 1
        self.journal.note(f"start {name}")
        self.clock.sleep(START_SECONDS)
        self._gone[name] = f"start {self._starts[name]}"
        self._fail("start", name)
        running = FakeRunning(self, variant, pids=self._pids)
        try:
            yield running
            self._fail("clean up", name)
        finally:
            if not running.stopped:
                self.journal.note(f"clean up {name}")

    def last_logs(self, variant: Variant) -> Mapping[str, bytes]:
        """Return one line that says where it was."""
        name = variant.name.value
        if name not in self._gone:
            return {}
        return {"fake-api.log": f"{name} in {self._gone[name]}\n".encode()}

    def provenance(self, variant: Variant) -> VariantProvenance:
        """Invent what the variant is made of."""
        name = variant.name.value
        return VariantProvenance(
            packages=self.packages.get(name, (f"fake=={variant.release}",)),
            config={"fake.conf": f"[DEFAULT]\nbackend = {variant.backend}\n"},
            environment=dict(variant.environment),
            python="CPython 3.11.0",
        )

    def due(self, at: str, variant: str) -> Failure | None:
        """Return the failure that belongs here, if it is its turn."""
        due = self.failure
        if due is None or (due.at, due.variant) != (at, variant):
            return None
        return due if not variant or self._starts[variant] == due.nth else None

    def _fail(self, at: str, variant: str = "") -> None:
        failure = self.due(at, variant)
        if failure:
            raise failure.error


class FakeRunning:
    """Implements `perfcompare.deployment.base.Running`."""

    def __init__(
        self, deployment: FakeDeployment, variant: Variant, *, pids: Iterator[int]
    ) -> None:
        self._deployment = deployment
        self._variant = variant
        self._name = variant.name.value
        self._ready_at = deployment.clock.monotonic()
        self.stopped = False
        self._asked = 0
        self.ready_seconds = START_SECONDS
        self.trees = tuple(
            Tree(owner=self._name, service=service, pid=next(pids))
            for service in SERVICES
        )
        self.caveats = deployment.caveats.get(self._name, ())
        self.load_target = LoadTarget(
            platform=None, environment={"FAKE_VARIANT": self._name}, secrets=()
        )

    def verify_backend(self) -> tuple[ProcessEvidence, ...]:
        """Find what the variant says."""
        self._deployment.journal.note(f"verify {self._name}")
        self._fail("verify")
        return tuple(
            ProcessEvidence(
                service=tree.service,
                pid=tree.pid,
                title=tree.service,
                expected=self._variant.backend,
                found=self._variant.backend,
                threads=4,
                evidence="the fake says so",
            )
            for tree in self.trees
        )

    def check_alive(self) -> None:
        """Live until told to die."""
        failure = self._deployment.due("run", self._name)
        age_seconds = self._deployment.clock.monotonic() - self._ready_at
        if failure and age_seconds >= failure.after_seconds:
            raise failure.error

    def counters(self) -> tuple[Counter, ...]:
        """Count on from 1000 at the first asking."""
        counts = self._deployment.counts.get(self._name, ())
        if counts:
            self._deployment.journal.note(f"count {self._name}")
        asked, self._asked = self._asked, self._asked + 1
        return tuple(
            replace(each, value=1000.0 + asked * each.value) for each in counts
        )

    def stop(self) -> tuple[Stop, ...]:
        """Take `STOP_SECONDS`."""
        self._deployment.journal.note(f"stop {self._name}")
        self._fail("stop")
        self._deployment.clock.sleep(STOP_SECONDS)
        self.stopped = True
        return tuple(
            Stop(
                service=service,
                stop_seconds=STOP_SECONDS,
                killed=self._deployment.killed.get(self._name) == service,
                orphans=0,
            )
            for service in SERVICES
        )

    def logs(self) -> Mapping[str, bytes]:
        """Return one line a service."""
        return {f"{name}.log": f"{self._name} {name}\n".encode() for name in SERVICES}

    def _fail(self, at: str) -> None:
        failure = self._deployment.due(at, self._name)
        if failure:
            raise failure.error
