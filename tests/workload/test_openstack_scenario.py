# SPDX-License-Identifier: Apache-2.0
"""Of one cloud with several regions, the variant's own is asked."""

import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
    """Says which path, token and version came."""

    def do_GET(self) -> None:
        said = (self.headers["X-Auth-Token"], self.headers["OpenStack-API-Version"])
        body = f"{self.path} {said}".encode()
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
def session() -> Iterator[Session]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        made = Session(auth=Catalogue(f"http://127.0.0.1:{server.server_port}"))
        yield made
        made.session.close()
        server.shutdown()
        thread.join()


def ask(session: Session, path: str, contains: str) -> None:
    openstack.ask(
        session,
        path,
        service_type="shared-file-system",
        region="target",
        microversion="2.65",
        contains=contains,
    )


@pytest.mark.parametrize(
    "contains", ["/target/shared-file-system/pools", "token-1", "2.65"]
)
def test_the_region_of_the_variant_is_asked_with_token_and_version(session, contains):
    ask(session, "/pools", contains)


@pytest.mark.parametrize(
    ("path", "contains"), [("/nowhere", ""), ("/pools", "something else")]
)
def test_another_answer_fails_the_iteration(session, path, contains):
    with pytest.raises(HttpError, match=f"GET {path}: status"):
        ask(session, path, contains)
