# SPDX-License-Identifier: Apache-2.0
"""Of one cloud with several regions, the variant's own is asked."""

import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from perfcompare.workload.plugins.http import HttpError

# Something that keystoneauth imports imports a module that is deprecated.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from keystoneauth1.plugin import BaseAuthPlugin
    from keystoneauth1.session import Session

    from perfcompare.workload.plugins import openstack


class Answering(BaseHTTPRequestHandler):
    """Says which path and which token came."""

    def do_GET(self) -> None:
        body = f"{self.path} {self.headers['X-Auth-Token']}".encode()
        self.send_response(404 if self.path.endswith("/nowhere") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""


class Catalogue(BaseAuthPlugin):
    """Each region has its own root on the one server."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def get_token(self, *_: object, **__: object) -> str:
        return "token-1"

    def get_endpoint(self, *_: object, **wanted: Any) -> str:
        return f"{self.url}/{wanted['region_name']}/{wanted['service_type']}"


@pytest.fixture
def scenario() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    session = Session(auth=Catalogue(f"http://127.0.0.1:{server.server_port}"))
    made = openstack.OpenStackGet({"task": None})
    made._admin_clients = SimpleNamespace(
        keystone=SimpleNamespace(get_session=lambda: (session, None)),
        credential=SimpleNamespace(region_name="target"),
    )
    yield made
    vars(openstack.local).clear()
    session.session.close()
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_region_of_the_variant_is_asked_with_a_token(scenario):
    scenario.run("shared-file-system", "/pools", contains="/target/")
    scenario.run("shared-file-system", "/pools", contains="token-1")

    names = [action["name"] for action in scenario.atomic_actions()]
    assert names == ["shared-file-system.get"] * 2


@pytest.mark.parametrize(
    ("path", "contains"), [("/nowhere", ""), ("/pools", "something else")]
)
def test_another_answer_fails_the_iteration(scenario, path, contains):
    with pytest.raises(HttpError, match=f"GET {path}: status"):
        scenario.run("shared-file-system", path, contains=contains)
