# SPDX-License-Identifier: Apache-2.0
"""Tests of the testbed's injected costs, which the other tests take for the truth."""

from typing import Any

import pytest


def costs(truth: Any, number: int, **environment: str) -> list[Any]:
    handed_out = truth.Costs(truth.read(environment))
    return [handed_out.next() for _ in range(number)]


def test_nothing_injected_costs_ten_milliseconds_a_request(truth: Any) -> None:
    assert {
        (cost.seconds, cost.cpu_seconds, cost.failed) for cost in costs(truth, 100)
    } == {(0.010, 0.0, False)}


def test_every_start_hands_out_the_same_sequence(truth: Any) -> None:
    injected = {"TESTBED_TAIL_SECONDS": "1", "TESTBED_TAIL_RATIO": "0.3"}

    assert costs(truth, 200, **injected) == costs(truth, 200, **injected)


@pytest.mark.parametrize("ratio", [0.01, 0.1, 0.5])
def test_the_tail_has_its_share_of_the_requests(truth: Any, ratio: float) -> None:
    drawn = costs(
        truth, 10_000, TESTBED_TAIL_SECONDS="0.09", TESTBED_TAIL_RATIO=str(ratio)
    )

    slow = sum(cost.seconds > 0.05 for cost in drawn) / len(drawn)
    # Four standard deviations of a binomial share.
    assert slow == pytest.approx(ratio, abs=4 * (ratio * (1 - ratio) / 10_000) ** 0.5)


def test_errors_and_tail_do_not_go_together(truth: Any) -> None:
    drawn = costs(
        truth,
        10_000,
        TESTBED_TAIL_SECONDS="0.09",
        TESTBED_TAIL_RATIO="0.5",
        TESTBED_ERROR_RATIO="0.5",
    )

    both = sum(cost.failed and cost.seconds > 0.05 for cost in drawn) / len(drawn)
    assert both == pytest.approx(0.25, abs=0.02)


def test_every_request_burns_the_same_cpu_time(truth: Any) -> None:
    drawn = costs(truth, 100, TESTBED_CPU_SECONDS="0.005", TESTBED_TAIL_RATIO="0.5")

    assert {cost.cpu_seconds for cost in drawn} == {0.005}


def test_a_queue_is_fair_or_unfair(truth: Any) -> None:
    with pytest.raises(ValueError, match="'lifo' is not a valid Order"):
        truth.read({"TESTBED_QUEUE": "lifo"})
