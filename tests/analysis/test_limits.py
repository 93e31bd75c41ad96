# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.analysis.limits import limit_of
from perfcompare.model.occupancy import Limit, Occupancy

CALM = Occupancy(
    workload="list",
    title="list",
    variant="base",
    concurrency=4,
    limit=Limit.UNKNOWN,
    in_flight=4.0,
    served=3.9,
    service="api",
    process_cpu_ratio=0.3,
    services_cpu_ratio=0.4,
    generator_cpu_ratio=0.2,
    host_cpu_ratio=0.8,
    cores=2,
)
UNWATCHED = replace(
    CALM,
    served=None,
    service="",
    process_cpu_ratio=None,
    services_cpu_ratio=None,
    generator_cpu_ratio=None,
    host_cpu_ratio=None,
)


def limit(base=CALM, **others):
    return limit_of(replace(base, **others))


def test_a_workload_that_uses_little_of_everything_is_free():
    assert limit() is Limit.FREE


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (0.79, Limit.FREE),
        (0.80, Limit.SATURATED),
        (0.95, Limit.SATURATED),
        (1.05, Limit.SATURATED),
        # Not bound by a lock: the host has four cores, and it uses some of them.
        (1.30, Limit.FREE),
    ],
)
def test_a_process_that_has_used_up_its_one_core_is_saturated(ratio, expected):
    assert limit(process_cpu_ratio=ratio, cores=4) is expected


@pytest.mark.parametrize(
    ("concurrency", "served", "expected"),
    [
        (4, 2.8, Limit.SATURATED),
        (4, 2.9, Limit.FREE),
        # A pool of two: three clients are too many, two are not.
        (3, 2.0, Limit.SATURATED),
        (2, 2.0, Limit.FREE),
        (8, 2.0, Limit.SATURATED),
    ],
)
def test_clients_that_wait_for_each_other_saturate_a_pool_whose_cpu_is_low(
    concurrency, served, expected
):
    assert limit(concurrency=concurrency, served=served) is expected


def test_four_clients_of_a_service_on_two_cores_are_saturated_and_not_host_bound():
    # Service 0.95, generator 0.4, database 0.4, others 0.1: 1.85 of 2 cores.
    seen = {
        "process_cpu_ratio": 0.95,
        "generator_cpu_ratio": 0.4,
        "host_cpu_ratio": 1.85,
        "served": 1.2,
    }

    assert limit(**seen) is Limit.SATURATED


def test_a_generator_that_has_used_up_its_core_is_the_limit():
    assert limit(generator_cpu_ratio=0.8) is Limit.GENERATOR_BOUND
    assert limit(generator_cpu_ratio=0.79) is Limit.FREE
    assert limit(generator_cpu_ratio=0.95, concurrency=1) is Limit.GENERATOR_BOUND
    # Its own queue makes iterations take longer, and the host is full of it.
    assert (
        limit(generator_cpu_ratio=0.95, served=1.0, host_cpu_ratio=1.9)
        is Limit.GENERATOR_BOUND
    )


def test_where_service_and_generator_are_both_at_their_limit_the_service_is_named():
    assert (
        limit(generator_cpu_ratio=0.95, process_cpu_ratio=0.95, host_cpu_ratio=1.95)
        is Limit.SATURATED
    )


def test_a_host_without_cpu_left_is_the_limit_of_a_process_that_has_not_its_own():
    # A neighbour took the rest: the process would use its core, and gets 0.6 of it.
    beside = {"process_cpu_ratio": 0.6, "served": 1.6}

    assert limit(**beside, host_cpu_ratio=1.8) is Limit.HOST_BOUND
    assert limit(**beside, host_cpu_ratio=1.79) is Limit.SATURATED
    assert limit(**beside, host_cpu_ratio=1.8, cores=4) is Limit.SATURATED
    assert limit(**beside, host_cpu_ratio=1.8, cores=None) is Limit.SATURATED


def test_a_full_host_is_no_excuse_for_a_queue_of_those_who_want_no_cpu():
    # Two workers that sleep, for four clients, beside neighbours.
    queued = {"served": 2.0, "host_cpu_ratio": 1.95}

    assert limit(**queued, process_cpu_ratio=0.05) is Limit.SATURATED
    assert limit(**queued, process_cpu_ratio=0.25) is Limit.HOST_BOUND
    assert (
        limit(**queued, process_cpu_ratio=0.05, generator_cpu_ratio=0.3)
        is Limit.HOST_BOUND
    )
    assert (
        limit(**queued, process_cpu_ratio=0.05, generator_cpu_ratio=None)
        is Limit.SATURATED
    )
    assert limit(process_cpu_ratio=0.05, host_cpu_ratio=1.95) is Limit.HOST_BOUND


@pytest.mark.parametrize(
    ("host_cpu_ratio", "expected"), [(1.0, Limit.FREE), (1.9, Limit.HOST_BOUND)]
)
def test_one_client_cannot_queue_however_busy_the_process_is(host_cpu_ratio, expected):
    assert (
        limit(
            concurrency=1,
            served=0.6,
            process_cpu_ratio=0.9,
            host_cpu_ratio=host_cpu_ratio,
        )
        is expected
    )


def test_nothing_is_known_of_what_nobody_watched_and_nobody_measured_alone():
    assert limit(UNWATCHED) is Limit.UNKNOWN
    # One client is its own comparison, which says nothing.
    assert limit(UNWATCHED, concurrency=1, served=1.0) is Limit.UNKNOWN


def test_a_client_who_was_measured_alone_tells_of_a_service_that_nobody_watched():
    assert limit(UNWATCHED, served=1.0) is Limit.SATURATED
    assert limit(UNWATCHED, served=3.9) is Limit.FREE
    # Who is light is not known.
    assert limit(UNWATCHED, served=1.0, host_cpu_ratio=1.9) is Limit.HOST_BOUND


def test_a_watched_service_is_free_without_anybody_who_was_measured_alone():
    assert limit(served=None) is Limit.FREE


def test_the_two_rules_for_a_service_meet_where_three_tenths_are_cpu():
    # Mean value analysis (Reiser and Lavenberg, 1980) of one CPU and a delay, by hand:
    # four clients, 3 ms of CPU and 7 ms of waiting for others.
    cpu_seconds, alone_seconds = 0.003, 0.010
    queued = rate = 0.0
    for clients in range(1, 5):
        at_cpu_seconds = cpu_seconds * (1 + queued)
        rate = clients / (at_cpu_seconds + alone_seconds - cpu_seconds)
        queued = rate * at_cpu_seconds

    assert rate * cpu_seconds == pytest.approx(0.87, abs=0.01)
    assert rate * alone_seconds / 4 == pytest.approx(0.72, abs=0.01)
