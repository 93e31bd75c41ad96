# SPDX-License-Identifier: Apache-2.0
import io

import pytest

from perfcompare.cli.terminal_plain import PlainProgress
from perfcompare.cli.terminal_words import duration, stopwatch
from perfcompare.experiment.progress import (
    Activity,
    Event,
    Quantity,
    RoundEnd,
    TurnEvent,
)
from perfcompare.model.visit import Phase
from perfcompare.testing.clock import FakeClock


def event(activity, *, number=0, variant="", seconds_left=None):
    return Event(
        activity=activity,
        round=number,
        rounds=6,
        up_to=False,
        variant=variant,
        seconds_left=seconds_left,
    )


def ended(*latencies, counted=2, up_to=False):
    return RoundEnd(
        round=2,
        rounds=6,
        up_to=up_to,
        counted=counted,
        latencies=tuple(
            Quantity(subject=subject, variant=variant, value=value)
            for subject, variant, value in latencies
        ),
        memory=(),
    )


def lines_of(end):
    out = io.StringIO()
    PlainProgress(out, FakeClock()).show_end(end)
    return out.getvalue()


def test_plain_lines_tell_time_place_and_what_is_left():
    out, clock = io.StringIO(), FakeClock()
    progress = PlainProgress(out, clock)

    progress.show(event(Activity.SET_UP))
    clock.sleep(12.34)
    progress.show(event(Activity.START, number=1, variant="target"))
    clock.sleep(100.0)
    progress.show(event(Activity.LOAD, number=2, seconds_left=600.0))

    assert out.getvalue() == (
        "    0.0 s  set up\n"
        "   12.3 s  round 1 of 6, start target\n"
        "  112.3 s  round 2 of 6, load (about 10 min left)\n"
    )


def test_a_round_that_has_ended_is_one_line_of_medians():
    end = ended(
        ("list shares", "base", 0.0179),
        ("list shares", "target", 0.0181),
        ("create", "base", 2.0),
        ("create", "target", 1.0),
    )

    assert lines_of(end) == (
        "    0.0 s  round 2 of 6 ended: list shares p50 17.9 → 18.1 ms (+1.1 %);"
        " create p50 2.00 → 1.00 s (-50.0 %);"
        " so far, over 2 rounds, not a verdict\n"
    )


def test_other_variants_stand_behind_the_two_that_are_compared():
    end = ended(
        ("list", "base", 0.010),
        ("list", "target", 0.020),
        ("list", "sham", 0.011),
        counted=1,
    )

    assert lines_of(end) == (
        "    0.0 s  round 2 of 6 ended: list p50 10.0 → 20.0 ms (+100 %),"
        " sham 11.0 ms; so far, over 1 round, not a verdict\n"
    )


def test_where_only_one_release_has_been_measured_nothing_is_compared():
    end = ended(("list", "target", 0.020), ("list", "crossover", 0.021))

    assert lines_of(end) == (
        "    0.0 s  round 2 of 6 ended: list p50 target 20.0 ms, crossover 21.0 ms;"
        " so far, over 2 rounds, not a verdict\n"
    )


def test_a_round_without_medians_has_ended_all_the_same():
    assert lines_of(ended(up_to=True)) == "    0.0 s  round 2 of up to 6 ended\n"


def test_a_hostile_name_stays_on_its_line():
    end = ended(("a\nb\x1b[2J", "base", 0.010))

    assert lines_of(end).count("\n") == 1
    assert "\x1b" not in lines_of(end)


def test_turns_are_no_lines():
    out = io.StringIO()
    turn = TurnEvent(
        variant="base",
        workload="list",
        phase=Phase.LOAD,
        block=1,
        blocks=4,
        share_done=0.5,
    )

    PlainProgress(out, FakeClock()).show_turn(turn)

    assert out.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (89.0, "89 s"),
        (90.0, "2 min"),
        (600.0, "10 min"),
        (5399.0, "1 h 30 min"),
        (12000.0, "3 h 20 min"),
    ],
)
def test_durations_are_said_as_people_do(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(7.9, "0:07"), (600.0, "10:00"), (3723.0, "1:02:03")]
)
def test_a_stopwatch_shows_hours_only_when_there_are(seconds, words):
    assert stopwatch(seconds) == words


class Gone(io.StringIO):
    """Its reader has left."""

    def flush(self):
        raise BrokenPipeError


def test_a_reader_that_has_left_does_not_end_the_experiment():
    out = Gone()
    progress = PlainProgress(out, FakeClock())

    progress.show(event(Activity.LOAD, number=1))
    progress.show_end(ended())

    assert "round 1 of 6, load" in out.getvalue()
    assert "round 2 of 6 ended" in out.getvalue()
