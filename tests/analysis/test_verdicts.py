# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from perfcompare.analysis.compare import compare, not_comparable
from perfcompare.model.caveat import (
    FewRounds,
    MissingRounds,
    Note,
    OneWay,
    WithinFloor,
)
from perfcompare.model.comparison import Contrast, Interval, Scale, Verdict
from perfcompare.model.errors import NotComparableError
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Threshold, Unit

LOWER = Metric(name="p50", unit=Unit.SECONDS, better=Better.LOWER)
HIGHER = Metric(name="throughput", unit=Unit.PER_SECOND, better=Better.HIGHER)
ERRORS = Metric(name="error_rate", unit=Unit.RATIO, better=Better.LOWER)
TEN_PERCENT = Threshold(metric="*", ratio=0.10, floor=0.0, primary=True)
ONE_POINT = Threshold(metric="*", ratio=None, floor=0.01, primary=True)


def sample(variant, values, *, metric=LOWER, rounds=None):
    return Sample(
        key=MetricKey(workload="list", action="", service="", metric=metric),
        variant=variant,
        rounds=rounds or tuple(range(1, len(values) + 1)),
        values=tuple(values),
    )


def judged(base, target, *, metric=LOWER, threshold=TEN_PERCENT, one_way=False):
    return compare(
        sample("base", base, metric=metric),
        sample("target", target, metric=metric),
        contrast=Contrast.TOTAL,
        threshold=threshold,
        one_way=one_way,
    )


BASE = (1.00, 1.10, 0.95, 1.05)
WORSE = (1.21, 1.30, 1.13, 1.27)
BETTER = (0.80, 0.90, 0.77, 0.83)
SAME = (1.01, 1.09, 0.96, 1.04)
NOISY = (0.80, 1.60, 0.70, 1.30)


@pytest.mark.parametrize(
    ("metric", "target", "verdict"),
    [
        (LOWER, WORSE, Verdict.REGRESSION),
        (LOWER, BETTER, Verdict.IMPROVEMENT),
        (LOWER, SAME, Verdict.PARITY),
        (LOWER, NOISY, Verdict.INCONCLUSIVE),
        (HIGHER, WORSE, Verdict.IMPROVEMENT),
        (HIGHER, BETTER, Verdict.REGRESSION),
        (HIGHER, SAME, Verdict.PARITY),
        (HIGHER, NOISY, Verdict.INCONCLUSIVE),
    ],
)
def test_the_better_direction_decides_what_a_change_is_called(metric, target, verdict):
    assert judged(BASE, target, metric=metric).verdict is verdict


@pytest.mark.parametrize(
    ("metric", "target", "verdict"),
    [
        (ERRORS, (0.05, 0.06, 0.04), Verdict.REGRESSION),
        (ERRORS, (0.001, 0.0, 0.002), Verdict.PARITY),
        (HIGHER, (0.05, 0.06, 0.04), Verdict.IMPROVEMENT),
    ],
)
def test_a_difference_is_judged_by_the_floor_alone(metric, target, verdict):
    found = judged((0.0, 0.0, 0.0), target, metric=metric, threshold=ONE_POINT)

    assert found.verdict is verdict
    assert found.scale is Scale.DIFFERENCE
    assert found.threshold is None
    assert found.effect == pytest.approx(np.mean(target))


def test_fewer_errors_are_an_improvement():
    found = judged((0.05, 0.06, 0.04), (0.0, 0.0, 0.0), threshold=ONE_POINT)

    assert found.verdict is Verdict.IMPROVEMENT


def test_the_effect_and_its_intervals_are_on_the_scale_of_ratios():
    found = judged((1.0, 1.0, 1.0), (1.1, 1.2, 1.3))

    # d = ln 1.1, ln 1.2, ln 1.3; t(.975, 2) = 4.303, t(.95, 2) = 2.920.
    d = np.log([1.1, 1.2, 1.3])
    half = d.std(ddof=1) / math.sqrt(3)
    assert found.effect == pytest.approx(math.exp(d.mean()))
    assert found.ci95.low == pytest.approx(math.exp(d.mean() - 4.3027 * half), rel=1e-4)
    assert found.ci90.high == pytest.approx(math.exp(d.mean() + 2.92 * half), rel=1e-4)
    assert found.base.median == 1.0
    assert found.target.values == (1.1, 1.2, 1.3)


def test_a_change_below_the_floor_is_parity_however_large_its_ratio():
    floor = Threshold(metric="*", ratio=0.10, floor=0.005, primary=True)
    found = judged((0.002, 0.002, 0.002), (0.004, 0.004, 0.004), threshold=floor)

    assert found.effect == pytest.approx(2.0)
    assert found.verdict is Verdict.PARITY
    assert found.caveats == (WithinFloor(floor=0.005, unit="s", ratio=0.10),)


def test_parity_within_the_threshold_needs_no_word_on_the_floor():
    floor = Threshold(metric="*", ratio=0.10, floor=0.005, primary=True)
    found = judged((0.002, 0.002, 0.002), (0.0021, 0.0021, 0.0021), threshold=floor)

    assert found.verdict is Verdict.PARITY
    assert found.caveats == ()


def test_a_change_at_ratio_and_floor_is_a_regression():
    floor = Threshold(metric="*", ratio=0.10, floor=0.01, primary=True)
    found = judged((0.1, 0.1, 0.1), (0.11, 0.11, 0.11), threshold=floor)

    assert found.verdict is Verdict.REGRESSION


def test_the_floor_meets_the_difference_of_the_geometric_means():
    base, target = (0.10, 0.11, 0.12), (0.12, 0.13, 0.15)
    change = math.prod(target) ** (1 / 3) - math.prod(base) ** (1 / 3)
    verdicts = [
        judged(
            base,
            target,
            threshold=Threshold(metric="*", ratio=0.0, floor=floor, primary=True),
        ).verdict
        for floor in (change * 0.999, change * 1.001)
    ]

    assert verdicts == [Verdict.REGRESSION, Verdict.INCONCLUSIVE]


def test_the_margin_is_the_larger_of_ratio_and_floor_as_a_change():
    narrow = Threshold(metric="*", ratio=0.10, floor=0.01, primary=True)
    wide = Threshold(metric="*", ratio=0.10, floor=1.5, primary=True)

    assert judged((1.0,) * 3, (1.0,) * 3, threshold=narrow).margin == pytest.approx(0.1)
    # The geometric middle of 1 and 4 is 2; from 2 / r to 2 r it is 1.5 far.
    found = judged((1.0,) * 3, (4.0,) * 3, threshold=wide).margin
    r = math.sqrt(1 + found)
    assert 2 * r - 2 / r == pytest.approx(1.5)


def test_the_margin_of_a_difference_is_its_floor():
    assert judged((0.0,) * 3, (0.1,) * 3, threshold=ONE_POINT).margin == 0.01
    # 10 % of the mean size (0 + 1 + 1 + 2 + 2 + 2) / 6.
    assert judged((0.0, 1.0, 1.0), (2.0,) * 3).margin == pytest.approx(0.8 / 6)


def test_a_margin_beyond_all_floats_is_still_a_number():
    floor = Threshold(metric="*", ratio=0.10, floor=1e90, primary=True)

    assert math.isfinite(judged((1e-300,) * 3, (1e-300,) * 3, threshold=floor).margin)


def test_the_margin_is_where_parity_ends():
    margin = judged((1.0,) * 3, (1.0,) * 3).margin
    verdicts = [
        judged((1.0,) * 3, (1 + margin * part,) * 3).verdict for part in (0.99, 1.01)
    ]

    assert verdicts == [Verdict.PARITY, Verdict.REGRESSION]


def test_rounds_that_agree_exactly_leave_no_doubt():
    found = judged((2.0, 2.0, 2.0), (9.0, 9.0, 9.0))

    assert found.p_value == 0
    assert found.ci95 == Interval(low=found.effect, high=found.effect)
    assert found.detectable_effect == 0
    assert found.verdict is Verdict.REGRESSION


def test_equal_rounds_are_parity_with_no_evidence_of_change():
    found = judged((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), threshold=ONE_POINT)

    assert found.p_value == 1
    assert found.ci90 == Interval(low=0.0, high=0.0)
    assert found.verdict is Verdict.PARITY


def test_a_zero_among_ratios_makes_the_row_a_difference_with_the_ratio_kept():
    found = judged((0.0, 10.0, 10.0), (5.0, 15.0, 15.0))

    # 10 % of the mean size (0 + 10 + 10 + 5 + 15 + 15) / 6.
    assert found.scale is Scale.DIFFERENCE
    assert found.effect == pytest.approx(5.0)
    assert found.floor == pytest.approx(55 / 6 * 0.10)
    assert found.verdict is Verdict.REGRESSION


def test_only_rounds_of_both_variants_are_paired():
    found = compare(
        sample("base", (1.0, 1.0, 1.0, 7.0), rounds=(1, 2, 3, 5)),
        sample("target", (9.0, 1.3, 1.3, 1.3), rounds=(0, 1, 2, 3)),
        contrast=Contrast.TOTAL,
        threshold=TEN_PERCENT,
    )

    assert found.rounds == (1, 2, 3)
    assert found.base.values == (1.0, 1.0, 1.0)
    assert found.target.median == 1.3
    assert found.caveats == (MissingRounds(rounds=(0, 5)),)


@pytest.mark.parametrize(
    ("rounds", "effect"), [(2, pytest.approx(1.3)), (1, pytest.approx(1.3)), (0, None)]
)
def test_fewer_than_three_pairs_decide_nothing(rounds, effect):
    found = judged((1.0,) * rounds, (1.3,) * rounds)

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.effect == effect
    assert (found.ci95, found.ci90, found.p_value) == (None, None, None)
    assert found.caveats == (FewRounds(rounds=rounds, needed=3),)


def test_no_pairs_of_differences_decide_nothing():
    found = judged((), (), threshold=ONE_POINT)

    assert found.effect is None
    assert found.margin is None
    assert found.base.median is None
    assert found.floor == 0.01


@pytest.mark.parametrize(
    ("target", "verdict"),
    [(SAME, Verdict.INCONCLUSIVE), (WORSE, Verdict.REGRESSION)],
)
def test_one_way_never_claims_parity(target, verdict):
    found = judged(BASE, target, one_way=True)

    assert found.verdict is verdict
    assert found.caveats == (OneWay(),)
    assert found.rounds_needed is None


@pytest.mark.parametrize(("rounds", "method"), [(7, "t"), (8, "yuen")])
def test_from_eight_rounds_on_the_mean_is_trimmed(rounds, method):
    found = judged((1.0,) * rounds, (1.2,) * (rounds - 1) + (40.0,))

    assert found.method == method
    assert (found.effect == pytest.approx(1.2)) == (method == "yuen")


def test_the_rounds_needed_do_decide():
    target = (1.10, 1.45, 1.02, 1.35)
    found = judged((1.0,) * 4, target)
    with_twelve = judged((1.0,) * 12, target * 3)

    assert found.verdict is Verdict.INCONCLUSIVE
    assert 4 < found.rounds_needed <= 12
    assert with_twelve.verdict is Verdict.REGRESSION
    assert with_twelve.rounds_needed is None


def by_turns(mean, step, rounds):
    """Return ratios whose logarithms are *mean* more and less *step* by turns."""
    return [math.exp(mean + step * (-1) ** place) for place in range(rounds)]


def test_parity_is_a_matter_of_the_90_percent_interval():
    # sd of d is 0.0693; t(.95, 3) = 2.353 and t(.975, 3) = 3.182 times sd / 2 are
    # 0.0815 and 0.1102, and the margin is ln 1.1 = 0.0953.
    found = judged((1.0,) * 4, by_turns(0.0, 0.06, 4))

    assert found.ci90.high < 1.1 < found.ci95.high
    assert found.verdict is Verdict.PARITY


def test_an_effect_just_beyond_the_threshold_needs_its_interval_clear_of_one():
    # t(.975, R - 1) * 0.1155 / sqrt(R) < ln 1.11 = 0.1044: 0.1068 at 7, 0.0966 at 8.
    found = judged((1.0,) * 4, by_turns(math.log(1.11), 0.1, 4))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.rounds_needed == 8


def test_the_rounds_needed_are_more_than_there_are():
    # Student's t would decide these eight rounds, the trimmed mean does not.
    found = judged((1.0,) * 8, by_turns(0.0, 0.095, 8))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.rounds_needed == 9


def test_the_rounds_needed_for_parity_have_their_interval_within_the_margin():
    # d = ±0.1 by turns: mean 0, sd of four 0.1155; 1.1 is 0.0953 on the log scale.
    # t(.95, R - 1) * 0.1155 / sqrt(R): 0.0950 at R = 6, 0.1101 at R = 5.
    found = judged((1.0,) * 4, by_turns(0.0, 0.1, 4))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.rounds_needed == 6


def test_more_rounds_than_anybody_repeats_are_not_promised():
    found = judged((1.0,) * 4, (9.0, 0.1, 8.0, 0.2))

    assert found.rounds_needed is None


def test_the_detectable_effect_is_a_change_and_not_a_ratio():
    # sd of d is 0.1155, and 2.13 standard deviations are found with four rounds.
    found = judged((1.0,) * 4, by_turns(0.0, 0.1, 4))

    assert found.detectable_effect == pytest.approx(math.expm1(2.13 * 0.1155), rel=0.01)


def test_the_detectable_effect_of_a_difference_is_in_the_unit_of_the_metric():
    found = judged((0.0,) * 4, (0.1, -0.1, 0.1, -0.1), threshold=ONE_POINT)

    assert found.detectable_effect == pytest.approx(2.13 * 0.1155, rel=0.01)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e200])
def test_what_is_no_number_is_named_with_its_round(value):
    with pytest.raises(
        NotComparableError, match=r"list/p50 of target is .* in round 2"
    ):
        judged((1.0, 1.0, 1.0), (1.0, value, 1.0))


def test_samples_of_two_metrics_are_refused():
    with pytest.raises(NotComparableError, match="not the same metric"):
        compare(
            sample("base", BASE),
            sample("target", BASE, metric=HIGHER),
            contrast=Contrast.TOTAL,
            threshold=TEN_PERCENT,
        )


def test_rounds_must_ascend():
    with pytest.raises(NotComparableError, match="do not ascend"):
        compare(
            sample("base", (1.0, 2.0), rounds=(2, 2)),
            sample("target", (1.0, 2.0)),
            contrast=Contrast.TOTAL,
            threshold=TEN_PERCENT,
        )


def test_every_round_has_one_value():
    with pytest.raises(NotComparableError, match="2 values for 3 rounds"):
        compare(
            sample("base", (1.0, 2.0), rounds=(1, 2, 3)),
            sample("target", (1.0, 2.0)),
            contrast=Contrast.TOTAL,
            threshold=TEN_PERCENT,
        )


def test_what_cannot_be_compared_still_shows_both_sides():
    found = not_comparable(
        sample("base", (1.0, 2.0, 3.0)),
        sample("target", ()),
        contrast=Contrast.BACKEND,
        threshold=ONE_POINT,
        caveats=(Note(text="it is gone"),),
    )

    assert found.verdict is Verdict.NOT_COMPARABLE
    assert found.rounds == found.base.values == ()
    assert (found.base.median, found.target.median) == (2.0, None)
    assert (found.effect, found.margin) == (None, None)
    assert found.scale is Scale.DIFFERENCE
    assert found.caveats == (Note(text="it is gone"),)
