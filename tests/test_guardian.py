# SPDX-License-Identifier: Apache-2.0
import os
import signal
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.command import Daemon, processes
from perfcompare.guardian import Journal, Terminated, sweep
from perfcompare.model.errors import ExperimentError

# What perfcompare does, in small: a guarded child with a daemon that has left its
# session (and, if stubborn, ignores SIGTERM).  It notes the pids of both.
PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from perfcompare.guardian import guarded

out, scratch = Path(sys.argv[1]), Path(sys.argv[2])

def note(name, text):
    (out / "new").write_text(str(text))
    (out / "new").rename(out / name)

def orphan():
    if middle := os.fork():
        os.waitpid(middle, 0)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    obeys = sys.argv[3] == "obedient"
    signal.signal(signal.SIGTERM, signal.SIG_DFL if obeys else signal.SIG_IGN)
    note("orphan", os.getpid())
    while True:
        time.sleep(60)

def body():
    BODY

def work():
    (scratch / "data").write_text("x")
    orphan()
    while not (out / "orphan").exists():
        time.sleep(0.01)
    try:
        note("child", os.getpid())
        return body()
    finally:
        note("cleaned", "")

status = guarded(work, scratch=scratch)
note("guardian-returned", status)
sys.exit(status)
"""
SLEEP = "time.sleep(60); return 0"


@dataclass(frozen=True, kw_only=True)
class Run:
    daemon: Daemon
    out: Path
    scratch: Path

    @property
    def log(self) -> str:
        return (self.out / "log").read_text()

    def pid(self, name: str) -> int:
        path = self.out / name
        assert eventually(path.exists), self.log
        return int(path.read_text())

    def end(self) -> int:
        """Wait for the guardian and return its status."""
        assert eventually(lambda: self.daemon.status is not None), self.log
        assert self.daemon.status is not None
        return self.daemon.status

    def left(self) -> tuple[str, ...]:
        """Return what is left of it: names of processes, files beside the scratch."""
        pids = (self.pid("child"), self.pid("orphan"))
        names = [n for n, p in zip(("child", "orphan"), pids, strict=True) if alive(p)]
        return (*names, *sorted(path.name for path in self.scratch.parent.iterdir()))


def alive(pid: int) -> bool:
    process = processes().get(pid)
    return process is not None and not process.ended


def eventually(true) -> bool:
    clock = SystemClock()
    deadline = clock.monotonic() + 20
    while not true() and clock.monotonic() < deadline:
        clock.sleep(0.01)
    return bool(true())


@pytest.fixture
def begin(tmp_path):
    """Start the program with a given body of work; end whatever a test leaves."""
    runs = []

    def start(work: str = SLEEP, orphan: str = "obedient") -> Run:
        out = tmp_path / "out"
        out.mkdir()
        scratch = tmp_path / "scratch" / "run"
        program = PROGRAM.replace("    BODY", textwrap.indent(work, "    "))
        daemon = command.start(
            [sys.executable, "-c", program, str(out), str(scratch), orphan],
            log=out / "log",
        )
        run = Run(daemon=daemon, out=out, scratch=scratch)
        runs.append(run)
        run.pid("child")
        return run

    yield start
    for run in runs:
        run.daemon.terminate(grace_seconds=10)
        for name in ("child", "orphan"):
            if alive(run.pid(name)):
                os.kill(run.pid(name), signal.SIGKILL)


def test_the_status_of_the_work_passes_through(begin):
    run = begin("return 7")

    assert (run.end(), run.left()) == (7, ())
    assert run.pid("guardian-returned") == 7


def test_an_exception_of_the_work_is_shown_and_nothing_is_left(begin):
    run = begin("raise ValueError('broken')")

    assert (run.end(), run.left()) == (1, ())
    assert "ValueError: broken" in run.log


def test_a_child_that_is_killed_leaves_neither_processes_nor_scratch(begin):
    run = begin(orphan="stubborn")

    os.kill(run.pid("child"), signal.SIGKILL)

    assert (run.end(), run.left()) == (128 + signal.SIGKILL, ())
    assert "ended 1 processes that were left behind" in run.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_lets_the_child_clean_up(begin, number):
    run = begin()

    os.kill(run.daemon.pid, number)

    assert (run.end(), run.left()) == (128 + number, ())
    assert (run.out / "cleaned").exists()


def test_ctrl_c_for_the_group_interrupts_the_child_exactly_once(begin):
    run = begin("""
try:
    time.sleep(60)
except KeyboardInterrupt:
    # A second one would be raised here, if it were not too soon to be told apart.
    time.sleep(0.3)
    return 130
""")

    assert os.getpgid(run.pid("child")) != run.daemon.pid
    os.killpg(run.daemon.pid, signal.SIGINT)

    assert (run.end(), run.left()) == (130, ())


def test_ctrl_c_for_the_guardian_alone_is_forwarded(begin):
    run = begin()

    os.kill(run.daemon.pid, signal.SIGINT)

    # Python ends an uncaught KeyboardInterrupt with the signal itself.
    assert (run.end(), run.left()) == (128 + signal.SIGINT, ())


def test_a_second_request_does_not_cut_the_clean_up_short(begin):
    run = begin("""
try:
    time.sleep(60)
except SystemExit:
    os.kill(os.getpid(), signal.SIGTERM)
    note("slow", 1)
    raise
""")

    os.kill(run.daemon.pid, signal.SIGTERM)

    assert (run.end(), run.pid("slow")) == (128 + signal.SIGTERM, 1)


def test_a_killed_guardian_makes_the_child_clean_up(begin):
    run = begin()
    # The journal knows the orphan when its line is there.
    journal = run.scratch.with_name("run.journal")
    assert eventually(lambda: f"\n{run.pid('orphan')} " in journal.read_text())

    os.kill(run.daemon.pid, signal.SIGKILL)

    assert eventually(lambda: run.left() == ()), run.left()
    assert (run.out / "cleaned").exists()


def test_when_both_are_killed_the_next_run_cleans_up(begin):
    run = begin()
    journal = run.scratch.with_name("run.journal")
    assert eventually(lambda: f"\n{run.pid('orphan')} " in journal.read_text())
    os.kill(run.daemon.pid, signal.SIGSTOP)
    os.kill(run.pid("child"), signal.SIGKILL)
    os.kill(run.daemon.pid, signal.SIGKILL)
    run.end()
    assert run.left() == ("orphan", "run", "run.journal")

    swept = sweep(run.scratch.parent)

    assert (swept, run.left()) == ((run.scratch,), ())


def test_a_run_is_not_swept_while_its_guardian_lives(begin):
    run = begin()
    os.kill(run.daemon.pid, signal.SIGSTOP)
    os.kill(run.pid("child"), signal.SIGKILL)
    assert eventually(lambda: not alive(run.pid("child")))

    swept = sweep(run.scratch.parent)

    assert (swept, alive(run.pid("orphan"))) == ((), True)
    os.kill(run.daemon.pid, signal.SIGCONT)
    run.end()


def test_a_run_is_not_swept_while_its_child_cleans_up(begin):
    run = begin("""
try:
    time.sleep(60)
finally:
    note("leaving", 1)
    while not (out / "go-on").exists():
        time.sleep(0.01)
""")
    os.kill(run.daemon.pid, signal.SIGKILL)
    run.pid("leaving")

    swept = sweep(run.scratch.parent)

    assert (swept, alive(run.pid("orphan"))) == ((), True)
    (run.out / "go-on").touch()
    assert eventually(lambda: not alive(run.pid("child")))


def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(tmp_path):
    stranger = command.start(
        [sys.executable, "-c", "import time; time.sleep(60)"], log=tmp_path / "log"
    )
    journal = Journal.begin(tmp_path / "run")
    boot = journal.path.read_text()
    os.close(journal._descriptor)
    journal.path.write_text(f"{boot}{stranger.pid} 1\n")

    swept = sweep(tmp_path)

    assert (swept, alive(stranger.pid)) == ((tmp_path / "run",), True)
    stranger.terminate(grace_seconds=10)


@pytest.mark.parametrize(
    "text", ["{boot}{pid} {ticks}", "another boot\n{pid} {ticks}\n"]
)
def test_a_torn_line_and_pids_of_another_boot_are_not_believed(tmp_path, text):
    other = command.start(
        [sys.executable, "-c", "import time; time.sleep(60)"], log=tmp_path / "log"
    )
    journal = Journal.begin(tmp_path / "run")
    boot = journal.path.read_text()
    os.close(journal._descriptor)
    ticks = processes()[other.pid].started_ticks
    journal.path.write_text(text.format(boot=boot, pid=other.pid, ticks=ticks))

    sweep(tmp_path)

    assert alive(other.pid)
    other.terminate(grace_seconds=10)


def test_a_scratch_directory_that_is_there_already_is_refused(tmp_path):
    (tmp_path / "run").mkdir()

    with pytest.raises(ExperimentError, match=r"cannot begin in .*: File exists"):
        Journal.begin(tmp_path / "run")


def test_a_journal_that_somebody_else_planted_is_not_obeyed(tmp_path):
    if os.geteuid():
        pytest.skip("only root can give a file away")
    journal = Journal.begin(tmp_path / "run")
    os.close(journal._descriptor)
    os.chown(journal.path, 65534, 65534)

    assert sweep(tmp_path) == ()
    assert journal.scratch.exists()


def test_a_directory_of_another_user_is_no_place_to_begin(tmp_path):
    if os.geteuid():
        pytest.skip("only root can give a directory away")
    os.chown(tmp_path, 65534, 65534)

    with pytest.raises(ExperimentError, match="is another user's"):
        Journal.begin(tmp_path / "run")


def test_only_the_owner_can_look_into_the_scratch_directory(tmp_path):
    journal = Journal.begin(tmp_path / "run")

    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
    journal.end()
    assert list(tmp_path.iterdir()) == []


def test_terminated_is_no_exception_that_a_handler_catches_by_chance():
    assert not issubclass(Terminated, Exception)
    assert Terminated(signal.SIGTERM).code == 143
