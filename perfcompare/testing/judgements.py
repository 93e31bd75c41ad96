# SPDX-License-Identifier: Apache-2.0
"""Finished judgements as runs leave them, to look at reports without a run.

The numbers are made up, by arithmetic alone: the same on every machine.
"""

import math
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
from perfcompare.model.comparison import (
    Comparison,
    Contrast,
    Interval,
    Scale,
    Side,
    Verdict,
)
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import (
    Curve,
    Distribution,
    Judgement,
    PhaseMark,
    RunFacts,
    VariantFacts,
)
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Unit
from perfcompare.model.upgrade import Upgrade, UpgradeStep
from perfcompare.model.variant import Backend
from perfcompare.model.visit import ProcessEvidence

MIB = 2.0**20
BEGAN = 1_790_000_000.0
WORKLOADS = ("list_shares", "create_and_delete_share", "allow_and_deny_access")
SERVICES = ("manila-api", "manila-scheduler", "manila-share")

_UNITS = {
    "error_rate": Unit.RATIO,
    "throughput": Unit.PER_SECOND,
    "threads_peak": Unit.COUNT,
    "pss_idle": Unit.BYTES,
    "pss_peak": Unit.BYTES,
}
_TOLERANCES = {
    "p50": (0.10, 0.002),
    "p90": (0.15, 0.005),
    "p99": (0.50, 0.010),
    "pss_idle": (0.10, 10 * MIB),
    "pss_peak": (0.10, 10 * MIB),
    "threads_peak": (0.25, 4.0),
    "error_rate": (None, 0.01),
}
# Student's t with 5 degrees of freedom: two-sided 95 % and 90 %.
_T95, _T90 = 2.571, 2.015


def key_of(metric: str, *, workload: str = "", service: str = "") -> MetricKey:
    """Name a row; the unit follows from the metric."""
    better = Better.HIGHER if metric == "throughput" else Better.LOWER
    unit = _UNITS.get(metric, Unit.SECONDS)
    return MetricKey(
        workload=workload,
        action="",
        service=service,
        metric=Metric(name=metric, unit=unit, better=better),
    )


def comparison_of(
    key: MetricKey,
    base: float,
    target: float,
    verdict: Verdict,
    *,
    spread: float = 0.02,
) -> Comparison:
    """Make a primary comparison of six rounds with these medians.

    *spread* is the standard deviation of a round's log-ratio (or difference).
    """
    ratio, floor = _TOLERANCES.get(key.metric.name, (0.20, 0.0))
    undecided = verdict is Verdict.INCONCLUSIVE
    row = Comparison(
        contrast=Contrast.TOTAL,
        key=key,
        primary=True,
        rounds=(1, 2, 3, 4, 5, 6),
        base=_side("base", base),
        target=_side("target", target),
        scale=Scale.DIFFERENCE if ratio is None else Scale.RATIO,
        effect=None,
        ci95=None,
        ci90=None,
        threshold=ratio,
        floor=floor,
        p_value=0.0004 if verdict is Verdict.REGRESSION else 0.41,
        p_adjusted=0.002 if verdict is Verdict.REGRESSION else 0.62,
        verdict=verdict,
        detectable_effect=None,
        rounds_needed=9 if undecided else None,
        method="t",
        caveats=(),
    )
    if verdict is Verdict.NOT_COMPARABLE:
        return replace(row, p_value=None, p_adjusted=None)
    error = spread / math.sqrt(6)
    if row.scale is Scale.DIFFERENCE:
        return replace(
            row,
            effect=target - base,
            ci95=_interval(target - base, _T95 * error),
            ci90=_interval(target - base, _T90 * error),
            detectable_effect=3.6 * error,
        )
    middle = math.log(target / base)
    return replace(
        row,
        effect=math.exp(middle),
        ci95=_exp(_interval(middle, _T95 * error)),
        ci90=_exp(_interval(middle, _T90 * error)),
        detectable_effect=math.exp(3.6 * error) - 1,
    )


def _side(variant: str, median: float) -> Side:
    wobble = (-0.011, 0.004, -0.002, 0.009, 0.002, -0.005)
    values = tuple(median * (1 + part) for part in wobble)
    return Side(variant=variant, values=values, median=median)


def _interval(middle: float, half: float) -> Interval:
    return Interval(low=middle - half, high=middle + half)


def _exp(interval: Interval) -> Interval:
    return Interval(low=math.exp(interval.low), high=math.exp(interval.high))


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
    return _judgement(rows, ExitStatus.OK)


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
        replace(
            comparison_of(threads, 1.0, 53.0, Verdict.REGRESSION, spread=0.0),
            primary=False,
        ),
        *(
            replace(
                comparison_of(
                    key_of(metric, workload=name), base, target, Verdict.INCONCLUSIVE
                ),
                primary=False,
                rounds_needed=None,
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
            target=_side("sham", base * 1.004),
        )
        for row in rows[:3]
        if (base := row.base.median)
    ]
    found = _judgement(
        [*rows, *split, *sham],
        ExitStatus.REGRESSION,
        variants=("base", "target", "crossover", "sham"),
        caveats=(
            Killed(
                variant="target", service="manila-share", round=3, grace_seconds=30.0
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
                key_of("p50", workload=name),
                0.0312,
                0.0348,
                Verdict.INCONCLUSIVE,
                spread=0.3,
            ),
            rounds=(1, 2),
            effect=None,
            ci95=None,
            ci90=None,
            detectable_effect=None,
            rounds_needed=4,
            caveats=(FewRounds(rounds=2, needed=4),),
        )
        for name in WORKLOADS
    ]
    found = _judgement(rows, ExitStatus.INCONCLUSIVE)
    return replace(found, facts=replace(found.facts, rounds_done=2))


def imported_run() -> Judgement:
    """Return a run of which only the numbers are known."""
    differs = Differs(what="runner", base="constant 4", target="constant 8")
    rows = [
        replace(
            comparison_of(
                key_of("p50", workload="NovaServers.boot_server"),
                7.81,
                7.9,
                Verdict.NOT_COMPARABLE,
            ),
            caveats=(differs, Note(text="measured by somebody else")),
        ),
        comparison_of(
            key_of("p90", workload="NovaServers.list_servers"),
            0.31,
            0.381,
            Verdict.REGRESSION,
        ),
    ]
    found = _judgement(rows, ExitStatus.REGRESSION)
    unknown = tuple(
        VariantFacts(
            name=name,
            release="",
            backend="",
            packages=(),
            evidence=(),
            config=(),
            environment=(),
        )
        for name in ("base", "target")
    )
    facts = replace(
        found.facts,
        title="two Rally reports",
        project="",
        started_at=None,
        ended_at=None,
        variants=unknown,
        upgrade=None,
        host=(),
        generator_packages=(),
        reproduce="",
    )
    return replace(found, facts=facts, curves=(), marks=())


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
    found = _judgement(rows, ExitStatus.INCONCLUSIVE, variants=variants)
    services = (*SERVICES, "manila-data", "mariadb", "rabbitmq", "keystone")
    return replace(
        found,
        distributions=_distributions(names, variants),
        curves=_curves(services, variants, rounds),
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


def _judgement(
    rows: Sequence[Comparison],
    status: ExitStatus,
    *,
    variants: Sequence[str] = ("base", "target"),
    caveats: tuple[Caveat, ...] = (),
) -> Judgement:
    workloads = tuple(
        dict.fromkeys(row.key.workload for row in rows if row.key.workload)
    )
    return Judgement(
        facts=_facts(variants),
        comparisons=tuple(rows),
        caveats=caveats,
        distributions=_distributions(workloads, variants),
        curves=_curves(SERVICES, variants, 6),
        marks=tuple(
            PhaseMark(variant=variant, phase=phase, seconds=seconds)
            for variant in variants
            for phase, seconds in (("idle", 0.0), ("warm-up", 10.0), ("load", 18.0))
        ),
        exit_status=status,
    )


def _facts(variants: Sequence[str]) -> RunFacts:
    return RunFacts(
        title="Manila from eventlet to threads",
        project="manila",
        started_at=BEGAN,
        ended_at=BEGAN + 2460.0,
        rounds_done=6,
        rounds_planned=6,
        interleaved=True,
        variants=tuple(_variant(name) for name in variants),
        upgrade=_upgrade(),
        host=(
            ("CPU", "Xeon at 2.20 GHz"),
            ("cores", "2"),
            ("memory", "7.8 GiB"),
            ("virtualization", "kvm"),
            ("kernel", "Linux 6.1.0"),
        ),
        generator_packages=("rally==5.1.1", "rally-openstack==4.1.0"),
        reproduce="perfcompare run scenarios/manila/eventlet-to-threading.yaml",
    )


def _variant(name: str) -> VariantFacts:
    old = name in {"base", "sham"}
    backend = Backend.THREADING if name == "target" else Backend.EVENTLET
    return VariantFacts(
        name=name,
        release="2026.1" if old else "2026.2",
        backend=backend.value,
        packages=(
            f"eventlet=={'0.40.4' if old else '0.41.0'}",
            f"manila=={'22.0.2' if old else '23.0.1'}",
            "oslo.config==10.1.0",
            *(() if old else ("cotyledon==2.2.0",)),
        ),
        evidence=tuple(
            ProcessEvidence(
                service=service,
                pid=4100 + at,
                title=f"/venv/bin/{service} --config-file manila.conf",
                expected=backend,
                found=backend if at else None,
                threads=53 if backend is Backend.THREADING else 1,
                evidence="hub in thread MainThread: eventlet/hubs/hub.py"
                if backend is Backend.EVENTLET
                else "ThreadPoolExecutor-0_0: concurrent/futures/thread.py",
            )
            for at, service in enumerate(SERVICES)
        ),
        config=(
            (
                "manila.conf",
                "[DEFAULT]\ndebug = false\n"
                + ("" if old else "backend = threading\n")
                + "[database]\nconnection = ***\n",
            ),
        ),
        environment=(("OS_MANILA_DISABLE_EVENTLET_PATCHING", str(not old).lower()),),
    )


def _upgrade() -> Upgrade:
    steps = (
        ("create", 0.0, 14.2, "2 share types, 6 shares"),
        ("verify pre-upgrade", 14.2, 15.1, "all 8 resources are there"),
        ("shutdown", 15.1, 18.9, "3 services stopped"),
        ("migrate", 18.9, 27.3, "4 migrations"),
        ("start", 27.3, 41.0, "3 services ready"),
        ("verify post-upgrade", 41.0, 42.2, "all 8 resources are there"),
    )
    return Upgrade(
        steps=tuple(
            UpgradeStep(
                name=name,
                started_at=BEGAN + start,
                ended_at=BEGAN + end,
                detail=detail,
            )
            for name, start, end, detail in steps
        ),
        outage_seconds=25.9,
        migration_seconds=8.4,
    )


def _distributions(
    workloads: Sequence[str], variants: Sequence[str]
) -> tuple[Distribution, ...]:
    probabilities = tuple(step / 200 for step in range(201))
    return tuple(
        Distribution(
            workload=workload,
            action="",
            variant=variant,
            iterations=1200,
            probabilities=probabilities,
            durations_seconds=tuple(
                0.02 * (at + 1) * (1 + 0.1 * which) * (1 - 0.985 * share) ** -0.3
                for share in probabilities
            ),
        )
        for at, workload in enumerate(workloads)
        for which, variant in enumerate(variants)
    )


def _curves(
    services: Sequence[str], variants: Sequence[str], rounds: int
) -> tuple[Curve, ...]:
    return tuple(
        Curve(
            service=service,
            variant=variant,
            round=number,
            quantity=quantity,
            seconds=tuple(second / 2 for second in range(120)),
            values=tuple(
                _level(quantity, which, at) * _shape(quantity, second / 2, number)
                for second in range(120)
            ),
        )
        for at, service in enumerate(services)
        for which, variant in enumerate(variants)
        for number in range(1, rounds + 1)
        for quantity in ("pss_bytes", "threads", "cpu_ratio")
    )


def _level(quantity: str, which: int, at: int) -> float:
    levels = {"pss_bytes": 100 * MIB, "threads": 4.0, "cpu_ratio": 0.4}
    return levels[quantity] * (1 + 0.5 * (which == 1) + 0.1 * which + 0.1 * at)


def _shape(quantity: str, second: float, number: int) -> float:
    if quantity == "cpu_ratio":
        load = 0.05 if second < 10 or second > 52 else 1.0
        return load * (1 + 0.25 * math.sin(second * 7.3 + number))
    grown = min(1.0, max(0.0, (second - 10) / 15))
    step = 1 + 0.35 * grown + 0.004 * number
    return float(round(step * 3)) / 3 if quantity == "threads" else step
