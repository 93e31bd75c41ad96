# SPDX-License-Identifier: Apache-2.0
"""Turns are announced by how a driver takes them; so here is the real coordinator."""

import threading
from contextlib import closing

from perfcompare.clock import SystemClock
from perfcompare.experiment.narrator import Announced
from perfcompare.experiment.schedule import rounds
from perfcompare.testing.plans import make_plan
from perfcompare.workload.coordinator import Coordinator
from perfcompare.workload.messages import Done, Ended, Ready, Run, Started, connect


def live(path, variant, plan, journal):
    """Do what a Rally does, with no load."""
    with closing(connect(path)) as life:
        life.send(Started(variant=variant, pid=1))
        for workload in plan.workloads:
            with closing(connect(path)) as turns:
                turns.send(
                    Ready(
                        variant=variant,
                        workload=workload.name,
                        times=workload.times,
                        concurrency=workload.concurrency,
                    )
                )
                while isinstance(order := turns.receive(), Run):
                    journal.append(f"load {variant} {workload.name}")
                    turns.send(done(order.iterations))
        life.send(Ended(error=""))


def done(iterations):
    return Done(
        iterations=iterations,
        failed=0,
        started_at=1.0,
        ended_at=2.0,
        duration_seconds=1.0,
        cpu_seconds=0.25,
    )


def test_the_coordinator_has_each_turn_told_of_before_it_gives_it(tmp_path):
    plan = make_plan(rounds=1)
    turns = rounds(plan)[0].groups[0].turns
    journal: list[str] = []
    announced = Announced(
        turns,
        check=lambda: None,
        tell=lambda turn: journal.append(f"tell {turn.variant} {turn.workload}"),
    )
    names = [variant.name.value for variant in plan.variants]
    # As the driver of Rally does before it begins.
    assert len({turn.workload for turn in announced}) == 2
    path = tmp_path / "turns"
    coordinator = Coordinator(
        path, names, clock=SystemClock(), check=announced.check, limit_seconds=10.0
    )
    with coordinator:
        threads = [
            threading.Thread(target=live, args=(path, name, plan, journal))
            for name in names
        ]
        for thread in threads:
            thread.start()
        coordinator.carry_out(announced)
        for thread in threads:
            thread.join()

    assert journal == [
        line
        for turn in turns
        for line in (
            f"tell {turn.variant} {turn.workload}",
            f"load {turn.variant} {turn.workload}",
        )
    ]
