# SPDX-License-Identifier: Apache-2.0
"""JSON over HTTP to a service on this host."""

import json
from collections.abc import Callable, Mapping

import requests

from perfcompare.model.errors import DeploymentError

_TIMEOUT_SECONDS = 60.0
_EXCERPT_CHARACTERS = 300


class HttpApi:
    """An ApiClient; proxies and netrc of the environment are left aside."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Callable[[], Mapping[str, str]] | None = None,
        ca_file: str | None = None,
    ) -> None:
        """Prepend *base_url* to every path.

        Args:
            base_url: ``http://host:port/prefix``.
            headers: Called for each request, so that a token may be renewed.
            ca_file: Certificates to trust; None for those of the system.
        """
        self._base_url = base_url.rstrip("/")
        self._headers = headers
        self._ca_file = ca_file

    def get(self, path: str) -> object:
        """Return the decoded body; raise DeploymentError on status ≥ 400."""
        return self._request("GET", path, None, {})

    def send(self, method: str, path: str, body: object) -> object:
        """Send *body* and return the decoded answer.

        Bytes go as they are (``application/octet-stream``), None is no body, all
        else is JSON.
        """
        if body is None:
            return self._request(method, path, None, {})
        if isinstance(body, bytes):
            kind, data = "application/octet-stream", body
        else:
            kind, data = "application/json", json.dumps(body).encode()
        return self._request(method, path, data, {"Content-Type": kind})

    def _request(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> object:
        if self._headers is not None:
            headers = {**headers, **self._headers()}
        # A session for each request: a service that was restarted in between has
        # closed whatever connection was kept.
        with requests.Session() as session:
            session.trust_env = False
            try:
                response = session.request(
                    method,
                    self._base_url + path,
                    data=data,
                    headers={"Accept": "application/json", **headers},
                    timeout=_TIMEOUT_SECONDS,
                    verify=self._ca_file or True,
                )
            except OSError as error:  # RequestException is one, a missing file another
                raise DeploymentError(
                    f"{method} {self._base_url}{path} got no answer: {error}"
                ) from error
        return _decoded(response, f"{method} {self._base_url}{path}")


def _decoded(response: requests.Response, request: str) -> object:
    if response.status_code >= 400:
        excerpt = " ".join(response.text[:_EXCERPT_CHARACTERS].split())
        raise DeploymentError(
            f"{request} answered {response.status_code} {response.reason}: {excerpt}"
        )
    if not response.content:
        return None
    if "json" not in response.headers.get("Content-Type", ""):
        return response.text
    try:
        decoded: object = response.json()
    except requests.JSONDecodeError as error:
        raise DeploymentError(f"{request} answered no JSON: {error}") from error
    return decoded
