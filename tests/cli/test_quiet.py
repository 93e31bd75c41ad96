# SPDX-License-Identifier: Apache-2.0
"""Who else uses the CPU: on written tables, then beside a process that burns."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import pytest

from perfcompare.cli.quiet import (
    LOOK_SECONDS,
    HostLook,
    HostWatch,
    Taker,
    busy_limit,
    first_words,
    look_first,
    use_words,
    wait_for_quiet,
)
from perfcompare.clock import SystemClock
from perfcompare.command import Process, processes
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState
from perfcompare.store.writer import RunWriter
from perfcompare.testing.clock import FakeClock
from perfcompare.testing.plans import make_plan
from perfcompare.testing.runs import Rig

RUN = 100
# Above the highest pid of Linux: nobody has these, so nobody has a name.
FIRST, SECOND, THIRD, FOURTH, IDLE = range(2**22 + 1, 2**22 + 6)
LOOK_TICKS = round(LOOK_SECONDS * os.sysconf("SC_CLK_TCK"))

PYTHON = Taker(name="python3", pid=4242, cpu_ratio=0.48)
STRESS = Taker(name="stress", pid=4243, cpu_ratio=0.45)
BUSY = HostLook(
    cores=2,
    others_ratio=0.93,
    steal_ratio=0.0,
    seen_ratio=0.93,
    takers=(PYTHON, STRESS),
)
QUIET = replace(BUSY, others_ratio=0.02, seen_ratio=0.02, takers=())
HIDDEN = replace(QUIET, others_ratio=None, steal_ratio=None, seen_ratio=0.0)


def process(
    pid: int, *, ratio: float = 0.0, waited: float = 0.0, parent_pid: int = 1
) -> Process:
    """Return one who has used so much of a core in one look, and 7 ticks before it."""
    return Process(
        pid=pid,
        parent_pid=parent_pid,
        session=pid,
        started_ticks=1,
        ended=False,
        cpu_ticks=7 + round(ratio * LOOK_TICKS),
        waited_ticks=round(waited * LOOK_TICKS),
    )


class Story:
    """A host of which two looks are written down."""

    def __init__(self, stat: Path) -> None:
        self._stat = stat
        self._table: Mapping[int, Process] = {}

    def look(
        self, before: tuple[Process, ...], after: tuple[Process, ...], *, busy: float
    ) -> HostLook:
        """Look once, while all CPUs do *busy*, 1 is one core."""
        self._write(before, ticks=1000)
        clock = FakeClock()
        watch = HostWatch(
            clock, run_pid=RUN, stat=self._stat, table=lambda: self._table
        )
        self._write(after, ticks=1000 + round(busy * LOOK_TICKS))
        return watch.look()

    def _write(self, table: tuple[Process, ...], *, ticks: int) -> None:
        self._table = {each.pid: each for each in (process(1), *table)}
        self._stat.write_text(f"cpu {ticks} 0 0 5 5 0 0 0 0 0\n")


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "stat")


def test_three_who_take_most_are_named_the_first_takes_most(story):
    pids = (RUN, FIRST, SECOND, THIRD, FOURTH, IDLE)
    ratios = (0.50, 0.20, 0.80, 0.40, 0.10, 0.00)

    seen = story.look(
        tuple(process(pid) for pid in pids),
        tuple(process(pid, ratio=r) for pid, r in zip(pids, ratios, strict=True)),
        busy=2.0,
    )

    # All but what perfcompare used: 2.0 - 0.5.
    assert (seen.others_ratio, seen.seen_ratio) == (1.5, 1.5)
    assert [taker.pid for taker in seen.takers] == [SECOND, THIRD, FIRST]
    assert [taker.cpu_ratio for taker in seen.takers] == [0.8, 0.4, 0.2]


def test_who_takes_little_is_counted_and_not_named(story):
    seen = story.look(
        (process(FIRST), process(SECOND)),
        (process(FIRST, ratio=0.05), process(SECOND, ratio=0.06)),
        busy=0.11,
    )

    assert seen.seen_ratio == pytest.approx(0.11)
    assert [taker.pid for taker in seen.takers] == [SECOND]


def test_what_descends_from_the_run_is_not_among_the_others(story):
    seen = story.look(
        (process(RUN), process(FIRST, parent_pid=RUN)),
        (process(RUN), process(FIRST, parent_pid=1, ratio=0.9)),
        busy=0.9,
    )

    assert (seen.others_ratio, seen.seen_ratio, seen.takers) == (0.0, 0.0, ())


def test_a_shell_answers_for_its_commands_that_came_and_went(story):
    # One was there at the first look, with 7 ticks that are not of this look.
    seven = 7 / LOOK_TICKS

    seen = story.look(
        (process(FIRST), process(SECOND, parent_pid=FIRST)),
        (process(FIRST, waited=0.7 + seven),),
        busy=0.7,
    )

    assert seen.seen_ratio == pytest.approx(0.7)
    assert [taker.pid for taker in seen.takers] == [FIRST]


def test_a_container_that_does_not_see_the_others_says_so(story):
    seen = story.look((process(RUN),), (process(RUN),), busy=0.9)

    assert use_words(seen).endswith(
        "; no process seen here takes it: it is outside this container, or hidden"
    )


def test_a_container_that_sees_a_few_of_the_others_says_so(story):
    seen = story.look((process(FIRST),), (process(FIRST, ratio=0.2),), busy=0.9)

    assert f"(top: pid {FIRST}, 0.20)" in use_words(seen)
    assert "no process seen here takes most of it" in use_words(seen)


def test_a_kernel_that_counts_nothing_leaves_others_and_steal_unknown(tmp_path):
    clock = FakeClock()

    seen = HostWatch(clock, stat=tmp_path / "none").look()

    assert (seen.others_ratio, seen.steal_ratio) == (None, None)


def test_who_burns_where_nothing_is_counted_keeps_the_host_busy(tmp_path):
    tables = iter([{FIRST: process(FIRST)}, {FIRST: process(FIRST, ratio=0.9)}])
    watch = HostWatch(FakeClock(), stat=tmp_path / "no", table=lambda: next(tables))

    seen = watch.look()

    assert seen.is_busy
    assert f"is not known (top: pid {FIRST}, 0.90)" in use_words(seen)


@pytest.mark.parametrize(
    # A quarter of a core, or 5 % of all.
    ("cores", "limit"),
    [(1, 0.25), (2, 0.25), (5, 0.25), (8, 0.40), (64, 3.2)],
)
def test_a_large_host_bears_more(cores, limit):
    at_it = replace(BUSY, cores=cores, others_ratio=limit)

    assert busy_limit(cores) == pytest.approx(limit)
    assert not replace(at_it, others_ratio=limit * 0.99).is_busy
    assert replace(at_it, others_ratio=limit * 1.01).is_busy


@pytest.mark.parametrize(
    ("seen", "line"),
    [
        (QUIET, "the host is quiet: others use 0.02 of 2 cores"),
        (
            BUSY,
            (
                "others use 0.93 of 2 cores (top: python3 pid 4242, 0.48; stress pid"
                " 4243, 0.45): saturated latencies may stay undecided; end it, or wait"
                " with --wait-for-quiet 300"
            ),
        ),
        (
            HIDDEN,
            "/proc/stat does not count here: whether others use the CPU is not known",
        ),
        (
            replace(QUIET, cores=1, steal_ratio=None),
            "the host is quiet: others use 0.02 of 1 core; steal is not counted here",
        ),
        (
            replace(QUIET, steal_ratio=0.011),
            "others use 0.02 of 2 cores; steal 1.1%",
        ),
    ],
)
def test_one_line_says_what_was_seen_and_what_can_be_done(seen, line):
    assert first_words(seen, waits=False) == line


def test_a_name_that_would_act_on_the_terminal_is_shown_instead():
    taker = replace(PYTHON, name="a\x1b[31m\nb")

    assert str(taker) == r"a\x1b[31m\nb pid 4242, 0.48"


class Waiting:
    """A clock, and looks of two seconds that see what is written down."""

    def __init__(self, *looks: HostLook) -> None:
        self.clock = FakeClock()
        self._looks = chain(looks, repeat(looks[-1]))
        self.said: list[str] = []

    def wait(self, seconds: int) -> list[str]:
        """Return the beginnings of the lines that were told."""
        wait_for_quiet(
            self._look, clock=self.clock, wait_seconds=seconds, tell=self.said.append
        )
        return [line.partition(": ")[0] for line in self.said]

    def _look(self) -> HostLook:
        self.clock.sleep(LOOK_SECONDS)
        return next(self._looks)


def test_nobody_waits_who_did_not_ask_to():
    waiting = Waiting(BUSY)

    assert len(waiting.wait(0)) == 1
    assert waiting.clock.monotonic() == LOOK_SECONDS


def test_a_quiet_host_is_not_waited_for():
    waiting = Waiting(QUIET)

    assert waiting.wait(300) == ["the host is quiet"]
    assert waiting.clock.monotonic() == LOOK_SECONDS


def test_a_host_that_cannot_be_known_is_not_waited_for():
    waiting = Waiting(HIDDEN)
    waiting.wait(300)

    (line,) = waiting.said
    assert line.endswith("is not known; going on")


def test_the_run_goes_on_as_soon_as_the_host_is_quiet():
    waiting = Waiting(BUSY, BUSY, BUSY, QUIET)
    waiting.wait(300)

    first, last = waiting.said
    assert first.endswith("0.45): waiting for quiet, at most 300 s")
    assert last == "quiet after 6 s: others use 0.02 of 2 cores"


def test_who_waits_hears_of_it_every_ten_seconds_and_not_longer_than_asked():
    waiting = Waiting(BUSY)

    assert waiting.wait(30)[1:] == [
        "waited 10 of 30 s",
        "waited 20 of 30 s",
        "not quiet after 30 s",
    ]
    assert waiting.said[-1].endswith(
        "; going on: saturated latencies may stay undecided"
    )


def look_at(path: Path, rounds: int, tell: Callable[[str], None]) -> None:
    plan = make_plan(rounds=rounds)
    with RunWriter.resume(path, plan) as writer:
        look_first(writer, plan.variants, clock=FakeClock(), wait_seconds=0, tell=tell)


def test_a_run_that_goes_on_is_preceded_by_a_look(tmp_path):
    path = Rig(plan=make_plan(rounds=2)).run(tmp_path / "run")
    said: list[str] = []

    look_at(path, 3, said.append)

    assert len(said) == 1


def test_a_run_with_nothing_left_to_measure_is_not_held_up(tmp_path):
    path = Rig(plan=make_plan(rounds=2)).run(tmp_path / "run")
    said: list[str] = []

    look_at(path, 2, said.append)

    assert said == []


def test_a_run_that_is_left_while_it_looks_says_that_it_was_interrupted(tmp_path):
    path = Rig(plan=make_plan(rounds=2)).run(tmp_path / "run")

    def leave(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look_at(path, 3, leave)

    assert open_run(path).state is RunState.INTERRUPTED
    assert open_run(path).rounds_done == 2


@pytest.mark.parametrize("seconds", ["-1", "86401", "soon"])
@pytest.mark.parametrize("verb", ["run", "measure"])
def test_the_wait_has_a_bound(perfcompare, verb, seconds):
    status, _, err = perfcompare(verb, "plan.yaml", "--wait-for-quiet", seconds)

    assert status == 2
    assert "--wait-for-quiet" in err


@pytest.fixture
def child() -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start Python children, which end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-c", code]
        started.append(subprocess.Popen(argv, stdin=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.communicate()


def only(*pids: int) -> Mapping[int, Process]:
    """Return the table without those whom the machine runs beside this test."""
    table = processes()
    return {pid: table[pid] for pid in pids}


def test_a_process_that_burns_is_found_by_its_pid(child):
    burner, idle = child("while True: pass"), child("input()")
    clock = SystemClock()
    watch = HostWatch(clock, run_pid=idle.pid, table=lambda: only(burner.pid, idle.pid))
    deadline = clock.monotonic() + 60

    seen = watch.look()
    while not seen.takers and clock.monotonic() < deadline:
        seen = watch.look()

    (taker,) = seen.takers
    assert (taker.pid, taker.name[:6]) == (burner.pid, "python")
    # Of one core it got a part; all that it got, others used.
    assert 0.05 < taker.cpu_ratio < 1.5
    assert seen.others_ratio is None or seen.others_ratio > taker.cpu_ratio / 2


def test_a_process_of_ours_that_burns_is_nobody_elses(child):
    burner, me = child("while True: pass"), os.getpid()
    clock = SystemClock()
    watch = HostWatch(clock, table=lambda: only(me, burner.pid))
    begun = processes()[burner.pid].cpu_ticks
    deadline = clock.monotonic() + 60

    seen = watch.look()
    while (used := processes()[burner.pid].cpu_ticks - begun) < 20:
        assert clock.monotonic() < deadline
        seen = watch.look()

    assert used >= 20
    assert (seen.seen_ratio, seen.takers) == (0.0, ())
