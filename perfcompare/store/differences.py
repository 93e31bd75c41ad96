# SPDX-License-Identifier: Apache-2.0
"""In which words two plans differ."""

from collections.abc import Iterator

from perfcompare.model.plan import Plan
from perfcompare.store import codec

_SHOWN = 3
_NOT_MEASURED = (
    *("digest", "path", "title", "thresholds", "void_marked_rounds", "looks"),
    "ready_timeout_seconds",
)


def differences(old: Plan, new: Plan) -> str:
    """Name what *new* asks for that *old* did not, at most three things."""
    found = [
        f"{where} was {before}, is now {after}"
        for where, before, after in _walk(
            codec.encode(old, Plan), codec.encode(new, Plan), where=""
        )
        if where.partition(".")[0].partition("[")[0] not in _NOT_MEASURED
    ]
    if not found:
        return "a file that the plan refers to has changed"
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "; ".join(found[:_SHOWN]) + more


def _walk(old: object, new: object, *, where: str) -> Iterator[tuple[str, str, str]]:
    match old, new:
        case dict(), dict():
            for key in sorted(old.keys() | new.keys()):
                inner = f"{where}.{key}".lstrip(".")
                yield from _walk(old.get(key), new.get(key), where=inner)
        case list(), list() if len(old) == len(new):
            for index, (before, after) in enumerate(zip(old, new, strict=True)):
                yield from _walk(before, after, where=f"{where}[{index}]")
        case _ if old != new:
            yield where, _short(old), _short(new)


def _short(value: object) -> str:
    text = "absent" if value is None else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
