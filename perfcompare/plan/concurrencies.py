# SPDX-License-Identifier: Apache-2.0
"""At how many clients workloads are measured, as people write it in a plan."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
)

MAX_LEVEL = 1000
OWN_LEVEL = "task"
"""The concurrency that the task itself says."""


def _level(value: object) -> int | str:
    match value:
        case str() if value == OWN_LEVEL:
            return value
        case int() if not isinstance(value, bool) and 1 <= value <= MAX_LEVEL:
            return value
        case _:
            raise ValueError(
                f"write a whole number from 1 to {MAX_LEVEL}, or the word {OWN_LEVEL}"
            )


def _some_and_none_twice(levels: Sequence[int | str]) -> Sequence[int | str]:
    # pydantic's own min_length would complain once more about a list of wrong items.
    if not levels:
        raise ValueError("give at least 1")
    twice = [level for index, level in enumerate(levels) if level in levels[:index]]
    if twice:
        raise ValueError(f"{twice[0]} stands in it twice; keep one")
    return levels


Level = Annotated[
    int | str,
    PlainValidator(_level),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_LEVEL},
                {"const": OWN_LEVEL},
            ]
        }
    ),
]
LevelsOfOne = Annotated[
    tuple[Level, ...],
    Field(strict=False, json_schema_extra={"minItems": 1, "uniqueItems": True}),
    AfterValidator(_some_and_none_twice),
]


def _kind_of_levels(value: object) -> str:
    return "[globs]" if isinstance(value, dict) else "[levels]"


Levels = Annotated[
    Annotated[LevelsOfOne, Tag("[levels]")]
    | Annotated[dict[str, LevelsOfOne], Tag("[globs]")],
    Discriminator(_kind_of_levels),
]
