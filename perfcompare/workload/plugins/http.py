# SPDX-License-Identifier: Apache-2.0
"""Scenarios over plain HTTP: one session a thread, kept between iterations."""

import os
import threading

import requests
from rally.task import atomic, scenario

ENDPOINT_VARIABLE = "PERFCOMPARE_ENDPOINT"
"""Environment: where the API of the variant listens, without a trailing slash."""
_DEFAULT_ENDPOINT = "http://127.0.0.1:9292"
_TIMEOUT_SECONDS = 60.0
_BINARY = {"Content-Type": "application/octet-stream"}

local = threading.local()
"""What belongs to one thread; with our runner it outlives iterations and turns."""


class HttpError(Exception):
    """The service answered, but not what was asked for."""


def session() -> requests.Session:
    """Return this thread's session, so that its connection is reused."""
    if not hasattr(local, "session"):
        local.session = requests.Session()
        # Else each request reads ~/.netrc and the proxy variables anew.
        local.session.trust_env = False
    kept: requests.Session = local.session
    return kept


def fetch(
    method: str,
    path: str,
    *,
    status: int,
    json: object = None,
    data: bytes | None = None,
) -> requests.Response:
    """Send a request to the variant and return the answer, read to its end.

    *data* goes as it is, *json* encoded.

    Raises:
        HttpError: Another status than *status* came back.
    """
    url = os.environ.get(ENDPOINT_VARIABLE, _DEFAULT_ENDPOINT) + path
    response = session().request(
        method,
        url,
        json=json,
        data=data,
        headers=_BINARY if data is not None else None,
        timeout=_TIMEOUT_SECONDS,
    )
    if response.status_code != status:
        raise HttpError(
            f"{method} {path}: status {response.status_code} instead of {status}:"
            f" {response.text[:200]}"
        )
    return response


@scenario.configure(name="PerfcompareHttp.get")
class HttpGet(scenario.Scenario):
    """Get one path."""

    def run(self, path: str, contains: str = "") -> None:
        """Get a path of the service and look at the answer.

        :param path: what to get, from the slash after the port
        :param contains: text that the body must contain
        """
        with atomic.ActionTimer(self, "http.get"):
            response = fetch("GET", path, status=200)
            if contains not in response.text:
                raise HttpError(
                    f"GET {path}: no {contains!r} in the body: {response.text[:200]}"
                )
