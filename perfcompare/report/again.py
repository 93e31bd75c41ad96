# SPDX-License-Identifier: Apache-2.0
"""The commands that measure a run again, and judge it again."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perfcompare.model.judgement import RunFacts
from perfcompare.report.words import printable

_PLACES = ("--out", "--run")
"""Options of `run` and `measure` that say where the run is."""
_JUDGING = ("--threshold", "--known")
"""Options that `compare` needs too, to judge as `run` did."""
_PHASE, _VARIANT = "--phase", "--variant"
"""Options of `measure` that say which part of the run."""
_READ = (*_PLACES, *_JUDGING, _PHASE, _VARIANT)
_WHEN = {"base": "before the upgrade: ", "target": "after the upgrade: "}
_LIMIT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing to type, and what it is for."""

    purpose: str
    line: str


def commands(facts: RunFacts) -> tuple[Command, ...]:
    """Return what to type, in order; () where nobody knows what was typed."""
    measured = [line for line in facts.reproduce.splitlines() if line.strip()]
    if not measured:
        return ()
    version = printable(facts.perfcompare_version, limit=40)
    shown = f" {version}" if version else ""
    install = "make venv && . .venv/bin/activate && perfcompare --version"
    return (
        Command(
            purpose=f"In a checkout of perfcompare{shown} (the last command tells it)",
            line=install,
        ),
        *(
            Command(purpose=_purpose(line), line=printable(line, limit=_LIMIT))
            for line in measured
        ),
        Command(
            purpose="Judge it again: nothing is measured",
            line=printable(judging(measured), limit=_LIMIT),
        ),
    )


def judging(measured: Sequence[str]) -> str:
    """Return the command that judges what *measured* left, as it was judged then."""
    place, kept = "RUN", []
    for line in measured:
        for option, value in _options(line):
            if option in _PLACES:
                place = value
            elif option in _JUDGING and (option, value) not in kept:
                kept.append((option, value))
    words = [word for option in kept for word in option]
    return shlex.join(["perfcompare", "compare", place, *words])


def _purpose(line: str) -> str:
    """Say what one command measures, by the part of the run that it names."""
    for option, value in _options(line):
        if option == _PHASE:
            when = _WHEN.get(value, "")
            return f"{when}measure {printable(value, limit=40)}".capitalize()
        if option == _VARIANT:
            return f"Measure {printable(value, limit=40)}"
    return "Measure"


def _options(line: str) -> Iterator[tuple[str, str]]:
    """Yield the options that matter here, as ``--out X`` or ``--out=X``."""
    try:
        words = shlex.split(line)
    except ValueError:
        return
    for word, after in zip(words, [*words[1:], ""], strict=True):
        option, equals, value = word.partition("=")
        value = value if equals else after
        if option in _READ and value:
            yield option, value
