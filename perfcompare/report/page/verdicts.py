# SPDX-License-Identifier: Apache-2.0
"""What changed: one line a metric, worst first."""

from collections.abc import Mapping

from perfcompare.model.comparison import Contrast
from perfcompare.model.judgement import Judgement
from perfcompare.report.counters import latent_words
from perfcompare.report.headline import of_contrast
from perfcompare.report.rows import table


def verdicts_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what verdicts.html.j2 shows."""
    total = of_contrast(judgement, Contrast.TOTAL)
    return {
        "primary": table([row for row in total if row.primary]),
        "others": table(
            [row for row in total if not row.primary],
            controls=judgement.facts.controls,
        ),
        "latent": latent_words(judgement),
    }
