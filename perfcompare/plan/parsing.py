# SPDX-License-Identifier: Apache-2.0
"""Plain values to a pydantic model: all problems at once, with their lines.

What is wrong is taken out, so that the rest can still be judged: a plan with a
misspelt key *and* an unknown release gets both messages.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel, ValidationError

from perfcompare.model.errors import PlanError, Problem
from perfcompare.plan.positions import Keys, Source
from perfcompare.plan.wording import show, suggest

_Document = TypeVar("_Document", bound=BaseModel)
_Error = Mapping[str, Any]

# pydantic's type of an error → what is expected, and how to write it.
_EXPECTED = {
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "bool_type": "write true or false",
    "float_type": "write a number",
    "finite_number": "write a finite number",
    "string_type": "write it in quotes, as text",
    "greater_than": "it must be greater than {gt:g}",
    "greater_than_equal": "it must be at least {ge:g}",
    "less_than": "it must be less than {lt:g}",
    "less_than_equal": "it must be at most {le:g}",
    "dict_type": "write a mapping (key: value)",
    "model_type": "write a mapping (key: value)",
    "tuple_type": "write a list (- item)",
    "list_type": "write a list (- item)",
    "too_short": "give at least {min_length}",
    "too_long": "give at most {max_length}",
    "string_too_long": "at most {max_length} characters",
    "literal_error": "write {expected}",
    "value_error": "{error}",
}


_NO_KEYS = ("[key]", "[number]", "[range]", "[levels]", "[globs]")
"""What pydantic puts between the keys: a key is wrong, or which kind of value it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed(Generic[_Document]):
    """What could be read of a file."""

    document: _Document
    problems: tuple[Problem, ...]
    wrong: frozenset[Keys]
    """Where something was taken out or put in: what is absent there is no news."""

    def is_wrong_below(self, keys: Keys) -> bool:
        """Tell whether something at or below *keys* was reported already."""
        return any(place[: len(keys)] == keys for place in self.wrong)


def parse_document(
    source: Source, model: type[_Document], *, absent: Mapping[str, object]
) -> Parsed[_Document]:
    """Return what of *source* is a *model*, and every problem of the rest.

    Args:
        source: The file as plain values.
        model: What it should be.
        absent: What stands in for a required key that is missing, by its name.
            It must be valid; a text is best UNREADABLE.

    Raises:
        PlanError: It is no mapping: there is nothing to return.
    """
    if not isinstance(source.value, dict):
        message = f"is {show(source.value)}; write a mapping (key: value)"
        raise PlanError((source.problem((), message),))
    value = copy.deepcopy(source.value)
    first: list[_Error] = []
    while True:
        try:
            document = model.model_validate(value)
            break
        except ValidationError as error:
            errors = cast("list[_Error]", error.errors(include_url=False))
            # Later ones come from taking things out.
            first = first or errors
            for each in errors:
                _repair(value, each, absent)
    problems = (_problem(source, model, each) for each in first)
    return Parsed(
        document=document,
        problems=(*source.problems, *problems),
        wrong=frozenset(tuple(_place(each)) for each in first),
    )


def _repair(value: dict[str, Any], error: _Error, absent: Mapping[str, object]) -> None:
    """Take out what is wrong, or put in what stands for the missing."""
    keys = _place(error)
    while isinstance(keys[-1], int):
        keys.pop()  # items have no names: with one that is wrong the whole list goes
    parent: Any = value
    for key in keys[:-1]:
        if isinstance(parent, dict) and key not in parent:
            return  # taken out with an earlier error
        parent = parent[key]
    if error["type"] == "missing":
        parent[keys[-1]] = copy.deepcopy(absent[str(keys[-1])])
    else:
        parent.pop(keys[-1], None)


def _place(error: _Error) -> list[str | int]:
    """Return the keys to an error; of a wrong key, to what stands at it."""
    return [key for key in error["loc"] if key not in _NO_KEYS]


def _problem(source: Source, model: type[BaseModel], error: _Error) -> Problem:
    keys: Keys = tuple(_place(error))
    name = ".".join(str(key) for key in keys)
    match error["type"]:
        case "missing":
            return source.problem(keys, f"'{name}' is missing; add it")
        case "extra_forbidden":
            known = _known_keys(model, keys[:-1])
            hint = suggest(str(keys[-1]), known)
            return source.problem(keys, f"unknown key '{name}'; {hint}")
        case kind:
            wrong = error["input"]
            found = source.texts.get(keys) if _is_number(wrong) else None
            context = {"error": error["msg"]} | error.get("ctx", {})
            what = _EXPECTED.get(kind, "{error}").format_map(context)
            return source.problem(keys, f"{name} is {found or show(wrong)}; {what}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _known_keys(model: type[BaseModel], keys: Keys) -> list[str]:
    """Return the keys of the model that stands at *keys* below *model*."""
    for key in keys:
        field = model.model_fields.get(str(key))
        inner = _model_in(field.annotation) if field else None
        model = inner or model
    return list(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Find the model in ``Model | None``, ``dict[str, Model]`` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _model_in(inner):
            return found
    return None
