# SPDX-License-Identifier: Apache-2.0
"""What a variant's services read: placeholders, INI files and variables.

Templates of a project may name, in braces:

==================  ===========================================================
``venv``            the variant's virtual environment
``etc``             directory of the rendered files and the copied ones
``state``           directory that an upgrade carries over; the services' working
                    directory, so that paths kept in the database can be relative
``log``             directory of the logs
``host``, ``port``  where the API listens: 127.0.0.1 and a free port
``endpoint``        ``http://host:port`` and the project's endpoint path
``release``         the variant's release
``project``         the project's name; also the services' user in keystone
``region``          the variant's own region in keystone
``database_url``    SQLAlchemy URL of the variant's own database
``transport_url``   oslo.messaging URL of the variant's own virtual host
``keystone_url``    keystone's public endpoint
``memcached``       host:port
``service_password``  of the services' user in keystone
==================  ===========================================================

A server that the project does not ask for leaves its placeholder empty.  What a plan
adds is taken literally: braces mean nothing in it.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import Project, Service
from perfcompare.model.secret import MASK, is_secret
from perfcompare.model.variant import Variant

HOST = "127.0.0.1"
Sections = Mapping[str, Mapping[str, str]]

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Userinfo of a URL: scheme://user:password@host.
_URL_PASSWORD = re.compile(r"(?<=://)([^/@\s:]+):([^/@\s]+)@")

# Recipe for serving OpenStack's WSGI applications: pooled clients must not reuse
# connections that uWSGI closes after each answer, so it says that it does.
UWSGI: Mapping[str, str] = {
    "processes": "1",
    "threads": "4",
    "master": "true",
    "enable-threads": "true",
    "lazy-apps": "true",
    "single-interpreter": "true",
    "need-app": "true",
    "die-on-term": "true",
    "buffer-size": "65535",
    "disable-logging": "true",
    "add-header": "Connection: close",
    "thunder-lock": "true",
    "socket-timeout": "65",
}


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders of *template*.

    Raises:
        DeploymentError: It names a placeholder that does not exist.
    """
    try:
        return template.format_map(values)
    except KeyError as error:
        raise DeploymentError(
            f"template {template!r} names {error}; known are {', '.join(values)}"
        ) from error


def files(
    project: Project, variant: Variant, values: Mapping[str, str] | None
) -> Mapping[str, str]:
    """Render every configuration file of *variant*: file name → text.

    Args:
        project: Whose files they are.
        variant: Whose additions come on top.
        values: The placeholders; None leaves them in their braces, so that the
            texts of two variants differ only where the variants do.
    """
    sections = {
        name: _merged(templates, variant.config.get(name, {}), values)
        for name, templates in project.config.items()
    }
    for name in variant.config.keys() - project.config.keys():
        sections[name] = variant.config[name]
    for service in project.services[variant.backend]:
        if service.wsgi:
            sections[uwsgi_file(service)] = {
                "uwsgi": _uwsgi(project, variant, service, values)
            }
    return {name: render(each) for name, each in sections.items()}


def uwsgi_file(service: Service) -> str:
    """Return the name of the file that configures the uWSGI of *service*."""
    return f"{service.name}-uwsgi.ini"


def render(sections: Sections) -> str:
    """Write *sections* as the INI dialect of oslo.config, in the order given."""
    lines: list[str] = []
    for section, options in sections.items():
        lines.append(f"[{section}]")
        lines.extend(f"{option} = {value}" for option, value in options.items())
        lines.append("")
    return "\n".join(lines)


def redacted(text: str) -> str:
    """Cut out of an INI *text* what looks like a secret."""
    lines: list[str] = []
    for line in text.splitlines():
        option, equals, value = line.partition("=")
        if equals and is_secret(option.strip()) and not value.lstrip().startswith("{"):
            value = f"{' ' * value.startswith(' ')}{MASK}"
        lines.append(_URL_PASSWORD.sub(r"\1:***@", option + equals + value))
    return "\n".join(lines) + "\n"


def url_passwords(text: str) -> tuple[str, ...]:
    """Return the passwords of all URLs in *text*."""
    return tuple(match[2] for match in _URL_PASSWORD.finditer(text))


def environment(
    project: Project, variant: Variant, values: Mapping[str, str]
) -> dict[str, str]:
    """Return every variable of the services of *variant*, and nothing inherited.

    What the caller's shell exports (PYTHONPATH, OS_*, MALLOC_*) would otherwise
    be a condition of the experiment that nobody wrote down.
    """
    venv = Path(values["venv"])
    return {
        "PATH": f"{venv / 'bin'}:{_SYSTEM_PATH}",
        "HOME": values["state"],
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        **{name: fill(text, values) for name, text in project.environment.items()},
        **toggles(project, variant),
    }


def toggles(project: Project, variant: Variant) -> dict[str, str]:
    """Return the variables that select the backend, then the plan's own."""
    release = project.release(variant.release)
    return {**release.environments.get(variant.backend, {}), **variant.environment}


def _merged(
    templates: Sections, additions: Sections, values: Mapping[str, str] | None
) -> Sections:
    merged = {
        section: {
            option: template if values is None else fill(template, values)
            for option, template in options.items()
        }
        for section, options in templates.items()
    }
    for section, options in additions.items():
        merged.setdefault(section, {}).update(options)
    return merged


def _uwsgi(
    project: Project,
    variant: Variant,
    service: Service,
    values: Mapping[str, str] | None,
) -> Mapping[str, str]:
    def filled(template: str) -> str:
        return template if values is None else fill(template, values)

    options = {
        "module": f"{service.wsgi}:application",
        "http-socket": filled("{host}:{port}"),
    }
    if service.pyargv:
        options["pyargv"] = filled(service.pyargv)
    return {**options, **UWSGI, **project.uwsgi, **variant.uwsgi}
