# SPDX-License-Identifier: Apache-2.0
"""Load that takes exactly as long as it is told to."""

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from perfcompare.clock import Clock
from perfcompare.model.target import LoadTarget
from perfcompare.model.visit import Action, Iteration, Window
from perfcompare.model.workload import Workload
from perfcompare.testing.journal import Journal
from perfcompare.workload.base import Load, Turn

ACTION = "request"
"""The one atomic action of every iteration; takes as long as the iteration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Log-normal factors on durations; 0 is none."""

    sigma: float
    """Of each iteration."""
    round_sigma: float
    """Of each round of a variant."""
    seed: int

    def factor(self, sigma: float, *names: object) -> Iterator[float]:
        """Yield factors that depend on the seed and *names* alone; median 1."""
        words = "/".join(str(name) for name in names)
        generator = np.random.default_rng([self.seed, zlib.crc32(words.encode())])
        while True:
            yield float(np.exp(generator.normal(0.0, sigma)))


QUIET = Noise(sigma=0.0, round_sigma=0.0, seed=0)


@dataclass(kw_only=True)
class SyntheticDriver:
    """Implements `perfcompare.workload.base.Driver`."""

    journal: Journal
    clock: Clock
    workloads: tuple[Workload, ...]
    durations: Mapping[str, Mapping[str, float]]
    """Variant → workload → seconds of an iteration."""
    noise: Noise = QUIET
    round_factors: tuple[float, ...] = ()
    """Of round 1, 2, …, for all variants alike; 1 beyond the last."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """Variant → every how many iterations one fails."""
    hand_over_seconds: float = 0.0
    """Before each turn; in no window."""
    _rounds: Counter[str] = field(default_factory=Counter)

    def drive(
        self,
        turns: Sequence[Turn],
        targets: Mapping[str, LoadTarget],
        *,
        check: Callable[[], None],
    ) -> Mapping[str, Load]:
        """Carry *turns* out on the clock."""
        self._rounds.update(list(targets))
        iterations: dict[str, list[Iteration]] = {name: [] for name in targets}
        windows: dict[str, list[Window]] = {name: [] for name in targets}
        numbers = Counter[tuple[str, str]]()
        streams = {
            (turn.variant, turn.workload): self._durations(turn) for turn in turns
        }
        for turn in turns:
            self.clock.sleep(self.hand_over_seconds)
            check()
            place = (turn.variant, turn.workload)
            done = self._carry_out(turn, streams[place], first=numbers[place])
            numbers[place] += turn.iterations
            iterations[turn.variant] += done
            windows[turn.variant].append(self._pass_time(turn, done))
        return {
            name: Load(
                iterations=tuple(iterations[name]),
                windows=tuple(windows[name]),
                context_seconds=0.0,
                rally_json=_report(iterations[name]),
                log=f"{name}: {len(iterations[name])} iterations\n".encode(),
            )
            for name in targets
        }

    def _durations(self, turn: Turn) -> Iterator[float]:
        number = self._rounds[turn.variant]
        place = (turn.variant, turn.workload, number)
        usual = self.durations[turn.variant][turn.workload]
        if number <= len(self.round_factors):
            usual *= self.round_factors[number - 1]
        usual *= next(self.noise.factor(self.noise.round_sigma, "round", *place))
        for factor in self.noise.factor(self.noise.sigma, *place):
            yield usual * factor

    def _carry_out(
        self, turn: Turn, durations: Iterator[float], *, first: int
    ) -> list[Iteration]:
        (workload,) = (w for w in self.workloads if w.name == turn.workload)
        # When each of the simulated clients is free again.
        free_at = [self.clock.now()] * workload.concurrency
        done = []
        for number in range(first, first + turn.iterations):
            client = free_at.index(min(free_at))
            duration_seconds = next(durations)
            done.append(
                self._iteration(turn, number, free_at[client], duration_seconds)
            )
            free_at[client] += duration_seconds
        return done

    def _iteration(
        self, turn: Turn, number: int, started_at: float, duration_seconds: float
    ) -> Iteration:
        every = self.failures.get(turn.variant, 0)
        failed = bool(every) and (number + 1) % every == 0
        return Iteration(
            workload=turn.workload,
            number=number,
            phase=turn.phase,
            block=turn.block,
            started_at=started_at,
            duration_seconds=duration_seconds,
            error="SyntheticError: told to fail" if failed else "",
            actions=(
                Action(name=ACTION, duration_seconds=duration_seconds, failed=failed),
            ),
        )

    def _pass_time(self, turn: Turn, done: Sequence[Iteration]) -> Window:
        started_at = self.clock.now()
        ended_at = max(each.started_at + each.duration_seconds for each in done)
        self.clock.sleep(ended_at - started_at)
        self.journal.busy(turn.variant, started_at=started_at, ended_at=ended_at)
        part = f"block {turn.block}" if turn.block else str(turn.phase)
        self.journal.note(
            f"load {turn.variant}: {turn.workload}, {part}, {turn.iterations}"
        )
        return Window(
            phase=turn.phase,
            workload=turn.workload,
            block=turn.block,
            started_at=started_at,
            ended_at=ended_at,
            iterations=turn.iterations,
            generator_cpu_seconds=None,
        )


def _report(iterations: Sequence[Iteration]) -> bytes:
    """Write what looks like Rally's report as far as a person cares."""
    data = defaultdict(list)
    for each in iterations:
        data[each.workload].append(
            {
                "timestamp": each.started_at,
                "duration": each.duration_seconds,
                "idle_duration": 0.0,
                "error": [each.error] if each.error else [],
            }
        )
    subtasks = [
        {"title": name, "workloads": [{"data": rows}]} for name, rows in data.items()
    ]
    report = {"info": {"format_version": "1.2"}, "tasks": [{"subtasks": subtasks}]}
    return json.dumps(report).encode()
