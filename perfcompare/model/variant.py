# SPDX-License-Identifier: Apache-2.0
"""A variant: release by backend by configuration, and where its code comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Backend(StrEnum):
    """A concurrency backend, as a process really runs it."""

    EVENTLET = "eventlet"
    THREADING = "threading"


class VariantName(StrEnum):
    """The four roles a variant can have in an experiment."""

    BASE = "base"
    """The stable release on eventlet."""
    TARGET = "target"
    """The new release on native threads."""
    CROSSOVER = "crossover"
    """The new release on the backend of base: splits the total in two effects."""
    SHAM = "sham"
    """A second copy of base: its "effect" must be nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """What is installed into a variant's virtual environment."""

    requirements: tuple[str, ...]
    """pip requirements, pins included; paths and ``git+file`` are absolute."""
    uploaded_before: date | None
    """Packages uploaded on this day (UTC) or later are not seen by the resolver."""
    uploaded_before_each: Mapping[str, date]
    """Exceptions to *uploaded_before*, by package name."""
    python: str
    """The interpreter, as ``uv venv --python`` takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of the things compared, as the plan resolved it."""

    name: VariantName
    release: str
    """A series ("2026.1"); of a checkout, the one whose configuration applies."""
    backend: Backend
    packages: Packages
    environment: Mapping[str, str]
    """Variables of every service process, on top of what the backend needs."""
    config: Mapping[str, Mapping[str, Mapping[str, str]]]
    """File → section → option → value, on top of the project's own."""
    uwsgi: Mapping[str, str]
    """uWSGI options (processes, threads) on top of the project's own."""
