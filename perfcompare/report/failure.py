# SPDX-License-Identifier: Apache-2.0
"""What a failed experiment tells: the same sentence and log lines in every format."""

from collections.abc import Sequence

from perfcompare.model.failure import Failure
from perfcompare.model.judgement import Judgement
from perfcompare.report.words import plural, printable

_WHILE = {
    "set up": "while it was being set up",
    "upgrade": "while base was being upgraded to target",
    "describe": "while what runs was being recorded",
    "start": "while {variant} was starting",
    "verify the backend of": "while the backend of {variant} was being verified",
    "idle": "while the services were idle",
    "load": "under load",
    "settle": "while the services settled",
    "stop": "while {variant} was stopping",
}
"""Activity → when that was, in the words of a sentence."""
_MESSAGE = 400
_LINE = 300
_VARIANT = 40


def failure_words(judgement: Judgement) -> str:
    """Say in one sentence what ended the experiment; "" where it did not fail."""
    failure = judgement.failure
    if failure is None:
        return ""
    message = printable(failure.message, limit=_MESSAGE)
    where = where_words(failure)
    return f"the experiment failed{' ' if where else ''}{where}: {message}"


def what_counts(judgement: Judgement) -> str:
    """Say what the rows of a failed experiment rest on; "" where it did not fail."""
    if judgement.failure is None:
        return ""
    done = judgement.facts.rounds_done
    if not done:
        return "no round is complete, so nothing is compared"
    those = "them" if done > 1 else "it"
    return (
        f"{plural(done, 'round is', 'rounds are')} complete, and all that is compared"
        f" rests on {those} alone"
    )


def log_lines(failure: Failure, *, last: int | None = None) -> tuple[str, ...]:
    """Return what was logged last, a line a line, each cut to what one reads."""
    lines: Sequence[str] = failure.log_lines
    if last is not None:
        lines = lines[-last:]
    return tuple(printable(line, limit=_LINE) for line in lines)


def logged_by(failure: Failure) -> str:
    """Name what wrote the log lines: "manila-share", or "the services"."""
    return printable(failure.service, limit=60) or "the services"


def where_words(failure: Failure) -> str:
    """Say in which round, at what: "in round 3 of 6 under load"; "" when unknown."""
    variant = printable(failure.variant, limit=_VARIANT) or "a variant"
    unnamed = f"during {printable(failure.activity, limit=_VARIANT)}"
    doing = _WHILE.get(failure.activity, unnamed if failure.activity else "")
    parts = (
        f"in round {failure.round} of {failure.rounds}" if failure.round else "",
        doing.replace("{variant}", variant),
    )
    return " ".join(part for part in parts if part)
