# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

from perfcompare.model.caveat import Killed, OneWay
from perfcompare.report.care import care_words
from perfcompare.testing.judgements import parity_run


def killed(variant, service, rounds, grace_seconds=10.0):
    return Killed(
        variant=variant, service=service, rounds=rounds, grace_seconds=grace_seconds
    )


def said(*caveats):
    return care_words(replace(parity_run(), caveats=caveats))


def test_a_service_that_was_killed_everywhere_is_said_once():
    always = tuple(range(1, 7))

    assert said(
        killed("base", "share", always),
        killed("sham", "data", (3,)),
        killed("sham", "share", always),
        killed("base", "data", (6,), 12.4),
    ) == (
        "share ignored SIGTERM for 10 s and was killed: base and sham in all 6 rounds",
        (
            "data ignored SIGTERM for 12 s and was killed: sham in round 3; base in"
            " round 6"
        ),
    )


def test_what_bears_on_the_verdict_comes_before_what_was_killed():
    first, second = said(killed("base", "share", (1,)), OneWay())

    assert first == str(OneWay())
    assert second.startswith("share ignored SIGTERM")


def test_a_name_that_acts_is_shown():
    assert "\\x1b[31m" in said(killed("base", "\x1b[31mshare", (1,)))[0]
