# SPDX-License-Identifier: Apache-2.0
"""A plan as people write it; the JSON Schema that editors use comes from here.

The documentation of each key is its docstring.  What needs more than one key to
decide (does this release have that backend?) is decided where the plan is resolved.
"""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from perfcompare.model.plan import DeploymentKind
from perfcompare.plan.concurrencies import Levels
from perfcompare.plan.positions import UNREADABLE

DEFAULT_ROUNDS = 6
QUICK_ROUNDS = 4
MAX_ROUNDS = 100
LOOK_EVERY = 2
"""Rounds between two looks of a sequential experiment."""

_REQUIREMENT = re.compile(
    r"""(?P<name>[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)
        \s*(?P<extras>\[[A-Za-z0-9._,\s-]*\])?
        \s*(?P<pins>(===|==|~=|!=|<=|>=|<|>)[^;@]+)?
        (?P<marker>;.+)?""",
    re.VERBOSE,
)


def package_name(requirement: str) -> str | None:
    """Return the normalized name in a pip requirement; None when it has none."""
    match = _REQUIREMENT.fullmatch(requirement.strip())
    return re.sub(r"[-_.]+", "-", match["name"]).lower() if match else None


def _requirement(text: str) -> str:
    if package_name(text) is None:
        raise ValueError(
            "it is no pip requirement; write name==version, or use source for a path"
        )
    return text.strip()


def _variable(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError("it cannot be the name of a variable; use A-Z, 0-9 and _")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it must be one line without control characters")
    return text


def _word(text: str) -> str:
    if text == UNREADABLE:
        return text
    if not text.strip():
        raise ValueError("give a value, or leave the key out")
    return _one_line(text)


def _option(text: str) -> str:
    if re.search(r"[\[\]=:#]", text):
        raise ValueError("it cannot be a name in a configuration file; leave out []=:#")
    return _word(text)


def _day(text: object) -> object:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError("it is no date; write it as 2026-04-20")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"there is no such day: {error}") from None


Word = Annotated[str, AfterValidator(_word)]
Requirement = Annotated[str, AfterValidator(_requirement)]
Day = Annotated[date, BeforeValidator(_day)]
DeploymentName = Annotated[Word, WithJsonSchema({"enum": ["local", "devstack"]})]
BackendName = Annotated[Word, WithJsonSchema({"enum": ["eventlet", "threading"]})]
Value = Annotated[
    str,
    AfterValidator(_one_line),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
Environment = dict[Annotated[str, AfterValidator(_variable)], Value]
Name = Annotated[str, AfterValidator(_option)]
Config = dict[Word, dict[Name, dict[Name, Value]]]
Options = dict[Name, Value]
Seconds = Annotated[float, Field(ge=0, le=3600)]
SecondsAboveZero = Annotated[float, Field(ge=0.05, le=3600)]


class _Document(BaseModel):
    """Keys are known, types are exact, values never change."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class CrossoverDocument(_Document):
    """The crossover: target's release on base's backend; what differs from target."""

    packages: Annotated[tuple[Requirement, ...], Field(strict=False)] = ()
    """pip requirements, added to the release's or in place of those they name."""
    config: Config = {}
    """File, section, option and value, on top of those for all variants."""
    environment: Environment = {}
    """Variables of the service processes, on top of those for all variants."""
    uwsgi: Options = {}
    """uWSGI options (processes, threads), on top of those for all variants."""


NEWEST = "(newest)"
"""The release of a source whose plan names none."""


def _release_or_source(schema: dict[str, Any]) -> None:
    schema.pop("required")
    schema["anyOf"] = [{"required": ["release"]}, {"required": ["source"]}]


class VariantDocument(CrossoverDocument):
    """One side: a release on a backend, and what is special about it."""

    model_config = ConfigDict(json_schema_extra=_release_or_source)

    release: Word
    """The series whose packages, configuration and dependencies apply: "2026.1".
    With a source it may be left out and is the newest."""
    backend: BackendName | None = None
    """eventlet or threading; without it, the release's own default."""
    source: Word | None = None
    """A checkout, wheel or git+file:///path@ref instead of the project's package."""
    uploaded_before: Day | None = None
    """Packages uploaded on this day (UTC) or later are not used."""
    python: Word | None = None
    """The interpreter: "3.12", or a path."""

    @model_validator(mode="before")
    @classmethod
    def _newest_for_a_source(cls, value: object) -> object:
        if isinstance(value, dict) and "source" in value and "release" not in value:
            return {**value, "release": NEWEST}
        return value


class RoundsDocument(_Document):
    """From so many rounds to so many; it ends where all that matters is decided."""

    min: Annotated[int, Field(ge=3, le=MAX_ROUNDS)]
    """Rounds before the first look; another look follows after every second one."""
    max: Annotated[int, Field(ge=3, le=MAX_ROUNDS)]
    """Rounds at most; the last look."""


def _kind_of_rounds(value: object) -> str:
    # In brackets, as pydantic's own marks that are no keys: `parsing` leaves them out.
    return "[range]" if isinstance(value, dict | RoundsDocument) else "[number]"


Rounds = Annotated[
    Annotated[int, Field(ge=1, le=MAX_ROUNDS), Tag("[number]")]
    | Annotated[RoundsDocument, Tag("[range]")],
    Discriminator(_kind_of_rounds),
]


class ThresholdDocument(_Document):
    """How much a metric may move before it matters; absent keys keep the default."""

    ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    """Relative change: 0.10 is 10 %; null judges by floor alone."""
    floor: Annotated[float, Field(ge=0)] = 0.0
    """Smallest absolute change that matters: seconds, bytes, or the metric's unit."""
    primary: bool | None = None
    """Whether it counts for the exit status; null leaves it to the rounds."""


class PlanDocument(_Document):
    """What to measure: two variants of a project under the workloads of a task."""

    project: Word
    """The OpenStack project: glance, manila, …"""
    base: VariantDocument
    """What is measured before the upgrade."""
    target: VariantDocument
    """What is measured after it."""
    crossover: CrossoverDocument | None = None
    """What attribution's third variant has on top of target's."""
    task: Word
    """The Rally task, relative to this file."""
    deployment: DeploymentName = DeploymentKind.LOCAL.value
    """local: perfcompare deploys; devstack: a cloud that DevStack and Grenade deploy,
    for perfcompare measure."""
    title: Word | None = None
    """The headline of the report."""
    rounds: Rounds = DEFAULT_ROUNDS
    """Visits to every variant, or min and max with looks in between; --quick makes
    them 4 at most."""
    void_marked_rounds: bool = False
    """Leave out of every comparison the rounds in which something moved that should
    not: the database, keystone, what the hypervisor or others took of the CPUs."""
    interleave: bool = True
    """Pass the load between the variants in blocks; false alternates whole visits."""
    attribution: bool = False
    """Measure target's release on base's backend too: release and backend apart."""
    sham: bool = False
    """Measure base twice: the second copy must show no effect."""
    blocks: Annotated[int, Field(ge=1, le=1000)] = 10
    """Turns of a variant per workload and visit, each at least concurrency long."""
    concurrencies: Levels = {}
    """At how many clients each workload is measured: [1, task] for all of them, or
    globs over their titles and such a list each; task is what the task says."""
    warm_up_iterations: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """Before each workload; without it 20 % of times, at least twice concurrency."""
    idle_seconds: Seconds = 3.0
    """Watched after the start, before any load."""
    settle_seconds: Seconds = 2.0
    """Watched after the load."""
    interval_seconds: SecondsAboveZero = 0.5
    """Between two looks at the same process."""
    ready_timeout_seconds: SecondsAboveZero = 120.0
    """From the start of a variant until all its services are up."""
    stop_grace_seconds: SecondsAboveZero = 30.0
    """From SIGTERM to SIGKILL."""
    task_args: dict[str, object] = {}
    """Values for the task's template."""
    thresholds: dict[Word, ThresholdDocument] = {}
    """Metric, or glob over workload/action/service/metric, and what matters there."""
    config: Config = {}
    """For all variants: file, section, option and value."""
    environment: Environment = {}
    """For all variants: variables of the service processes."""
    uwsgi: Options = {}
    """For all variants: uWSGI options."""
