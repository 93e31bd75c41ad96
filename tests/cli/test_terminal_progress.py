# SPDX-License-Identifier: Apache-2.0
"""What a person at a terminal sees; drawn at moments that a fake clock stops at."""

import io
import os
import pty
import signal
import subprocess
import sys

import pytest
from rich.cells import cell_len
from rich.console import Console

from perfcompare.cli.experimenting import progress, seconds_by_plan
from perfcompare.cli.terminal import TerminalProgress, live_console, manner
from perfcompare.cli.terminal_drawing import Subject
from perfcompare.cli.terminal_plain import PlainProgress
from perfcompare.experiment.progress import (
    Activity,
    Event,
    Quantity,
    RoundEnd,
    TurnEvent,
)
from perfcompare.model.visit import Phase
from perfcompare.report.scale import SPACE
from perfcompare.store.writer import RunWriter
from perfcompare.testing.clock import FakeClock
from perfcompare.testing.plans import make_plan
from perfcompare.testing.runs import Rig

LONG = "list every share of all projects of the whole cloud, with details 🚀"


def event(activity, *, number=2, variant="", seconds_left=None, up_to=False):
    return Event(
        activity=activity,
        round=number,
        rounds=6,
        up_to=up_to,
        variant=variant,
        seconds_left=seconds_left,
    )


def turn(variant, *, phase=Phase.LOAD, block=3, workload="list things", share=0.5):
    return TurnEvent(
        variant=variant,
        workload=workload,
        phase=phase,
        block=block,
        blocks=5,
        share_done=share,
    )


def quantities(subject, base, target, **others):
    values = {"base": base, "target": target, **others}
    return tuple(
        Quantity(subject=subject, variant=variant, value=value)
        for variant, value in values.items()
        if value is not None
    )


def ended(*latencies, number=1, counted=1, memory=()):
    return RoundEnd(
        round=number,
        rounds=6,
        up_to=False,
        counted=counted,
        latencies=latencies,
        memory=memory,
    )


class Screen:
    """A terminal of some width, and the progress on it."""

    def __init__(self, width=78, *, variants=("base", "target"), **changes):
        self._width = width
        self.out = io.StringIO()
        self.clock = FakeClock()
        facts = {
            "title": "Things: 3 % more latency",
            "path": "reports/things-1",
            "seconds_by_plan": None,
        }
        subject = Subject(variants=variants, **{**facts, **changes})
        self.progress = TerminalProgress(self._console(self.out), self.clock, subject)

    def _console(self, out):
        return Console(
            file=out, force_terminal=True, width=self._width, color_system=None
        )

    def lines(self):
        """Draw the moment."""
        out = io.StringIO()
        self._console(out).print(self.progress)
        drawn = out.getvalue().replace(SPACE, " ")
        return [line.rstrip() for line in drawn.splitlines()]

    def lanes(self):
        return [line for line in self.lines() if line[3:7] in {"base", "targ", "cros"}]


def test_before_the_first_round_there_is_the_estimate_of_the_plan():
    screen = Screen(seconds_by_plan=(240.0, 1500.0))

    screen.progress.show(event(Activity.SET_UP, number=0))
    screen.clock.sleep(7.4)

    assert screen.lines() == [
        "Things: 3 % more latency  into reports/things-1",
        "set up …" + " " * 30 + "0:07 · about 4 min to 25 min by the plan",
        "   base    waits",
        "   target  waits",
    ]


def test_a_moment_of_the_load_shows_all_there_is():
    screen = Screen(width=67)
    memory = quantities("things-api", 45 * 2**20, 54 * 2**20)
    latencies = quantities("list things", 0.0179, 0.0181)
    screen.progress.show(event(Activity.START, number=1, variant="base"))
    screen.progress.show_end(ended(*latencies, memory=memory))
    for name in ("base", "target"):
        screen.progress.show(event(Activity.START, variant=name))
    screen.progress.show(event(Activity.LOAD, seconds_left=600.0))
    screen.progress.show_turn(turn("target"))
    screen.clock.sleep(65.0)

    assert screen.lines() == [
        "Things: 3 % more latency  into reports/things-1",
        "round 2 of 6  ━━━━━━━                       1:05 · about 9 min left",
        "   base    up       waits for its turn",
        "▸  target  load     block 3 of 5 · list things",
        "",
        "so far, not a verdict: 1 round",
        "                       base  target        change",
        "list things  p50       17.9    18.1  ms    +1.1 %",
        "things-api   peak PSS  45.0    54.0  MiB  +20.0 %",
    ]


def test_the_lanes_follow_a_round_of_whole_visits():
    screen = Screen()
    seen = []
    for activity, variant in (
        (Activity.START, "base"),
        (Activity.VERIFY, "base"),
        (Activity.IDLE, ""),
        (Activity.SETTLE, ""),
        (Activity.STOP, "base"),
        (Activity.START, "target"),
    ):
        screen.progress.show(event(activity, variant=variant))
        seen.append([line.split() for line in screen.lanes()])

    assert seen == [
        [["▸", "base", "start"], ["target", "waits"]],
        [["▸", "base", "verify"], ["target", "waits"]],
        [["base", "idle"], ["target", "waits"]],
        [["base", "settle"], ["target", "waits"]],
        [["▸", "base", "stop"], ["target", "waits"]],
        [["base", "stopped"], ["▸", "target", "start"]],
    ]


def test_a_new_round_finds_nobody_up():
    screen = Screen()
    screen.progress.show(event(Activity.STOP, variant="base"))

    screen.progress.show(event(Activity.START, number=3, variant="target"))

    assert [line.split() for line in screen.lanes()] == [
        ["base", "waits"],
        ["▸", "target", "start"],
    ]


def test_warm_up_is_no_block():
    screen = Screen()
    screen.progress.show(event(Activity.START, variant="base"))

    screen.progress.show_turn(turn("base", phase=Phase.WARM_UP, block=0))

    assert screen.lanes()[0] == "▸  base    warm-up  list things"


def test_who_is_not_up_waits_for_no_turn():
    screen = Screen()
    screen.progress.show(event(Activity.START, variant="base"))

    screen.progress.show_turn(turn("base"))

    assert [line.split()[:3] for line in screen.lanes()] == [
        ["▸", "base", "load"],
        ["target", "waits"],
    ]


@pytest.mark.parametrize(
    ("seconds_left", "up_to", "words"),
    [
        (None, False, "time left known after a round"),
        (600.0, False, "about 10 min left"),
        (600.0, True, "at most about 10 min left"),
        (0.4, False, "nearly done"),
    ],
)
def test_the_time_left_is_said_as_well_as_it_is_known(seconds_left, up_to, words):
    screen = Screen()

    screen.progress.show(event(Activity.LOAD, seconds_left=seconds_left, up_to=up_to))

    assert screen.lines()[1].endswith(f"0:00 · {words}")


BOTH_UP = [
    event(Activity.START, number=4, variant="base"),
    event(Activity.START, number=4, variant="target"),
    event(Activity.IDLE, number=4),
]


@pytest.mark.parametrize(
    ("told", "cells"),
    [
        ([event(Activity.START, number=4, variant="base")], 30),
        # Of two variants one has been visited: half of round 4.
        (
            [
                event(Activity.STOP, number=4, variant="base"),
                event(Activity.START, number=4, variant="target"),
            ],
            35,
        ),
        # Both are up, and 0.5 of the load is done; then all of it.
        (BOTH_UP, 30),
        ([*BOTH_UP, turn("target")], 35),
        ([*BOTH_UP, turn("target"), event(Activity.SETTLE, number=4)], 40),
        ([*BOTH_UP, event(Activity.STOP, number=4, variant="base")], 40),
        ([event(Activity.START, number=4), ended(number=4)], 40),
    ],
)
def test_the_bar_is_as_long_as_what_is_done(told, cells):
    # 60 cells for 6 rounds.
    screen = Screen(width=13 + 2 + 60 + 2 + len("0:00 · time left known after a round"))
    for each in told:
        if isinstance(each, RoundEnd):
            screen.progress.show_end(each)
        elif isinstance(each, TurnEvent):
            screen.progress.show_turn(each)
        else:
            screen.progress.show(each)

    assert screen.lines()[1].count("━") == cells


def test_others_than_base_and_target_need_a_wide_terminal():
    latencies = quantities("list", 0.010, 0.011, crossover=0.0105, sham=0.0101)
    names = ("base", "target", "crossover", "sham")
    narrow, wide = (Screen(width, variants=names) for width in (79, 80))
    for screen in (narrow, wide):
        screen.progress.show_end(ended(*latencies))

    assert narrow.lines()[-1] == "list  p50  10.0    11.0  ms  +10.0 %"
    assert wide.lines()[-1] == ("list  p50  10.0    11.0       10.5  10.1  ms  +10.0 %")


def test_numbers_of_one_release_are_not_compared():
    screen = Screen(variants=("target", "crossover"), width=80)

    screen.progress.show_end(ended(*quantities("list", None, 0.011, crossover=0.0105)))

    assert "change" not in "\n".join(screen.lines())
    assert screen.lines()[-1].split() == ["list", "p50", "11.0", "10.5", "ms"]


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_nothing_is_wider_than_the_terminal_or_torn(width):
    screen = Screen(width, title=LONG * 3, path=f"/srv/{LONG}/last", variants=("base",))
    screen.progress.show(event(Activity.START, variant="base", seconds_left=60.0))
    screen.progress.show_turn(turn("base", workload=LONG * 4))
    screen.progress.show_end(ended(*quantities(LONG * 2, 0.010, 0.011)))
    screen.progress.show_turn(turn("base", workload=LONG * 4))

    lines = screen.lines()

    assert len(lines) == 8
    assert max(map(cell_len, lines)) <= width


def test_on_sixty_columns_names_give_way_and_numbers_stay():
    screen = Screen(60, path=f"/srv/{'deep/' * 20}last")
    screen.progress.show_end(ended(*quantities(LONG, 0.010, 0.011)))

    lines = screen.lines()

    assert lines[1].startswith("…")
    assert lines[1].endswith("/last")
    assert lines[-1].startswith("list every share of all")
    assert lines[-1].endswith("…  p50  10.0    11.0  ms  +10.0 %")


def test_names_act_in_no_way():
    screen = Screen(title="a[bold]b\x1b[2J", path="x\ny", variants=("base",))
    screen.progress.show(event(Activity.START, variant="base"))
    screen.progress.show_turn(turn("base", workload="[red]\x07"))

    text = "\n".join(screen.lines())

    assert r"a[bold]b\x1b[2J  into x\ny" in text
    assert r"· [red]\x07" in text


def test_what_is_said_is_neither_broken_nor_acts():
    screen = Screen(40)

    screen.progress.say(f"into /srv/{'deep/' * 20}last\x1b[2J")

    assert screen.out.getvalue() == f"into /srv/{'deep/' * 20}last\\x1b[2J\n"


def test_a_finished_round_and_what_is_said_stay_above():
    screen = Screen()
    with screen.progress:
        screen.progress.say("installing [things]")
        screen.clock.sleep(100.0)
        screen.progress.show_end(ended())

    assert "installing [things]\n" in screen.out.getvalue()
    assert "round 1 of 6 done · 1:40\n" in screen.out.getvalue()


def test_results_on_stdout_go_past_the_lines_on_stderr(capsys):
    with Screen().progress:
        print("the result")  # noqa: T201

    assert capsys.readouterr().out == "the result\n"


def test_a_terminal_that_is_gone_does_not_end_the_experiment():
    class Gone(io.StringIO):
        gone = False

        def write(self, text):
            if self.gone:
                raise OSError(5, "Input/output error")
            return super().write(text)

    out = Gone()
    console = Console(file=out, force_terminal=True)
    subject = Subject(title="t", path="p", variants=("base",), seconds_by_plan=None)
    shown = TerminalProgress(console, FakeClock(), subject)
    shown.say("before")

    out.gone = True
    shown.say("after")
    shown.__exit__(None, None, None)

    assert out.getvalue() == "before\n"


def test_telling_draws_nothing():
    screen = Screen()

    screen.progress.show(event(Activity.LOAD))
    screen.progress.show_turn(turn("base"))

    assert screen.out.getvalue() == ""


class Tty(io.StringIO):
    """Says that it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("out", "term", "is_live"),
    [
        (Tty(), "xterm-256color", True),
        (Tty(), "dumb", False),
        (io.StringIO(), "xterm-256color", False),
    ],
)
def test_lines_change_only_where_they_can(monkeypatch, out, term, is_live):
    monkeypatch.setenv("TERM", term)

    assert (live_console(out) is not None) == is_live


def test_forced_colours_make_no_terminal_of_a_pipe(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert live_console(io.StringIO()) is None


@pytest.mark.parametrize(
    ("out", "variables", "expected"),
    [
        (Tty(), {}, (True, 90)),
        (Tty(), {"NO_COLOR": "1"}, (False, 90)),
        (Tty(), {"TERM": "dumb"}, (False, 90)),
        (Tty(), {"COLUMNS": "300"}, (True, 100)),
        (Tty(), {"COLUMNS": "20"}, (True, 40)),
        (io.StringIO(), {}, (False, 100)),
        (io.StringIO(), {"FORCE_COLOR": "1"}, (True, 100)),
    ],
)
def test_results_have_the_manner_that_suits_their_reader(
    monkeypatch, out, variables, expected
):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    usual = {"TERM": "xterm-256color", "COLUMNS": "90", "LINES": "30"}
    for name, value in {**usual, **variables}.items():
        monkeypatch.setenv(name, value)

    assert manner(out) == expected


def test_a_pipe_gets_plain_lines(tmp_path):
    plan = make_plan(rounds=1)
    with RunWriter.create(tmp_path / "run", plan, created_at=0.0) as writer:  # noqa: SIM117
        with progress(writer, plan.variants) as (shown, _):
            assert isinstance(shown, PlainProgress)


def test_the_estimate_is_of_the_rounds_that_are_left(tmp_path):
    plan = make_plan(rounds=4)
    Rig(plan=make_plan(rounds=1)).run(tmp_path / "run")
    with RunWriter.create(tmp_path / "new", plan, created_at=0.0) as writer:
        whole = seconds_by_plan(writer, plan.variants)
        half = seconds_by_plan(writer, plan.variants[:1])
    with RunWriter.resume(tmp_path / "run", plan) as writer:
        left = seconds_by_plan(writer, plan.variants)

    assert left == pytest.approx(tuple(3 / 4 * seconds for seconds in whole))
    assert half < whole


SCRIPT = """
import sys
from rich.console import Console
from perfcompare.cli.terminal import TerminalProgress
from perfcompare.cli.terminal_drawing import Subject
from perfcompare.clock import SystemClock

subject = Subject(title="title", path="run", variants=("base",), seconds_by_plan=None)
clock = SystemClock()
with TerminalProgress(Console(file=sys.stderr), clock, subject) as shown:
    shown.say("ready")
    clock.sleep(60)
"""


def test_an_interrupt_leaves_the_terminal_in_order():
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stderr=follower, env=environment
    )
    os.close(follower)
    text = ""
    while "ready" not in text:
        text += os.read(leader, 4096).decode()
    child.send_signal(signal.SIGINT)
    try:
        while piece := os.read(leader, 4096).decode():
            text += piece
    except OSError:  # how Linux says that nobody writes any more
        pass
    os.close(leader)
    child.wait()

    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    # The lines are wiped before the message, which stands alone.
    after = text[text.rindex("waits") :]
    assert "\x1b[2K" in after
    assert "KeyboardInterrupt" in after[after.rindex("\x1b[2K") :]
