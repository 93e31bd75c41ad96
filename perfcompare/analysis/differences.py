# SPDX-License-Identifier: Apache-2.0
"""What is not the same in every variant, most suspicious first.

A regression has a cause, and a report that lists every difference beside it spares the
hunt for it.  What is not known of a variant is no difference.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from perfcompare.analysis.hazards import (
    IN_THE_PATH,
    OPTIONS,
    STEPS,
    VARIABLES,
    Hazard,
)
from perfcompare.model.judgement import (
    Difference,
    DifferenceKind,
    Suspicion,
    VariantFacts,
)

COMPARED = "it is what is compared"
PLACE = "only a port, or the place of a variant"

_Values = tuple[str | None, ...]

_FIRST_CALENDAR_YEAR = 1990
"""A major version from here on is a year, whose turn says nothing."""

_PORT = re.compile(
    r"((?:\d{1,3}\.){3}\d{1,3}|localhost|://[^/\s:,]+|@[^/\s:,]+):\d{2,5}\b"
)
_PLACE = re.compile(
    r"(?<=[/_-])(?:(?:base|target|crossover|sham)(?![A-Za-z0-9])|(?:old|new)(?=/|$))"
)


def differences(
    variants: Sequence[VariantFacts], *, project: str
) -> tuple[Difference, ...]:
    """Return every difference of interpreter, package, option and variable.

    Args:
        variants: Of `RunFacts`, whose order that of the values is.
        project: Its own package is what is compared, where releases differ.
    """
    found = (
        *_interpreters(variants),
        *_packages(variants, project),
        *_options(variants),
        *_variables(variants),
    )
    return tuple(sorted(found, key=_rank))


def options_of(variant: VariantFacts) -> dict[str, str]:
    """Return the options of all files of *variant*: ``file: [section] option`` → value.

    Any text gives something: a line that is no option is one without a value.  The
    values of an option that stands several times are joined.  As oslo.config reads
    them, sections are the same in any case, and nothing is interpolated.
    """
    found: dict[str, str] = {}
    for name, text in variant.config:
        for place, value in _lines(text):
            key = f"{name}: {place}"
            found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def is_named(name: str, pattern: str) -> bool:
    """Tell whether the glob *pattern* names an option, or a variable."""
    place = name.rpartition(": ")[2]
    if place.startswith("["):
        # As a glob reads it, a section in brackets would be a class of letters.
        place, pattern = place.lower().replace("[", "("), pattern.replace("[", "(")
    return fnmatchcase(place, pattern)


def plain(option: str, value: str | None) -> str | None:
    """Return *value* without ports, and without the place where a variant lives."""
    if value is None:
        return None
    if option.endswith("port") and value.isdigit():
        return ":PORT"
    value = _PORT.sub(r"\1:PORT", value)
    return _PLACE.sub("VARIANT", value) if "/" in value else value


def _rank(one: Difference) -> tuple[int, bool, int, str]:
    return (
        list(Suspicion).index(one.suspicion),
        # What is known to matter, before what merely differs as much.
        not one.why,
        list(DifferenceKind).index(one.kind),
        one.name,
    )


def _interpreters(variants: Sequence[VariantFacts]) -> Iterator[Difference]:
    values = tuple(each.python for each in variants)
    if not all(values) or len(set(values)) < 2:
        return
    # "CPython 3.11.7": all but the patch.
    minors = {value.rpartition(".")[0] for value in values}
    patch = len(minors) == 1
    yield Difference(
        kind=DifferenceKind.PYTHON,
        name="python",
        values=values,
        suspicion=Suspicion.MEDIUM if patch else Suspicion.HIGH,
        why="" if patch else "another interpreter runs the same code at another speed",
    )


def _packages(variants: Sequence[VariantFacts], project: str) -> Iterator[Difference]:
    if not all(each.packages for each in variants):
        return
    names: dict[str, str] = {}
    tables: list[dict[str, str]] = []
    for variant in variants:
        table: dict[str, str] = {}
        for line in variant.packages:
            name, _, version = re.sub(" @ ", "==", line, count=1).partition("==")
            names.setdefault(_normalized(name), name)
            table[_normalized(name)] = version
        tables.append(table)
    for normalized, values in _unequal(tables):
        suspicion, why = _of_package(normalized, values)
        if normalized == _normalized(project):
            suspicion = min(suspicion, Suspicion.MEDIUM, key=list(Suspicion).index)
            why = f"{COMPARED}; {why}" if why else COMPARED
        yield Difference(
            kind=DifferenceKind.PACKAGE,
            name=names[normalized],
            values=values,
            suspicion=suspicion,
            why=why,
        )


def _of_package(name: str, values: _Values) -> tuple[Suspicion, str]:
    versions = sorted(_release(value) for value in values if value)
    lowest, highest = versions[0], versions[-1]
    passed = [
        step for step in STEPS if step.package == name and lowest < step.at <= highest
    ]
    role = IN_THE_PATH.get(name, "")
    calendar = bool(highest) and highest[0] >= _FIRST_CALENDAR_YEAR
    jump = 1 if not role else 2
    grown = lowest[:jump] != highest[:jump] and not calendar
    medium = passed or grown or None in values
    suspicion = Suspicion.MEDIUM if medium else Suspicion.LOW
    if any(step.suspicion is Suspicion.HIGH for step in passed):
        suspicion = Suspicion.HIGH
    return suspicion, "; ".join(step.why for step in passed) or role


def _options(variants: Sequence[VariantFacts]) -> Iterator[Difference]:
    if not all(each.config for each in variants):
        return
    for name, values in _unequal([options_of(each) for each in variants]):
        suspicion, why = _known(OPTIONS, name)
        if len({plain(name, value) for value in values}) == 1:
            suspicion, why = Suspicion.LOW, PLACE
        yield Difference(
            kind=DifferenceKind.OPTION,
            name=name,
            values=values,
            suspicion=suspicion,
            why=why,
        )


def _variables(variants: Sequence[VariantFacts]) -> Iterator[Difference]:
    for name, values in _unequal([dict(each.environment) for each in variants]):
        suspicion, why = _known(VARIABLES, name)
        yield Difference(
            kind=DifferenceKind.ENVIRONMENT,
            name=name,
            values=values,
            suspicion=suspicion,
            why=why,
        )


def _unequal(tables: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, _Values]]:
    """Yield what does not have the same value in every table, absence included."""
    for name in dict.fromkeys(name for table in tables for name in table):
        values = tuple(table.get(name) for table in tables)
        if len(set(values)) > 1:
            yield name, values


def _known(hazards: Sequence[Hazard], name: str) -> tuple[Suspicion, str]:
    found = (each for each in hazards if is_named(name, each.pattern))
    hazard = next(found, None)
    return (hazard.suspicion, hazard.why) if hazard else (Suspicion.MEDIUM, "")


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield ``[section] option`` and value of each option, continuations joined."""
    section, option = "", ""
    parts: list[str] = []
    for line in (*text.splitlines(), "[]"):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if line[0].isspace() and option:
            parts.append(stripped)
            continue
        if option:
            yield f"[{section}] {option}", " ".join(parts)
            option = ""
        if stripped[0] == "[" and stripped[-1] == "]":
            section = stripped[1:-1].strip()
            section = section if section == "DEFAULT" else section.lower()
        else:
            option, value = _split(stripped)
            parts = [value]


def _split(line: str) -> tuple[str, str]:
    """Split at the first = or :, as oslo.config does."""
    name, _, value = re.sub(r"\s*[=:]\s*", "\0", line, count=1).partition("\0")
    return name, value


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with; () where it has none."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
