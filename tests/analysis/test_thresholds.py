# SPDX-License-Identifier: Apache-2.0
import pytest

from perfcompare.analysis.metrics import (
    DEFAULT_THRESHOLDS,
    METRICS,
    PRIMARY_FROM_ROUNDS,
    threshold_for,
)
from perfcompare.model.metric import (
    ALL_SERVICES,
    Better,
    Metric,
    MetricKey,
    Threshold,
    Unit,
)

MIB = 2**20


def key(metric, *, workload="", action="", service=""):
    return MetricKey(
        workload=workload, action=action, service=service, metric=METRICS[metric]
    )


LIST = key("p50", workload="list shares")
GET = key("p50", workload="list shares", action="get")


def named(pattern, *, ratio=0.5, primary=True):
    return Threshold(metric=pattern, ratio=ratio, floor=0.0, primary=primary)


@pytest.mark.parametrize(
    ("metric", "ratio", "floor", "primary"),
    [
        ("mean", 0.10, 0.002, True),
        ("p50", 0.10, 0.002, False),
        ("p90", 0.15, 0.005, True),
        ("p95", 0.20, 0.005, False),
        ("p99", 0.50, 0.010, False),
        ("throughput", 0.10, 0.0, False),
        ("error_rate", None, 0.01, True),
        ("pss_idle", 0.10, 10 * MIB, True),
        ("pss_peak", 0.10, 10 * MIB, True),
        ("threads_peak", 0.25, 4, False),
        ("sql_statements_per_iteration", 0.05, 0.5, False),
        ("rpc_messages_per_iteration", 0.05, 0.5, False),
    ],
)
def test_the_defaults_are_the_documented_ones(metric, ratio, floor, primary):
    found = threshold_for(key(metric), (), 6)

    assert (found.ratio, found.floor, found.primary) == (ratio, floor, primary)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_default_of_its_own(metric):
    assert threshold_for(key(metric), (), 6).metric != "*"


def test_an_unknown_metric_is_meant_by_whoever_brings_it():
    own = Metric(name="hue", unit=Unit.COUNT, better=Better.HIGHER)
    found = threshold_for(
        MetricKey(workload="paint", action="", service="", metric=own), (), 6
    )

    assert (found.ratio, found.primary) == (0.10, True)


def test_an_action_with_an_unknown_metric_is_meant_too():
    own = Metric(name="hue", unit=Unit.COUNT, better=Better.HIGHER)
    paint = MetricKey(workload="paint", action="mix", service="", metric=own)

    assert threshold_for(paint, (), 6).primary
    assert not threshold_for(GET, (), 6).primary


@pytest.mark.parametrize(
    ("rounds", "primary"),
    [(PRIMARY_FROM_ROUNDS - 1, False), (PRIMARY_FROM_ROUNDS, True)],
)
def test_p95_becomes_primary_with_enough_rounds(rounds, primary):
    assert threshold_for(key("p95", workload="list"), (), rounds).primary is primary


@pytest.mark.parametrize(
    "pattern",
    ["p50", "p*", "list shares/p50", "list*/p50", "*/p50", "*"],
)
def test_a_glob_over_the_key_or_the_bare_name_matches(pattern):
    assert threshold_for(LIST, (named(pattern),), 6).ratio == 0.5


@pytest.mark.parametrize("pattern", ["p90", "create/p50", "shares/p50", "P50"])
def test_what_names_something_else_does_not_match(pattern):
    assert threshold_for(LIST, (named(pattern),), 6).ratio == 0.10


def test_the_last_match_wins():
    thresholds = (named("*", ratio=0.3), named("p50", ratio=0.4), named("p90"))

    assert threshold_for(LIST, thresholds, 6).ratio == 0.4


def test_a_title_with_brackets_can_be_named_as_it_is():
    bracketed = key("p50", workload="list [limit=5]")

    assert threshold_for(bracketed, (named("list [limit=5]/p50"),), 6).ratio == 0.5


@pytest.mark.parametrize(
    ("pattern", "primary"),
    [
        ("p50", False),
        ("*", False),
        ("list shares/*", False),
        ("list shares/get/p50", True),
        ("*/*/p50", True),
    ],
)
def test_an_action_is_primary_only_if_the_pattern_spells_it(pattern, primary):
    assert threshold_for(GET, (named(pattern),), 6).primary is primary


def test_an_action_that_is_spelled_can_still_be_informational():
    thresholds = (named("list shares/get/p50", primary=False),)

    assert threshold_for(GET, thresholds, 6).primary is False


@pytest.mark.parametrize(
    ("pattern", "primary"),
    [
        ("pss_idle", False),
        ("*/pss_idle", False),
        ("*/*", False),
        ("(all)/pss_idle", True),
        ("(all)/*", True),
    ],
)
def test_the_sum_of_all_services_is_primary_only_if_it_is_called_by_name(
    pattern, primary
):
    total = key("pss_idle", service=ALL_SERVICES)

    assert threshold_for(total, (named(pattern),), 6).primary is primary
    assert not threshold_for(total, (), 6).primary


def test_a_sum_can_be_asked_to_count_as_any_service_does():
    total = key("pss_idle", service=ALL_SERVICES)
    threads = key("threads_idle", service=ALL_SERVICES)

    assert threshold_for(total, (), 6, sums=True).primary
    assert not threshold_for(threads, (), 6, sums=True).primary


@pytest.mark.parametrize("pattern", ["ready_seconds", "(all)/ready_seconds", "*"])
def test_what_all_services_have_together_only_is_no_sum(pattern):
    ready = key("ready_seconds", service=ALL_SERVICES)

    assert threshold_for(ready, (named(pattern),), 6).primary


def test_defaults_given_again_change_nothing():
    for metric in METRICS:
        again = threshold_for(key(metric), DEFAULT_THRESHOLDS, 6)
        assert again == threshold_for(key(metric), (), 6)
