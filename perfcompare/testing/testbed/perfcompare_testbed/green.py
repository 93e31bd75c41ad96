# SPDX-License-Identifier: Apache-2.0
"""Serve on eventlet: its WSGI server in a monkey-patched process."""

import io
import socket
from collections.abc import Callable, Iterable
from typing import Any

import eventlet.greenio
import eventlet.wsgi

from perfcompare_testbed.service import Service


def serve(listener: socket.socket, service: Service) -> None:
    """Answer requests on *listener* for ever."""

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
    eventlet.wsgi.server(green, application, log=io.StringIO(), log_output=False)
