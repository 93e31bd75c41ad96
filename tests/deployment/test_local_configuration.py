# SPDX-License-Identifier: Apache-2.0
"""Tests of rendered configuration: templates below, the plan on top."""

from collections.abc import Callable

import pytest

from perfcompare.deployment.local import configuration
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import Project, Service
from perfcompare.model.variant import Backend, Variant

Make = Callable[..., Variant]
MakeProject = Callable[..., Project]
MakeService = Callable[..., Service]
CONFIG = {"svc.conf": {"DEFAULT": {"port": "{port}", "workers": "1"}}}


def test_templates_are_filled(
    project: MakeProject, variant: Make, values: dict[str, str]
) -> None:
    files = configuration.files(project(config=CONFIG), variant(), values)

    assert files == {"svc.conf": "[DEFAULT]\nport = 1234\nworkers = 1\n"}


def test_what_the_plan_says_comes_on_top_and_is_literal(
    project: MakeProject, variant: Make, values: dict[str, str]
) -> None:
    additions = {
        "svc.conf": {"DEFAULT": {"workers": "8"}, "new": {"pattern": "{3}"}},
        "own.conf": {"DEFAULT": {"a": "b"}},
    }

    files = configuration.files(
        project(config=CONFIG), variant(config=additions), values
    )

    assert files == {
        "svc.conf": ("[DEFAULT]\nport = 1234\nworkers = 8\n\n[new]\npattern = {3}\n"),
        "own.conf": "[DEFAULT]\na = b\n",
    }


def test_the_plan_does_not_change_the_project(
    project: MakeProject, variant: Make, values: dict[str, str]
) -> None:
    additions = {"svc.conf": {"DEFAULT": {"workers": "8"}}}
    svc = project(config=CONFIG)
    configuration.files(svc, variant(config=additions), values)

    assert "workers = 1" in configuration.files(svc, variant(), values)["svc.conf"]


def test_without_values_the_placeholders_stay(
    project: MakeProject, variant: Make
) -> None:
    files = configuration.files(project(config=CONFIG), variant(), None)

    assert files == {"svc.conf": "[DEFAULT]\nport = {port}\nworkers = 1\n"}


def test_an_unknown_placeholder_is_named(values: dict[str, str]) -> None:
    with pytest.raises(DeploymentError, match="names 'prot'; known are venv, etc"):
        configuration.fill("{prot}", values)


def test_a_wsgi_service_gets_a_uwsgi_file_with_the_plans_options_last(
    project: MakeProject,
    service: MakeService,
    variant: Make,
    values: dict[str, str],
) -> None:
    api = service("api", argv=(), wsgi="svc.wsgi", pyargv="--config-file {etc}/a")
    svc = project(api, uwsgi={"processes": "2", "threads": "4"})

    files = configuration.files(svc, variant(uwsgi={"threads": "16"}), values)

    options = files["api-uwsgi.ini"].splitlines()
    assert options[0] == "[uwsgi]"
    assert {
        "module = svc.wsgi:application",
        "http-socket = 127.0.0.1:1234",
        f"pyargv = --config-file {values['etc']}/a",
        "processes = 2",
        "threads = 16",
        "die-on-term = true",
        "add-header = Connection: close",
    } <= set(options)
    assert "threads = 4" not in options


def test_services_inherit_no_variable_but_get_toggle_then_plan(
    project: MakeProject,
    variant: Make,
    values: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OS_SVC_DISABLE_EVENTLET_PATCHING", "1")
    svc = project(environment={"SVC_CONFIG_DIR": "{etc}", "COLOUR": "red"})
    base = variant(backend=Backend.EVENTLET, environment={"COLOUR": "blue"})

    environment = configuration.environment(svc, base, values)

    assert environment.pop("PATH").startswith(f"{values['venv']}/bin:/usr/local/sbin:")
    assert environment == {
        "HOME": values["state"],
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "SVC_CONFIG_DIR": values["etc"],
        "COLOUR": "blue",
        "BACKEND": "eventlet",
    }


def test_the_plan_can_override_the_toggle(project: MakeProject, variant: Make) -> None:
    base = variant(environment={"BACKEND": "eventlet"})

    assert configuration.toggles(project(), base) == {"BACKEND": "eventlet"}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("password = hunter2", "password = ***"),
        ("admin_password = hunter2", "admin_password = ***"),
        ("encryption_key = abc", "encryption_key = ***"),
        ("password = {service_password}", "password = {service_password}"),
        ("service_token_roles_required = true", "service_token_roles_required = true"),
        ("connection = mysql://u:p@h/d", "connection = mysql://u:***@h/d"),
        ("url = http://127.0.0.1:80/a@b", "url = http://127.0.0.1:80/a@b"),
        ("[section]", "[section]"),
    ],
)
def test_what_looks_like_a_secret_is_cut_out(line: str, shown: str) -> None:
    assert configuration.redacted(line) == shown + "\n"
