# SPDX-License-Identifier: Apache-2.0
"""A small real service, and workloads that load it through real Rallies."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from perfcompare.model.target import LoadTarget
from perfcompare.model.workload import Workload

Make = Callable[..., Workload]


@dataclass(eq=False)
class Service:
    """What one variant serves, and what it has seen."""

    url: str
    images: dict[str, bytes] = field(default_factory=dict)
    seen: list[tuple[float, str]] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)
    called: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    corrupt: bool = False

    @property
    def target(self) -> LoadTarget:
        return LoadTarget(
            platform=None,
            environment={"PERFCOMPARE_ENDPOINT": self.url},
            secrets=("hunter2",),
        )


class Handler(BaseHTTPRequestHandler):
    """Images as Glance has them, and paths that fail or hang."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Server"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def json(self, status, document):
        self.answer(status, json.dumps(document).encode())

    def read(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_GET(self):
        service = self.server.service
        service.seen.append((time.time(), self.path))
        service.connections.add(self.client_address)
        service.called.set()
        path, _, query = self.path.partition("?")
        match path.strip("/").split("/"):
            case ["v2", "images"]:
                limit = int(query.removeprefix("limit="))
                self.json(200, {"images": [{"id": i} for i in service.images][:limit]})
            case ["v2", "images", image, "file"]:
                data = service.images[image]
                self.answer(200, data[:-1] + b"?" if service.corrupt else data)
            case ["v2", "images", image]:
                self.json(200, {"id": image})
            case ["odd"] if len(service.seen) % 2:
                self.answer(503, b"no more threads for hunter2\nor anybody")
            case ["hang"]:
                service.release.wait(60)
                self.answer(200)
            case _:
                self.answer(200, b"all is well")

    def do_POST(self):
        self.read()
        image = str(uuid.uuid4())
        self.server.service.images[image] = b""
        self.json(201, {"id": image})

    def do_PUT(self):
        self.server.service.images[self.path.split("/")[3]] = self.read()
        self.answer(204)

    def do_DELETE(self):
        del self.server.service.images[self.path.split("/")[3]]
        self.answer(204)


class Server(ThreadingHTTPServer):
    """Threads of the test's own process."""

    daemon_threads = True

    def handle_error(self, *args):
        """Let clients that were killed hang up unnoticed."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.service = Service(url=f"http://127.0.0.1:{self.server_address[1]}")


@contextmanager
def serving() -> Iterator[Service]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.service
        finally:
            server.service.release.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def services() -> Iterator[dict[str, Service]]:
    """One for each of two variants."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving()) for name in ("base", "target")}


@pytest.fixture(scope="session")
def make_workload() -> Make:
    """Make a workload of one scenario."""

    def make(name="list", scenario="PerfcompareHttp.get", /, args=None, **others):
        definition = {
            "title": name,
            "scenario": {scenario: {"path": "/"} if args is None else args},
            "runner": {"constant": {"times": 12, "concurrency": 3}},
        }
        return Workload(
            name=name,
            title=name,
            scenario=scenario,
            times=12,
            concurrency=3,
            warm_up=6,
            blocks=2,
            definition=json.dumps({**definition, **others}, sort_keys=True),
        )

    return make
