# SPDX-License-Identifier: Apache-2.0
"""What the service answers, whichever server asks."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from perfcompare_testbed.items import Items
from perfcompare_testbed.truth import Cost, Costs, Truth
from perfcompare_testbed.workers import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status and a JSON document."""

    status: HTTPStatus
    document: object

    @property
    def body(self) -> bytes:
        """The document as it goes over the wire."""
        return json.dumps(self.document).encode()


class Service:
    """Routes requests; `time.sleep` is looked up late, so eventlet may patch it."""

    def __init__(self, items: Items, truth: Truth) -> None:
        self._items = items
        self._costs = Costs(truth)
        self._workers = Workers(truth.workers, truth.order)
        self._routes: dict[tuple[str, str], Callable[[bytes], Answer]] = {
            ("GET", "/health"): lambda _: _ok({"status": "ok"}),
            ("GET", "/work"): self._work,
            ("GET", "/items"): lambda _: _ok(self._items.all()),
            ("POST", "/items"): self._add,
        }

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """Answer one request."""
        route = self._routes.get((method, path.partition("?")[0]))
        if route is not None:
            return route(body)
        if method == "DELETE" and path.startswith("/items/"):
            return self._remove(path.removeprefix("/items/"))
        return Answer(status=HTTPStatus.NOT_FOUND, document={"error": "no such path"})

    def _work(self, _: bytes) -> Answer:
        cost = self._costs.next()
        with self._workers.one():
            _pay(cost)
        if cost.failed:
            return Answer(
                status=HTTPStatus.INTERNAL_SERVER_ERROR,
                document={"error": "injected"},
            )
        return _ok({"seconds": cost.seconds})

    def _add(self, body: bytes) -> Answer:
        name = str(json.loads(body)["name"])
        number = self._items.add(name)
        return Answer(status=HTTPStatus.CREATED, document={"id": number, "name": name})

    def _remove(self, number: str) -> Answer:
        if number.isdecimal() and self._items.remove(int(number)):
            return _ok({})
        return Answer(status=HTTPStatus.NOT_FOUND, document={"error": "no such item"})


def _pay(cost: Cost) -> None:
    # Even a sleep of nothing gives the interpreter's lock away.
    if cost.seconds:
        time.sleep(cost.seconds)
    # Waiting for the interpreter's lock, or for a CPU, is no CPU time.
    end = time.thread_time() + cost.cpu_seconds
    while time.thread_time() < end:
        sum(range(500))


def _ok(document: object) -> Answer:
    return Answer(status=HTTPStatus.OK, document=document)
