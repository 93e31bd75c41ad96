# SPDX-License-Identifier: Apache-2.0
"""Serve on eventlet: its WSGI server in a monkey-patched process."""

import io
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

import eventlet.greenio
import eventlet.wsgi

from perfcompare_testbed.service import Service
from perfcompare_testbed.truth import Truth


def serve(listener: socket.socket, service: Service, truth: Truth) -> None:
    """Answer requests on *listener* for ever."""

    class Protocol(eventlet.wsgi.HttpProtocol):
        def setup(self) -> None:
            time.sleep(truth.accept_seconds)
            super().setup()

    def application(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size) if size else b""
        answer = service.answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], body)
        start_response(
            f"{answer.status.value} {answer.status.phrase}",
            [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(answer.body))),
            ],
        )
        return [answer.body]

    green = eventlet.greenio.GreenSocket(listener)
    eventlet.wsgi.server(
        green,
        application,
        protocol=Protocol,
        keepalive=not truth.closes,
        log=io.StringIO(),
        log_output=False,
    )
