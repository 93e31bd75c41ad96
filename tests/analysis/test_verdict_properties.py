# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perfcompare.analysis.compare import compare
from perfcompare.model.comparison import Contrast, Scale, Verdict
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Threshold, Unit

RATIO = Threshold(metric="*", ratio=0.10, floor=0.0, primary=True)
DIFFERENCE = Threshold(metric="*", ratio=None, floor=0.5, primary=True)

LATENCIES = st.floats(min_value=1e-4, max_value=1e3)
ANYTHING = st.floats(min_value=-1e99, max_value=1e99)
SWAPPED = {
    Verdict.REGRESSION: Verdict.IMPROVEMENT,
    Verdict.IMPROVEMENT: Verdict.REGRESSION,
}


def pairs(values, *, least=3, most=12):
    return st.lists(st.tuples(values, values), min_size=least, max_size=most)


def near(spread):
    """Rounds of which target is base by a common factor and some noise."""
    return st.tuples(
        st.floats(min_value=0.5, max_value=2.0),
        st.lists(
            st.tuples(LATENCIES, st.floats(min_value=-spread, max_value=spread)),
            min_size=3,
            max_size=12,
        ),
    ).map(
        lambda drawn: [
            (base, base * drawn[0] * math.exp(noise)) for base, noise in drawn[1]
        ]
    )


def judged(pairs, *, threshold=RATIO, better=Better.LOWER):
    key = MetricKey(
        workload="list",
        action="",
        service="",
        metric=Metric(name="p50", unit=Unit.SECONDS, better=better),
    )
    rounds = tuple(range(1, len(pairs) + 1))
    base, target = zip(*pairs, strict=True) if pairs else ((), ())
    return compare(
        Sample(key=key, variant="base", rounds=rounds, values=base),
        Sample(key=key, variant="target", rounds=rounds, values=target),
        contrast=Contrast.TOTAL,
        threshold=threshold,
    )


def turned(pairs):
    return [(target, base) for base, target in pairs]


@given(near(0.1))
def test_swapping_the_sides_inverts_the_effect_and_swaps_the_verdict(pairs):
    found, swapped = judged(pairs), judged(turned(pairs))

    assert swapped.effect == pytest.approx(1 / found.effect)
    assert swapped.ci95.low == pytest.approx(1 / found.ci95.high)
    assert swapped.p_value == pytest.approx(found.p_value, abs=1e-9)
    assert swapped.verdict is SWAPPED.get(found.verdict, found.verdict)


@given(near(0.1))
def test_swapping_swaps_the_verdict_under_a_floor_too(pairs):
    floor = Threshold(metric="*", ratio=0.05, floor=0.01, primary=True)
    found = judged(pairs, threshold=floor)
    swapped = judged(turned(pairs), threshold=floor)

    assert swapped.verdict is SWAPPED.get(found.verdict, found.verdict)


@given(near(0.1))
def test_the_other_direction_swaps_the_verdict(pairs):
    lower, higher = judged(pairs), judged(pairs, better=Better.HIGHER)

    assert higher.verdict is SWAPPED.get(lower.verdict, lower.verdict)


@given(near(0.1), st.sampled_from([1e-3, 1e3, 2.0**20, 60.0]))
def test_the_unit_changes_nothing(pairs, factor):
    floor = replace(RATIO, floor=0.01)
    scaled = [(base * factor, target * factor) for base, target in pairs]
    found = judged(pairs, threshold=floor)
    other = judged(scaled, threshold=replace(floor, floor=0.01 * factor))

    assert other.effect == pytest.approx(found.effect)
    assert other.verdict is found.verdict
    assert other.rounds_needed == found.rounds_needed


@given(pairs(LATENCIES), st.floats(0, 3), st.floats(0, 3))
def test_a_laxer_threshold_never_makes_a_change_and_never_loses_parity(
    pairs, one, other
):
    strict, lax = sorted((one, other))
    found = judged(pairs, threshold=replace(RATIO, ratio=strict))
    again = judged(pairs, threshold=replace(RATIO, ratio=lax))

    changes = {Verdict.REGRESSION, Verdict.IMPROVEMENT}
    if again.verdict in changes:
        assert found.verdict is again.verdict
    if found.verdict is Verdict.PARITY:
        assert again.verdict is Verdict.PARITY


@given(st.lists(LATENCIES, min_size=3, max_size=12))
def test_a_sample_equals_itself(values):
    found = judged([(value, value) for value in values])

    assert (found.effect, found.p_value) == (1.0, 1.0)
    assert found.verdict is Verdict.PARITY


@given(near(0.1), st.randoms())
def test_the_order_of_the_rounds_does_not_matter(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    found, again = judged(pairs), judged(shuffled)

    assert again.effect == pytest.approx(found.effect)
    assert again.p_value == pytest.approx(found.p_value, abs=1e-9)


@given(
    st.lists(
        st.floats(min_value=-10, max_value=10, allow_subnormal=False),
        min_size=3,
        max_size=7,
    ),
    st.floats(min_value=-100, max_value=100, allow_subnormal=False),
)
def test_a_constant_shift_is_the_difference(values, shift):
    assume(abs(shift) > 1e-6)
    found = judged([(value, value + shift) for value in values], threshold=DIFFERENCE)

    assert found.scale is Scale.DIFFERENCE
    assert found.effect == pytest.approx(shift, abs=1e-9)


@given(pairs(ANYTHING, least=0), st.sampled_from([RATIO, DIFFERENCE]))
def test_no_number_makes_it_crash_or_say_nan(pairs, threshold):
    found = judged(pairs, threshold=threshold)

    numbers = [found.effect, found.p_value, found.detectable_effect, found.floor]
    for interval in (found.ci95, found.ci90):
        if interval is not None:
            numbers += [interval.low, interval.high]
            assert interval.low <= found.effect <= interval.high
    assert all(math.isfinite(number) for number in numbers if number is not None)


@given(pairs(st.floats(min_value=1e-99, max_value=1e99)))
def test_no_ratio_makes_it_crash_or_say_nan(pairs):
    found = judged(pairs)

    numbers = [found.effect, found.p_value, found.detectable_effect]
    for interval in (found.ci95, found.ci90):
        numbers += [interval.low, interval.high]
    assert all(math.isfinite(number) for number in numbers)
    assert found.ci95.low <= found.ci90.low <= found.ci90.high <= found.ci95.high
