# SPDX-License-Identifier: Apache-2.0
"""Tests of the API client against a real HTTP server."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from perfcompare.deployment.httpclient import HttpApi
from perfcompare.deployment.local.ports import free_port
from perfcompare.model.errors import DeploymentError


class Mirror(BaseHTTPRequestHandler):
    """Answers with what it was asked; /v2/refused is refused."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        seen = {
            "method": self.command,
            "path": self.path,
            "type": self.headers.get("Content-Type"),
            "token": self.headers.get("X-Auth-Token"),
            "body": self.rfile.read(length).decode(),
        }
        body = b"" if self.path.endswith("/empty") else json.dumps(seen).encode()
        self.send_response(403 if self.path.endswith("/refused") else 200)
        kind = "text/plain" if self.path.endswith("/text") else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v2"
        server.shutdown()
        thread.join()


def test_getting_decodes_json(url: str) -> None:
    seen: Any = HttpApi(url).get("/images?limit=2")

    assert seen["method"] == "GET"
    assert seen["path"] == "/v2/images?limit=2"


def test_a_dictionary_is_sent_as_json(url: str) -> None:
    seen: Any = HttpApi(url).send("POST", "/images", {"name": "one"})

    assert seen["type"] == "application/json"
    assert json.loads(seen["body"]) == {"name": "one"}


def test_bytes_are_sent_as_they_are(url: str) -> None:
    seen: Any = HttpApi(url).send("PUT", "/images/1/file", b"data")

    assert seen["type"] == "application/octet-stream"
    assert seen["body"] == "data"


def test_headers_are_asked_for_at_every_request(url: str) -> None:
    tokens = iter(["first", "second"])
    api: Any = HttpApi(url, headers=lambda: {"X-Auth-Token": next(tokens)})

    assert api.get("/a")["token"] == "first"
    assert api.send("DELETE", "/a", None)["token"] == "second"


def test_an_empty_answer_is_none_and_text_stays_text(url: str) -> None:
    api = HttpApi(url)

    assert api.get("/empty") is None
    assert '"method": "GET"' in str(api.get("/text"))


def test_a_refusal_names_request_status_and_answer(url: str) -> None:
    with pytest.raises(DeploymentError) as caught:
        HttpApi(url).send("POST", "/refused", {"name": "one"})

    message = str(caught.value)
    assert message.startswith(f"POST {url}/refused answered 403 Forbidden: ")
    assert '"method": "POST"' in message


def test_nobody_at_the_port_is_an_error_that_names_the_address() -> None:
    port = free_port()

    with pytest.raises(DeploymentError, match=f"127.0.0.1:{port}.* got no answer"):
        HttpApi(f"http://127.0.0.1:{port}").get("/")
