# SPDX-License-Identifier: Apache-2.0
"""Tests of all projects as data: what a deployment relies on."""

import string
from collections.abc import Iterable
from pathlib import Path

import pytest

from perfcompare.model.project import Project, Server
from perfcompare.projects import PROJECTS

OFFERED = frozenset(
    (
        *("venv", "etc", "state", "log", "host", "port", "endpoint", "release"),
        *("project", "region", "database_url", "transport_url", "keystone_url"),
        *("memcached", "service_password"),
    )
)
every_project = pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)


def templates(project: Project) -> Iterable[str]:
    for services in project.services.values():
        for service in services:
            yield from (*service.argv, service.pyargv)
    for sections in project.config.values():
        for options in sections.values():
            yield from options.values()
    for argv in project.migrate:
        yield from argv
    yield from project.environment.values()
    yield from project.task_environment.values()


def test_a_project_is_found_by_its_name() -> None:
    assert {name: project.name for name, project in PROJECTS.items()} == {
        "glance": "glance",
        "manila": "manila",
        "testbed": "testbed",
    }


@every_project
def test_templates_name_only_what_a_deployment_offers(project: Project) -> None:
    named = {
        name
        for template in templates(project)
        for _, name, _, _ in string.Formatter().parse(template)
        if name is not None
    }

    assert named <= OFFERED


@every_project
def test_every_release_can_run_its_default_backend(project: Project) -> None:
    for release in project.releases:
        assert release.default_backend in release.environments
        assert release.environments.keys() <= project.services.keys()


@every_project
def test_a_service_is_a_command_or_a_wsgi_application(project: Project) -> None:
    for services in project.services.values():
        for service in services:
            assert bool(service.argv) != bool(service.wsgi)


@every_project
def test_release_names_lead_to_releases(project: Project) -> None:
    for release in project.releases:
        assert project.release(release.name) is release


@every_project
def test_what_is_installed_from_a_path_is_there(project: Project) -> None:
    paths = [
        Path(requirement)
        for release in project.releases
        for requirement in release.packages.requirements
        if requirement.startswith("/")
    ]

    assert all((path / "pyproject.toml").is_file() for path in paths)


@every_project
def test_index_packages_of_openstack_are_frozen_by_date(project: Project) -> None:
    for release in project.releases:
        if project.name != "testbed":
            assert release.packages.uploaded_before is not None


@every_project
def test_keystone_comes_with_what_it_needs(project: Project) -> None:
    if Server.KEYSTONE in project.servers:
        assert Server.MARIADB in project.servers
        assert project.service_types
