# SPDX-License-Identifier: Apache-2.0
"""A finished judgement of so much that a report must fold it."""

from dataclasses import replace

from perfcompare.model.comparison import Comparison, Contrast, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Judgement
from perfcompare.testing.comparisons import comparison_of, key_of, side_of
from perfcompare.testing.judgements import judgement_of
from perfcompare.testing.over_visits import curves_of, memory_of
from perfcompare.testing.run_facts import SERVICES, distributions_of
from perfcompare.testing.trust import quiet_rounds


def large_run(*, metrics: int = 300, rounds: int = 10) -> Judgement:
    """Return a run of many metrics, services and rounds in three variants."""
    verdicts = (Verdict.PARITY, Verdict.PARITY, Verdict.INCONCLUSIVE)
    contrasts = (Contrast.TOTAL, Contrast.RELEASE, Contrast.BACKEND)
    rows = [
        _row(at, contrast, verdicts[at % 3], rounds=rounds)
        for contrast in contrasts
        for at in range(metrics)
    ]
    names = tuple(f"workload_{at:03}" for at in range(metrics // 6))
    variants = ("base", "target", "crossover")
    found = judgement_of(rows, ExitStatus.INCONCLUSIVE, variants=variants)
    services = (*SERVICES, "manila-data", "mariadb", "rabbitmq", "keystone")
    return replace(
        found,
        facts=replace(found.facts, rounds_done=rounds, rounds_planned=rounds),
        conditions=quiet_rounds(rounds),
        distributions=distributions_of(names, variants),
        curves=curves_of(services, variants, rounds),
        memory=memory_of(services[:4], variants),
    )


def _row(at: int, contrast: Contrast, verdict: Verdict, *, rounds: int) -> Comparison:
    key = key_of("p50" if at % 2 else "p90", workload=f"workload_{at // 2:03}")
    base, target = 0.05 + at / 1000, 0.051 + at / 1000
    names = contrast.variants
    return replace(
        comparison_of(key, base, target, verdict),
        contrast=contrast,
        primary=at % 2 == 0,
        rounds=tuple(range(1, rounds + 1)),
        rounds_needed=rounds + 3 if verdict is Verdict.INCONCLUSIVE else None,
        base=side_of(names[0], base, rounds=rounds),
        target=side_of(names[1], target, rounds=rounds),
    )
