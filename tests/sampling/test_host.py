# SPDX-License-Identifier: Apache-2.0
"""What the host did that was not ours: on written tables, then on real processes."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from perfcompare.command import Process, processes
from perfcompare.model.target import HOST, OTHERS, STEAL, Tree
from perfcompare.sampling.host import Host
from perfcompare.sampling.process import Order, watch
from perfcompare.sampling.readings import decode
from perfcompare.sampling.sampler import ProcessSampler

RUN = 100
TICKS = os.sysconf("SC_CLK_TCK")


def process(
    pid: int, parent_pid: int, *, cpu: int, waited: int = 0, started: int = 1
) -> Process:
    return Process(
        pid=pid,
        parent_pid=parent_pid,
        session=pid,
        started_ticks=started,
        ended=False,
        cpu_ticks=cpu,
        waited_ticks=waited,
    )


class Story:
    """A host whose every look is written down."""

    def __init__(self, directory: Path) -> None:
        self._stat = directory / "stat"
        self._host = Host(RUN, stat=self._stat)
        self.others: list[int] = []
        self.steal: list[int] = []

    def look(
        self, *members: Process, busy: int, steal: int = 0, watched: set[int] | None
    ) -> None:
        """Look, once the CPUs have done *busy* ticks in all."""
        # Every field that counts as busy has a share, and none of the others counts.
        tenth = busy // 10
        user = busy - 4 * tenth
        self._stat.write_text(
            f"cpu  {user} {tenth} {tenth} {7 * busy} {5 * busy} {tenth} {tenth} {steal}"
            " 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"
        )
        table = {member.pid: member for member in members}
        found = {
            reading.service: round(reading.cpu_seconds * TICKS)
            for reading in self._host.look(table, watched or set(), at=1.0)
        }
        self.others.append(found[OTHERS])
        self.steal.append(found[STEAL])


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def test_others_are_what_the_host_did_less_what_was_ours(story: Story) -> None:
    init = process(1, 0, cpu=500)
    story.look(init, process(RUN, 1, cpu=40), busy=1000, watched=None)
    # 30 of 100 were ours: 10 of perfcompare, 20 of what it has started meanwhile.
    story.look(
        process(1, 0, cpu=570),
        process(RUN, 1, cpu=50),
        process(101, RUN, cpu=20),
        busy=1100,
        watched=None,
    )

    assert story.others == [0, 70]


def test_a_watched_tree_is_ours_though_others_started_it(story: Story) -> None:
    def unit(cpu: int) -> tuple[Process, ...]:
        return process(200, 1, cpu=5), process(201, 200, cpu=cpu)

    story.look(process(RUN, 1, cpu=0), *unit(1000), busy=5000, watched={200})
    story.look(process(RUN, 1, cpu=0), *unit(1060), busy=5100, watched={200})

    assert story.others == [0, 40]


def test_what_a_child_used_counts_once_when_it_ends(story: Story) -> None:
    def run(waited: int) -> Process:
        return process(RUN, 1, cpu=0, waited=waited)

    # A service (101) and its worker (102), which it waits for before it ends itself.
    service, worker = process(101, RUN, cpu=50, waited=7), process(102, 101, cpu=30)
    story.look(run(1000), service, worker, busy=2000, watched=None)
    # 50 + 7 + 30 are known; 13 more are from their last moments.
    story.look(run(1100), busy=2200, watched=None)

    assert story.others == [0, 187]


def test_a_child_that_no_look_saw_is_ours_once_it_is_waited_for(story: Story) -> None:
    story.look(process(RUN, 1, cpu=0, waited=10), busy=1000, watched=None)
    story.look(process(RUN, 1, cpu=0, waited=35), busy=1100, watched=None)

    assert story.others == [0, 75]


def test_an_end_that_nobody_waited_for_makes_no_jump(story: Story) -> None:
    def run(cpu: int) -> Process:
        return process(RUN, 1, cpu=cpu)

    story.look(run(0), process(101, RUN, cpu=5000), busy=9000, watched=None)
    story.look(run(60), busy=9100, watched=None)

    assert story.others == [0, 40]


def test_an_orphan_of_ours_stays_ours(story: Story) -> None:
    run = process(RUN, 1, cpu=0)
    story.look(
        run, process(101, RUN, cpu=0), process(102, 101, cpu=0), busy=100, watched=None
    )
    story.look(run, process(102, 1, cpu=50), busy=200, watched=None)

    assert story.others == [0, 50]


def test_who_gets_a_number_that_was_ours_is_not(story: Story) -> None:
    run = process(RUN, 1, cpu=0)
    story.look(run, process(101, RUN, cpu=0), busy=100, watched=None)
    story.look(run, process(101, 1, cpu=50, started=9), busy=200, watched=None)

    assert story.others == [0, 100]


def test_what_one_look_read_too_little_the_next_one_makes_good(story: Story) -> None:
    # The host's count lags behind by 3 ticks, then has caught up; both again.
    for cpu, busy in ((0, 100), (50, 147), (100, 200), (150, 247), (200, 300)):
        story.look(process(RUN, 1, cpu=cpu), busy=busy, watched=None)

    assert story.others == [0, 0, 0, 0, 0]


def test_an_error_that_lasts_does_not_hide_others_for_long(story: Story) -> None:
    # For 10 looks the host counts 20 ticks less than ours alone.
    for number in range(11):
        cpu, busy = 50 * number, 100 + 30 * number
        story.look(process(RUN, 1, cpu=cpu), busy=busy, watched=None)
    story.look(process(RUN, 1, cpu=550), busy=400 + 150, watched=None)

    assert story.others[-2:] == [0, 90]


def test_stolen_time_counts_from_the_first_look_and_never_falls(story: Story) -> None:
    for steal in (700, 705, 704, 710):
        run = process(RUN, 1, cpu=0)
        story.look(run, busy=100, steal=steal, watched=None)

    assert story.steal == [0, 5, 5, 10]


def test_a_kernel_that_does_not_count_stolen_time_has_others_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "stat").write_text("cpu 5 5 5 5 5 5 5\n")
    host = Host(RUN, stat=tmp_path / "stat")

    assert [each.service for each in host.look({}, set(), at=1.0)] == [OTHERS]


@pytest.mark.parametrize(
    "text", [None, "", "intr 5\n", "cpu 5 5 5 5\n", "cpu  0 0 0 0 0 0 0 0 0 0\n"]
)
def test_a_sandbox_that_counts_nothing_has_no_readings(
    tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "stat").write_text(text)

    assert Host(RUN, stat=tmp_path / "stat").look({}, set(), at=1.0) == ()


SPIN = """
import time
while time.process_time() < 0.5: pass
"""
SPUN_SECONDS = 0.5
# Ticks that the kernel samples, and the moments between two files that are read.
TOLERANCE_SECONDS = 0.15


@pytest.fixture
def run() -> Iterator[Callable[[str], int]]:
    """Start what stands for perfcompare: a process that does what it reads."""
    started = subprocess.Popen(
        [sys.executable, "-uc", "import sys\nfor line in sys.stdin: exec(line)"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def do(code: str) -> int:
        assert started.stdin is not None
        assert started.stdout is not None
        started.stdin.write(f"{code}; print('done')\n")
        started.stdin.flush()
        assert started.stdout.readline() == "done\n"
        return started.pid

    yield do
    started.communicate()


def spin() -> None:
    subprocess.run([sys.executable, "-c", SPIN], check=True)


def busy_seconds() -> float:
    times = psutil.cpu_times()
    return times.user + times.nice + times.system + times.irq + times.softirq


def others_while(host: Host, act: Callable[[], object]) -> tuple[float, float]:
    """Return what others used while something was done, and what all did."""
    host.look(processes(), set(), at=1.0)
    before = busy_seconds()
    act()
    found = {
        reading.service: reading.cpu_seconds
        for reading in host.look(processes(), set(), at=2.0)
    }
    return found[OTHERS], busy_seconds() - before


def test_a_busy_stranger_shows_up_in_others(run: Callable[[str], int]) -> None:
    others_seconds, _ = others_while(Host(run("pass")), spin)

    assert others_seconds >= SPUN_SECONDS - TOLERANCE_SECONDS


@pytest.mark.parametrize(
    "code",
    [
        # Itself; a child that no look ever sees; one that still is there at the end.
        f"exec({SPIN!r})",
        f"import subprocess; subprocess.run([sys.executable, '-c', {SPIN!r}])",
        (
            "import subprocess; child = subprocess.Popen([sys.executable, '-c',"
            f" {SPIN + 'print(flush=True); input()'!r}], stdout=-1, stdin=-1);"
            " child.stdout.readline()"
        ),
    ],
)
def test_what_perfcompare_and_its_children_use_is_not_of_others(
    run: Callable[[str], int], code: str
) -> None:
    others_seconds, all_seconds = others_while(Host(run("pass")), lambda: run(code))

    assert all_seconds >= SPUN_SECONDS - TOLERANCE_SECONDS
    assert others_seconds <= all_seconds - SPUN_SECONDS + TOLERANCE_SECONDS


def test_a_watch_reads_the_host_at_each_look_and_leaves_our_children_out(
    tmp_path: Path,
) -> None:
    tree = Tree(owner="base", service="api", pid=os.getpid())
    before = busy_seconds()
    with ProcessSampler(tmp_path).watching([tree], interval_seconds=3600) as watch:
        spin()
        readings = watch.finish()
    all_seconds = busy_seconds() - before

    host = [reading for reading in readings if reading.owner == HOST]
    looks = sorted({reading.at for reading in readings})
    assert [(each.at, each.service) for each in host] == [
        (at, service) for at in looks for service in (OTHERS, STEAL)
    ]
    assert [each.cpu_seconds for each in host[:2]] == [0.0, 0.0]
    assert host[2].cpu_seconds <= all_seconds - SPUN_SECONDS + TOLERANCE_SECONDS
    assert {(r.pid, r.parent_pid, r.threads, r.rss_bytes) for r in host} == {(0,) * 4}


def test_a_service_that_another_started_is_ours_while_it_is_watched(
    run: Callable[[str], int], tmp_path: Path
) -> None:
    # perfcompare is the process that does nothing; the test is systemd, so to say.
    service = subprocess.Popen(
        [sys.executable, "-c", f"input(){SPIN}print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert service.stdin is not None
    assert service.stdout is not None
    order = Order(
        trees=(Tree(owner="base", service="api", pid=service.pid),),
        run_pid=run("pass"),
        interval_seconds=1.0,
        path=str(tmp_path / "readings"),
    )
    stdin, stdout = service.stdin, service.stdout

    def wait(_: float) -> bool:
        stdin.write(b"\n")
        stdin.flush()
        stdout.readline()
        return True

    before = busy_seconds()
    watch(order, wait=wait)
    all_seconds = busy_seconds() - before
    service.communicate(b"\n")

    readings = decode((tmp_path / "readings").read_bytes(), order.trees)
    (_, others) = [each for each in readings if each.service == OTHERS]
    assert others.cpu_seconds <= all_seconds - SPUN_SECONDS + TOLERANCE_SECONDS
