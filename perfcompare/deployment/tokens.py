# SPDX-License-Identifier: Apache-2.0
"""Keystone's tokens: who asks, and what the answer says of the cloud."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from perfcompare.model.errors import DeploymentError

_TIMEOUT_SECONDS = 60.0
_EXCERPT_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A user and the project to act in; domains by their names."""

    user: str
    password: str = field(repr=False)
    project: str
    user_domain: str
    project_domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token and the catalogue that came with it."""

    text: str = field(repr=False)
    endpoints: Mapping[tuple[str, str], str]
    """(service type, region) → the public URL."""


def issue(url: str, credentials: Credentials, *, ca_file: str | None = None) -> Token:
    """Ask keystone at *url* (``…/v3``) for a token.

    Args:
        url: Where keystone answers.
        credentials: Whose token.
        ca_file: Certificates to trust; None for those of the system.

    Raises:
        DeploymentError: There is no answer, or another one than a token.
    """
    # The token is in a header, which an ApiClient does not hand out.
    with requests.Session() as session:
        session.trust_env = False
        try:
            response = session.post(
                f"{url}/auth/tokens",
                json=_body(credentials),
                timeout=_TIMEOUT_SECONDS,
                verify=ca_file or True,
            )
        except OSError as error:  # RequestException is one, a missing file another
            raise DeploymentError(
                f"keystone at {url} issues no token: {error}"
            ) from error
    if response.status_code != requests.codes.created:
        raise DeploymentError(
            f"keystone at {url} issues no token for {credentials.user}:"
            f" {response.status_code} {response.text[:_EXCERPT_CHARACTERS]}"
        )
    return Token(
        text=response.headers["X-Subject-Token"],
        endpoints=dict(_endpoints(response.json())),
    )


def _body(credentials: Credentials) -> Mapping[str, object]:
    user = {
        "name": credentials.user,
        "domain": {"name": credentials.user_domain},
        "password": credentials.password,
    }
    project = {
        "name": credentials.project,
        "domain": {"name": credentials.project_domain},
    }
    identity = {"methods": ["password"], "password": {"user": user}}
    return {"auth": {"identity": identity, "scope": {"project": project}}}


def _endpoints(answer: Any) -> list[tuple[tuple[str, str], str]]:  # noqa: ANN401  # JSON
    return [
        ((service["type"], endpoint["region_id"]), endpoint["url"])
        for service in answer["token"].get("catalog", ())
        for endpoint in service["endpoints"]
        if endpoint["interface"] == "public"
    ]
