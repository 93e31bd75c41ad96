# SPDX-License-Identifier: Apache-2.0
"""Release effect and backend effect: side by side, and as steps on one scale."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from perfcompare.model.judgement import Judgement
from perfcompare.report.attribution import Attribution, attributions
from perfcompare.report.carried import finding
from perfcompare.report.rows import Row
from perfcompare.report.shown import Shown
from perfcompare.report.waterfall import (
    HEIGHT,
    WIDTH,
    Waterfall,
    passage,
    waterfall,
)

MOST_PICTURES = 60
"""Beyond, the numbers alone: a page that opens beats one more picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitLine:
    """One metric: its three effects and the picture of them."""

    total: Row
    release: Row | None
    backend: Row | None
    passage: str
    """Base, crossover and target in one unit."""
    picture: Waterfall | None

    @property
    def quiet(self) -> bool:
        """Nothing moved: parity in total and in both halves."""
        rows = (self.total, self.release, self.backend)
        return all(row is not None and row.verdict is Shown.PARITY for row in rows)


def attribution_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what attribution.html.j2 shows."""
    split = attributions(judgement)
    # What did move has the pictures before what did not.
    ordered = sorted((_line(one) for one in split.lines), key=lambda line: line.quiet)
    lines = tuple(
        line if at < MOST_PICTURES else replace(line, picture=None)
        for at, line in enumerate(ordered)
    )
    return {
        "attributions": {
            "finding": finding(split) if lines else "",
            "lines": lines,
            "loud": tuple(line for line in lines if not line.quiet),
            "quiet": tuple(line for line in lines if line.quiet),
            "notes": split.notes,
            "box": f"0 0 {WIDTH} {HEIGHT}",
            "height": HEIGHT,
        }
    }


def _line(one: Attribution) -> SplitLine:
    return SplitLine(
        total=one.total,
        release=one.release,
        backend=one.backend,
        passage=passage(one.total, one.release, one.backend),
        picture=waterfall(one.total, one.release, one.backend),
    )
