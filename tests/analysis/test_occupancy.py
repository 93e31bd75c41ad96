# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfcompare.analysis.loads import loads
from perfcompare.analysis.occupancy import (
    VisitUse,
    occupancy,
    occupancy_caveats,
    occupancy_of_visit,
)
from perfcompare.model.load_caveat import GeneratorBound, Saturated
from perfcompare.model.occupancy import Limit
from perfcompare.model.target import CONTROL, HOST, OTHERS, STEAL
from perfcompare.model.visit import Phase, Window
from perfcompare.model.workload import Workload
from perfcompare.testing.visits import EMPTY_VISIT

API, SHARE = ("base", "api", 1), ("base", "share", 2)


def window(start, end, *, workload="list", block=1, generator=1.0):
    return Window(
        phase=Phase.LOAD,
        workload=workload,
        block=block,
        started_at=start,
        ended_at=end,
        iterations=20,
        generator_cpu_seconds=generator,
    )


def visit(*windows):
    return replace(EMPTY_VISIT, round=3, windows=windows)


def iterations(*durations, workload="list", error=""):
    """Return whole iterations; the last one has an action, and there was a warm-up."""
    rows = [(workload, "", "warm-up", 0, 99.0, "")]
    rows += [(workload, "", "load", 1, each, error) for each in durations]
    rows += [(workload, "get", "load", 1, each / 2, error) for each in durations[-1:]]
    return pd.DataFrame(
        rows,
        columns=["workload", "action", "phase", "block", "duration_seconds", "error"],
    )


def readings(**used):
    """Return looks each second from 0 to 100: CPU by how much a second, by process."""
    times = np.arange(0.0, 101.0)
    frames = [
        pd.DataFrame(
            {
                "at": times,
                "owner": owner,
                "service": service,
                "pid": pid,
                "cpu_seconds": np.concatenate([[0.0], np.cumsum(ratio(times[1:]))]),
            }
        )
        for (owner, service, pid), ratio in used.get("of", {}).items()
    ]
    columns = ["at", "owner", "service", "pid", "cpu_seconds"]
    return pd.concat(frames) if frames else pd.DataFrame(columns=columns)


def always(ratio):
    return lambda times: np.full(len(times), ratio)


def use_of(frame, *windows, rows=None):
    whole = loads(iterations(*[2.0] * 20) if rows is None else rows)
    (one,) = occupancy_of_visit(visit(*windows), whole, frame)
    return one


def test_littles_law_tells_how_many_iterations_are_under_way():
    # 20 iterations of 2 s in 10 s: four clients are busy all the time.
    one = use_of(readings(), window(40, 50))

    assert (one.round, one.variant, one.workload) == (3, "base", "list")
    assert one.iterations_per_second == 2.0
    assert one.mean_seconds == 2.0
    assert one.in_flight == 4.0


def test_failed_iterations_occupy_the_service_too():
    rows = pd.concat([iterations(1.0, 3.0), iterations(4.0, error="boom")])
    one = use_of(readings(), window(40, 50), rows=rows)

    assert one.in_flight == pytest.approx(0.8)


def test_the_busiest_process_is_named_by_its_service():
    frame = readings(
        of={
            API: always(0.2),
            ("base", "api", 7): always(0.3),
            SHARE: always(0.4),
            ("target", "share", 9): always(0.9),
        }
    )

    one = use_of(frame, window(40, 50))

    assert one.service == "share"
    assert one.process_cpu_ratio == pytest.approx(0.4)
    assert one.services_cpu_ratio == pytest.approx(0.9)


def test_blocks_shorter_than_the_time_between_two_looks_are_told_from_the_pauses():
    # Half a second at 0.9 of a core and half a second at nothing: every look sees 0.45.
    blocks = [window(40 + n, 40.5 + n, block=n + 1) for n in range(10)]
    frame = readings(of={API: always(0.45)})

    one = use_of(frame, *blocks)

    assert one.process_cpu_ratio == pytest.approx(0.9, rel=0.06)


def test_what_a_service_uses_while_others_have_the_turn_is_taken_off():
    # From 10 to 20 and from 40 to 50 it works; all the time it does its housekeeping.
    def ratio(times):
        loaded = ((times > 10) & (times <= 20)) | ((times > 40) & (times <= 50))
        return np.where(loaded, 0.8, 0.1)

    frame = readings(of={API: ratio})

    one = use_of(frame, window(10, 20), window(40, 50, block=2))

    assert one.process_cpu_ratio == pytest.approx(0.8)


def test_the_host_is_services_controls_generator_others_and_what_was_stolen():
    frame = readings(
        of={
            API: always(0.4),
            (CONTROL, "mariadb", 5): always(0.3),
            (CONTROL, "keystone", 6): always(0.1),
            (HOST, OTHERS, 0): always(0.2),
            (HOST, STEAL, 0): always(0.05),
        }
    )

    one = use_of(frame, window(40, 50, generator=2.5))

    assert one.generator_cpu_ratio == 0.25
    assert one.host_cpu_ratio == pytest.approx(0.4 + 0.3 + 0.1 + 0.25 + 0.2 + 0.05)


def test_a_host_that_tells_nothing_of_others_is_not_known():
    one = use_of(readings(of={API: always(0.4)}), window(40, 50))

    assert one.host_cpu_ratio is None


def test_others_are_known_where_no_service_is_watched_and_no_generator_counted():
    frame = readings(of={(HOST, OTHERS, 0): always(1.5)})

    one = use_of(frame, window(40, 50, generator=None))

    assert one.host_cpu_ratio == pytest.approx(1.5)
    assert (one.service, one.process_cpu_ratio) == ("", None)
    assert one.services_cpu_ratio is None
    assert one.generator_cpu_ratio is None


def test_a_generator_is_known_where_every_block_tells():
    told = [window(40, 50, generator=3.0), window(60, 70, block=2, generator=1.0)]

    assert use_of(readings(), *told).generator_cpu_ratio == 0.2
    assert (
        use_of(
            readings(), told[0], replace(told[1], generator_cpu_seconds=None)
        ).generator_cpu_ratio
        is None
    )


def test_a_process_that_was_seen_once_tells_nothing():
    frame = readings(of={API: always(0.4)})

    assert use_of(frame[frame["at"] == 45], window(40, 50)).process_cpu_ratio is None


def test_each_workload_is_told_by_its_own_blocks():
    rows = pd.concat(
        [iterations(*[1.0] * 20), iterations(*[1.0] * 20, workload="show")]
    )
    frame = readings(of={API: lambda times: np.where(times <= 50, 0.9, 0.1)})
    one, other = occupancy_of_visit(
        visit(window(40, 50), window(60, 70, workload="show")), loads(rows), frame
    )

    assert (one.workload, other.workload) == ("list", "show")
    assert one.process_cpu_ratio == pytest.approx(0.9)
    assert other.process_cpu_ratio == pytest.approx(0.1)


def test_iterations_without_a_block_that_lasted_tell_nothing():
    rows = loads(iterations(1.0))

    assert occupancy_of_visit(visit(), rows, readings()) == ()
    assert occupancy_of_visit(visit(window(40, 40)), rows, readings()) == ()


def level(name="list", concurrency=4, *, title="list"):
    return Workload(
        name=name,
        title=title,
        scenario="PerfcompareHttp.get",
        times=100,
        concurrency=concurrency,
        warm_up=0,
        blocks=4,
        definition="{}",
    )


LEVELS = (level("list (1 client)", 1), level())


def use(number=1, workload="list", rate=100.0, mean=0.040, variant="base", **others):
    return VisitUse(
        round=number,
        variant=variant,
        workload=workload,
        iterations_per_second=rate,
        mean_seconds=mean,
        **{
            "service": "api",
            "process_cpu_ratio": 0.5,
            "services_cpu_ratio": 0.6,
            "generator_cpu_ratio": 0.3,
            "host_cpu_ratio": 1.0,
            **others,
        },
    )


def alone(number=1, mean=0.015, **others):
    return use(number, "list (1 client)", rate=1 / mean, mean=mean, **others)


def test_an_occupancy_is_the_median_over_rounds():
    (one,) = occupancy(
        [
            use(1, process_cpu_ratio=0.3, mean=0.040),
            use(2, process_cpu_ratio=0.5, mean=0.050, host_cpu_ratio=None),
            use(3, process_cpu_ratio=0.4, mean=0.010, host_cpu_ratio=1.4),
        ],
        (level(),),
        cores=2,
    )

    assert (one.workload, one.title, one.variant) == ("list", "list", "base")
    assert (one.concurrency, one.cores) == (4, 2)
    assert one.process_cpu_ratio == 0.4
    assert one.in_flight == 4.0
    assert one.services_cpu_ratio == 0.6
    assert one.generator_cpu_ratio == 0.3
    assert one.host_cpu_ratio == pytest.approx(1.2)
    assert one.service == "api"
    assert one.served is None
    assert one.limit is Limit.FREE


def test_what_nobody_watched_stays_unknown():
    nothing = dict.fromkeys(
        (
            "process_cpu_ratio",
            "services_cpu_ratio",
            "generator_cpu_ratio",
            "host_cpu_ratio",
        ),
        None,
    )
    (one,) = occupancy([use(service="", **nothing)], (level(),), cores=None)

    assert one.limit is Limit.UNKNOWN
    assert (one.service, one.process_cpu_ratio, one.host_cpu_ratio) == ("", None, None)
    assert one.in_flight == 4.0


def test_the_service_named_is_the_one_that_was_busiest_in_most_rounds():
    (one,) = occupancy(
        [use(1, service="share"), use(2), use(3, service="share"), use(4, service="")],
        (level(),),
        cores=2,
    )

    assert one.service == "share"


def test_a_client_who_is_alone_tells_how_many_are_served_at_once():
    # The second round was twice as slow, in both levels: 1.5 are served all the same.
    uses = [alone(1), use(1), alone(2, mean=0.030), use(2, rate=50.0, mean=0.080)]

    single, loaded = occupancy(uses, LEVELS, cores=2)

    assert single.served == pytest.approx(single.in_flight) == pytest.approx(1.0)
    assert loaded.served == pytest.approx(1.5)
    assert single.limit is Limit.FREE
    assert loaded.limit is Limit.SATURATED


def test_a_round_without_the_client_who_is_alone_is_left_out_of_the_served():
    _, loaded = occupancy([alone(1), use(1), use(2, rate=1000.0)], LEVELS, cores=2)

    assert loaded.served == pytest.approx(1.5)


def test_neither_another_title_nor_another_variant_is_the_same_client_alone():
    levels = (level("show (1 client)", 1, title="show"), *LEVELS)
    uses = [
        use(workload="show (1 client)"),
        alone(variant="target"),
        use(),
    ]

    *_, loaded = occupancy(uses, levels, cores=2)

    assert (loaded.workload, loaded.variant, loaded.served) == ("list", "base", None)


def test_workloads_come_in_the_order_of_the_plan_and_variants_in_that_of_the_visits():
    uses = [each(variant=name) for name in ("base", "target") for each in (use, alone)]

    found = occupancy([*uses, use(workload="of another plan")], LEVELS, cores=2)

    assert [(one.workload, one.variant) for one in found] == [
        ("list (1 client)", "base"),
        ("list (1 client)", "target"),
        ("list", "base"),
        ("list", "target"),
    ]


def told(*uses, levels=LEVELS):
    return occupancy_caveats(occupancy(uses, levels, cores=2))


def test_variants_that_used_up_the_same_core_share_a_caveat():
    caveats = told(
        use(process_cpu_ratio=0.97),
        use(variant="target", process_cpu_ratio=0.95),
    )

    (caveat,) = caveats["list"]
    assert caveat == Saturated(
        variants=("base", "target"),
        concurrency=4,
        service="api",
        cpu_ratios=(0.97, 0.95),
        served=(),
    )
    assert str(caveat) == (
        "base and target were saturated at 4 clients (api used 0.97 and 0.95 of its"
        " one core): what you see is queueing; capacity (throughput) is the metric"
    )


def test_variants_that_are_saturated_for_different_reasons_are_told_apart():
    caveats = told(
        use(process_cpu_ratio=0.97),
        use(variant="target"),
        alone(variant="target"),
        use(variant="sham", process_cpu_ratio=0.9, service="share"),
        use(variant="crossover"),
        alone(variant="crossover", mean=0.020),
    )

    assert [str(caveat) for caveat in caveats["list"]] == [
        (
            "base was saturated at 4 clients (api used 0.97 of its one core): what you"
            " see is queueing; capacity (throughput) is the metric"
        ),
        (
            "target and crossover were saturated at 4 clients (the service worked on"
            " 1.5 and 2.0 iterations at once, others waited): what you see is queueing;"
            " capacity (throughput) is the metric"
        ),
        (
            "sham was saturated at 4 clients (share used 0.90 of its one core): what"
            " you see is queueing; capacity (throughput) is the metric"
        ),
    ]


def test_a_generator_at_its_limit_is_told_at_every_concurrency():
    busy = {"generator_cpu_ratio": 0.9}
    caveats = told(
        *(alone(variant=name, **busy) for name in ("base", "crossover", "target"))
    )

    (caveat,) = caveats["list (1 client)"]
    assert caveat == GeneratorBound(
        variants=("base", "crossover", "target"), concurrency=1, cpu_ratios=(0.9,) * 3
    )
    assert str(caveat) == (
        "base, crossover and target were generator-bound at 1 client (Rally used 0.90"
        " of its one core): times and throughput say little of the service"
    )


def test_nothing_is_said_of_what_is_free():
    assert told(use(), use(variant="target")) == {}
