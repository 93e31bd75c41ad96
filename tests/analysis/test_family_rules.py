# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.analysis.compare import compare
from perfcompare.analysis.family import adjusted, aside, exit_status, worst_first
from perfcompare.model.caveat import Uncorrected
from perfcompare.model.comparison import Contrast, Scale, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Threshold, Unit

TEMPLATE = compare(
    *(
        Sample(
            key=MetricKey(
                workload="list",
                action="",
                service="",
                metric=Metric(name="p50", unit=Unit.SECONDS, better=Better.LOWER),
            ),
            variant=variant,
            rounds=(1, 2, 3),
            values=(1.0, 2.0, 3.0),
        )
        for variant in ("base", "target")
    ),
    contrast=Contrast.TOTAL,
    threshold=Threshold(metric="p50", ratio=0.1, floor=0.0, primary=True),
)


def row(verdict, p_value=0.001, **changes):
    return replace(TEMPLATE, verdict=verdict, p_value=p_value, **changes)


PARITY = row(Verdict.PARITY, 0.6)
IMPROVEMENT = row(Verdict.IMPROVEMENT)
REGRESSION = row(Verdict.REGRESSION)
INCONCLUSIVE = row(Verdict.INCONCLUSIVE, 0.2)
REFUSED = row(Verdict.NOT_COMPARABLE, None)
BARELY = row(Verdict.REGRESSION, 0.04)
ASIDE = {"primary": False}


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ((PARITY,), ExitStatus.OK),
        ((IMPROVEMENT, PARITY), ExitStatus.OK),
        ((REGRESSION, PARITY), ExitStatus.REGRESSION),
        ((REGRESSION, INCONCLUSIVE, REFUSED), ExitStatus.REGRESSION),
        ((INCONCLUSIVE, PARITY), ExitStatus.INCONCLUSIVE),
        ((REFUSED, PARITY), ExitStatus.INCONCLUSIVE),
        ((), ExitStatus.INCONCLUSIVE),
        ((BARELY,), ExitStatus.REGRESSION),
        ((BARELY, PARITY), ExitStatus.INCONCLUSIVE),
        ((row(Verdict.IMPROVEMENT, 0.04), PARITY), ExitStatus.INCONCLUSIVE),
        ((PARITY, replace(REGRESSION, **ASIDE)), ExitStatus.OK),
        ((PARITY, replace(INCONCLUSIVE, **ASIDE)), ExitStatus.OK),
        ((replace(PARITY, **ASIDE),), ExitStatus.INCONCLUSIVE),
        ((PARITY, replace(REGRESSION, contrast=Contrast.BACKEND)), ExitStatus.OK),
        ((replace(PARITY, contrast=Contrast.SHAM),), ExitStatus.INCONCLUSIVE),
    ],
)
def test_the_exit_status_follows_the_primary_rows_of_the_total(rows, status):
    assert exit_status(adjusted(rows)) is status


def test_only_the_primary_rows_of_the_total_are_a_family():
    found = adjusted(
        (
            BARELY,
            replace(BARELY, **ASIDE),
            replace(BARELY, contrast=Contrast.RELEASE),
            REFUSED,
        )
    )

    assert [one.p_adjusted for one in found] == [0.04, None, None, None]


def test_the_verdict_of_a_row_stays_its_own():
    found = adjusted((BARELY, PARITY, PARITY))

    assert found[0].p_adjusted == pytest.approx(0.12)
    assert found[0].verdict is Verdict.REGRESSION


@pytest.mark.parametrize("verdict", [Verdict.REGRESSION, Verdict.IMPROVEMENT])
def test_what_does_not_survive_the_correction_says_so(verdict):
    barely, parity, _ = adjusted((row(verdict, 0.03), PARITY, REFUSED))

    assert barely.caveats == (Uncorrected(metrics=2, p_adjusted=0.06),)
    assert parity.caveats == ()


def test_what_survives_the_correction_says_nothing():
    assert [one.caveats for one in adjusted((BARELY, IMPROVEMENT))] == [(), ()]


def test_what_is_no_part_of_the_family_is_not_corrected():
    aside, release, *_ = adjusted(
        (
            replace(BARELY, **ASIDE),
            replace(BARELY, contrast=Contrast.RELEASE),
            PARITY,
            PARITY,
        )
    )

    assert aside.caveats == release.caveats == ()


def test_what_is_watched_but_not_compared_is_never_primary():
    api, database = (
        replace(REGRESSION, key=replace(TEMPLATE.key, service=service))
        for service in ("api", "mariadb")
    )

    assert [one.primary for one in aside((api, database), ("mariadb",))] == [
        True,
        False,
    ]


def test_exact_agreement_stays_exact_in_a_family():
    found = adjusted((row(Verdict.REGRESSION, 0.0), PARITY))

    assert found[0].p_adjusted == 0.0


def higher(verdict, effect):
    metric = Metric(name="throughput", unit=Unit.PER_SECOND, better=Better.HIGHER)
    return row(verdict, key=replace(TEMPLATE.key, metric=metric), effect=effect)


def test_the_worst_comes_first():
    order = (
        row(Verdict.REGRESSION, effect=1.5),
        higher(Verdict.REGRESSION, 0.8),
        row(Verdict.REGRESSION, effect=1.2),
        row(Verdict.REGRESSION, effect=9.0, **ASIDE),
        row(Verdict.NOT_COMPARABLE, effect=None),
        row(Verdict.INCONCLUSIVE, scale=Scale.DIFFERENCE, effect=0.5, floor=0.1),
        row(Verdict.INCONCLUSIVE, scale=Scale.DIFFERENCE, effect=0.4, floor=0.0),
        row(Verdict.PARITY),
        row(Verdict.IMPROVEMENT, effect=0.5),
        row(Verdict.REGRESSION, contrast=Contrast.RELEASE, effect=3.0),
        row(Verdict.REGRESSION, contrast=Contrast.BACKEND, effect=4.0),
    )

    assert worst_first(reversed(order)) == order


def test_equally_bad_rows_stand_in_the_order_of_their_keys():
    a = row(Verdict.PARITY, key=replace(TEMPLATE.key, workload="a"))
    b = row(Verdict.PARITY, key=replace(TEMPLATE.key, workload="b"))

    assert worst_first((b, a)) == (a, b)
