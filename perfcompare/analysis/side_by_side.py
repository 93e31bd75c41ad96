# SPDX-License-Identifier: Apache-2.0
"""Several judged runs, metric by metric: do they agree, and what changed between them.

No verdict comes of it: each run keeps its own.
"""

import math
from collections.abc import Sequence

import numpy as np

from perfcompare.analysis.compare import MIN_ROUNDS
from perfcompare.analysis.divergences import divergences
from perfcompare.analysis.family import worst_first
from perfcompare.analysis.intervals import Estimate, estimate
from perfcompare.analysis.pairs import effect_of
from perfcompare.model.comparison import Comparison, Contrast, Interval, Scale
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import MetricKey
from perfcompare.model.side_by_side import (
    Agreement,
    Change,
    Column,
    Line,
    SideBySide,
)

WORST_FIRST = (
    ExitStatus.REGRESSION,
    ExitStatus.EXPERIMENT_FAILED,
    ExitStatus.INCONCLUSIVE,
    ExitStatus.OK,
)
"""What several runs come to is the first of these that any of them has: a regression
that is shown stays one, whatever became of the others."""

_LEVEL = 0.05

_Cells = tuple[Comparison | None, ...]


def side_by_side(columns: Sequence[Column]) -> SideBySide:
    """Lay *columns* side by side: the total contrast of each, by metric."""
    totals = [
        {
            row.key: row
            for row in column.judgement.comparisons
            if row.contrast is Contrast.TOTAL
        }
        for column in columns
    ]
    found: dict[MetricKey, _Cells] = {
        key: tuple(total.get(key) for total in totals)
        for key in dict.fromkeys(key for total in totals for key in total)
    }
    worst = worst_first(
        worst_first(cell for cell in cells if cell)[0] for cells in found.values()
    )
    levels = [_level(column) for column in columns]
    lines = [_line(one.key, found[one.key], levels) for one in worst]
    return SideBySide(
        columns=tuple(columns),
        lines=tuple(sorted(lines, key=lambda line: not line.primary)),
        divergences=divergences(columns),
        exit_status=_worst([column.judgement.exit_status for column in columns]),
    )


def agreement(cells: Sequence[Comparison | None]) -> Agreement:
    """Tell whether the 95 % intervals of the runs share a value.

    Two intervals that share none are further apart than a test at 5 % asks: for two
    that are equally wide the difference is then shown at 0.6 %.  So a table of twenty
    metrics does not show a difference by chance each time.
    """
    having = [cell for cell in cells if cell and cell.ci95]
    spans = [cell.ci95 for cell in having if cell.ci95]
    if len(spans) < 2 or len({cell.scale for cell in having}) > 1:
        return Agreement.UNKNOWN
    if max(span.low for span in spans) <= min(span.high for span in spans):
        return Agreement.AGREE
    return Agreement.LITTLE if _is_little(having) else Agreement.DIFFER


def change(
    first: Comparison | None, other: Comparison | None, *, level: float = _LEVEL
) -> Change | None:
    """Estimate what the effect became since the *first* run.

    The rounds of two runs are independent, so this is B. L. Welch's test of the two
    means over rounds (1947, Biometrika 34, 28-35), of the same paired log-ratios, or
    differences, that the effects themselves are means of; from 8 rounds on trimmed as
    they are (K. K. Yuen, 1974, Biometrika 61, 165-170).

    Returns:
        None where one of the two has no interval, the scales differ, or the effect is
        no plain mean over the rounds it shows: a sham was taken off.
    """
    if first is None or other is None or first.scale is not other.scale:
        return None
    before, after = _estimate(first), _estimate(other)
    if before is None or after is None:
        return None
    found = after.minus(before)
    low, high = found.interval(1 - level)
    return Change(
        scale=first.scale,
        effect=effect_of(found.mean, first.scale),
        ci95=Interval(
            low=effect_of(low, first.scale), high=effect_of(high, first.scale)
        ),
    )


def _line(key: MetricKey, cells: _Cells, levels: Sequence[float]) -> Line:
    return Line(
        key=key,
        primary=any(cell.primary for cell in cells if cell),
        cells=cells,
        agreement=agreement(cells),
        changes=(
            None,
            *(
                change(cells[0], cell, level=min(levels[0], level))
                for cell, level in zip(cells[1:], levels[1:], strict=True)
            ),
        ),
    )


def _level(column: Column) -> float:
    """Return the level of one interval: less where a sequential run looked often."""
    spending = column.judgement.spending
    return spending.level if spending else _LEVEL


def _is_little(cells: Sequence[Comparison]) -> bool:
    margins = [cell.margin for cell in cells if cell.margin is not None]
    effects = [cell.effect for cell in cells if cell.effect is not None]
    if len(margins) < len(cells) or len({cell.verdict for cell in cells}) > 1:
        return False
    low, high = min(effects), max(effects)
    if cells[0].scale is Scale.DIFFERENCE:
        return high - low <= min(margins)
    return high <= low * (1 + min(margins))


def _estimate(one: Comparison) -> Estimate | None:
    """Estimate the row's effect again, from the rounds that it shows."""
    if one.ci95 is None or one.effect is None or len(one.base.values) < MIN_ROUNDS:
        return None
    base, target = np.array(one.base.values), np.array(one.target.values)
    if one.scale is Scale.DIFFERENCE:
        differences = target - base
    elif np.all(base > 0) and np.all(target > 0):
        differences = np.log(target) - np.log(base)
    else:
        return None
    # What is equal but for rounding has no spread.
    size = float(np.max(np.abs(differences))) or 1.0
    found = estimate(np.round(differences / size, 12) * size)
    same = math.isclose(
        effect_of(found.mean, one.scale), one.effect, rel_tol=1e-6, abs_tol=1e-9 * size
    )
    return found if same else None


def _worst(statuses: Sequence[ExitStatus]) -> ExitStatus:
    return next(status for status in WORST_FIRST if status in statuses)
