# SPDX-License-Identifier: Apache-2.0
import threading
import time

import pytest

from perfcompare.workload.plugins.crew import Crew


def result(number, error=()):
    return {"number": number, "error": list(error), "timestamp": 0.0}


def crew(once, *, concurrency=2, timeout_seconds=0, aborted=None):
    return Crew(
        once,
        concurrency=concurrency,
        timeout_seconds=timeout_seconds,
        aborted=aborted or threading.Event(),
    )


def numbers(results):
    return sorted(each["number"] for each in results)


def test_iteration_numbers_go_on_over_turns():
    with crew(result) as workers:
        first = numbers(workers.run(3))
        second = numbers(workers.run(2))

    assert (first, second) == ([0, 1, 2], [3, 4])


def test_the_same_threads_serve_every_turn():
    barrier = threading.Barrier(2)
    threads = []

    def once(number):
        barrier.wait(10)  # both threads are at work
        threads.append(threading.get_ident())
        return result(number)

    with crew(once) as workers:
        list(workers.run(4))
        list(workers.run(4))

    assert len(threads) == 8
    assert len(set(threads)) == 2


def test_no_more_run_side_by_side_than_asked_for():
    lock = threading.Lock()
    running = most = 0

    def once(number):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        with lock:
            running -= 1
        return result(number)

    with crew(once, concurrency=3) as workers:
        list(workers.run(12))

    assert most == 3


def test_an_abort_ends_what_runs_and_starts_nothing_more():
    aborted = threading.Event()

    def once(number):
        aborted.set()
        return result(number)

    with crew(once, concurrency=1, aborted=aborted) as workers:
        assert numbers(workers.run(10)) == [0]


def test_an_iteration_that_takes_too_long_is_interrupted_where_it_is():
    def once(number):
        deadline = time.monotonic() + 10
        while number == 1 and time.monotonic() < deadline:
            time.sleep(0.001)
        return result(number)

    with crew(once, timeout_seconds=0.1) as workers:
        results = list(workers.run(4))

    errors = [each for each in results if each["error"]]
    assert len(results) == 4
    assert [each["error"][0] for each in errors] == ["ThreadTimeoutException"]
    assert [each["duration"] for each in errors] == [0.1]


def test_an_iteration_after_an_interrupted_one_has_all_its_time():
    def once(number):
        deadline = time.monotonic() + (10 if number % 2 else 0)
        while time.monotonic() < deadline:
            time.sleep(0.001)
        return result(number)

    with crew(once, concurrency=1, timeout_seconds=0.1) as workers:
        results = [bool(each["error"]) for each in workers.run(6)]

    assert results == [False, True, False, True, False, True]


def test_what_breaks_outside_an_iteration_is_raised_and_not_lost():
    def once(number):
        raise RuntimeError("contexts cannot be copied")

    with crew(once) as workers, pytest.raises(RuntimeError, match="be copied"):
        list(workers.run(2))
