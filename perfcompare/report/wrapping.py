# SPDX-License-Identifier: Apache-2.0
"""Prose for a terminal, where a letter may take two columns, or none."""

from rich.cells import cell_len, chop_cells


def wrapped(text: str, width: int, *, first: str = "") -> list[str]:
    """Return *text* as lines of at most *width* columns.

    It breaks at spaces, and within a word only where that is wider than a line.

    Args:
        text: Without line ends.
        width: In columns of a terminal; more than *first* takes.
        first: What the first line begins with; those below it are indented as far.
    """
    room = width - cell_len(first)
    lines: list[str] = []
    line, taken = "", 0
    for word in filter(None, text.split(" ")):
        for piece in chop_cells(word, room) if cell_len(word) > room else [word]:
            needed = cell_len(piece) + bool(line)
            if line and taken + needed > room:
                lines.append(line)
                line, taken = "", 0
                needed -= 1
            line = f"{line} {piece}" if line else piece
            taken += needed
    lines.append(line)
    return [
        (" " * cell_len(first) if at else first) + line for at, line in enumerate(lines)
    ]
