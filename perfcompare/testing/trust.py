# SPDX-License-Identifier: Apache-2.0
"""What a run says about itself, and how its variants differ: made up."""

from collections.abc import Sequence

from perfcompare.model.comparison import Comparison, Contrast
from perfcompare.model.judgement import (
    Calibration,
    Difference,
    DifferenceKind,
    MetricCalibration,
    RoundCondition,
    Spending,
    Suspicion,
)

SPENDING = Spending(
    planned=(4, 6, 8, 10), done=(4, 6), alpha=0.05, level=0.0166, spent=0.0279
)
"""Two of four looks."""


def calibration_of(
    rows: Sequence[Comparison], variants: Sequence[str]
) -> Calibration | None:
    """Count 42 relabelled runs a variant, of which every 60th metric fell for one."""
    primary = [row for row in rows if row.primary and row.contrast is Contrast.TOTAL]
    if not primary or min(len(row.rounds) for row in primary) < 4:
        return None
    metrics = tuple(
        MetricCalibration(
            key=row.key,
            comparisons=42 * len(variants),
            false_verdicts=int(at % 60 == 1),
        )
        for at, row in enumerate(primary)
    )
    false_verdicts = sum(one.false_verdicts for one in metrics)
    return Calibration(
        comparisons=sum(one.comparisons for one in metrics),
        false_verdicts=false_verdicts,
        families=42 * len(variants),
        false_alarms=min(1, false_verdicts),
        variants=tuple(variants),
        metrics=tuple(sorted(metrics, key=lambda one: -one.false_verdicts)),
    )


def quiet_rounds(count: int) -> tuple[RoundCondition, ...]:
    """Return rounds in which nothing moved that should not."""
    return tuple(
        RoundCondition(
            round=number,
            steal_ratio=0.001 * number,
            others_ratio=0.02,
            reasons=(),
            voided=False,
        )
        for number in range(1, count + 1)
    )


def disturbed_rounds() -> tuple[RoundCondition, ...]:
    """Return seven rounds: the host was taken away in one, one saw others at work."""
    first, second, third, fourth, *rest = quiet_rounds(7)
    marked = RoundCondition(
        round=second.round,
        steal_ratio=second.steal_ratio,
        others_ratio=0.71,
        reasons=("others used 0.71 cores, 0.02 in the other rounds",),
        voided=False,
    )
    voided = RoundCondition(
        round=fourth.round,
        steal_ratio=0.183,
        others_ratio=None,
        reasons=(
            "18.3 % of CPU time was stolen, at most 5 % is let pass",
            "mariadb: CPU per iteration +38 % against the other rounds",
        ),
        voided=True,
    )
    return (first, marked, third, voided, *rest)


def differences_of(variants: Sequence[str]) -> tuple[Difference, ...]:
    """Return what differs between a Manila on eventlet and one on threads."""
    high, medium, low = Suspicion.HIGH, Suspicion.MEDIUM, Suspicion.LOW
    told = (
        (
            DifferenceKind.PACKAGE,
            "cotyledon",
            (None, "2.2.0"),
            high,
            "forks and watches the workers where the backend is threading",
        ),
        (
            DifferenceKind.OPTION,
            "manila.conf: [DEFAULT] backend",
            (None, "threading"),
            high,
            "chooses the concurrency backend of oslo.service",
        ),
        (
            DifferenceKind.ENVIRONMENT,
            "OS_MANILA_DISABLE_EVENTLET_PATCHING",
            ("false", "true"),
            medium,
            "keeps eventlet from patching the standard library",
        ),
        (DifferenceKind.PACKAGE, "manila", ("22.0.2", "23.0.1"), low, ""),
    )
    return tuple(
        Difference(
            kind=kind,
            name=name,
            values=tuple(old if one in {"base", "sham"} else new for one in variants),
            suspicion=suspicion,
            why=why,
        )
        for kind, name, (old, new), suspicion, why in told
    )
