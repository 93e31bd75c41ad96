# SPDX-License-Identifier: Apache-2.0
"""Threads that run a workload's iterations and live as long as the workload."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Protocol, Self

from rally.common import utils
from rally.exceptions import ThreadTimeoutException
from rally.task.runner import ScenarioRunnerResult, format_result_on_timeout


class Flag(Protocol):
    """What `multiprocessing.Event` offers to a reader."""

    def is_set(self) -> bool:
        """Return whether somebody has set it."""
        ...


class Crew:
    """*concurrency* threads; each keeps what is local to it (an HTTP session).

    Iteration numbers go on from one `run` to the next.  A context manager:
    leaving it waits for what still runs.
    """

    def __init__(
        self,
        once: Callable[[int], ScenarioRunnerResult],
        *,
        concurrency: int,
        timeout_seconds: float,
        aborted: Flag,
    ) -> None:
        self._once = once
        self._timeout_seconds = timeout_seconds
        self._aborted = aborted
        self._numbers = itertools.count()
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="iteration")
        self._deadlines: dict[int, float] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._watchdog = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Start the watchdog where there is a timeout to watch."""
        if self._timeout_seconds:
            self._watchdog.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Wait for what still runs; start nothing more."""
        self._pool.shutdown(cancel_futures=True)
        self._over.set()
        if self._timeout_seconds:
            self._watchdog.join()

    def run(self, iterations: int) -> Iterator[ScenarioRunnerResult]:
        """Run *iterations* more and yield their results in the order they end.

        Fewer come when the runner is aborted meanwhile.
        """
        numbers = itertools.islice(self._numbers, iterations)
        futures = [self._pool.submit(self._iterate, number) for number in numbers]
        for future in as_completed(futures):
            result = future.result()
            if result is not None:
                yield result

    def _iterate(self, number: int) -> ScenarioRunnerResult | None:
        if self._aborted.is_set():
            return None
        if not self._timeout_seconds:
            return self._once(number)
        return self._iterate_in_time(number)

    def _iterate_in_time(self, number: int) -> ScenarioRunnerResult:
        """Run one iteration that the watchdog may interrupt.

        The watchdog raises in this thread while it holds the lock, so its
        exception arrives before the lock is ours: never in the next iteration.
        """
        started_at = time.time()
        thread = threading.get_ident()
        with self._lock:
            self._deadlines[thread] = time.monotonic() + self._timeout_seconds
        try:
            result = self._once(number)
            with self._lock:
                self._deadlines.pop(thread, None)
        except ThreadTimeoutException as error:
            result = format_result_on_timeout(error, float(self._timeout_seconds))
            result["timestamp"] = started_at
        return result

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            with self._lock:
                now = time.monotonic()
                late = [key for key, value in self._deadlines.items() if value < now]
                for thread in late:
                    del self._deadlines[thread]
                    utils.terminate_thread(thread)
