# SPDX-License-Identifier: Apache-2.0
"""The coordinator against runners that are threads of the test, over real sockets."""

import threading
from contextlib import closing, contextmanager, suppress

import pytest

from perfcompare.clock import SystemClock
from perfcompare.model.errors import DeploymentError, WorkloadError
from perfcompare.model.visit import Phase
from perfcompare.workload.base import Turn
from perfcompare.workload.coordinator import Coordinator
from perfcompare.workload.messages import Done, Ended, Ready, Run, Started, connect


def turn(variant, workload="list", block=1):
    return Turn(
        variant=variant,
        workload=workload,
        phase=Phase.LOAD,
        block=block,
        iterations=4,
    )


def done(iterations=4):
    return Done(
        iterations=iterations,
        failed=0,
        started_at=1.0,
        ended_at=2.0,
        duration_seconds=1.0,
        cpu_seconds=0.25,
    )


class Rally:
    """Does what a Rally does, or what the test says it does instead."""

    def __init__(self, path, variant, journal, workloads=("list",)):
        self.path = path
        self.variant = variant
        self.journal = journal
        self.workloads = workloads
        self.answer = done
        self.error = ""
        self.last_words = True

    def live(self):
        with suppress(ConnectionError), closing(connect(self.path)) as life:
            life.send(Started(variant=self.variant, pid=1))
            for workload in self.workloads:
                self.load(workload)
            if self.last_words:
                life.send(Ended(error=self.error))

    def load(self, workload):
        with closing(connect(self.path)) as channel:
            channel.send(
                Ready(variant=self.variant, workload=workload, times=4, concurrency=1)
            )
            while isinstance(channel.receive(), Run):
                self.journal.append((self.variant, workload))
                answer = self.answer()
                if answer is None:
                    return
                channel.send(answer)
            self.journal.append((self.variant, f"end of {workload}"))


@pytest.fixture
def journal():
    return []


@pytest.fixture
def rallies(tmp_path, journal):
    return {v: Rally(tmp_path / "turns", v, journal) for v in ("base", "target")}


@contextmanager
def coordinating(tmp_path, rallies, *, check=lambda: None, clock=None):
    threads = [threading.Thread(target=each.live) for each in rallies.values()]
    with Coordinator(
        tmp_path / "turns",
        rallies,
        clock=clock or SystemClock(),
        check=check,
        limit_seconds=60,
    ) as coordinator:
        for thread in threads:
            thread.start()
        yield coordinator
    for thread in threads:
        thread.join()


def test_runners_return_together_when_all_turns_of_a_workload_are_over(
    tmp_path, rallies, journal
):
    turns = [turn("base"), turn("target"), turn("target", block=2), turn("base")]

    with coordinating(tmp_path, rallies) as coordinator:
        windows = coordinator.carry_out(turns)

    assert journal[:4] == [(each.variant, "list") for each in turns]
    assert sorted(journal[4:]) == [("base", "end of list"), ("target", "end of list")]
    assert [window.block for window in windows["target"]] == [1, 2]


def test_a_window_has_the_cpu_time_that_its_rally_told(tmp_path, rallies):
    with coordinating(tmp_path, rallies) as coordinator:
        windows = coordinator.carry_out([turn("base"), turn("target")])

    assert [each.generator_cpu_seconds for each in windows["base"]] == [0.25]


def test_no_workload_begins_before_all_are_ready_for_it(tmp_path, rallies, journal):
    for rally in rallies.values():
        rally.workloads = ("list", "show")

    with coordinating(tmp_path, rallies) as coordinator:
        coordinator.carry_out(
            [
                turn(variant, workload)
                for workload in ("list", "show")
                for variant in rallies
            ]
        )

    assert journal.index(("base", "show")) > journal.index(("target", "end of list"))


def test_the_check_is_made_at_every_hand_over(tmp_path, rallies, journal):
    def check():
        journal.append("check")

    with coordinating(tmp_path, rallies, check=check) as coordinator:
        coordinator.carry_out([turn("base"), turn("target")])

    assert journal[:4] == ["check", ("base", "list"), "check", ("target", "list")]


def test_what_the_check_raises_ends_the_drive(tmp_path, rallies, journal):
    def check():
        if journal:
            raise DeploymentError("glance-api died")

    with (
        pytest.raises(DeploymentError, match="glance-api died"),
        coordinating(tmp_path, rallies, check=check) as coordinator,
    ):
        coordinator.carry_out([turn("base"), turn("target")])


def broken(tmp_path, rallies):
    """Return the message of the error that ends the drive."""
    with (
        pytest.raises(WorkloadError) as caught,
        coordinating(tmp_path, rallies) as coordinator,
    ):
        coordinator.carry_out([turn("base"), turn("target")])
    return str(caught.value)


def test_a_runner_that_leaves_in_its_turn_is_lost(tmp_path, rallies):
    rallies["base"].answer = lambda: None

    assert broken(tmp_path, rallies) == (
        "Rally of base gave up or was killed when it should end its turn"
        " (list, load, block 1)"
    )


def test_a_rally_that_leaves_without_a_word_is_lost(tmp_path, rallies):
    rallies["target"].workloads = ()
    rallies["target"].last_words = False

    assert (
        broken(tmp_path, rallies)
        == "Rally of target gave up or was killed when it should set up list"
    )


def test_a_rally_that_ends_without_its_workload_is_an_error(tmp_path, rallies):
    rallies["target"].workloads = ()

    assert (
        broken(tmp_path, rallies) == "Rally of target ended when it should set up list"
    )


def test_a_rally_that_ends_in_an_error_says_which(tmp_path, rallies):
    rallies["target"].error = "the report cannot be written"

    assert broken(tmp_path, rallies) == "Rally of target: the report cannot be written"


def test_a_skipped_workload_is_an_error(tmp_path, rallies):
    rallies["base"].workloads = ("show",)

    assert broken(tmp_path, rallies) == (
        "Rally of base went on to show without running list: its contexts could not"
        " be set up"
    )


def test_a_turn_that_is_cut_short_is_an_error(tmp_path, rallies):
    rallies["base"].answer = lambda: done(3)

    assert broken(tmp_path, rallies) == (
        "Rally of base ran 3 of 4 iterations (list, block 1)"
    )


def test_a_turn_has_a_limit(tmp_path, rallies, journal):
    class HastyClock(SystemClock):
        """A minute passes at every look, once the load has begun."""

        def __init__(self):
            self.passed = 0

        def monotonic(self):
            self.passed += 61 if journal else 0
            return super().monotonic() + self.passed

    over = threading.Event()
    rallies["base"].answer = lambda: over.wait(30) and None

    with coordinating(tmp_path, rallies, clock=HastyClock()) as coordinator:
        with pytest.raises(WorkloadError, match="base took more than 120 s to end its"):
            coordinator.carry_out([turn("base"), turn("target")])
        over.set()
