# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

from perfcompare.model.comparison import Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.occupancy import Limit
from perfcompare.report.occupancy import LIMIT_WORDS, busy_words, by_level, level_words
from perfcompare.testing.comparisons import comparison_of, key_of
from perfcompare.testing.judgements import judgement_of, parity_run
from perfcompare.testing.redistributed import redistributed_run
from perfcompare.testing.shapes import occupancy_of

BOTH = ("base", "target")


def told(*occupancy):
    return busy_words(replace(parity_run(), occupancy=occupancy))


def levels(count, *, metric="mean", missing=()):
    names = [f"w{at}" for at in range(count)]
    rows = [
        comparison_of(key_of(metric, workload=f"{name}{level}"), 1, 1.25, verdict)
        for name in names
        for level, verdict in (
            (" (1 client)", Verdict.REGRESSION),
            ("", Verdict.PARITY),
        )
        if f"{name}{level}" not in missing
    ]
    found = judgement_of(rows, ExitStatus.REGRESSION)
    occupancy = [
        one
        for name in names
        for one in (
            *occupancy_of(name, BOTH),
            *occupancy_of(f"{name} (1 client)", BOTH, title=name, concurrency=1),
        )
    ]
    return level_words(replace(found, occupancy=tuple(occupancy))).replace("\xa0", " ")


def test_every_limit_is_said_in_words():
    assert LIMIT_WORDS.keys() == set(Limit)


def test_one_client_comes_before_many_of_the_same_title():
    found = by_level(redistributed_run())

    assert [(one.title, one.concurrency, one.variant) for one in found] == [
        ("list images", 1, "base"),
        ("list images", 1, "target"),
        ("list images", 4, "base"),
        ("list images", 4, "target"),
    ]


def test_what_was_limited_is_named_by_its_limit():
    assert busy_words(redistributed_run()) == (
        "saturated: list images under load (4 clients);"
        " free: list images alone (1 client)"
    )


def test_a_limit_in_one_variant_alone_names_it():
    base, target = occupancy_of("list", BOTH)
    bound = replace(target, limit=Limit.GENERATOR_BOUND)

    assert told(base, bound) == (
        "generator-bound: list under load (4 clients) in target;"
        " free: list under load (4 clients) in base"
    )


def test_more_levels_than_are_read_are_counted():
    occupancy = [
        one
        for at in range(5)
        for one in occupancy_of(f"w{at}", BOTH, limit=Limit.SATURATED)
    ]

    assert told(*occupancy).endswith("w2 under load (4 clients) and 2 more")


def test_where_no_limit_was_reached_no_level_is_named():
    assert told(*occupancy_of("list", BOTH)) == "no workload reached a limit"


def test_where_nobody_watched_nothing_is_said():
    assert told(*occupancy_of("list", BOTH, limit=Limit.UNKNOWN)) == ""


def test_one_client_and_many_are_told_side_by_side():
    assert levels(1) == (
        "mean latency of w0: alone (1 client) +25.0 % (regression),"
        " under load (4 clients) +25.0 % (parity)"
    )


def test_where_no_means_were_compared_medians_are_told():
    assert levels(1, metric="p50").startswith("p50 latency of w0: alone")


def test_more_titles_than_are_read_are_counted():
    assert levels(4).endswith("; 2 more below")


def test_a_title_of_which_a_level_was_not_compared_is_left_out():
    assert levels(1, missing=("w0",)) == ""


def test_a_title_of_one_level_has_nothing_beside_it():
    assert level_words(parity_run()) == ""
