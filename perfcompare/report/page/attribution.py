# SPDX-License-Identifier: Apache-2.0
"""Release effect and backend effect, side by side."""

from collections.abc import Mapping

from perfcompare.model.judgement import Judgement
from perfcompare.report.attribution import attributions


def attribution_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what attribution.html.j2 shows."""
    return {"attributions": attributions(judgement)}
