# SPDX-License-Identifier: Apache-2.0
"""Whether the run can be trusted: false alarms, the sham, looks, rounds."""

from collections.abc import Mapping

from perfcompare.model.comparison import Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.report.agreements import agreement_lines
from perfcompare.report.headline import of_contrast
from perfcompare.report.round_conditions import round_lines, round_words, set_aside
from perfcompare.report.rows import table
from perfcompare.report.trust import (
    calibration_lines,
    calibration_words,
    level_words,
    looks,
    sham_shown,
    sham_words,
)

OPEN_AGREEMENTS = 6
"""So many are seen at once; the rest unfolds."""


def trust_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what trust.html.j2 shows."""
    found, spending = judgement.calibration, judgement.spending
    shown = sham_shown(judgement)
    agreements = agreement_lines(judgement)
    still = len(of_contrast(judgement, Contrast.SHAM)) - len(shown)
    trust = {
        "judged": bool(judgement.comparisons),
        "calibration": calibration_words(found) if found else "",
        "calibration_lines": calibration_lines(judgement),
        "looks": looks(spending),
        "level": level_words(spending) if spending else "",
        "sham": table(shown, controls=judgement.facts.controls),
        "sham_still": still,
        "sham_words": sham_words(judgement),
        "agreements": agreements[:OPEN_AGREEMENTS],
        "more_agreements": agreements[OPEN_AGREEMENTS:],
        "rounds": round_lines(judgement),
        "round_words": round_words(judgement),
        "set_aside": set_aside(judgement),
    }
    return {"trust": trust}
