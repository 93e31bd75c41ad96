# SPDX-License-Identifier: Apache-2.0
"""Words for problems: what was found, what is close to it, what there is."""

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 60
"""Characters of a value that a message quotes."""


def suggest(word: str, known: Iterable[str]) -> str:
    """Return what to do about *word*, which is none of *known*."""
    names = list(known)
    close = get_close_matches(word, names, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"there is {', '.join(names)}" if names else "there is none"


def show(value: object) -> str:
    """Return *value* as a message quotes it."""
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case str():
            cut = value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"
            return repr(cut)
        case _:
            return str(value)[:SHOWN]


def printable(text: str) -> str:
    """Return *text* with what a terminal would act on written out."""
    return "".join(
        letter if letter.isprintable() else repr(letter)[1:-1] for letter in text
    )
