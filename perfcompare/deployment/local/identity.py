# SPDX-License-Identifier: Apache-2.0
"""Keystone's API, as far as it takes to register a service."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from perfcompare.deployment.httpclient import HttpApi
from perfcompare.deployment.tokens import Credentials, issue

_INTERFACES = ("public", "internal", "admin")
_DOMAIN, _DOMAIN_NAME = "default", "Default"
_SERVICE_PROJECT = "service"
# keystonemiddleware asks for the second.
_SERVICE_ROLES = ("admin", "service")


class Identity:
    """An administrator at work; what it has made or found once, it remembers.

    Every visit of a variant registers it anew, and should cost an update alone.
    """

    def __init__(self, url: str, *, user: str, password: str) -> None:
        self._url = url
        self._credentials = Credentials(
            user=user,
            password=password,
            project=user,
            user_domain=_DOMAIN_NAME,
            project_domain=_DOMAIN_NAME,
        )
        self._token = ""
        self._ids: dict[tuple[str, ...], str] = {}
        self._endpoint_urls: dict[str, str] = {}
        self._api = HttpApi(url, headers=lambda: {"X-Auth-Token": self.token()})

    def token(self) -> str:
        """Return a token, scoped to the administrator's project; issued once."""
        if not self._token:
            self._token = issue(self._url, self._credentials).text
        return self._token

    def service_user(self, name: str, *, password: str) -> None:
        """Make user *name* of the service project, with admin and service roles."""
        if ("user", name) in self._ids:
            return
        project = self._ensure("project", {}, name=_SERVICE_PROJECT, domain_id=_DOMAIN)
        more = {"password": password, "default_project_id": project}
        user = self._ensure("user", more, name=name, domain_id=_DOMAIN)
        for role in _SERVICE_ROLES:
            grant = f"/roles/{self._ensure('role', {}, name=role)}"
            self._api.send("PUT", f"/projects/{project}/users/{user}{grant}", None)
        self._ids["user", name] = user

    def endpoint(self, service_type: str, *, region: str, url: str) -> None:
        """Make *url* the endpoint of every interface of *service_type* in *region*."""
        service = self._ensure("service", {"name": service_type}, type=service_type)
        self._ensure_region(region)
        for interface in _INTERFACES:
            endpoint = self._ensure(
                "endpoint",
                {"url": url},
                service_id=service,
                interface=interface,
                region_id=region,
            )
            if self._endpoint_urls.get(endpoint) != url:
                self._api.send(
                    "PATCH", f"/endpoints/{endpoint}", {"endpoint": {"url": url}}
                )
                self._endpoint_urls[endpoint] = url

    def _ensure_region(self, region: str) -> None:
        """Make *region*, whose id is its name: keystone looks for no other way."""
        if ("region", region) not in self._ids:
            listed: Any = self._api.get("/regions")
            if region not in [each["id"] for each in listed["regions"]]:
                self._make("region", {"id": region})
            self._ids["region", region] = region

    def _ensure(self, kind: str, more: Mapping[str, str], **wanted: str) -> str:
        """Return the id of the *kind* with the attributes *wanted*.

        One that is missing is made, with the attributes *more* besides.
        """
        key = (kind, *wanted.values())
        if key not in self._ids:
            self._ids[key] = self._find(kind, wanted) or self._make(
                kind, {**wanted, **more}
            )
        return self._ids[key]

    def _find(self, kind: str, wanted: Mapping[str, str]) -> str:
        listed: Any = self._api.get(f"/{kind}s?{urlencode(wanted)}")
        return next((str(each["id"]) for each in listed[f"{kind}s"]), "")

    def _make(self, kind: str, attributes: Mapping[str, str]) -> str:
        made: Any = self._api.send("POST", f"/{kind}s", {kind: dict(attributes)})
        return str(made[kind]["id"])
