# SPDX-License-Identifier: Apache-2.0
"""Finished judgements as runs leave them, to look at reports without a run.

The numbers are made up, by arithmetic alone: the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import replace

from perfcompare.model.caveat import (
    Caveat,
    Differs,
    FewIterations,
    FewRounds,
    Killed,
    Note,
    WholeVisits,
)
from perfcompare.model.comparison import Comparison, Contrast, Interval, Scale, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Judgement
from perfcompare.model.metric import Sample
from perfcompare.testing.comparisons import (
    MIB,
    comparison_of,
    informational,
    key_of,
    side_of,
)
from perfcompare.testing.over_visits import curves_of, marks_of, memory_of
from perfcompare.testing.run_facts import (
    SERVICES,
    distributions_of,
    facts_of,
    unknown_variant,
)
from perfcompare.testing.shapes import agreements_of, all_free, shapes_of
from perfcompare.testing.trust import calibration_of, differences_of, quiet_rounds

WORKLOADS = ("list_shares", "create_and_delete_share", "allow_and_deny_access")


def parity_run() -> Judgement:
    """Return a run in which everything that counts is shown to be the same."""
    rows = [
        comparison_of(
            key_of(metric, workload=workload),
            0.012 * (at + 1) * slower,
            0.01205 * (at + 1) * slower,
            Verdict.PARITY,
        )
        for at, workload in enumerate(WORKLOADS)
        for metric, slower in (("p50", 1.0), ("p90", 1.6))
    ]
    rows += [
        comparison_of(
            key_of(metric, service=service), 96 * MIB, 97.5 * MIB, Verdict.PARITY
        )
        for service in SERVICES
        for metric in ("pss_idle", "pss_peak")
    ]
    return judgement_of(rows, ExitStatus.OK)


def regression_run() -> Judgement:
    """Return what Manila's own case looks like: memory and threads grow."""
    peak = key_of("pss_peak", service="manila-scheduler")
    threads = key_of("threads_peak", service="manila-scheduler")
    slow = key_of("p90", workload="create_and_delete_share")
    rows = [
        comparison_of(peak, 105 * MIB, 178 * MIB, Verdict.REGRESSION),
        replace(
            comparison_of(slow, 0.412, 0.437, Verdict.INCONCLUSIVE, spread=0.11),
            caveats=(FewIterations(variant="target", iterations=60, quantile=0.9),),
        ),
        replace(
            comparison_of(
                key_of("pss_idle", service="manila-share"),
                104 * MIB,
                119 * MIB,
                Verdict.INCONCLUSIVE,
                spread=0.06,
            ),
            rounds_needed=8,
        ),
        comparison_of(
            key_of("pss_peak", service="manila-api"),
            164 * MIB,
            118 * MIB,
            Verdict.IMPROVEMENT,
        ),
        comparison_of(
            key_of("p50", workload="list_shares"), 0.0214, 0.0185, Verdict.IMPROVEMENT
        ),
        *(
            comparison_of(key_of("p50", workload=name), 0.25, 0.252, Verdict.PARITY)
            for name in WORKLOADS[1:]
        ),
        *(
            comparison_of(
                key_of("error_rate", workload=name),
                0.0,
                0.0005,
                Verdict.PARITY,
                spread=0.001,
            )
            for name in WORKLOADS
        ),
        informational(
            comparison_of(threads, 1.0, 53.0, Verdict.REGRESSION, spread=0.0)
        ),
        *(
            informational(
                comparison_of(
                    key_of(metric, workload=name), base, target, Verdict.INCONCLUSIVE
                )
            )
            for name in WORKLOADS
            for metric, base, target in (
                ("p99", 0.9, 1.02),
                ("throughput", 40.3, 39.1),
            )
        ),
    ]
    split = [
        replace(
            row,
            contrast=contrast,
            base=replace(row.base, variant=contrast.variants[0]),
            target=replace(row.target, variant=contrast.variants[1]),
            effect=row.effect and row.effect**share,
            ci95=row.ci95 and _power(row.ci95, share),
            ci90=row.ci90 and _power(row.ci90, share),
            p_adjusted=None,
            verdict=Verdict.PARITY
            if contrast is Contrast.RELEASE and row.verdict is not Verdict.INCONCLUSIVE
            else row.verdict,
        )
        for contrast, share in ((Contrast.RELEASE, 0.1), (Contrast.BACKEND, 0.9))
        for row in rows
        if row.primary and row.scale is Scale.RATIO
    ]
    sham = [
        replace(
            comparison_of(row.key, base, base * 1.004, Verdict.PARITY),
            contrast=Contrast.SHAM,
            p_adjusted=None,
            target=side_of("sham", base * 1.004),
        )
        for row in rows[:3]
        if (base := row.base.median)
    ]
    found = judgement_of(
        [*rows, *split, *sham],
        ExitStatus.REGRESSION,
        variants=("base", "target", "crossover", "sham"),
        caveats=(
            Killed(
                variant="target",
                service="manila-share",
                rounds=(3,),
                grace_seconds=30.0,
            ),
            WholeVisits(),
        ),
    )
    return replace(found, facts=replace(found.facts, interleaved=False))


def _power(interval: Interval, share: float) -> Interval:
    return Interval(low=interval.low**share, high=interval.high**share)


def inconclusive_run() -> Judgement:
    """Return a run that was stopped too early to decide anything."""
    rows = [
        replace(
            comparison_of(
                key_of("p50", workload=name), 0.0312, 0.0348, Verdict.INCONCLUSIVE
            ),
            rounds=(1, 2),
            base=side_of("base", 0.0312, rounds=2),
            target=side_of("target", 0.0348, rounds=2),
            ci95=None,
            ci90=None,
            margin=None,
            p_value=None,
            p_adjusted=None,
            detectable_effect=None,
            rounds_needed=None,
            caveats=(FewRounds(rounds=2, needed=3),),
        )
        for name in WORKLOADS
    ]
    found = judgement_of(rows, ExitStatus.INCONCLUSIVE)
    facts = replace(found.facts, rounds_done=2)
    return replace(found, facts=facts, conditions=found.conditions[:2])


def imported_run() -> Judgement:
    """Return a run of which only the numbers are known."""
    differs = Differs(
        what="share of failed iterations in round 2", base="0.0%", target="62.0%"
    )
    rows = [
        replace(
            comparison_of(
                key_of("p50", workload="NovaServers.boot_server"),
                7.81,
                7.9,
                Verdict.NOT_COMPARABLE,
            ),
            caveats=(differs,),
        ),
        comparison_of(
            key_of("p90", workload="NovaServers.list_servers"),
            0.31,
            0.381,
            Verdict.REGRESSION,
        ),
    ]
    found = judgement_of(rows, ExitStatus.REGRESSION)
    facts = replace(
        found.facts,
        title="two Rally reports",
        project="",
        started_at=None,
        ended_at=None,
        variants=(unknown_variant("base"), unknown_variant("target")),
        upgrade=None,
        host=(),
        generator_packages=(),
        controls=(),
        reproduce="",
        plan="",
        perfcompare_version="",
    )
    return replace(
        found,
        facts=facts,
        caveats=(Note(text="which backend ran is not proved"),),
        shapes=(),
        occupancy=(),
        agreements=(),
        curves=(),
        marks=(),
        memory=(),
        calibration=None,
        conditions=(),
        differences=(),
    )


def samples_of(judgement: Judgement) -> tuple[Sample, ...]:
    """Return the samples that the judgement's totals came from."""
    return tuple(
        Sample(
            key=row.key,
            variant=side.variant,
            rounds=tuple(range(1, len(side.values) + 1)),
            values=side.values,
        )
        for row in judgement.comparisons
        if row.contrast is Contrast.TOTAL
        for side in (row.base, row.target)
    )


def judgement_of(
    rows: Sequence[Comparison],
    status: ExitStatus,
    *,
    variants: Sequence[str] = ("base", "target"),
    caveats: tuple[Caveat, ...] = (),
) -> Judgement:
    """Put what every made-up run has around its *rows*."""
    workloads = tuple(
        dict.fromkeys(row.key.workload for row in rows if row.key.workload)
    )
    return Judgement(
        facts=facts_of(variants),
        comparisons=tuple(rows),
        caveats=caveats,
        shapes=shapes_of(rows),
        occupancy=all_free(workloads, variants),
        agreements=agreements_of(rows),
        distributions=distributions_of(workloads, variants),
        curves=curves_of(SERVICES, variants, 6),
        marks=marks_of(workloads),
        memory=memory_of(SERVICES, variants),
        calibration=calibration_of(rows, variants),
        spending=None,
        conditions=quiet_rounds(6),
        differences=differences_of(variants),
        failure=None,
        exit_status=status,
    )
