# SPDX-License-Identifier: Apache-2.0
"""Finished judgements of a saturated service: quiet, and beside a neighbour."""

from collections.abc import Sequence
from dataclasses import replace

from perfcompare.model.agreement import Conditions
from perfcompare.model.busy_caveat import BusyHost, Redistributed
from perfcompare.model.comparison import Comparison, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Judgement
from perfcompare.model.occupancy import Limit
from perfcompare.model.shape import ShapeKind
from perfcompare.testing.comparisons import (
    MIB,
    comparison_of,
    informational,
    key_of,
)
from perfcompare.testing.judgements import judgement_of
from perfcompare.testing.run_facts import SERVICES
from perfcompare.testing.shapes import agreement_of, occupancy_of, shape_of

TITLE = "list images"
ALONE = f"{TITLE} (1 client)"

EVENED_OUT = (1.33, 1.31, 1.30, 1.29, 1.266, 1.21, 1.08, 0.86, 0.705, 0.71)
"""Effects on p10 to p90 and p95: of four clients none waits long any more."""
_ALONE = (1.01, 1.01, 1.02, 1.01, 1.02, 1.02, 1.03, 1.02, 1.04, 1.05)
_BOTH_SIDES = Redistributed(
    kind="evened out",
    slower=0.5,
    slower_effect=1.266,
    faster=0.9,
    faster_effect=0.705,
    mean_effect=1.021,
)


def redistributed_run() -> Judgement:
    """Return a run in which who waits has changed, and nothing costs more."""
    rows = _rows()
    found = judgement_of(rows, ExitStatus.OK)
    variants = ("base", "target")
    shape = shape_of(TITLE, EVENED_OUT, ShapeKind.EVENED_OUT)
    p50, p90 = shape.points[4], shape.points[8]
    p50 = replace(p50, base_seconds=0.0261, target_seconds=0.0330)
    p90 = replace(p90, base_seconds=0.0500, target_seconds=0.0352)
    return replace(
        found,
        shapes=(
            replace(shape, slower=p50, faster=p90),
            shape_of(ALONE, _ALONE, ShapeKind.UNCHANGED),
        ),
        occupancy=(
            *occupancy_of(TITLE, variants, limit=Limit.SATURATED),
            *occupancy_of(ALONE, variants, title=TITLE, concurrency=1),
        ),
        agreements=(
            agreement_of(rows[0].key, Conditions.HOST, 1.021, 1.034, differs=False),
            agreement_of(rows[0].key, Conditions.TIME, 1.019, 1.023, differs=False),
            agreement_of(
                rows[0].key, Conditions.CONCURRENCY, 1.018, 1.021, differs=False
            ),
        ),
    )


def busy_run() -> Judgement:
    """Return the same beside a neighbour in five of six rounds: no time is decided."""
    why = BusyHost(
        rounds=(1, 2, 4, 5, 6), others_ratio=0.95, limit_cores=0.25, decided=False
    )
    found = redistributed_run()
    rows = tuple(
        replace(row, verdict=Verdict.INCONCLUSIVE, caveats=(why,), rounds_needed=None)
        if row.key.workload
        else row
        for row in found.comparisons
    )
    key = rows[0].key
    return replace(
        found,
        comparisons=rows,
        shapes=tuple(
            replace(one, kind=ShapeKind.UNDECIDED, slower=None, faster=None)
            for one in found.shapes
        ),
        agreements=(
            agreement_of(key, Conditions.TIME, 1.019, 1.023, differs=False),
            agreement_of(key, Conditions.HOST, 1.24, 1.02, differs=True),
        ),
        exit_status=ExitStatus.INCONCLUSIVE,
    )


def _rows() -> list[Comparison]:
    quantiles = (
        comparison_of(
            key_of("p90", workload=TITLE), 0.0500, 0.0352, Verdict.REDISTRIBUTION
        ),
        informational(
            comparison_of(
                key_of("p50", workload=TITLE), 0.0261, 0.0330, Verdict.REDISTRIBUTION
            )
        ),
    )
    return [
        *_parity("mean", 0.0342, 0.0349),
        *(replace(row, caveats=(_BOTH_SIDES,)) for row in quantiles),
        *map(informational, _parity("throughput", 117.0, 114.6)),
        *_parity("mean", 0.0118, 0.0120, workload=ALONE),
        *_parity("p90", 0.0151, 0.0157, workload=ALONE),
        *map(informational, _parity("p50", 0.0113, 0.0115, workload=ALONE)),
        *(
            comparison_of(
                key_of("pss_peak", service=service),
                96 * MIB,
                97.5 * MIB,
                Verdict.PARITY,
            )
            for service in SERVICES
        ),
    ]


def _parity(
    metric: str, base: float, target: float, *, workload: str = TITLE
) -> Sequence[Comparison]:
    key = key_of(metric, workload=workload)
    return [comparison_of(key, base, target, Verdict.PARITY)]
