# SPDX-License-Identifier: Apache-2.0
"""The first screen: the answer, what was compared, and how far to trust it."""

from collections.abc import Mapping

from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Judgement
from perfcompare.report.facts import conditions
from perfcompare.report.headline import (
    answer,
    primary_total,
    subject,
    verdict_counts,
)
from perfcompare.report.trust import confidence
from perfcompare.report.words import printable

_OUTCOMES = {
    ExitStatus.OK: "no regression",
    ExitStatus.REGRESSION: "regression",
    ExitStatus.INCONCLUSIVE: "inconclusive",
    ExitStatus.EXPERIMENT_FAILED: "experiment failed",
}


def first_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what the title, first.html.j2 and care.html.j2 show."""
    facts = judgement.facts
    return {
        "title": printable(facts.title, limit=200),
        "subject": subject(facts),
        "answer": answer(judgement),
        "outcome": _OUTCOMES.get(judgement.exit_status, "not judged"),
        "status": judgement.exit_status,
        "counts": verdict_counts(primary_total(judgement)),
        "conditions": (*conditions(judgement), *confidence(judgement)),
        "caveats": [printable(str(caveat), limit=500) for caveat in judgement.caveats],
    }
