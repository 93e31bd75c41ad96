# SPDX-License-Identifier: Apache-2.0
"""A finished judgement whose only regression does not survive the correction."""

from dataclasses import replace

from perfcompare.model.caveat import Uncorrected
from perfcompare.model.comparison import Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Judgement
from perfcompare.testing.comparisons import comparison_of, informational, key_of
from perfcompare.testing.judgements import parity_run
from perfcompare.testing.shapes import shapes_of

METRICS = 6


def uncorrected_run() -> Judgement:
    """Return a run in which a slower metric may be chance: so many were asked."""
    slow = comparison_of(
        key_of("p50", workload="list_shares"),
        0.25,
        0.2825,
        Verdict.REGRESSION,
        spread=0.1,
    )
    restless = comparison_of(
        key_of("p90", workload="list_shares"),
        0.412,
        0.437,
        Verdict.INCONCLUSIVE,
        spread=0.11,
    )
    control = key_of(
        "cpu_seconds_per_iteration", workload="list_shares", service="mariadb"
    )
    run = parity_run()
    rows = (
        replace(
            slow,
            p_value=0.03,
            p_adjusted=0.18,
            caveats=(Uncorrected(metrics=METRICS, p_adjusted=0.18),),
        ),
        restless,
        *run.comparisons[2:METRICS],
        informational(comparison_of(control, 0.0021, 0.0022, Verdict.PARITY)),
    )
    return replace(
        run,
        comparisons=rows,
        shapes=shapes_of(rows),
        exit_status=ExitStatus.INCONCLUSIVE,
    )
