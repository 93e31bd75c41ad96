# SPDX-License-Identifier: Apache-2.0
"""What ended the experiment: where, the log lines, and how to go on."""

from collections.abc import Mapping
from dataclasses import dataclass

from perfcompare.model.judgement import Judgement
from perfcompare.report.failure import log_lines, logged_by, where_words
from perfcompare.report.words import moment, printable

_MESSAGE = 2000
"""The answer above has the beginning and the end of a longer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureShown:
    """A failure in words."""

    message: str
    facts: tuple[tuple[str, str], ...]
    """Label → words."""
    hint: str
    logged_by: str
    lines: str
    count: str
    """"line", "2 lines", …"""


def failure_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what failure.html.j2 shows; None where the experiment did not fail."""
    failure = judgement.failure
    if failure is None:
        return {"failure": None}
    lines = log_lines(failure)
    facts = (
        ("where", where_words(failure)),
        ("when", moment(failure.at)),
        ("service", printable(failure.service, limit=60)),
        ("logs, below the run's directory", printable(failure.log, limit=200)),
    )
    return {
        "failure": FailureShown(
            message=printable(failure.message, limit=_MESSAGE),
            facts=tuple((label, text) for label, text in facts if text),
            hint=printable(failure.hint, limit=500),
            logged_by=logged_by(failure),
            lines="\n".join(lines),
            count="line" if len(lines) == 1 else f"{len(lines)} lines",
        )
    }
