# SPDX-License-Identifier: Apache-2.0
"""The nouns of ``model`` ↔ JSON, by their type hints, strictly.

Every field is there and no other; a union of dataclasses (``Caveat``) is tagged
with the class name under ``"is"``; mappings are sorted, so that the same value
gives the same bytes.  What does not fit is a CodecError that says where.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from perfcompare.model.errors import StoreError

T = TypeVar("T")
TAG = "is"

_WANTED = {
    str: "a text",
    int: "a whole number",
    (int, float): "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


class CodecError(StoreError):
    """A JSON value is not what its type hint says; the message says where."""


def dump(value: object, kind: Any) -> bytes:  # noqa: ANN401  # any type hint
    """Return *value*, which is a *kind*, as JSON for people and diffs."""
    return dump_json(encode(value, kind))


def dump_json(data: object) -> bytes:
    """Return *data* as JSON for people and diffs; NaN is refused."""
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def load(path: Path, kind: type[T]) -> T:
    """Read the JSON file *path* as a *kind*.

    Raises:
        StoreError: It is missing, is not JSON, or holds something else.
    """
    return decode_file(path, load_json(path), kind)


def load_json(path: Path) -> object:
    """Read the JSON file *path*, of any content.

    Raises:
        StoreError: It is missing or is not JSON.
    """
    try:
        data: object = json.loads(path.read_bytes(), parse_constant=_refuse)
    except FileNotFoundError as error:
        raise StoreError(f"{path} is missing; the run is not complete") from error
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(
            f"{path} is broken or was cut short: {error}; restore it from a copy"
        ) from error
    return data


def decode_file(path: Path, data: object, kind: type[T]) -> T:
    """Decode what *path* held, and name the file when it does not fit."""
    try:
        value: T = decode(data, kind, where="")
    except CodecError as error:
        raise StoreError(f"{path} does not fit: {error}") from error
    return value


def encode(value: Any, kind: Any) -> object:  # noqa: ANN401  # any type hint
    """Return *value*, which is a *kind*, as what ``json`` can write."""
    if _has_fields(kind):
        hints = _hints(kind)
        return {name: encode(getattr(value, name), hints[name]) for name in hints}
    origin = get_origin(kind)
    if isinstance(kind, UnionType):
        return _encode_union(value, _members(kind))
    if origin is tuple:
        kinds = _tuple_kinds(kind, len(value))
        return [encode(item, k) for item, k in zip(value, kinds, strict=True)]
    if origin is Mapping:
        key, item = get_args(kind)
        pairs = ((str(encode(k, key)), encode(v, item)) for k, v in value.items())
        return dict(sorted(pairs))
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _encode_union(value: object, members: tuple[type, ...]) -> object:
    if value is None:
        return None
    if len(members) == 1:
        return encode(value, members[0])
    body = encode(value, type(value))
    if not isinstance(body, dict):
        raise CodecError(f"{value!r} is not of a class that can be tagged")
    return {TAG: type(value).__name__, **body}


def decode(data: object, kind: Any, *, where: str) -> Any:  # noqa: ANN401  # any hint
    """Return the *kind* that *data* encodes; *where* it stands is for messages."""
    if _has_fields(kind):
        return _decode_dataclass(data, kind, where=where)
    if isinstance(kind, UnionType):
        return _decode_union(data, kind, where=where)
    origin = get_origin(kind)
    if origin is tuple:
        items = _expect(data, list, where=where)
        kinds = _tuple_kinds(kind, len(items))
        if len(kinds) != len(items):
            raise CodecError(f"{where} has {len(items)} items, not {len(kinds)}")
        numbered = enumerate(zip(items, kinds, strict=True))
        return tuple(decode(x, k, where=f"{where}[{i}]") for i, (x, k) in numbered)
    if origin is Mapping:
        key, item = get_args(kind)
        pairs = _expect(data, dict, where=where).items()
        return {
            decode(k, key, where=f"{where}.{k}"): decode(v, item, where=f"{where}.{k}")
            for k, v in pairs
        }
    return _decode_scalar(data, kind, where=where)


def _decode_dataclass(data: object, kind: Any, *, where: str) -> object:  # noqa: ANN401
    items = _expect(data, dict, where=where)
    hints = _hints(kind)
    _refuse_keys("lacks", hints.keys() - items.keys(), where=where)
    _refuse_keys("has the unknown", items.keys() - hints.keys(), where=where)
    values = {
        name: decode(items[name], hint, where=f"{where}.{name}".lstrip("."))
        for name, hint in hints.items()
    }
    return kind(**values)


def _refuse_keys(what: str, names: Iterable[object], *, where: str) -> None:
    for name in sorted(str(name) for name in names):
        raise CodecError(f"{where or 'the file'} {what} {name!r}")


def _decode_union(data: object, kind: UnionType, *, where: str) -> object:
    if data is None and NoneType in get_args(kind):
        return None
    members = _members(kind)
    if len(members) == 1:
        return decode(data, members[0], where=where)
    items = dict(_expect(data, dict, where=where))
    tag = items.pop(TAG, None)
    for member in members:
        if member.__name__ == tag:
            return decode(items, member, where=where)
    raise CodecError(f"{where} is of the unknown kind {tag!r}")


def _decode_scalar(data: object, kind: Any, *, where: str) -> object:  # noqa: ANN401
    if kind is float:
        # JSON has one kind of number, and 3.0 may come back as 3.
        return float(_expect(data, (int, float), where=where))
    if kind in (str, int, bool):
        return _expect(data, kind, where=where)
    if kind is date:
        kind, text = date.fromisoformat, _expect(data, str, where=where)
    else:
        text = _expect(data, str, where=where)
    try:
        value: object = kind(text)
    except ValueError as error:
        raise CodecError(f"{where}: {error}") from error
    return value


def _expect(data: object, kinds: Any, *, where: str) -> Any:  # noqa: ANN401
    # bool is an int to isinstance, and must not pass for a number.
    right = isinstance(data, kinds) and (kinds is bool or not isinstance(data, bool))
    if not right or (isinstance(data, float) and not math.isfinite(data)):
        raise CodecError(
            f"{where or 'the file'} is {_show(data)}, not {_WANTED[kinds]}"
        )
    return data


def _show(data: object) -> str:
    text = repr(data)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _members(kind: UnionType) -> tuple[type, ...]:
    return tuple(member for member in get_args(kind) if member is not NoneType)


def _tuple_kinds(kind: object, length: int) -> tuple[Any, ...]:
    kinds = get_args(kind)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return (kinds[0],) * length
    return kinds


def _has_fields(kind: object) -> bool:
    # Not is_dataclass in place: mypy would narrow a hint to what it is not.
    return is_dataclass(kind)


@cache
def _hints(kind: Any) -> dict[str, Any]:  # noqa: ANN401  # a dataclass
    # In the order of definition, which is the order to read.
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not a number")
