# SPDX-License-Identifier: Apache-2.0
"""Whole runs in a second: the real experiment, schedule and store, on fakes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from perfcompare.experiment.progress import Event, RoundEnd, TurnEvent
from perfcompare.experiment.provenance import Surroundings
from perfcompare.experiment.runner import Experiment
from perfcompare.model.caveat import Caveat
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.provenance import Host
from perfcompare.model.variant import Variant
from perfcompare.store.writer import RunWriter
from perfcompare.testing.clock import FakeClock
from perfcompare.testing.deployment import Failure, FakeDeployment
from perfcompare.testing.journal import Journal
from perfcompare.testing.plans import make_plan
from perfcompare.testing.sampler import Footprint, ReplaySampler
from perfcompare.testing.workload import Noise, SyntheticDriver

USUAL_NOISE = Noise(sigma=0.05, round_sigma=0.01, seed=1)

SURROUNDINGS = Surroundings(
    host=Host(
        kernel="6.1.0-fake",
        cpu_model="Fake CPU at 2.00 GHz",
        cores=2,
        memory_bytes=8 * 1024**3,
        virtualization="none",
        clock_source="tsc",
        load_at_start=0.1,
        python="CPython 3.11.0",
    ),
    generator_packages=("fake-rally==5.0.0",),
    perfcompare_version="0.1.0",
    command_line="perfcompare run scenarios/thing/plan.yaml",
)


class JournalProgress:
    """Implements `perfcompare.experiment.progress.Progress`; keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.turns: list[TurnEvent] = []
        self.ends: list[RoundEnd] = []

    def show(self, event: Event) -> None:
        """Keep it."""
        self.events.append(event)

    def show_turn(self, turn: TurnEvent) -> None:
        """Keep it."""
        self.turns.append(turn)

    def show_end(self, end: RoundEnd) -> None:
        """Keep it."""
        self.ends.append(end)


@dataclass(kw_only=True)
class Rig:
    """All the fakes of one experiment, sharing a journal and a clock."""

    plan: Plan = field(default_factory=make_plan)
    durations: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Variant → workload → seconds; what is no key takes 0.1 s."""
    noise: Noise = USUAL_NOISE
    round_factors: tuple[float, ...] = ()
    """On the durations of round 1, 2, … of all variants alike."""
    footprints: Mapping[str, Footprint] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    """Variant → every how many iterations one fails."""
    failure: Failure | None = None
    """What is to break the experiment."""
    killed: Mapping[str, str] = field(default_factory=dict)
    """Variant → service that does not stop on SIGTERM."""
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Variant → packages, where not those of its release."""
    caveats: Mapping[str, tuple[Caveat, ...]] = field(default_factory=dict)
    """Variant → what its deployment says about it."""
    variants: tuple[Variant, ...] = ()
    """What is measured now; () is all of the plan."""
    hand_over_seconds: float = 0.0
    enough: Callable[[int], bool] = lambda _rounds: False
    """Asked at the looks of the plan, if it has any."""
    clock: FakeClock = field(default_factory=FakeClock)
    journal: Journal = field(default_factory=Journal)
    progress: JournalProgress = field(default_factory=JournalProgress)

    def run(self, path: Path, *, resume: bool = False) -> Path:
        """Measure into *path* and return it."""
        writer = (
            RunWriter.resume(path, self.plan)
            if resume
            else RunWriter.create(path, self.plan, created_at=self.clock.now())
        )
        with writer:
            self.experiment(writer).run()
        return path

    def experiment(self, writer: RunWriter) -> Experiment:
        """Put the experiment together."""
        return Experiment(
            plan=self.plan,
            variants=self.variants or self.plan.variants,
            deployment=self.deployment(),
            driver=self.driver(),
            sampler=ReplaySampler(
                journal=self.journal, clock=self.clock, footprints=self.footprints
            ),
            writer=writer,
            clock=self.clock,
            progress=self.progress,
            surroundings=SURROUNDINGS,
            enough=self.enough,
        )

    def deployment(self) -> FakeDeployment:
        """Return the deployment, which fails when the rig says so."""
        return FakeDeployment(
            journal=self.journal,
            clock=self.clock,
            failure=self.failure,
            killed=self.killed,
            packages=self.packages,
            caveats=self.caveats,
            upgrades=self.plan.deployment is DeploymentKind.LOCAL,
        )

    def driver(self) -> SyntheticDriver:
        """Return the driver, which takes as long as the rig says."""
        durations = {
            variant.name.value: {
                workload.name: self.durations.get(variant.name, {}).get(
                    workload.name, 0.1
                )
                for workload in self.plan.workloads
            }
            for variant in self.plan.variants
        }
        return SyntheticDriver(
            journal=self.journal,
            clock=self.clock,
            workloads=self.plan.workloads,
            durations=durations,
            noise=self.noise,
            round_factors=self.round_factors,
            failures=self.failures,
            hand_over_seconds=self.hand_over_seconds,
        )


def make_run(
    path: Path,
    *,
    plan: Plan | None = None,
    durations: Mapping[str, Mapping[str, float]] | None = None,
    rounds: int | None = None,
) -> Path:
    """Measure *plan* into *path* on fakes and return *path*; for more, use a `Rig`.

    Args:
        path: Of a directory that does not exist or is empty.
        plan: Default: base and target, two workloads.
        durations: Variant → workload → seconds of an iteration, before a little
            noise that is the same each time; default 0.1 s everywhere.
        rounds: Instead of the plan's.
    """
    plan = plan or make_plan()
    plan = replace(plan, rounds=rounds or plan.rounds)
    return Rig(plan=plan, durations=durations or {}).run(path)
