# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest

from perfcompare.analysis.agreement import agreements, ends_of
from perfcompare.analysis.busy import Disturbance
from perfcompare.analysis.judge import judge
from perfcompare.analysis.loads import Load
from perfcompare.analysis.metrics import METRICS
from perfcompare.model.agreement import Conditions
from perfcompare.model.metric import MetricKey, Sample
from perfcompare.model.workload import Workload

ROUNDS = (1, 2, 3, 4, 5, 6)
WANDER = (1.0, 1.002, 0.998, 1.001, 0.999, 1.0)


def means(effects, workload="list"):
    """Return judged rows whose rounds have these *effects*."""
    samples = [
        Sample(
            key=MetricKey(
                workload=workload, action="", service="", metric=METRICS["mean"]
            ),
            variant=variant,
            rounds=ROUNDS,
            values=tuple(values),
        )
        for variant, values in (
            ("base", (0.1,) * 6),
            ("target", [0.1 * e * w for e, w in zip(effects, WANDER, strict=True)]),
        )
    ]
    return judge(samples, thresholds=(), variants=("base", "target"), caveats={})


def disturbed(*ratios):
    seen = dict(zip(ROUNDS, ratios, strict=True))
    return {"list": Disturbance(ratios=seen, limit_cores=0.25)}


def ends(first, last):
    """Return means of first and last blocks, with those effects of target."""
    return {
        ("list", "base"): dict.fromkeys(ROUNDS, (0.1, 0.1)),
        ("list", "target"): {
            number: (0.1 * first * wander, 0.1 * last / wander)
            for number, wander in zip(ROUNDS, WANDER, strict=True)
        },
    }


def level(name, concurrency):
    return Workload(
        name=name,
        title="list",
        scenario="Things.list",
        times=100,
        concurrency=concurrency,
        warm_up=1,
        blocks=4,
        definition=json.dumps({}),
    )


def found(rows, **others):
    given = {"disturbed": {}, "ends": {}, "workloads": ()} | others
    return agreements(rows, **given)


def test_an_effect_that_a_busy_host_changes_differs():
    (one,) = found(
        means((1.25, 1.25, 1.25, 1.0, 1.0, 1.0)),
        disturbed=disturbed(0.0, 0.1, 0.05, 0.9, 1.0, 0.8),
    )

    assert one.conditions is Conditions.HOST
    assert (one.one, one.other) == pytest.approx((1.25, 1.0), rel=0.01)
    assert one.ratio == pytest.approx(0.8, rel=0.01)
    assert one.differs


def test_an_effect_that_stays_beside_a_neighbour_agrees():
    (one,) = found(
        means((1.25,) * 6), disturbed=disturbed(0.0, 0.1, 0.05, 0.9, 1.0, 0.8)
    )

    assert not one.differs
    assert one.ci95.low < 1 < one.ci95.high


def test_a_host_that_was_the_same_in_all_rounds_says_nothing():
    assert found(means((1.25,) * 6), disturbed=disturbed(*[0.02] * 6)) == ()


def test_an_effect_that_grows_during_a_visit_differs():
    (one,) = found(means((1.1,) * 6), ends=ends(1.0, 1.2))

    assert one.conditions is Conditions.TIME
    assert one.ratio == pytest.approx(1.2, rel=0.01)
    assert one.differs


def test_a_change_within_the_threshold_agrees_however_sure_it_is():
    (one,) = found(means((1.1,) * 6), ends=ends(1.0, 1.05))

    assert one.ci95.low > 1
    assert not one.differs


def test_an_effect_of_one_client_is_put_beside_that_of_four():
    rows = (*means((1.3,) * 6, "list (1 client)"), *means((1.0,) * 6, "list"))

    (one,) = found(rows, workloads=(level("list (1 client)", 1), level("list", 4)))

    assert one.conditions is Conditions.CONCURRENCY
    assert one.key.workload == "list"
    assert (one.one, one.other) == pytest.approx((1.3, 1.0), rel=0.01)
    assert one.differs


def test_ends_are_the_first_and_the_last_half_of_the_blocks():
    one = Load(
        workload="list",
        action="",
        durations_seconds=np.array([1.0, 2.0, 3.0, 4.0, 5.0]),
        blocks=np.array([1, 2, 3, 4, 5]),
        spent_seconds=15.0,
        failed=0,
        total=5,
        errors={},
    )

    # The middle one of an odd number belongs to neither.
    assert ends_of(one) == (1.5, 4.5)


def test_a_single_block_has_no_ends():
    one = Load(
        workload="list",
        action="",
        durations_seconds=np.array([1.0, 2.0]),
        blocks=np.array([1, 1]),
        spent_seconds=3.0,
        failed=0,
        total=2,
        errors={},
    )

    assert ends_of(one) is None
