# SPDX-License-Identifier: Apache-2.0
"""A finished judgement of so much that a report must fold it."""

from dataclasses import replace

from perfcompare.model.comparison import Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Judgement
from perfcompare.testing.comparisons import comparison_of, key_of
from perfcompare.testing.judgements import judgement_of
from perfcompare.testing.over_visits import curves_of, memory_of
from perfcompare.testing.run_facts import SERVICES, distributions_of


def large_run(*, metrics: int = 300, rounds: int = 10) -> Judgement:
    """Return a run of many metrics, services and rounds in three variants."""
    verdicts = (Verdict.PARITY, Verdict.PARITY, Verdict.INCONCLUSIVE)
    rows = [
        replace(
            comparison_of(
                key_of("p50" if at % 2 else "p90", workload=f"workload_{at // 2:03}"),
                0.05 + at / 1000,
                0.051 + at / 1000,
                verdicts[at % 3],
            ),
            primary=at % 2 == 0,
        )
        for at in range(metrics)
    ]
    names = tuple(f"workload_{at:03}" for at in range(metrics // 6))
    variants = ("base", "target", "crossover")
    found = judgement_of(rows, ExitStatus.INCONCLUSIVE, variants=variants)
    services = (*SERVICES, "manila-data", "mariadb", "rabbitmq", "keystone")
    return replace(
        found,
        distributions=distributions_of(names, variants),
        curves=curves_of(services, variants, rounds),
        memory=memory_of(services[:4], variants),
    )
