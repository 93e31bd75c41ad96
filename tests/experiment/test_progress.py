# SPDX-License-Identifier: Apache-2.0
import io

import pytest

from perfcompare.experiment.progress import Activity, Event, PlainProgress, duration
from perfcompare.testing.clock import FakeClock


def event(activity, *, number=0, variant="", seconds_left=None, up_to=False):
    return Event(
        activity=activity,
        round=number,
        rounds=6,
        up_to=up_to,
        variant=variant,
        seconds_left=seconds_left,
    )


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


def test_an_experiment_that_may_end_early_says_how_long_it_is_at_most():
    load = event(Activity.LOAD, number=3, up_to=True)

    assert str(load) == "round 3 of up to 6, load"


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


def test_a_reader_that_has_left_does_not_end_the_experiment():
    class Gone(io.StringIO):
        def flush(self):
            raise BrokenPipeError

    out = Gone()

    PlainProgress(out, FakeClock()).show(event(Activity.LOAD, number=1))

    assert "round 1 of 6, load" in out.getvalue()
