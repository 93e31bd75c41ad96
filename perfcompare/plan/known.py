# SPDX-License-Identifier: Apache-2.0
"""A file of known regressions: which metric, why, and until which day.

It stands beside the plan and not in it: what is known changes, what is measured does
not.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from perfcompare.model.acknowledgement import Acknowledgement
from perfcompare.plan.document import Day, Word
from perfcompare.plan.parsing import parse_document
from perfcompare.plan.positions import UNREADABLE, Source, parse
from perfcompare.plan.reading import read_text
from perfcompare.plan.report import Problems

_LIST = "known"
_ABSENT: Mapping[str, object] = {
    _LIST: [],
    "metric": UNREADABLE,
    "reason": UNREADABLE,
    "until": "2000-01-01",
}


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Entry(_Document):
    metric: Word
    reason: Word
    until: Day


class _Known(_Document):
    known: Annotated[tuple[_Entry, ...], Field(strict=False)]


def load_known(path: Path) -> tuple[Acknowledgement, ...]:
    """Read the list in *path*, which may stand below a key ``known``.

    Raises:
        PlanError: With everything that is wrong with the file.
    """
    source = _below_its_key(parse(read_text(path), path=str(path)))
    parsed = parse_document(source, _Known, absent=_ABSENT)
    problems = Problems(source)
    problems.extend(parsed.problems)
    problems.raise_if_any()
    return tuple(
        Acknowledgement(
            metric=entry.metric,
            reason=entry.reason,
            until=entry.until,
            where=f"{path.name}:{source.lines[_LIST, number]}",
        )
        for number, entry in enumerate(parsed.document.known)
    )


def _below_its_key(source: Source) -> Source:
    """Return *source* as if its bare list stood below the key."""
    if not isinstance(source.value, list):
        return source
    return replace(
        source,
        value={_LIST: source.value},
        lines={(_LIST, *keys): line for keys, line in source.lines.items()},
        texts={(_LIST, *keys): text for keys, text in source.texts.items()},
    )
