# SPDX-License-Identifier: Apache-2.0
"""A finished judgement of a sequential experiment that saw everything go on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from perfcompare.model.caveat import (
    Acknowledged,
    Bimodal,
    Expired,
    MarkedRounds,
    NotSteady,
    SequentialLooks,
    UnequalSplit,
)
from perfcompare.model.comparison import Comparison, Contrast, Corroboration, Verdict
from perfcompare.model.judgement import Judgement
from perfcompare.testing.comparisons import (
    MIB,
    comparison_of,
    informational,
    key_of,
)
from perfcompare.testing.judgements import regression_run
from perfcompare.testing.trust import SPENDING, disturbed_rounds

KNOWN = Acknowledged(
    reason="native stacks, to be tuned after the upgrade",
    until=date(2026, 12, 31),
    where="known.yaml:3",
)


def sequential_run() -> Judgement:
    """Return a run with a known regression, a latent one, and a round set aside."""
    disturbed = disturbed_rounds()
    run = regression_run()
    split = _split(run.comparisons)
    return replace(
        run,
        facts=replace(run.facts, interleaved=True, rounds_done=7, rounds_planned=10),
        comparisons=(*_totals(), *split),
        caveats=(
            SequentialLooks(looks=SPENDING.done, level=SPENDING.level),
            MarkedRounds(
                rounds=(4,),
                reasons=("; ".join(disturbed[3].reasons),),
                voided=True,
            ),
            MarkedRounds(rounds=(2,), reasons=disturbed[1].reasons, voided=False),
        ),
        spending=SPENDING,
        conditions=disturbed,
    )


def _totals() -> tuple[Comparison, ...]:
    slow, hidden, cold, uneven = (
        key_of("p50", workload=name)
        for name in (
            "create_and_delete_share",
            "list_shares",
            "allow_and_deny_access",
            "resize_share",
        )
    )
    memory = key_of("pss_peak", service="manila-scheduler")
    cpu = key_of(
        "cpu_seconds_per_iteration", workload="list_shares", service="manila-api"
    )
    expired = Expired(
        reason="tooz waits for its lock",
        until=date(2026, 9, 1),
        where="known.yaml:7",
    )
    not_steady = NotSteady(
        variant="target", ratio=1.21, low=1.12, high=1.31, warm_up=20
    )
    bimodal = Bimodal(
        variant="target",
        low_seconds=0.021,
        high_seconds=0.061,
        high_share=0.31,
        rounds=5,
    )
    return (
        replace(
            comparison_of(slow, 0.412, 0.497, Verdict.REGRESSION),
            corroboration=Corroboration.STRONG,
            caveats=(expired,),
        ),
        replace(
            comparison_of(memory, 105 * MIB, 178 * MIB, Verdict.REGRESSION),
            caveats=(KNOWN,),
        ),
        replace(
            comparison_of(cold, 0.301, 0.262, Verdict.IMPROVEMENT),
            corroboration=Corroboration.CONTRADICTED,
            caveats=(not_steady,),
        ),
        replace(
            comparison_of(uneven, 0.0412, 0.0331, Verdict.IMPROVEMENT),
            corroboration=Corroboration.ALONE,
            caveats=(bimodal,),
        ),
        replace(
            comparison_of(hidden, 0.0214, 0.0216, Verdict.PARITY),
            corroboration=Corroboration.LATENT,
        ),
        informational(comparison_of(cpu, 0.0081, 0.0099, Verdict.REGRESSION)),
    )


def _split(rows: Sequence[Comparison]) -> list[Comparison]:
    """Keep what the totals have, and let the crossover lack a round."""
    lacking = UnequalSplit(rounds=(5,))
    memory = key_of("pss_peak", service="manila-scheduler")
    return [
        replace(row, caveats=(lacking,) if row.contrast is not Contrast.SHAM else ())
        for row in rows
        if row.key == memory and row.contrast is not Contrast.TOTAL
    ]
