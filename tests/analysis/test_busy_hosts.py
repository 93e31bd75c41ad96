# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.analysis.busy import (
    CONTENDED_SHARE,
    FREE_SHARE,
    OthersUse,
    disturbances,
    doubted,
    undisturbed,
)
from perfcompare.analysis.judge import judge
from perfcompare.analysis.metrics import METRICS
from perfcompare.model.busy_caveat import BusyHost
from perfcompare.model.comparison import Verdict
from perfcompare.model.metric import MetricKey, Sample
from perfcompare.model.occupancy import Limit, Occupancy

CORES = 2
LIMIT = CONTENDED_SHARE * CORES


def uses(*ratios, workload="list"):
    """Return what others used in rounds 1, 2, …, twice: two visits of 10 s each."""
    return tuple(
        OthersUse(
            round=number,
            workload=workload,
            load_seconds=10.0,
            others_seconds=10.0 * ratio,
        )
        for number, ratio in enumerate(ratios, start=1)
        for _ in ("base", "target")
    )


def occupied(limit, *, variant="base", workload="list"):
    return Occupancy(
        workload=workload,
        title=workload,
        variant=variant,
        concurrency=4,
        limit=limit,
        in_flight=4.0,
        served=None,
        service="api",
        process_cpu_ratio=0.5,
        services_cpu_ratio=0.5,
        generator_cpu_ratio=0.2,
        host_cpu_ratio=0.7,
        cores=CORES,
    )


def sample(variant, values, metric="mean", workload="list", service=""):
    return Sample(
        key=MetricKey(
            workload=workload, action="", service=service, metric=METRICS[metric]
        ),
        variant=variant,
        rounds=tuple(range(1, len(values) + 1)),
        values=values,
    )


def judged(samples, found):
    kept = undisturbed(samples, found)
    rows = judge(kept, thresholds=(), variants=("base", "target"), caveats={})
    return doubted(rows, found)


SLOWER = (
    sample("base", (0.100, 0.101, 0.099, 0.100, 0.100)),
    sample("target", (0.130, 0.131, 0.129, 0.100, 0.130)),
)


def test_a_round_beside_a_neighbour_is_left_out_of_the_times():
    found = disturbances(uses(0, 0, 0, 0.9, 0), (), cores=CORES)

    (row,) = judged(SLOWER, found)

    assert row.verdict is Verdict.REGRESSION
    assert row.rounds == (1, 2, 3, 5)
    assert row.caveats == (
        BusyHost(rounds=(4,), others_ratio=0.9, limit_cores=LIMIT, decided=True),
    )


@pytest.mark.parametrize("factor", [1.0, 1.3, 0.7])
def test_more_than_half_of_the_rounds_decide_nothing_whatever_they_show(factor):
    found = disturbances(uses(0.9, 0.9, 0.9, 0, 0), (), cores=CORES)
    steady = (0.100, 0.101, 0.099, 0.100, 0.100)
    (row,) = judged(
        (
            sample("base", steady),
            sample("target", tuple(factor * value for value in steady)),
        ),
        found,
    )

    assert row.verdict is Verdict.INCONCLUSIVE
    assert row.rounds == (1, 2, 3, 4, 5)
    assert row.rounds_needed is None
    assert row.effect == pytest.approx(factor)
    (caveat,) = row.caveats
    assert not caveat.decided
    assert "undecided: busy host" in str(caveat)


def test_half_of_the_rounds_may_be_left_out():
    found = disturbances(uses(0.9, 0.9, 0, 0), (), cores=CORES)

    assert not found["list"].decides_nothing
    assert found["list"].rounds == (1, 2)


def test_memory_errors_and_other_workloads_keep_all_rounds():
    found = disturbances(uses(0.9, 0, 0, 0), (), cores=CORES)
    others = (
        sample("base", (1.0,) * 4, "pss_peak", workload="", service="api"),
        sample("base", (0.0,) * 4, "error_rate"),
        sample("base", (1.0,) * 4, workload="show"),
        sample("base", (1.0,) * 4, "cpu_seconds_per_iteration", service="api"),
    )

    assert undisturbed(others, found) == others
    (kept,) = undisturbed((sample("base", (1.0,) * 4, "p50"),), found)
    assert kept.rounds == (2, 3, 4)


@pytest.mark.parametrize(
    ("limits", "share"),
    [
        ((Limit.FREE, Limit.FREE), FREE_SHARE),
        ((Limit.FREE, Limit.SATURATED), CONTENDED_SHARE),
        ((Limit.SATURATED, Limit.FREE), CONTENDED_SHARE),
        ((Limit.HOST_BOUND, Limit.HOST_BOUND), CONTENDED_SHARE),
        ((Limit.UNKNOWN, Limit.FREE), CONTENDED_SHARE),
        ((), CONTENDED_SHARE),
    ],
)
def test_a_workload_that_is_free_in_every_variant_bears_more(limits, share):
    seen = [
        occupied(limit, variant=name)
        for limit, name in zip(limits, ("base", "target"), strict=False)
    ]

    found = disturbances(uses(0), seen, cores=CORES)

    assert found["list"].limit_cores == share * CORES


def test_a_limit_is_a_share_of_all_cores():
    assert disturbances(uses(0.5), (), cores=2)["list"].rounds == (1,)
    assert disturbances(uses(0.5), (), cores=8)["list"].rounds == ()
    assert disturbances(uses(0.5), (), cores=None) == {}


def test_what_others_used_exactly_at_the_limit_is_borne():
    assert disturbances(uses(LIMIT), (), cores=CORES)["list"].rounds == ()


def test_what_cannot_be_compared_stays_so():
    found = disturbances(uses(0.9, 0.9, 0.9), (), cores=CORES)
    (row,) = judge(SLOWER[:1], thresholds=(), variants=("base", "target"), caveats={})

    assert doubted((row,), found) == (row,)
    assert row.verdict is Verdict.NOT_COMPARABLE


def test_a_calm_run_is_judged_as_without_the_rule():
    found = disturbances(uses(0, 0, 0, 0, 0), (), cores=CORES)

    assert judged(SLOWER, found) == judged(SLOWER, {})


def test_the_worst_round_is_told():
    found = disturbances(uses(0.9, 1.4, 0.8), (), cores=CORES)
    (row,) = doubted(
        (
            replace(
                judged(SLOWER, {})[0], verdict=Verdict.PARITY, caveats=(), rounds=(1,)
            ),
        ),
        found,
    )

    (caveat,) = row.caveats
    assert isinstance(caveat, BusyHost)
    assert caveat.others_ratio == 1.4
    assert row.verdict is Verdict.INCONCLUSIVE
