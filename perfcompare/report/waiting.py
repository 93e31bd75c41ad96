# SPDX-License-Identifier: Apache-2.0
"""Who waits, and for what: shapes, levels and limits, for short formats."""

from perfcompare.model.judgement import Judgement
from perfcompare.report.occupancy import busy_words, level_words
from perfcompare.report.shapes import shape_words


def waiting(judgement: Judgement) -> tuple[tuple[str, str], ...]:
    """Label → words; what nothing is known of is left out."""
    told = (
        ("shape", shape_words(judgement)),
        ("clients", level_words(judgement)),
        ("load", busy_words(judgement)),
    )
    return tuple((label, text) for label, text in told if text)
