# SPDX-License-Identifier: Apache-2.0
"""Which half carries what changed, in a sentence: arithmetic on finished effects."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from perfcompare.report.attribution import Attribution, Split
from perfcompare.report.rows import Row
from perfcompare.report.scale import SPACE, shift
from perfcompare.report.shown import UNDECIDED, Shown
from perfcompare.report.words import plural, where_label

_MOST = 0.6
"""From this share on a half carries the change; below it, in both halves, both do."""
_NAMED = 3
_KINDS = (
    ("regression", frozenset({Shown.REGRESSION, Shown.KNOWN})),
    ("improvement", frozenset({Shown.IMPROVEMENT})),
)


class Carrier(StrEnum):
    """What a change of the total comes from."""

    BACKEND = "backend"
    RELEASE = "release"
    BOTH = "both"
    """Neither of them has most of it."""
    OPEN = "undecided"
    """The half that seems to carry it is undecided, or was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Where one change comes from."""

    carrier: Carrier
    share: float | None
    """Of the change, that of the half that carries it; above 1 where the other half
    takes some of it back; None where no half carries it."""


def carried(one: Attribution) -> Carried:
    """Tell which half carries the change of the total.

    Shares are taken where the halves add up: of logarithms where effects multiply.
    """
    if one.release is None or one.backend is None:
        return Carried(carrier=Carrier.OPEN, share=None)
    release, backend = _moved(one.release), _moved(one.backend)
    whole = (release or 0.0) + (backend or 0.0)
    if release is None or backend is None or not whole:
        return Carried(carrier=Carrier.OPEN, share=None)
    shares = ((backend / whole, one.backend), (release / whole, one.release))
    share, main = max(shares, key=lambda each: each[0])
    leading = [main] if share >= _MOST else [row for _, row in shares]
    if any(row.verdict in UNDECIDED for row in leading):
        return Carried(carrier=Carrier.OPEN, share=None)
    if share < _MOST:
        return Carried(carrier=Carrier.BOTH, share=None)
    return Carried(carrier=Carrier(main.comparison.contrast.value), share=share)


def finding(split: Split) -> str:
    """Say which half carries the regressions, and which the improvements."""
    told = [
        _told([line for line in split.lines if line.total.verdict in kind], word)
        for word, kind in _KINDS
    ]
    if not any(told):
        told = [
            "Nothing that counts is shown to have changed: there is nothing to split."
        ]
    undecided = sum(line.total.verdict in UNDECIDED for line in split.lines)
    if undecided:
        verb = "is" if undecided == 1 else "are"
        told.append(f"{plural(undecided, 'total')} {verb} undecided.")
    return " ".join(sentence for sentence in told if sentence)


def _told(lines: Sequence[Attribution], word: str) -> str:
    if not lines:
        return ""
    groups: dict[Carrier, list[str]] = {each: [] for each in Carrier}
    for line in lines:
        found = carried(line)
        groups[found.carrier].append(_named(line.total, found.share))
    clauses = [
        _clause(carrier, names, alone=len(names) == len(lines))
        for carrier, names in groups.items()
        if names
    ]
    subject = f"Of the {plural(len(lines), word)}" if len(lines) > 1 else f"The {word}:"
    return f"{subject} {'; '.join(clauses)}."


def _clause(carrier: Carrier, names: Sequence[str], *, alone: bool) -> str:
    count = "all" if alone and len(names) > 1 else str(len(names))
    if alone and len(names) == 1:
        count = "it"
    named = ", ".join(names[:_NAMED])
    if len(names) > _NAMED:
        named += f" and {len(names) - _NAMED} more"
    match carrier:
        case Carrier.BOTH:
            said = f"release and backend share {count}"
        case Carrier.OPEN:
            said = f"which half carries {count} is undecided"
        case _:
            said = f"the {carrier} carries {count}"
    return f"{said} ({named})"


def _named(row: Row, share: float | None) -> str:
    name = f"{where_label(row.comparison.key, limit=60)} {row.metric}".strip()
    if share is None:
        return name
    return f"{'all' if share >= 1 else _percent(share)} of {name}"


def _percent(share: float) -> str:
    # 99.7 % is not all of it.
    return f"{min(99, round(share * 100))}{SPACE}%"


def _moved(row: Row) -> float | None:
    one = row.comparison
    return None if one.effect is None else shift(one, one.effect)
