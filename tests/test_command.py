# SPDX-License-Identifier: Apache-2.0
import os
import signal
import sys
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.command import Process, family, processes, run, start, still_there
from perfcompare.model.errors import ExperimentError

# A process that has left its parent's group and session, and ignores SIGTERM.
STUBBORN_ORPHAN = """
import os, signal, sys, time
def orphan(path):
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(path + ".new", "w") as out:
        out.write(str(os.getpid()))
    os.rename(path + ".new", path)
    while True:
        time.sleep(60)
"""


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def wait_for(path: Path) -> str:
    """Return the content of *path* as soon as it is there."""
    clock = SystemClock()
    deadline = clock.monotonic() + 20
    while not path.exists() and clock.monotonic() < deadline:
        clock.sleep(0.01)
    return path.read_text()


def alive(pid: int) -> bool:
    process = processes().get(pid)
    return process is not None and not process.ended


def ends(pid: int) -> bool:
    """Wait for the end of *pid*: SIGKILL takes a moment to be carried out."""
    clock = SystemClock()
    deadline = clock.monotonic() + 20
    while alive(pid) and clock.monotonic() < deadline:
        clock.sleep(0.01)
    return not alive(pid)


def make(pid: int, parent_pid: int, started_ticks: int = 1) -> Process:
    return Process(
        pid=pid,
        parent_pid=parent_pid,
        session=pid,
        started_ticks=started_ticks,
        ended=False,
        cpu_ticks=0,
        waited_ticks=0,
    )


def table(*members: Process) -> dict[int, Process]:
    return {process.pid: process for process in members}


def test_run_returns_status_and_both_streams_in_order():
    code = "import os; os.write(1, b'a'); os.write(2, b'b'); os.write(1, b'c'); exit(3)"

    finished = run(python(code))

    assert (finished.status, finished.output) == (3, "abc")


def test_run_feeds_stdin_larger_than_a_pipe():
    data = b"x" * 300_000

    finished = run(python("print(len(input()))"), stdin=data)

    assert finished.output == "300000\n"


def test_run_passes_environment_and_directory(tmp_path):
    code = "import os; print(os.environ['MARK'], os.getcwd())"

    finished = run(python(code), env={"MARK": "m"}, cwd=tmp_path)

    assert finished.output == f"m {tmp_path}\n"


def test_run_reports_the_signal_that_ended_a_command():
    finished = run(python("import os; os.kill(os.getpid(), 9)"))

    assert finished.status == -9


def test_run_of_a_missing_program_names_it():
    with pytest.raises(ExperimentError, match="cannot run no-such-program"):
        run(["no-such-program"])


def test_run_in_a_missing_directory_names_the_directory(tmp_path):
    with pytest.raises(ExperimentError, match=f"{tmp_path}/gone: No such file"):
        run(python("pass"), cwd=tmp_path / "gone")


def test_a_timeout_kills_the_whole_group_and_quotes_the_last_line(tmp_path):
    code = (
        "import os, sys, time; child = os.fork()\n"
        "if child: open(sys.argv[1], 'w').write(str(child)); print('busy', flush=True)"
        "\ntime.sleep(60)"
    )

    with pytest.raises(ExperimentError, match=r"did not end within 1 s .* line: busy"):
        run(python(code, tmp_path / "pid"), timeout_seconds=1)

    assert ends(int((tmp_path / "pid").read_text()))


def test_run_does_not_wait_for_a_daemon_that_holds_its_output(tmp_path):
    code = STUBBORN_ORPHAN + "orphan(sys.argv[1])"
    clock = SystemClock()
    begin = clock.monotonic()

    finished = run(python(code, tmp_path / "pid"), timeout_seconds=20)

    assert (finished.status, clock.monotonic() - begin < 10) == (0, True)
    os.kill(int(wait_for(tmp_path / "pid")), signal.SIGKILL)


def test_run_leaves_nothing_of_its_group():
    code = (
        "import os, time; child = os.fork(); print(child) if child else time.sleep(60)"
    )

    finished = run(python(code))

    assert ends(int(finished.output))


def test_a_daemon_leads_its_own_session_and_appends_to_its_log(tmp_path):
    log = tmp_path / "log"
    log.write_text("before\n")
    daemon = start(
        python("import os; print(os.getsid(0)); input(); exit(5)"),
        log=log,
        pipe_stdin=True,
    )
    assert daemon.stdin is not None

    daemon.stdin.write(b"\n")
    daemon.stdin.flush()
    clock = SystemClock()
    while daemon.status is None:
        clock.sleep(0.01)
    daemon.terminate(grace_seconds=0)

    assert (daemon.status, log.read_text()) == (5, f"before\n{daemon.pid}\n")


def test_a_daemon_that_obeys_is_not_killed(tmp_path):
    daemon = start(python("import time; time.sleep(60)"), log=tmp_path / "log")

    killed = daemon.terminate(grace_seconds=20)

    assert (killed, daemon.status, daemon.orphans) == (False, -signal.SIGTERM, 0)


def test_a_daemon_that_ignores_sigterm_is_killed_after_its_grace(tmp_path):
    code = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "open(sys.argv[1], 'w').close(); time.sleep(60)"
    )
    daemon = start(python(code, tmp_path / "up"), log=tmp_path / "log")
    wait_for(tmp_path / "up")

    killed = daemon.terminate(grace_seconds=0.2)

    assert (killed, daemon.status, daemon.orphans) == (True, -signal.SIGKILL, 0)


def test_no_zombie_is_left_of_a_daemon(tmp_path):
    daemon = start(python("import time; time.sleep(60)"), log=tmp_path / "log")

    daemon.terminate(grace_seconds=20)

    assert daemon.pid not in processes()


def test_an_orphan_in_a_session_of_its_own_is_found_and_counted(tmp_path):
    # The middle process lives until SIGTERM: until then the tree is whole.
    code = (
        STUBBORN_ORPHAN.replace("os._exit(0)", "time.sleep(60)")
        + "orphan(sys.argv[1]); time.sleep(60)"
    )
    daemon = start(python(code, tmp_path / "pid"), log=tmp_path / "log")
    pid = int(wait_for(tmp_path / "pid"))

    killed = daemon.terminate(grace_seconds=20)

    assert (killed, daemon.orphans, alive(pid)) == (False, 1, False)


def test_what_a_dead_daemon_left_in_its_session_is_ended(tmp_path):
    code = (
        "import os, time; child = os.fork(); print(child) if child else time.sleep(60)"
    )
    daemon = start(python(code), log=tmp_path / "log")
    clock = SystemClock()
    while daemon.status is None:
        clock.sleep(0.01)
    pid = int((tmp_path / "log").read_text())
    assert alive(pid)

    killed = daemon.terminate(grace_seconds=20)

    assert (killed, alive(pid)) == (False, False)


def test_a_stranger_who_got_the_number_of_a_dead_daemon_is_left_alone(tmp_path):
    stranger = start(python("import time; time.sleep(60)"), log=tmp_path / "log")
    daemon = start(python("pass"), log=tmp_path / "log")
    daemon._process.wait()
    daemon._process.pid = stranger.pid

    daemon.terminate(grace_seconds=20)

    assert stranger.status is None
    stranger.terminate(grace_seconds=20)


def test_terminating_twice_is_harmless(tmp_path):
    daemon = start(python("import time; time.sleep(60)"), log=tmp_path / "log")
    daemon.terminate(grace_seconds=20)

    assert daemon.terminate(grace_seconds=20) is False


def test_a_missing_daemon_program_is_named(tmp_path):
    with pytest.raises(ExperimentError, match="cannot run no-such-program"):
        start(["no-such-program"], log=tmp_path / "log")


def test_signalling_a_group_that_is_gone_says_so(tmp_path):
    daemon = start(python("pass"), log=tmp_path / "log")
    daemon.terminate(grace_seconds=20)

    assert command.signal_group(daemon.pid, signal.SIGTERM) is False


def test_the_process_table_knows_this_process_and_its_parent():
    me = processes()[os.getpid()]

    assert (me.parent_pid, me.session, me.ended) == (
        os.getppid(),
        os.getsid(0),
        False,
    )


def test_a_family_is_the_tree_below_each_root():
    relatives = table(make(1, 0), make(2, 1), make(3, 2), make(4, 1), make(5, 0))

    assert family([2, 5], relatives) == {2: 2, 3: 2, 5: 5}


def test_a_root_below_another_root_begins_a_tree_of_its_own():
    relatives = table(make(1, 0), make(2, 1), make(3, 2))

    assert family([1, 2], relatives) == {1: 1, 2: 2, 3: 2}


def test_a_number_that_was_given_to_another_process_is_not_the_old_one():
    was = make(7, 1, started_ticks=100)

    assert still_there([was], table(make(7, 1, started_ticks=200))) == ()
    assert still_there([was], table(make(7, 9, started_ticks=100))) == (
        make(7, 9, 100),
    )
