# SPDX-License-Identifier: Apache-2.0
"""Tests of who is served next, on real threads that wait for the same worker."""

import threading
from typing import Any

import pytest

from perfcompare.clock import SystemClock


def served(workers: Any, order: str, waiting: int) -> list[int]:
    """Let so many requests wait for one worker; return them as they were served."""
    queue = workers.Workers(1, workers.Order(order))
    clock = SystemClock()
    numbers: list[int] = []

    def request(number: int) -> None:
        with queue.one():
            numbers.append(number)

    threads = [threading.Thread(target=request, args=(i,)) for i in range(waiting)]
    with queue.one():
        for number, thread in enumerate(threads):
            thread.start()
            while len(queue._waiting) == number:
                clock.sleep(0.001)
    for thread in threads:
        thread.join()
    return numbers


def test_a_fair_queue_serves_the_oldest_first(workers: Any) -> None:
    assert served(workers, "fair", 7) == [0, 1, 2, 3, 4, 5, 6]


def test_an_unfair_queue_serves_the_newest_and_every_third_time_the_oldest(
    workers: Any,
) -> None:
    assert served(workers, "unfair", 7) == [6, 5, 0, 4, 3, 1, 2]


@pytest.mark.parametrize("order", ["fair", "unfair"])
def test_a_worker_is_free_again_when_nobody_waits(workers: Any, order: str) -> None:
    queue = workers.Workers(2, workers.Order(order))

    for _ in range(3):
        with queue.one(), queue.one():
            pass

    assert queue._idle == 2


def test_a_worker_is_free_again_after_a_failure(workers: Any) -> None:
    queue = workers.Workers(1, workers.Order.FAIR)

    with pytest.raises(ZeroDivisionError), queue.one():
        1 / 0  # noqa: B018 - it fails

    assert queue._idle == 1
