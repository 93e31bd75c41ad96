# SPDX-License-Identifier: Apache-2.0
"""Who is served when: a bounded number of workers and the requests that wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from perfcompare_testbed.truth import Order

# Two of three picks favour the newest, so most are served at once; the third keeps
# the oldest from waiting for ever.  A fixed turn and no random one: four clients of
# one worker take 2 or 8 services each, always in the same shares, and no quantile
# that is judged lies where the two meet.
_OLDEST_EVERY = 3


class Workers:
    """At most *number* requests in service at once; 0 bounds nothing.

    Whoever leaves hands its place to one that waits, so no worker is idle while
    somebody waits: the order changes who waits, never how many are served.
    `threading.Lock` is looked up late, so eventlet may patch it.
    """

    def __init__(self, number: int, order: Order) -> None:
        self._bounded = number > 0
        self._idle = number
        self._order = order
        self._picks = 0
        self._waiting: list[threading.Lock] = []
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Have a worker for the body; wait until there is one."""
        if not self._bounded:
            yield
            return
        self._take()
        try:
            yield
        finally:
            self._give()

    def _take(self) -> None:
        with self._lock:
            if self._idle:
                self._idle -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        # Until `_give` releases it.
        turn.acquire()

    def _give(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.pop(self._pick()).release()
            else:
                self._idle += 1

    def _pick(self) -> int:
        """Return the place in the queue of whoever is next."""
        self._picks += 1
        if self._order is Order.FAIR or self._picks % _OLDEST_EVERY == 0:
            return 0
        return -1
