# SPDX-License-Identifier: Apache-2.0
"""A scenario for any API of OpenStack: one request, as the cloud's administrator."""

import threading
from contextlib import suppress
from typing import Any

from rally.task import atomic, validation

from perfcompare.workload.plugins.http import HttpError

local = threading.local()
"""What belongs to one thread; with our runner it outlives iterations and turns."""


def session(clients: Any) -> Any:  # noqa: ANN401  # Rally and keystoneauth: no types
    """Return this thread's session, so that its token and connection are reused."""
    if not hasattr(local, "session"):
        local.session = clients.keystone.get_session()[0]
    return local.session


def ask(  # noqa: PLR0913  # of whom, for what, in which words
    session: Any,  # noqa: ANN401  # keystoneauth carries no types
    path: str,
    *,
    service_type: str,
    region: str,
    microversion: str,
    contains: str,
) -> None:
    """Get *path* of the service in *region*, from the end of its endpoint.

    One keystone serves all variants: the region tells them apart.

    Raises:
        HttpError: The answer is another, or does not contain what it must.
    """
    response = session.get(
        path,
        endpoint_filter={"service_type": service_type, "region_name": region},
        microversion=microversion or None,
        raise_exc=False,
    )
    if response.status_code != 200 or contains not in response.text:
        raise HttpError(
            f"GET {path}: status {response.status_code}, without {contains!r}:"
            f" {response.text[:200]}"
        )


# Without rally-openstack Rally still imports this module, at each of its commands.
with suppress(ImportError):
    from rally_openstack.task import scenario

    @validation.add("required_platform", platform="openstack", admin=True)
    @scenario.configure(name="PerfcompareOpenStack.get")
    class OpenStackGet(scenario.OpenStackScenario):
        """Get one path of a service that the catalogue names."""

        def run(
            self,
            service_type: str,
            path: str,
            microversion: str = "",
            contains: str = "",
        ) -> None:
            """Get a path of the service and look at the answer.

            :param service_type: as the catalogue has it: shared-file-system
            :param path: what to get, after the endpoint's own path
            :param microversion: of the API; the service's oldest without one
            :param contains: text that the body must contain
            """
            kept = session(self._admin_clients)
            with atomic.ActionTimer(self, f"{service_type}.get"):
                ask(
                    kept,
                    path,
                    service_type=service_type,
                    region=self._admin_clients.credential.region_name,
                    microversion=microversion,
                    contains=contains,
                )
