# SPDX-License-Identifier: Apache-2.0
"""What ran, what differs and how to measure it again."""

from collections.abc import Mapping

from perfcompare.model.judgement import Judgement
from perfcompare.report.differences import other_differences, suspected


def provenance_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what evidence.html.j2, differences.html.j2, provenance.html.j2 show."""
    facts = judgement.facts
    return {
        "facts": facts,
        # Only of visits that were seen is it known that they were alike.
        "alike": any(one.evidence for one in facts.variants) and not facts.one_way,
        "suspected": suspected(judgement),
        "other_differences": other_differences(judgement),
    }
