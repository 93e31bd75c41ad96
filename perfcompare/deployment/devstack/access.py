# SPDX-License-Identifier: Apache-2.0
"""The way into the cloud: what ``openrc`` exports, keystone's catalogue, the API."""

from collections.abc import Mapping
from dataclasses import dataclass

from perfcompare.deployment.httpclient import HttpApi
from perfcompare.deployment.tokens import Credentials, Token, issue
from perfcompare.model.errors import DeploymentError, PlanError, Problem
from perfcompare.model.project import Cloud, Project
from perfcompare.model.target import LoadTarget

_NEEDED = ("OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME")
_DEFAULT_DOMAIN = {"default": "Default"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """An administrator of the cloud."""

    auth_url: str
    """Ends in ``/v3``."""
    credentials: Credentials
    region: str
    ca_file: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Access":
        """Read what DevStack's ``openrc admin admin`` exports.

        Raises:
            PlanError: Something is missing; names it.
        """
        missing = [name for name in _NEEDED if not environment.get(name)]
        if missing:
            raise _unusable(
                f"{', '.join(missing)} not set; first: source openrc admin admin"
                " (in the devstack directory)"
            )
        auth_url = environment["OS_AUTH_URL"].rstrip("/")
        return cls(
            auth_url=auth_url if auth_url.endswith("/v3") else f"{auth_url}/v3",
            credentials=Credentials(
                user=environment["OS_USERNAME"],
                password=environment["OS_PASSWORD"],
                project=environment["OS_PROJECT_NAME"],
                user_domain=_domain(environment, "OS_USER_DOMAIN"),
                project_domain=_domain(environment, "OS_PROJECT_DOMAIN"),
            ),
            region=environment.get("OS_REGION_NAME", "RegionOne"),
            ca_file=environment.get("OS_CACERT") or None,
        )

    def enter(self, project: Project, cloud: Cloud) -> "Entered":
        """Ask keystone for a token and for where *project* answers.

        Raises:
            DeploymentError: Keystone refuses, or knows no such service here.
        """
        token = issue(self.auth_url, self.credentials, ca_file=self.ca_file)
        url = _endpoint(token, cloud.service_type, self.region)
        base = url.removesuffix(project.endpoint_path)
        headers = {**project.api_headers, "X-Auth-Token": token.text}
        return Entered(
            health=HttpApi(base, ca_file=self.ca_file),
            api=HttpApi(base, headers=lambda: headers, ca_file=self.ca_file),
            load_target=LoadTarget(
                platform=self._platform(),
                environment={},
                secrets=(self.credentials.password, token.text),
            ),
        )

    def _platform(self) -> Mapping[str, object]:
        """Return Rally's environment spec."""
        return {
            "existing@openstack": {
                "auth_url": self.auth_url,
                "region_name": self.region,
                "endpoint_type": "public",
                "https_insecure": False,
                **({"https_cacert": self.ca_file} if self.ca_file else {}),
                "admin": {
                    "username": self.credentials.user,
                    "password": self.credentials.password,
                    "project_name": self.credentials.project,
                    "user_domain_name": self.credentials.user_domain,
                    "project_domain_name": self.credentials.project_domain,
                },
            }
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The doors of one project, for as long as its token lives."""

    health: HttpApi
    api: HttpApi
    load_target: LoadTarget


def _domain(environment: Mapping[str, str], variable: str) -> str:
    """Return a domain's name; openrc gives the id of the one that always exists."""
    name = environment.get(f"{variable}_NAME")
    identifier = environment.get(f"{variable}_ID") or "default"
    if name or identifier in _DEFAULT_DOMAIN:
        return name or _DEFAULT_DOMAIN[identifier]
    raise _unusable(
        f"{variable}_ID is {identifier}; set {variable}_NAME, which Rally asks for"
    )


def _unusable(message: str) -> PlanError:
    return PlanError((Problem(path="environment", line=None, message=message),))


def _endpoint(token: Token, service_type: str, region: str) -> str:
    found = token.endpoints.get((service_type, region))
    if found is None:
        regions = sorted(
            where for kind, where in token.endpoints if kind == service_type
        )
        raise DeploymentError(
            f"keystone's catalogue has no public endpoint of {service_type} in"
            f" {region}; it is in {', '.join(regions) or 'no region'}"
        )
    # Older ones carry the project's id at the end.
    return found.partition("%")[0].partition("$")[0].rstrip("/")
