# SPDX-License-Identifier: Apache-2.0
import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.command import processes
from perfcompare.model.errors import SamplingError
from perfcompare.model.target import HOST, Tree
from perfcompare.model.visit import Reading
from perfcompare.sampling.process import (
    FULL_EVERY,
    FULL_FIRST,
    Order,
    _until_next,
    watch,
)
from perfcompare.sampling.processes import Watcher
from perfcompare.sampling.readings import decode
from perfcompare.sampling.sampler import ProcessSampler

# A master with one worker; each says so when it is up, then does what it reads.
MASTER = """
import os, sys, threading
ballast = bytearray(os.urandom(20_000_000))
threads = [threading.Thread(target=threading.Event().wait, daemon=True) for _ in "abc"]
for thread in threads:
    thread.start()
if sys.argv[1] == "fork" and os.fork() == 0:
    keep = bytearray(os.urandom(10_000_000))
    print("worker", os.getpid(), flush=True)
    threading.Event().wait()
print("master", os.getpid(), flush=True)
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""


class Service:
    """A real tree of processes that the test can talk to."""

    def __init__(self, kind: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", MASTER, kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        said = dict(self._line().split() for _ in range(1 + (kind == "fork")))
        self.pid = int(said["master"])
        self.worker = int(said.get("worker", 0))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def do(self, code: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(code + "\n")
        self._process.stdin.flush()
        assert self._line() == "done\n"

    def kill(self) -> None:
        command.signal_group(self.pid, signal.SIGKILL)
        self._process.communicate()

    def tree(self, owner: str = "base", service: str = "api") -> Tree:
        return Tree(owner=owner, service=service, pid=self.pid)


@pytest.fixture
def begin():
    services: list[Service] = []

    def start(kind: str = "single") -> Service:
        services.append(Service(kind))
        return services[-1]

    yield start
    for service in services:
        service.kill()


def order_of(*trees: Tree, interval_seconds: float, path: Path) -> Order:
    return Order(
        trees=trees,
        run_pid=os.getpid(),
        interval_seconds=interval_seconds,
        path=str(path),
    )


def of_processes(readings: Iterable[Reading]) -> list[Reading]:
    """Leave out those of the host."""
    return [reading for reading in readings if reading.owner != HOST]


def look(*trees: Tree, full: bool = True):
    return Watcher(trees).look(at=1.0, full=full)


def test_a_look_sees_the_root_and_its_workers_with_one_time(begin):
    service = begin("fork")

    readings = look(service.tree())

    assert {(r.pid, r.parent_pid, r.at, r.service) for r in readings} == {
        (service.pid, os.getpid(), 1.0, "api"),
        (service.worker, service.pid, 1.0, "api"),
    }


def test_a_full_look_gives_plausible_values(begin):
    service = begin("fork")

    master, worker = sorted(
        look(service.tree()), key=lambda r: r.parent_pid != os.getpid()
    )

    assert (master.threads, worker.threads) == (4, 1)
    assert master.file_descriptors is not None
    assert master.file_descriptors >= 3
    assert master.cpu_seconds > 0
    # The worker shares the 20 MB of its master: RSS counts them twice, PSS half each.
    assert worker.rss_bytes > 30_000_000
    assert worker.pss_bytes is not None
    assert worker.uss_bytes is not None
    assert 10_000_000 < worker.uss_bytes < worker.pss_bytes < worker.rss_bytes - 10e6


def test_a_cheap_look_leaves_the_dear_values_out(begin):
    (reading,) = look(begin().tree(), full=False)

    assert reading.rss_bytes > 20_000_000
    assert (
        reading.uss_bytes,
        reading.pss_bytes,
        reading.voluntary_switches,
        reading.involuntary_switches,
    ) == (None, None, None, None)


def test_switches_of_all_threads_are_summed(begin):
    service = begin()
    (before,) = look(service.tree())
    # A thread that sleeps 50 times: the main thread hardly switches meanwhile.
    service.do(
        "import time; f = lambda: [time.sleep(0.001) for _ in range(50)];"
        " naps = threading.Thread(target=lambda: (f(), threading.Event().wait()),"
        " daemon=True); naps.start();"
        " threading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    service.do("time.sleep(0.2)")

    (after,) = look(service.tree())

    assert before.voluntary_switches is not None
    assert after.voluntary_switches is not None
    assert after.voluntary_switches - before.voluntary_switches >= 50


def test_a_worker_that_ends_and_one_that_begins_are_followed(begin):
    service = begin("fork")
    watcher = Watcher([service.tree()])
    watcher.look(at=1.0, full=True)
    os.kill(service.worker, signal.SIGKILL)
    service.do("os.waitpid(-1, 0); new = os.fork() or threading.Event().wait()")

    readings = watcher.look(at=2.0, full=True)

    assert len(readings) == 2
    assert service.worker not in {reading.pid for reading in readings}


def test_a_zombie_is_not_read(begin):
    service = begin("fork")
    os.kill(service.worker, signal.SIGKILL)
    service.do("os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)")

    assert [reading.pid for reading in look(service.tree())] == [service.pid]


def test_a_tree_inside_another_tree_is_counted_once(begin):
    service = begin("fork")
    inner = Tree(owner="base", service="worker", pid=service.worker)

    readings = look(service.tree(), inner)

    assert {(r.service, r.pid) for r in readings} == {
        ("api", service.pid),
        ("worker", service.worker),
    }


def test_a_root_that_is_gone_is_named():
    gone = Tree(owner="base", service="manila-api", pid=2**22 + 1)

    with pytest.raises(SamplingError, match=r"manila-api of base \(pid 4194305\)"):
        Watcher([gone])


def test_a_root_whose_number_has_passed_to_another_process_is_not_read(begin):
    service = begin()
    watcher = Watcher([service.tree()])
    watcher._roots[service.pid] = (service.pid, 1)

    assert watcher.look(at=1.0, full=True) == ()


def test_a_watch_begins_and_ends_with_a_full_look(begin, tmp_path):
    sampler = ProcessSampler(tmp_path)
    service = begin("fork")

    with sampler.watching([service.tree()], interval_seconds=3600) as running:
        readings = running.finish()

    looks = defaultdict(list)
    for reading in of_processes(readings):
        looks[reading.at].append(reading.pss_bytes is not None)
    assert list(looks.values()) == [[True, True], [True, True]]


def test_finish_can_be_asked_twice_and_leaves_no_file_behind(begin, tmp_path):
    sampler = ProcessSampler(tmp_path)

    with sampler.watching([begin().tree()], interval_seconds=3600) as running:
        assert running.finish() == running.finish()

    assert list(tmp_path.iterdir()) == []


def test_the_sampler_tells_owners_apart(begin, tmp_path):
    base, target = begin(), begin()

    with ProcessSampler(tmp_path).watching(
        [base.tree(), target.tree(owner="target")], interval_seconds=3600
    ) as running:
        readings = running.finish()

    assert {(r.owner, r.pid) for r in of_processes(readings)} == {
        ("base", base.pid),
        ("target", target.pid),
    }


def test_a_missing_root_is_an_error_when_the_watch_begins(tmp_path):
    gone = Tree(owner="target", service="manila-share", pid=2**22 + 1)

    with (
        pytest.raises(SamplingError, match=r"nothing to watch: manila-share of target"),
        ProcessSampler(tmp_path).watching([gone], interval_seconds=1),
    ):
        pytest.fail("it began")


def test_a_sampler_that_died_is_an_error(begin, tmp_path):
    with ProcessSampler(tmp_path).watching(
        [begin().tree()], interval_seconds=3600
    ) as running:
        os.kill(running.pid, signal.SIGTERM)

        with pytest.raises(SamplingError, match="ended with status -15"):
            running.finish()


def test_leaving_without_finish_ends_the_sampler(begin, tmp_path):
    with ProcessSampler(tmp_path).watching(
        [begin().tree()], interval_seconds=3600
    ) as running:
        pid = running.pid

    assert pid not in processes()


def test_the_sampler_ends_when_perfcompare_dies(begin, tmp_path):
    order = order_of(begin().tree(), interval_seconds=3600, path=tmp_path / "readings")
    code = (
        "import os, subprocess, sys; reader, writer = os.pipe()\n"
        "argv = [sys.executable, '-m', 'perfcompare.sampling.process']\n"
        "child = subprocess.Popen(argv, stdin=reader, start_new_session=True)\n"
        "os.write(writer, sys.argv[1].encode()); print(child.pid); sys.stdout.flush()\n"
        "os.kill(os.getpid(), 9)"
    )

    said = command.run([sys.executable, "-c", code, order.to_line().decode()])

    clock = SystemClock()
    deadline = clock.monotonic() + 20
    while int(said.output) in processes() and clock.monotonic() < deadline:
        clock.sleep(0.01)
    assert int(said.output) not in processes()
    data = (tmp_path / "readings").read_bytes()
    assert len({reading.at for reading in decode(data, order.trees)}) == 2


def test_the_first_looks_are_full_and_then_every_fourth(begin, tmp_path):
    order = order_of(begin().tree(), interval_seconds=1, path=tmp_path / "readings")
    waits = iter([False] * (FULL_FIRST + FULL_EVERY) + [True])

    watch(order, wait=lambda _: next(waits))

    data = (tmp_path / "readings").read_bytes()
    readings = of_processes(decode(data, order.trees))
    full = [reading.pss_bytes is not None for reading in readings]
    cycle = [True, False, False, False]
    assert full == [True] * FULL_FIRST + [*cycle, True, True]


@pytest.mark.parametrize(
    ("passed_seconds", "wait_seconds"),
    # After a look that took 0.1 s, one that took 0.6 s, and one that took none.
    [(0.1, 0.4), (0.6, 0.4), (1.0, 0.5)],
)
def test_looks_are_due_at_multiples_of_the_interval(passed_seconds, wait_seconds):
    assert _until_next(passed_seconds, 0.5) == pytest.approx(wait_seconds)


def test_an_order_is_one_line_of_json():
    order = Order(
        trees=(Tree(owner="base", service="a\nb", pid=1),),
        run_pid=2,
        interval_seconds=0.5,
        path="p",
    )

    line = order.to_line()

    assert (line.count(b"\n"), Order.from_line(line)) == (1, order)
    assert json.loads(line)["interval_seconds"] == 0.5
