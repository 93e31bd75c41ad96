# SPDX-License-Identifier: Apache-2.0
"""What is undecided, and what would decide it: more rounds, or a quiet host."""

from collections.abc import Sequence

from perfcompare.model.busy_caveat import BusyHost
from perfcompare.model.comparison import Comparison
from perfcompare.model.judgement import Judgement
from perfcompare.report.scale import significant
from perfcompare.report.shown import Shown, shown
from perfcompare.report.standing import uncorrected
from perfcompare.report.words import plural


def undecided_clauses(
    judgement: Judgement, rows: Sequence[Comparison]
) -> tuple[str, ...]:
    """Count the undecided of *rows*: what the host decided, then all others."""
    undecided = [row for row in rows if shown(row) is Shown.INCONCLUSIVE]
    busy = [row for row in undecided if busy_host(row)]
    others = [row for row in undecided if not busy_host(row)]
    clauses = (_busy(busy, judgement), _open(others, more="more " if busy else ""))
    return tuple(clause for clause in clauses if clause)


def busy_host(row: Comparison) -> BusyHost | None:
    """Return the caveat that leaves the row undecided, if that is a busy host."""
    found = (
        caveat
        for caveat in row.caveats
        if isinstance(caveat, BusyHost) and not caveat.decided
    )
    return next(found, None)


def rounds_missing(rows: Sequence[Comparison]) -> int | None:
    """Return how many more rounds would decide every row; None if nobody knows."""
    missing = [_missing(row) for row in rows]
    known = [count for count in missing if count is not None]
    return max(known) if known and len(known) == len(rows) else None


def _missing(row: Comparison) -> int | None:
    count = None if row.rounds_needed is None else row.rounds_needed - len(row.rounds)
    return count if count is not None and count > 0 else None


def _busy(rows: Sequence[Comparison], judgement: Judgement) -> str:
    if not rows:
        return ""
    worst = max(why.others_ratio for row in rows if (why := busy_host(row)))
    cores = dict(judgement.facts.host).get("cores", "")
    of = f"{cores} cores" if cores.isdecimal() and cores != "1" else "a core"
    used = significant(worst, digits=2)
    return f"{len(rows)} undecided: busy host (others used {used} of {of})"


def _open(undecided: Sequence[Comparison], *, more: str) -> str:
    if not undecided:
        return ""
    count = len(undecided)
    # How many rounds a correction would be survived with, nobody has computed.
    spread = [
        row for row in undecided if not uncorrected(row) and _missing(row) is not None
    ]
    missing = rounds_missing(spread)
    if missing is None:
        return f"{count} {more}undecided"
    those = "" if len(spread) == count else f" {len(spread)} of them"
    return (
        f"{count} {more}undecided, {plural(missing, 'more round')} would decide{those}"
    )
