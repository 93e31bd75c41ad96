# SPDX-License-Identifier: Apache-2.0
"""A project: what differs from one OpenStack project to the next, as data.

Strings marked *template* are filled by ``str.format_map`` when a variant is
deployed; `deployment/local` documents the names it offers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from perfcompare.model.variant import Backend, Packages


class Server(StrEnum):
    """A server that perfcompare starts for the services."""

    MARIADB = "mariadb"
    RABBITMQ = "rabbitmq"
    MEMCACHED = "memcached"
    KEYSTONE = "keystone"


class ApiClient(Protocol):
    """The project's API as an administrator sees it: JSON over HTTP."""

    def get(self, path: str) -> object:
        """Return the decoded body; raise DeploymentError on status ≥ 400."""
        ...

    def send(self, method: str, path: str, body: object) -> object:
        """Send *body* (JSON, or bytes as they are) and return the decoded answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of a project: one process tree."""

    name: str
    """As operators know it: "manila-share"."""
    argv: tuple[str, ...]
    """Templates; () for a WSGI application, which uWSGI serves."""
    wsgi: str
    """Module of the WSGI application ("glance.wsgi.api"); "" when *argv* is given."""
    pyargv: str
    """Template: arguments that the WSGI application finds in sys.argv; "" for none."""
    backend: Backend | None
    """What it runs whatever the variant says (a WSGI application is never
    patched); None when it follows the variant's backend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A series of a project and how to install it."""

    name: str
    packages: Packages
    environments: Mapping[Backend, Mapping[str, str]]
    """Variables that select a backend; a backend that is not a key does not exist."""
    default_backend: Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Where a DevStack cloud has a project."""

    units: Mapping[str, str]
    """Service → systemd unit, in start order."""
    service_type: str
    """In keystone's catalogue, where its API is found."""
    config_files: tuple[str, ...]
    """Absolute; what decides how it runs."""
    imports: tuple[str, ...]
    """Modules that must be importable for its tasks, as `Project.imports`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """An OpenStack project that can be deployed on this host."""

    name: str
    title: str
    releases: tuple[Release, ...]
    """Oldest first."""
    services: Mapping[Backend, tuple[Service, ...]]
    """In start order."""
    service_types: tuple[str, ...]
    """In keystone's catalogue; () without keystone."""
    endpoint_path: str
    """Appended to ``http://host:port``: "/v2"."""
    servers: frozenset[Server]
    """Without MARIADB the database is a SQLite file."""
    config: Mapping[str, Mapping[str, Mapping[str, str]]]
    """File → section → option → template."""
    copied_files: tuple[str, ...]
    """Below the virtual environment, copied beside the configuration."""
    directories: tuple[str, ...]
    """Made below the state directory before the first start."""
    migrate: tuple[tuple[str, ...], ...]
    """Commands (templates) that bring the database to a release."""
    health_path: str
    """Answers 200 when the API is up."""
    ready: Callable[[ApiClient, float], str]
    """"" when all services are up; else what is still missing.  The second argument
    is when they were started (epoch seconds): what was written before is stale."""
    prepare: Callable[[ApiClient], None]
    """Once on base before the resources: share types and the like."""
    create: Callable[[ApiClient], tuple[str, ...]]
    """Grenade's create: make resources in base, return their identifiers."""
    verify: Callable[[ApiClient, tuple[str, ...]], str]
    """Grenade's verify: "" when all are still there; else what is missing."""
    task_environment: Mapping[str, str]
    """Variables (templates) that tell our scenarios where the API is."""
    extras: tuple[str, ...]
    """perfcompare's own extras that its tasks need ("openstack")."""
    imports: tuple[str, ...]
    """Modules that must be importable for its tasks ("rally_openstack")."""
    initialize: tuple[tuple[str, ...], ...] = ()
    """Commands (templates) that a fresh database needs once, after its migration."""
    awaits: Mapping[str, Callable[[ApiClient, float], str]] = field(
        default_factory=dict
    )
    """Service → what must hold before it is started, as `ready`; all others are
    started at once."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables (templates) of every service and command of the project."""
    uwsgi: Mapping[str, str] = field(default_factory=dict)
    """uWSGI options (processes, threads) of its WSGI services."""
    api_headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of every call of `ApiClient`: a microversion."""
    cloud: Cloud | None = None
    """None where nobody has tried it in DevStack."""

    def release(self, name: str) -> Release:
        """Return the release called *name*; the newest when there is none.

        A local plan has been checked for names.  A cloud may run any branch, and one
        that nobody has heard of is newer than all that are known.
        """
        known = {release.name: release for release in self.releases}
        return known.get(name, self.releases[-1])
