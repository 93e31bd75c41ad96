# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import replace

import numpy as np
import pytest

from perfcompare.analysis.intervals import ONE_LOOK
from perfcompare.analysis.judge import judge
from perfcompare.analysis.metrics import METRICS
from perfcompare.analysis.planning import (
    Need,
    Spread,
    detectable_by,
    metric_power,
    pooled,
    spreads,
    together,
)
from perfcompare.analysis.power import Demand, rounds_to_find, rounds_to_parity
from perfcompare.model.comparison import Scale
from perfcompare.model.metric import ALL_SERVICES, MetricKey, Sample, Threshold

USUAL = Demand(power=0.80, levels=ONE_LOOK)


def key(metric="mean", workload="list", service=""):
    return MetricKey(
        workload=workload, action="", service=service, metric=METRICS[metric]
    )


def spread(sd=0.05, **changes):
    return replace(
        Spread(
            key=key(),
            scale=Scale.RATIO,
            sd=sd,
            degrees=5,
            margin=math.log1p(0.10),
            counts_from=0,
        ),
        **changes,
    )


def rows(values, *, of=None, rounds=(1, 2, 3), thresholds=(), base=1.0):
    """Judge one metric that is *base* in all rounds of base."""
    of = of or key()
    samples = (
        Sample(key=of, variant="base", rounds=rounds, values=(base,) * len(rounds)),
        Sample(key=of, variant="target", rounds=rounds, values=tuple(values)),
    )
    return judge(
        samples, thresholds=thresholds, variants=("base", "target"), caveats={}
    )


def power_of(one, effect=0.05, demand=USUAL):
    return metric_power(one, effect=effect, demand=demand)


def test_the_spread_is_that_of_the_log_ratios():
    (found,) = spreads(rows([1.0, 1.1, 1.21]), thresholds=())

    # ln 1.1 apart each: the sd of three numbers so far apart is that.
    assert found.sd == pytest.approx(math.log(1.1))
    assert found.degrees == 2
    assert found.margin == pytest.approx(math.log1p(0.10))
    assert found.scale is Scale.RATIO


def test_the_spread_of_an_error_rate_is_that_of_the_differences():
    judged = rows([0.0, 0.2, 0.4], of=key("error_rate"), base=0.1)
    (found,) = spreads(judged, thresholds=())

    assert found.scale is Scale.DIFFERENCE
    assert found.sd == pytest.approx(0.2)
    assert found.margin == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("of", "rounds", "counts_from"),
    [
        (key("mean"), 3, 0),
        (key("p50"), 3, None),
        (key("p95"), 3, 10),
        (key("p95"), 10, 10),
        (key("p99"), 3, None),
        (key("pss_idle", "", "api"), 3, 0),
        (key("pss_idle", "", ALL_SERVICES), 3, None),
        (key("pss_idle", "", "mariadb"), 3, 0),
    ],
)
def test_what_counts_or_will_count_has_a_spread(of, rounds, counts_from):
    numbers = tuple(range(1, rounds + 1))
    found = spreads(
        rows(1.0 + 0.01 * np.array(numbers), of=of, rounds=numbers), thresholds=()
    )

    assert [one.counts_from for one in found] == (
        [] if counts_from is None else [counts_from]
    )


def test_controls_never_count():
    wanted = (Threshold(metric="p*", ratio=0.1, floor=0.0, primary=None),)
    found = spreads(
        rows([1.0, 1.1, 1.2], of=key("pss_idle", "", "mariadb"), thresholds=wanted),
        thresholds=wanted,
        controls=["mariadb"],
    )

    assert found == ()


def test_a_single_round_and_a_refused_row_have_no_spread():
    assert spreads(rows([1.0], rounds=(1,)), thresholds=()) == ()
    assert spreads(rows([], rounds=()), thresholds=()) == ()


def test_the_spreads_of_runs_are_pooled_by_their_degrees_of_freedom():
    (found,) = pooled(
        [
            [spread(0.03, degrees=2, margin=0.2)],
            [spread(0.06, degrees=4, margin=0.1)],
        ]
    )

    assert found.sd == pytest.approx(math.sqrt((2 * 0.03**2 + 4 * 0.06**2) / 6))
    assert (found.degrees, found.margin) == (6, 0.1)


def test_metrics_are_pooled_apart():
    other = spread(0.07, key=key("p90"))

    assert pooled([[spread(), other], [spread()]]) == (
        pooled([[spread()], [spread()]])[0],
        other,
    )


def test_a_metric_takes_what_its_spread_and_its_margin_take():
    found = power_of(spread(0.04), effect=0.05)

    assert found.find.rounds == rounds_to_find(math.log(1.05), 0.04, USUAL)
    assert found.parity.rounds == rounds_to_parity(math.log(1.10), 0.04, USUAL)
    assert found.sd_low < 0.04 < found.sd_high
    assert found.find.fewest == rounds_to_find(math.log(1.05), found.sd_low, USUAL)
    assert found.find.most == rounds_to_find(math.log(1.05), found.sd_high, USUAL)
    assert [each.rounds for each in found.detectable] == [4, 6, 8, 10, 20]


def test_the_rounds_that_find_an_effect_detect_it_and_one_fewer_does_not():
    rounds = power_of(spread(0.04)).find.rounds

    assert rounds is not None
    changes = [
        detectable_by(spread(0.04), n, USUAL).change for n in (rounds - 1, rounds)
    ]
    assert changes[1] <= 0.05 < changes[0]


def test_a_difference_is_looked_for_as_large_as_its_margin():
    found = power_of(spread(0.004, scale=Scale.DIFFERENCE, margin=0.01), effect=0.5)

    assert found.effect == 0.01
    assert found.find.rounds == rounds_to_find(0.01, 0.004, USUAL)
    assert found.detectable[0].change == pytest.approx(0.0085, abs=1e-4)


def test_without_any_spread_three_rounds_do():
    found = power_of(spread(0.0))

    assert found.find == found.parity == Need(rounds=3, fewest=3, most=3)
    assert found.detectable[0].change == 0


def test_what_takes_more_than_a_thousand_rounds_has_no_number():
    found = power_of(spread(2.0), effect=0.01)

    assert found.find == Need(rounds=None, fewest=None, most=None)
    assert found.parity.rounds is None


def test_a_higher_power_and_a_stricter_level_take_more_rounds():
    looked = replace(ONE_LOOK, change=0.02, parity=0.04)
    usual, surer, stricter = (
        power_of(spread(0.05), demand=demand)
        for demand in (
            USUAL,
            replace(USUAL, power=0.95),
            replace(USUAL, levels=looked),
        )
    )

    for more in (surer, stricter):
        assert more.find.rounds > usual.find.rounds
        assert more.parity.rounds > usual.parity.rounds


def test_all_together_take_what_the_worst_takes():
    calm, wild = spread(0.01), spread(0.05, key=key("p90"))
    metrics = [power_of(calm), power_of(wild)]
    answer = together(metrics, lambda one: one.find)

    assert answer is not None
    assert answer.need == metrics[1].find
    assert answer.decided_by == key("p90")


def test_a_tail_that_counts_from_ten_rounds_on_is_asked_only_then():
    tail = spread(0.3, key=key("p95"), counts_from=10)
    quick = [power_of(one) for one in (spread(0.03), tail)]
    long = [power_of(one) for one in (spread(0.08), tail)]

    answers = [together(metrics, lambda one: one.find) for metrics in (quick, long)]
    assert [one and one.decided_by for one in answers] == [key("mean"), key("p95")]
    assert together([power_of(tail)], lambda one: one.find) is not None
    assert together([], lambda one: one.find) is None


def test_one_metric_without_a_number_leaves_all_without():
    metrics = [power_of(spread(0.01)), power_of(spread(1.0, key=key("p90")))]
    answer = together(metrics, lambda one: one.find)

    assert answer is not None
    assert answer.need.rounds is None
    assert answer.need.most is None
