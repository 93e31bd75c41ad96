# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.analysis.corroboration import corroborated
from perfcompare.model.comparison import Contrast, Corroboration, Verdict
from perfcompare.testing.comparisons import comparison_of, key_of

WORSE, BETTER, SAME = Verdict.REGRESSION, Verdict.IMPROVEMENT, Verdict.PARITY
OPEN, REFUSED = Verdict.INCONCLUSIVE, Verdict.NOT_COMPARABLE
SQL, RPC = "sql_statements_per_iteration", "rpc_messages_per_iteration"
CONTROLS = ("mariadb", "rabbitmq", "keystone")


def latency(verdict, metric="p50", *, workload="list"):
    return comparison_of(key_of(metric, workload=workload), 1.0, 1.0, verdict)


def counter(
    verdict, metric="cpu_seconds_per_iteration", *, workload="list", service="api"
):
    key = key_of(metric, workload=workload, service=service)
    return comparison_of(key, 1.0, 1.0, verdict)


def said(latency, *counters):
    return corroborated((latency, *counters), controls=CONTROLS)[0].corroboration


@pytest.mark.parametrize(
    ("verdict", "votes", "found"),
    [
        (WORSE, (WORSE,), Corroboration.STRONG),
        (WORSE, (WORSE, BETTER, SAME), Corroboration.STRONG),
        (WORSE, (BETTER, SAME), Corroboration.CONTRADICTED),
        (WORSE, (SAME, SAME), Corroboration.ALONE),
        (WORSE, (SAME, OPEN), Corroboration.ALONE),
        (WORSE, (OPEN, REFUSED), None),
        (WORSE, (), None),
        (BETTER, (BETTER,), Corroboration.STRONG),
        (BETTER, (WORSE,), Corroboration.CONTRADICTED),
        (BETTER, (SAME,), Corroboration.ALONE),
        (SAME, (WORSE, BETTER), Corroboration.LATENT),
        (SAME, (SAME, BETTER), None),
        (SAME, (), None),
        (OPEN, (WORSE,), None),
        (REFUSED, (WORSE,), None),
    ],
)
def test_counters_vote_beside_a_latency(verdict, votes, found):
    assert said(latency(verdict), *map(counter, votes)) is found


@pytest.mark.parametrize(
    ("metric", "workload"),
    [("threads_peak", ""), ("context_switches_per_iteration", "list")],
)
def test_what_a_backend_changes_by_itself_does_not_vote_on_it(metric, workload):
    rows = latency(SAME), counter(WORSE, metric, workload=workload)

    plain = corroborated(rows, controls=CONTROLS)[0]
    flipped = corroborated(rows, controls=CONTROLS, flipped=(Contrast.TOTAL,))[0]

    assert plain.corroboration is Corroboration.LATENT
    assert flipped.corroboration is None


@pytest.mark.parametrize("metric", ["p50", "p90", "p95", "p99", "mean"])
def test_every_latency_is_corroborated(metric):
    assert said(latency(WORSE, metric), counter(WORSE)) is Corroboration.STRONG


@pytest.mark.parametrize("metric", ["max", "throughput", "error_rate"])
def test_no_other_metric_of_a_workload_is(metric):
    assert said(latency(WORSE, metric), counter(WORSE)) is None


def test_an_action_is_not_for_counters_are_of_the_whole():
    row = latency(WORSE)

    assert said(replace(row, key=replace(row.key, action="get")), counter(WORSE)) is (
        None
    )


@pytest.mark.parametrize(
    ("metric", "workload", "service"),
    [
        ("cpu_seconds_per_iteration", "list", "worker"),
        ("context_switches_per_iteration", "list", "api"),
        ("threads_peak", "", "api"),
        ("threads_peak", "", "(all)"),
        (SQL, "", "mariadb"),
        (RPC, "", "rabbitmq"),
    ],
)
def test_these_counters_vote(metric, workload, service):
    vote = counter(WORSE, metric, workload=workload, service=service)

    assert said(latency(WORSE), vote) is Corroboration.STRONG


@pytest.mark.parametrize(
    ("metric", "workload", "service"),
    [
        ("cpu_seconds_per_iteration", "create", "api"),
        ("cpu_seconds_per_iteration", "list", "mariadb"),
        ("context_switches_per_iteration", "list", "keystone"),
        ("threads_peak", "", "mariadb"),
        ("pss_peak", "", "api"),
        ("p90", "list", ""),
    ],
)
def test_these_do_not(metric, workload, service):
    vote = counter(WORSE, metric, workload=workload, service=service)

    assert said(latency(WORSE), vote) is None


def test_each_contrast_has_counters_of_its_own():
    backend = replace(latency(WORSE), contrast=Contrast.BACKEND)
    vote = counter(WORSE)

    assert said(backend, vote) is None
    assert said(backend, replace(vote, contrast=Contrast.BACKEND)) is (
        Corroboration.STRONG
    )


def test_nothing_else_of_a_row_changes_and_their_order_neither():
    rows = (counter(WORSE), latency(WORSE), counter(SAME))
    found = corroborated(rows, controls=())

    assert [replace(one, corroboration=None) for one in found] == list(rows)
