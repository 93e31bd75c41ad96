# SPDX-License-Identifier: Apache-2.0
import threading
import time

from perfcompare.workload.plugins.crew import Crew
from perfcompare.workload.plugins.runner import _turn


def result(number):
    return {"number": number, "error": [], "timestamp": 0.0}


def turn_of(once, *, iterations, concurrency=2):
    with Crew(
        once, concurrency=concurrency, timeout_seconds=0, aborted=threading.Event()
    ) as crew:
        _, done = _turn(crew, iterations)
    return done


def burn(number):
    until = time.thread_time() + 0.05
    while time.thread_time() < until:
        pass
    return result(number)


def sleep(number):
    time.sleep(0.05)
    return result(number)


def test_a_turn_tells_the_cpu_time_of_all_its_threads():
    done = turn_of(burn, iterations=4)

    assert done.iterations == 4
    assert done.cpu_seconds >= 4 * 0.05


def test_a_turn_that_waits_costs_next_to_no_cpu_time():
    waited, worked = (turn_of(once, iterations=4) for once in (sleep, burn))

    assert waited.duration_seconds >= 2 * 0.05
    assert waited.cpu_seconds < worked.cpu_seconds / 2
