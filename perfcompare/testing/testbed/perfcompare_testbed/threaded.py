# SPDX-License-Identifier: Apache-2.0
"""Serve on native threads: HTTP/1.1 from a bounded pool."""

import socket
import socketserver
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

from perfcompare_testbed.service import Service
from perfcompare_testbed.truth import Truth

# A connection keeps its thread until it is closed: as many clients as this may
# keep theirs open.
POOL_THREADS = 32


def serve(listener: socket.socket, service: Service, truth: Truth) -> None:
    """Answer requests on *listener* for ever."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without it the body waits for the acknowledgement of the head: 40 ms.
        disable_nagle_algorithm = True

        def setup(self) -> None:
            time.sleep(truth.accept_seconds)
            super().setup()

        def do(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            answer = service.answer(self.command, self.path, self.rfile.read(size))
            body = answer.body
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if truth.closes:
                # http.server reads its own header, and closes.
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do  # noqa: N815 - the names http.server calls

        def log_message(self, *args: object) -> None:
            """Write nothing: a log line is a cost that nobody injected."""

    with _PooledServer(listener, Handler) as server:
        server.serve_forever(poll_interval=0.1)


class _PooledServer(socketserver.TCPServer):
    """A TCP server whose requests are handled by a pool of threads."""

    def __init__(
        self, listener: socket.socket, handler: type[BaseHTTPRequestHandler]
    ) -> None:
        address = listener.getsockname()
        super().__init__(address, handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self._pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="worker")

    def process_request(self, request: socket.socket, client_address: object) -> None:
        self._pool.submit(self._handle, request, client_address)

    def _handle(self, request: socket.socket, client_address: object) -> None:
        try:
            self.finish_request(request, client_address)
        except ConnectionError:
            pass  # the client has gone
        finally:
            self.shutdown_request(request)
