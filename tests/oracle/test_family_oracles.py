# SPDX-License-Identifier: Apache-2.0
"""Benjamini-Hochberg against its inventors' own example and its definition."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcompare.analysis.compare import compare
from perfcompare.analysis.family import adjusted
from perfcompare.model.comparison import Contrast
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Threshold, Unit

# Y. Benjamini, Y. Hochberg (1995), section 3.2: 15 hypotheses on thrombolysis after
# myocardial infarction.  At 5 % the procedure rejects the first four.
PUBLISHED = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
    *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000),
]


def row(p_value):
    key = MetricKey(
        workload="list",
        action="",
        service="",
        metric=Metric(name="p50", unit=Unit.SECONDS, better=Better.LOWER),
    )
    sample = Sample(key=key, variant="base", rounds=(1, 2, 3), values=(1.0, 2.0, 3.0))
    compared = compare(
        sample,
        replace(sample, variant="target"),
        contrast=Contrast.TOTAL,
        threshold=Threshold(metric="p50", ratio=0.1, floor=0.0, primary=True),
    )
    return replace(compared, p_value=p_value)


def test_the_inventors_example_rejects_four_of_fifteen():
    order = np.random.default_rng(3).permutation(len(PUBLISHED))
    shuffled = [PUBLISHED[place] for place in order]
    found = adjusted([row(p_value) for p_value in shuffled])

    rejected = {one.p_value for one in found if (one.p_adjusted or 0) <= 0.05}
    assert rejected == set(PUBLISHED[:4])


def test_the_adjusted_p_value_is_the_least_quotient_from_its_rank_on():
    m = len(PUBLISHED)
    found = adjusted([row(p_value) for p_value in PUBLISHED])
    expected = [min(PUBLISHED[j] * m / (j + 1) for j in range(i, m)) for i in range(m)]

    assert [one.p_adjusted for one in found] == pytest.approx(expected)


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=30))
def test_as_many_are_rejected_as_the_step_up_procedure_rejects(p_values):
    # Section 3.1: let k be the largest i with p(i) <= i q / m; reject the k smallest.
    ordered = sorted(p_values)
    m, q = len(ordered), 0.05
    # Between rounding to one side and to the other nothing is wrong.
    bounds = [
        max(
            (i for i in range(1, m + 1) if ordered[i - 1] <= i * q / m * (1 + slack)),
            default=0,
        )
        for slack in (-1e-9, 1e-9)
    ]
    found = adjusted([row(p_value) for p_value in p_values])
    rejected = [one for one in found if (one.p_adjusted or 0) <= q]

    assert bounds[0] <= len(rejected) <= bounds[1]
