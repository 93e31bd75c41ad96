# SPDX-License-Identifier: Apache-2.0
"""What changed between two versions of a package, in a word and in the number."""

import re

_RELEASE = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?")
_PARTS = ("major", "minor", "patch")
_FIRST_YEAR = 1990
"""A first number from here on is a year: what follows it says nothing of size."""


def step_between(old: str, new: str) -> str:
    """Name the largest part that differs: "major", "minor", "patch".

    Versions that begin with a year are "calendar"; what is told apart only behind the
    third number, or is no version (a path, a commit), is "other".
    """
    found = _RELEASE.match(old), _RELEASE.match(new)
    if found[0] is None or found[1] is None:
        return "other"
    numbers = [
        tuple(int(part or 0) for part in each.groups()) for each in found if each
    ]
    if min(number[0] for number in numbers) >= _FIRST_YEAR:
        return "calendar"
    differing = (
        word for word, one, two in zip(_PARTS, *numbers, strict=True) if one != two
    )
    return next(differing, "other")


def kept_and_changed(old: str, new: str) -> tuple[str, str]:
    """Part *new* where it begins to differ from *old*, at a dot: ("4.", "8.0")."""
    kept = 0
    for ours, theirs in zip(_pieces(old), _pieces(new), strict=False):
        if ours != theirs:
            break
        kept += len(theirs)
    return new[:kept], new[kept:]


def _pieces(version: str) -> list[str]:
    return re.findall(r"[^.]*\.?", version)
