# SPDX-License-Identifier: Apache-2.0
"""Release and backend are the parts of the total, and nothing else."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcompare.analysis.judge import judge
from perfcompare.model.caveat import MissingRounds, UnequalSplit
from perfcompare.model.comparison import Contrast, Scale
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Threshold, Unit

NAMES = ("base", "crossover", "target")
RATIO = Threshold(metric="*", ratio=0.10, floor=0.0, primary=True)
DIFFERENCE = Threshold(metric="*", ratio=None, floor=0.5, primary=True)
KEY = MetricKey(
    workload="list",
    action="",
    service="",
    metric=Metric(name="p50", unit=Unit.SECONDS, better=Better.LOWER),
)


def rows_of(values, *, threshold=RATIO, rounds=None, **more):
    """Judge *values*, one tuple a variant; *rounds* by name where not all."""
    given = rounds or {}
    samples = []
    for name, row in zip(NAMES, values, strict=True):
        there = given.get(name, range(1, len(row) + 1))
        samples.append(
            Sample(
                key=KEY,
                variant=name,
                rounds=tuple(there),
                values=tuple(row[number - 1] for number in there),
            )
        )
    rows = judge(samples, thresholds=(threshold,), variants=NAMES, caveats={}, **more)
    return {row.contrast: row for row in rows}


def effects(rows):
    return [
        rows[one].effect for one in (Contrast.TOTAL, Contrast.RELEASE, Contrast.BACKEND)
    ]


def three_of(values, *, most=20):
    """As many rounds of each of the three variants."""
    return st.integers(3, most).flatmap(
        lambda rounds: st.tuples(
            *(st.lists(values, min_size=rounds, max_size=rounds) for _ in NAMES)
        )
    )


@given(three_of(st.floats(1e-4, 1e3)))
def test_the_ratios_multiply_to_the_total_at_any_number_of_rounds(values):
    total, release, backend = effects(rows_of(values))

    assert release * backend == pytest.approx(total, rel=1e-9)


@given(three_of(st.floats(-1e3, 1e3)))
def test_the_differences_add_up_to_the_total_at_any_number_of_rounds(values):
    total, release, backend = effects(rows_of(values, threshold=DIFFERENCE))

    assert release + backend == pytest.approx(total, abs=1e-7)


@given(three_of(st.floats(1e-4, 1e3)), st.sampled_from(NAMES), st.integers(0, 2))
def test_one_zero_makes_differences_of_all_three_that_add_up(values, where, place):
    changed = [list(row) for row in values]
    changed[NAMES.index(where)][place] = 0.0

    rows = rows_of(changed)

    assert {row.scale for row in rows.values()} == {Scale.DIFFERENCE}
    total, release, backend = effects(rows)
    assert release + backend == pytest.approx(total, abs=1e-7)


@given(three_of(st.floats(1e-4, 1e3)))
def test_the_total_is_what_it_is_without_a_crossover(values):
    base, _, target = values
    alone = judge(
        [
            Sample(
                key=KEY,
                variant=name,
                rounds=tuple(range(1, len(row) + 1)),
                values=tuple(row),
            )
            for name, row in (("base", base), ("target", target))
        ],
        thresholds=(RATIO,),
        variants=("base", "target"),
        caveats={},
    )

    assert (rows_of(values)[Contrast.TOTAL],) == alone


def test_the_parts_leave_out_the_rounds_that_the_total_leaves_out():
    # ln(T / B) is least in round 1 and greatest in round 8; ln(C / B) in 2 and 3.
    total = np.array([-0.9, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.9])
    release = np.array([0.0, -0.8, 0.8, 0.1, 0.0, 0.1, 0.0, 0.1])

    rows = rows_of((np.ones(8), np.exp(release), np.exp(total)))

    assert rows[Contrast.TOTAL].effect == pytest.approx(math.exp(total[1:-1].mean()))
    assert rows[Contrast.RELEASE].effect == pytest.approx(
        math.exp(release[1:-1].mean())
    )
    # The two rounds that are left out count as the nearest that stay.
    winsorized = np.clip(release, -0.8, 0.8)
    error = math.sqrt(7 * winsorized.var(ddof=1) / (6 * 5))
    high = math.log(rows[Contrast.RELEASE].ci95.high)
    assert high - release[1:-1].mean() == pytest.approx(2.5706 * error, rel=1e-4)


def test_rounds_that_the_total_lacks_are_no_part_of_the_parts():
    values = [np.linspace(1.0, 1.5, 9) * factor for factor in (1.0, 1.1, 1.3)]

    rows = rows_of(values, rounds={"target": range(1, 9)})

    total, release, backend = effects(rows)
    assert release * backend == pytest.approx(total)
    assert rows[Contrast.RELEASE].rounds == tuple(range(1, 9))
    assert rows[Contrast.RELEASE].caveats == (MissingRounds(rounds=(9,)),)


def test_a_crossover_that_lacks_rounds_leaves_the_total_alone_and_says_so():
    random = np.random.default_rng(1)
    values = [random.lognormal(0, 0.3, 9) for _ in NAMES]

    whole = rows_of(values)
    rows = rows_of(values, rounds={"crossover": (1, 2, 4, 5, 6, 8, 9)})

    unequal = UnequalSplit(rounds=(3, 7))
    assert rows[Contrast.TOTAL] == whole[Contrast.TOTAL]
    for part in (Contrast.RELEASE, Contrast.BACKEND):
        assert rows[part].rounds == (1, 2, 4, 5, 6, 8, 9)
        assert rows[part].caveats == (MissingRounds(rounds=(3, 7)), unequal)


def test_without_any_total_a_release_still_stands_for_itself():
    rows = rows_of(([1.0] * 4, [1.2] * 4, [1.3] * 4), rounds={"target": ()})

    assert rows[Contrast.RELEASE].effect == pytest.approx(1.2)
    assert rows[Contrast.RELEASE].caveats == ()


@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_trimming_what_another_chose_raises_no_more_false_alarms(correlation):
    random = np.random.default_rng(8)
    found = 0
    for _ in range(600):
        total = random.normal(0, 0.1, 8)
        other = random.normal(0, 0.1, 8)
        release = correlation * total + math.sqrt(1 - correlation**2) * other
        rows = rows_of((np.ones(8), np.exp(release), np.exp(total)))
        p_value = rows[Contrast.RELEASE].p_value
        assert p_value is not None
        found += p_value <= 0.05

    # Of 60 000: 3.0, 3.2 and 5.6 %.  The standard error of 5 % in 600 is 0.9 points.
    assert found / 600 <= 0.056 + 2 * 0.009
