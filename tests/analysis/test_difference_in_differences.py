# SPDX-License-Identifier: Apache-2.0
"""A copy of base that went the same way: what it shows is taken off."""

from typing import Any

import pytest

from perfcompare.analysis.judge import judge
from perfcompare.analysis.metrics import METRICS
from perfcompare.model.caveat import OneWay, ShamTakenOff
from perfcompare.model.comparison import Contrast, Scale, Verdict
from perfcompare.model.metric import MetricKey, Sample

STEADY = (0.100, 0.101, 0.099, 0.100)
NO_FAILURES = (0.0, 0.0, 0.0, 0.0)


def sample(variant, metric, values):
    return Sample(
        key=MetricKey(workload="list", action="", service="", metric=METRICS[metric]),
        variant=variant,
        rounds=(1, 2, 3, 4)[: len(values)],
        values=values,
    )


def taken_off(effect, *, unit="", rounds=4):
    near: Any = pytest.approx(effect)
    return ShamTakenOff(effect=near, unit=unit, rounds=rounds)


def one_way_rows(*samples, **more):
    found = judge(
        samples,
        thresholds=(),
        variants=tuple(dict.fromkeys(one.variant for one in samples)),
        one_way=True,
        caveats={},
        **more,
    )
    return {row.contrast: row for row in found}


DRIFTED = tuple(1.2 * value for value in STEADY)
DRIFT = taken_off(1.2)


def test_a_sham_beside_target_takes_the_drift_off_and_lets_parity_be_claimed():
    rows = one_way_rows(
        sample("base", "p50", STEADY),
        sample("target", "p50", DRIFTED),
        sample("crossover", "p50", tuple(1.01 * value for value in DRIFTED)),
        sample("sham", "p50", DRIFTED),
        sham_beside=True,
    )

    total = rows[Contrast.TOTAL]
    assert (total.effect, total.verdict) == (pytest.approx(1.0), Verdict.PARITY)
    assert total.caveats == (DRIFT,)
    assert (total.base.variant, total.base.values) == ("base", STEADY)
    assert total.target.values == DRIFTED
    release, backend = rows[Contrast.RELEASE], rows[Contrast.BACKEND]
    assert (release.effect, release.caveats) == (pytest.approx(1.01), (DRIFT,))
    assert backend.caveats == ()
    assert release.effect * backend.effect == pytest.approx(total.effect)
    # The sham itself shows what was taken off, one way as it was.
    assert rows[Contrast.SHAM].effect == pytest.approx(1.2)
    assert rows[Contrast.SHAM].caveats == (OneWay(),)


def test_rounds_that_base_lacks_are_not_shown_beside_nothing():
    late = Sample(
        key=sample("base", "p50", STEADY).key,
        variant="base",
        rounds=(2, 3, 4),
        values=STEADY[1:],
    )
    rows = one_way_rows(
        late,
        sample("target", "p50", DRIFTED),
        sample("crossover", "p50", DRIFTED[:3]),
        sample("sham", "p50", DRIFTED),
        sham_beside=True,
    )

    total, release = rows[Contrast.TOTAL], rows[Contrast.RELEASE]
    assert total.rounds == (2, 3, 4)
    assert total.base.values == STEADY[1:]
    assert release.rounds == (2, 3)
    assert release.base.values == STEADY[1:3]


def test_what_target_shows_beyond_the_sham_is_still_a_regression():
    rows = one_way_rows(
        sample("base", "p50", STEADY),
        sample("target", "p50", tuple(1.5 * value for value in STEADY)),
        sample("sham", "p50", DRIFTED),
        sham_beside=True,
    )

    total = rows[Contrast.TOTAL]
    assert (total.effect, total.verdict) == (pytest.approx(1.25), Verdict.REGRESSION)


def test_a_sham_beside_base_says_nothing_of_target():
    rows = one_way_rows(
        sample("base", "p50", STEADY),
        sample("target", "p50", DRIFTED),
        sample("sham", "p50", STEADY),
    )

    assert rows[Contrast.TOTAL].effect == pytest.approx(1.2)
    assert rows[Contrast.TOTAL].caveats == (OneWay(),)


def test_a_sham_of_too_few_rounds_is_not_taken_off():
    rows = one_way_rows(
        sample("base", "p50", STEADY),
        sample("target", "p50", DRIFTED),
        sample("sham", "p50", DRIFTED[:2]),
        sham_beside=True,
    )

    assert rows[Contrast.TOTAL].caveats == (OneWay(),)


def test_a_sham_of_which_half_failed_is_not_taken_off():
    rows = [
        row
        for row in judge(
            [
                sample(name, metric, values)
                for name, latency, errors in (
                    ("base", STEADY, NO_FAILURES),
                    ("target", DRIFTED, NO_FAILURES),
                    ("sham", DRIFTED, (0.0, 0.0, 0.5, 0.0)),
                )
                for metric, values in (("p50", latency), ("error_rate", errors))
            ],
            thresholds=(),
            variants=("base", "target", "sham"),
            one_way=True,
            caveats={},
            sham_beside=True,
        )
        if row.contrast is Contrast.TOTAL
    ]

    assert [row.caveats for row in rows] == [(OneWay(),), (OneWay(),)]


def elsewhere(metric, base, copy):
    both = (sample("base", metric, base), sample("target", metric, copy))
    return {both[0].key: both}


def test_the_sham_of_another_run_is_taken_off_by_welchs_test():
    rows = one_way_rows(
        sample("base", "p50", STEADY),
        sample("target", "p50", (0.121, 0.119, 0.1201, 0.1202)),
        sample("crossover", "p50", (0.121, 0.122, 0.1191, 0.1202)),
        shams=elsewhere("p50", STEADY, DRIFTED),
    )

    total, release = rows[Contrast.TOTAL], rows[Contrast.RELEASE]
    assert (total.method, total.verdict) == ("welch", Verdict.PARITY)
    assert total.caveats == release.caveats == (DRIFT,)
    assert total.effect == pytest.approx(release.effect * rows[Contrast.BACKEND].effect)
    assert rows[Contrast.BACKEND].method == "t"


def test_a_sham_elsewhere_with_a_zero_makes_differences_of_all():
    rows = one_way_rows(
        sample("base", "p50", STEADY),
        sample("target", "p50", DRIFTED),
        sample("crossover", "p50", STEADY),
        shams=elsewhere("p50", (0.0, 0.1, 0.1), (0.0, 0.11, 0.12)),
    )

    assert {row.scale for row in rows.values()} == {Scale.DIFFERENCE}
    # 0.02 here, less the 0.01 that nothing showed there.
    assert rows[Contrast.TOTAL].effect == pytest.approx(0.01)
    assert rows[Contrast.TOTAL].caveats == (taken_off(0.01, unit="s", rounds=3),)


@pytest.mark.parametrize(
    "shams",
    [
        elsewhere("p90", STEADY, DRIFTED),
        elsewhere("p50", STEADY[:2], DRIFTED[:2]),
        elsewhere("p50", STEADY, DRIFTED)
        | elsewhere("error_rate", NO_FAILURES, (0.0, 0.9, 0.0, 0.0)),
    ],
    ids=["another metric", "two rounds", "half failed"],
)
def test_a_sham_elsewhere_that_says_nothing_is_not_taken_off(shams):
    rows = one_way_rows(
        sample("base", "p50", STEADY), sample("target", "p50", DRIFTED), shams=shams
    )

    assert rows[Contrast.TOTAL].caveats == (OneWay(),)
    assert rows[Contrast.TOTAL].method == "t"
