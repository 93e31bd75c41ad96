# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

from perfcompare.model.agreement import Conditions
from perfcompare.report.agreements import agreement_lines, agreement_words
from perfcompare.report.trust import confidence
from perfcompare.testing.comparisons import key_of
from perfcompare.testing.judgements import parity_run
from perfcompare.testing.redistributed import busy_run, redistributed_run
from perfcompare.testing.shapes import agreement_of

KEY = key_of("mean", workload="list images")


def agreeing(*agreements):
    return replace(parity_run(), agreements=agreements)


def agreement(other, *, differs):
    return agreement_of(KEY, Conditions.HOST, 1.24, other, differs=differs)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_line_has_both_effects_and_how_far_apart_they_are():
    (line,) = agreement_lines(agreeing(agreement(1.22, differs=False)))

    # 1.22 / 1.24 and 6 % to either side.
    assert plain(line) == (
        "quieter and busier rounds: mean of list images +24.0 % and +22.0 %, agree"
        " (second / first 0.984, 95 % interval 0.925 to 1.04)"
    )


def test_what_differs_comes_first():
    same, apart = agreement(1.22, differs=False), agreement(1.02, differs=True)
    first, second = agreement_lines(agreeing(same, apart))

    assert ", differ (" in first
    assert ", agree (" in second


def test_without_an_interval_the_ratio_is_said_alone():
    one = replace(agreement(1.22, differs=False), ci95=None)

    assert agreement_lines(agreeing(one))[0].endswith("agree (second / first 0.984)")


def test_the_first_screen_counts_those_that_agree():
    told = dict(confidence(redistributed_run()))

    assert told["agreement"] == "3 of 3 effects agree under two conditions"


def test_the_first_screen_names_what_differs():
    assert plain(agreement_words(busy_run())) == (
        "1 of 2 effects agree under two conditions; differs: mean of list images"
        " +24.0 % and +2.0 % (quieter and busier rounds)"
    )


def test_of_several_that_differ_the_first_is_named_as_such():
    apart = agreement(1.02, differs=True)

    assert "; first of those that differ: mean of" in agreement_words(
        agreeing(apart, apart)
    )


def test_nothing_measured_under_two_conditions_is_nothing_said():
    assert agreement_words(agreeing()) == ""
    assert "agreement" not in dict(confidence(agreeing()))
