# SPDX-License-Identifier: Apache-2.0
"""YAML with positions: every value knows its line.

Safe by construction: only plain values are built, aliases cannot multiply without
end, and a key that stands twice is a problem instead of a silent choice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import yaml

from perfcompare.model.errors import PlanError, Problem
from perfcompare.plan.wording import printable

Keys = tuple[str | int, ...]
"""Where a value stands: ``("base", "release")``, ``("subtasks", 0, "title")``."""

MAX_VALUES = 20_000
"""Values after aliases are followed; ten levels of ten aliases would be 10^10."""

UNREADABLE = "\0"
"""Stands for a text that was missing or wrong, and already reported.  No file can
hold it: `parse` refuses it."""

_PREFIX = "tag:yaml.org,2002:"
_MERGE = _PREFIX + "merge"
_NULL = _PREFIX + "null"
_TIMESTAMP = _PREFIX + "timestamp"
_PLAIN = {_PREFIX + name for name in ("map", "seq", "null", "bool", "int", "float")}
_PLAIN |= {_PREFIX + "str", _TIMESTAMP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A YAML file as plain values, and where each of them stands."""

    path: str
    value: object
    """dict, list, str, int, float, bool or None; a date stays text."""
    lines: Mapping[Keys, int]
    texts: Mapping[Keys, str]
    """Scalars as they were written: ``2026.10`` where the value is 2026.1."""
    exact: bool
    """Whether lines are those of the file; else of what a template rendered to."""
    problems: tuple[Problem, ...]
    """Found while reading, none of them fatal."""

    def problem(self, keys: Keys, message: str) -> Problem:
        """Return a problem at *keys*, or at the nearest thing around it."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        line = self.lines.get(keys, 1)
        message = printable(message)
        if self.exact:
            return Problem(path=self.path, line=line, message=message)
        where = f" (line {line} of the rendered template)"
        return Problem(path=self.path, line=None, message=message + where)


def parse(
    text: str, *, path: str, verbatim: Collection[str] = (), exact: bool = True
) -> Source:
    """Parse *text*, one YAML document.

    Args:
        text: The content of the file, or what its template rendered to.
        path: As the user gave it.
        verbatim: Top-level or second-level keys below which scalars stay as they
            were written: ``debug: on`` is "on", not true.
        exact: Whether the lines of *text* are those of the file.

    Raises:
        PlanError: It is not YAML, or empty, or nested without end.
    """
    builder = _Builder(path, frozenset(verbatim))
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise _refuse(path, 1, "is empty; write a mapping (key: value)")
        value = builder.build(node, ())
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = error.character if isinstance(error.character, int) else 0
        message = f"character U+{code:04X} is not allowed in YAML; remove it"
        raise _refuse(path, line, message) from None
    except yaml.MarkedYAMLError as error:
        raise _refuse(path, _line(error), _syntax(error)) from None
    except RecursionError:
        message = "nested too deeply (an alias inside itself?); write it flat"
        raise _refuse(path, 1, message) from None
    return Source(
        path=path,
        value=value,
        lines=builder.lines,
        texts=builder.texts,
        exact=exact,
        problems=tuple(builder.problems),
    )


def _line(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1


def _syntax(error: yaml.MarkedYAMLError) -> str:
    what = error.problem or error.context or "syntax error"
    hint = "check indentation, colons and quotes"
    if "alias" in (error.context or ""):
        hint = "what begins with * stands in quotes"
    return f"not YAML: {what}; {hint}"


def _refuse(path: str, line: int, message: str) -> PlanError:
    return PlanError((Problem(path=path, line=line, message=message),))


class _Builder:
    """Turns nodes into values, and keeps the books."""

    def __init__(self, path: str, verbatim: frozenset[str]) -> None:
        self._path = path
        self._verbatim = verbatim
        # Only its rules for scalars are used; it holds no text of its own.
        self._scalars = yaml.SafeLoader("")
        self._values = 0
        self.lines: dict[Keys, int] = {}
        self.texts: dict[Keys, str] = {}
        self.problems: list[Problem] = []

    def build(self, node: yaml.Node, keys: Keys) -> object:
        line = node.start_mark.line + 1
        self._values += 1
        if self._values > MAX_VALUES:
            message = f"more than {MAX_VALUES} values once aliases are followed"
            raise _refuse(self._path, line, f"{message}; write fewer")
        self.lines.setdefault(keys, line)
        if node.tag not in _PLAIN:
            self._complain(node, f"tag {node.tag} is not allowed; write a plain value")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, keys)
        if isinstance(node, yaml.SequenceNode):
            return [
                self.build(item, (*keys, index))
                for index, item in enumerate(node.value)
            ]
        return self._scalar(node, keys)

    def _mapping(self, node: yaml.MappingNode, keys: Keys) -> dict[str, object]:
        result: dict[str, object] = {}
        for key, merged in node.value:
            if key.tag == _MERGE:
                self._merge(result, merged, keys)
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag == _MERGE:
                continue
            if not isinstance(key, yaml.ScalarNode):
                self._complain(key, "a key must be text; write a plain word")
            elif key.value in seen:
                first = f"first on line {seen[key.value]}"
                self._complain(key, f"duplicate key '{key.value}' ({first}); keep one")
            else:
                seen[key.value] = line
                self.lines[*keys, key.value] = line
                result[key.value] = self.build(value, (*keys, key.value))
        return result

    def _merge(self, result: dict[str, object], node: yaml.Node, keys: Keys) -> None:
        """Take over what ``<<`` names; of a list, the first one wins."""
        value = self.build(node, keys)
        for mapping in reversed(value if isinstance(value, list) else [value]):
            if isinstance(mapping, dict):
                result.update(mapping)
            else:
                self._complain(node, "'<<' merges mappings alone; name one")

    def _scalar(self, node: yaml.Node, keys: Keys) -> object:
        self.texts[keys] = node.value
        if UNREADABLE in node.value:
            self._complain(node, "a NUL character; remove it")
            return None
        verbatim = any(key in self._verbatim for key in keys[:2])
        if node.tag == _TIMESTAMP or (verbatim and node.tag != _NULL):
            return node.value
        try:
            return self._scalars.construct_object(node)
        except (ValueError, LookupError):
            # Too many digits, none ("0x_"), or a tag that lies ("!!bool maybe").
            self._complain(
                node, f"'{node.value[:40]}' cannot be read; write a plain value"
            )
            return None

    def _complain(self, node: yaml.Node, message: str) -> None:
        line = node.start_mark.line + 1
        problem = Problem(path=self._path, line=line, message=printable(message))
        self.problems.append(problem)
