# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfcompare.analysis.collect import Collector
from perfcompare.model.caveat import Bimodal, NotSteady
from perfcompare.model.target import CONTROL, HOST, OTHERS
from perfcompare.model.visit import Counter, Phase, Window
from perfcompare.testing.visits import EMPTY_VISIT


def window(phase, start, end, *, count=0):
    return Window(
        phase=phase,
        workload="list",
        block=0,
        started_at=start,
        ended_at=end,
        iterations=count,
        generator_cpu_seconds=None,
    )


WINDOWS = (window(Phase.LOAD, 10.0, 20.0, count=150),)


def visit(number, variant, *, windows=WINDOWS, controls=(), counters=()):
    return replace(
        EMPTY_VISIT,
        round=number,
        variant=variant,
        ended_at=22.0,
        ready_seconds=4.0,
        services=("api",),
        controls=controls,
        windows=windows,
        counters=counters,
        overhead_seconds=0.0,
    )


def iterations(durations=(0.1,) * 200, errors=()):
    count = len(durations) + len(errors)
    return pd.DataFrame(
        {
            "workload": "list",
            "action": "",
            "phase": "load",
            "block": 1,
            "duration_seconds": [*durations, *(0.1 for _ in errors)],
            "error": [*("" for _ in durations), *errors],
        },
        index=range(count),
    )


def readings(owner, service, *, rate=0.0):
    """Return readings of a process that uses *rate* of a core."""
    times = np.arange(0.0, 22.5, 0.5)
    return pd.DataFrame(
        {
            "at": times,
            "owner": owner,
            "service": service,
            "pid": 1,
            "parent_pid": 0,
            "threads": 3,
            "file_descriptors": np.nan,
            "rss_bytes": 2e8,
            "uss_bytes": np.nan,
            "pss_bytes": 1e8,
            "cpu_seconds": rate * times,
            "voluntary_switches": np.nan,
            "involuntary_switches": np.nan,
        }
    )


def collected(*visits):
    collector = Collector()
    for one, frame in visits:
        collector.add(one, frame, readings(one.variant, "api"))
    return collector


def halves_of(frame):
    collector = collected((visit(1, "base"), frame))
    found: dict[str, list[float]] = {}
    for sample in (half for pair in collector.halves() for half in pair):
        found.setdefault(str(sample.key), []).extend(sample.values)
    return {key: tuple(values) for key, values in found.items()}


def test_the_halves_of_a_visit_are_its_outer_and_its_inner_blocks():
    frame = iterations(np.arange(1.0, 9.0))
    frame["block"] = range(1, 9)

    # 1, 4, 5 and 8 against 2, 3, 6 and 7: a drift weighs as much in both.
    assert halves_of(frame)["list/p50"] == (4.5, 4.5)
    assert halves_of(frame)["list/p90"] == tuple(
        np.quantile(half, 0.9) for half in ([1, 4, 5, 8], [2, 3, 6, 7])
    )
    assert set(halves_of(frame)) == {
        "list/mean",
        "list/p50",
        "list/p90",
        "list/p95",
        "list/error_rate",
    }


def test_the_halves_have_their_own_error_rates():
    frame = iterations([0.1] * 6, errors=("it broke",) * 2)
    frame["block"] = [1, 1, 1, 4, 2, 3, 2, 6]

    assert halves_of(frame)["list/error_rate"] == (0.0, 0.5)


def test_the_halves_are_of_whole_iterations_that_were_judged():
    frame = iterations([0.1, 0.2] * 2)
    frame["block"] = [1, 2] * 2
    other = iterations([7.0] * 4, errors=("not judged", "not whole"))
    other["block"] = [1, 2] * 3
    other["phase"] = ["warm-up", "warm-up", "load", "load", "warm-up", "load"]
    other["action"] = ["", "", "get", "get", "", "get"]

    assert halves_of(pd.concat((frame, other))) == halves_of(frame)


@pytest.mark.parametrize(
    ("blocks_of", "failed"), [((1, 1, 1), (1,)), ((1, 4, 5), (2,))]
)
def test_a_half_without_a_success_is_none(blocks_of, failed):
    frame = iterations([0.1] * 3, errors=("it broke",))
    frame["block"] = [*blocks_of, *failed]

    assert halves_of(frame) == {}


def test_the_halves_of_all_rounds_are_two_samples_of_one_variant():
    frame = iterations([0.1, 0.2])
    frame["block"] = [1, 2]
    collector = collected(*((visit(number, "base"), frame) for number in (2, 1)))
    samples = [
        half
        for pair in collector.halves()
        for half in pair
        if half.key.metric.name == "p50"
    ]
    values = [tuple(sample.values) for sample in samples]

    assert values == [(0.1, 0.1), (0.2, 0.2)]
    assert {(sample.variant, sample.rounds) for sample in samples} == {("base", (1, 2))}


def warming(number, variant, *, ratio):
    frame = iterations([0.1 * ratio] * 10 + [0.1] * 20)
    warm_up = window(Phase.WARM_UP, 9.0, 10.0, count=4)
    return visit(number, variant, windows=(*WINDOWS, warm_up)), frame


def test_a_workload_that_was_not_warm_is_told_with_its_warm_up():
    collector = collected(
        *(warming(number, "base", ratio=1.3) for number in (1, 2, 3)),
        *(warming(number, "target", ratio=1.0) for number in (1, 2, 3)),
    )
    found = [
        caveat
        for caveat in collector.workload_caveats()["list"]
        if isinstance(caveat, NotSteady)
    ]

    assert [(one.variant, one.warm_up) for one in found] == [("base", 4)]
    assert found[0].ratio == pytest.approx(1.3)


def test_a_workload_with_two_modes_is_told():
    frame = iterations([0.1, 0.1, 0.2] * 100)
    collector = collected(*((visit(number, "base"), frame) for number in (1, 2)))
    (caveat,) = collector.workload_caveats()["list"]

    assert isinstance(caveat, Bimodal)
    assert caveat.rounds == 2
    assert caveat.high_share == pytest.approx(1 / 3, abs=0.01)


def test_the_shapes_are_those_of_whole_iterations():
    actions = [
        iterations([0.1, 0.1, 0.2] * 100).assign(action=name) for name in ("get", "put")
    ]
    frame = pd.concat((iterations(), *actions))
    collector = collected(*((visit(number, "base"), frame) for number in (1, 2, 3)))

    assert collector.workload_caveats() == {}


def counted(*counters, warm_up=50, judged=150):
    windows = (
        window(Phase.WARM_UP, 5.0, 10.0, count=warm_up),
        window(Phase.LOAD, 10.0, 20.0, count=judged),
    )
    one = visit(1, "base", windows=windows, counters=counters)
    return {
        str(sample.key): next(iter(sample.values))
        for sample in collected((one, iterations())).samples()
        if sample.key.metric.name.startswith(("sql", "rpc"))
    }


SQL = Counter(name="sql_statements", service="mariadb", value=1000.0)
RPC = Counter(name="rpc_messages", service="rabbitmq", value=500.0)


def test_what_servers_count_is_shared_by_all_iterations_of_a_visit():
    assert counted(SQL, RPC) == {
        "mariadb/sql_statements_per_iteration": 5.0,
        "rabbitmq/rpc_messages_per_iteration": 2.5,
    }


def test_what_is_no_metric_of_ours_or_of_no_iteration_is_left_out():
    other = Counter(name="cache_hits", service="memcached", value=7.0)

    assert counted(other) == {}
    assert counted(SQL, warm_up=0, judged=0) == {}


def watched(number, *, database, others=0.0):
    """Return a visit whose load is from second 10 to 20, and its frames."""
    rows = (
        readings(CONTROL, "mariadb", rate=database),
        readings(CONTROL, "unknown", rate=number),
        readings(HOST, OTHERS, rate=others),
    )
    return visit(number, "base", controls=("mariadb",)), iterations(), pd.concat(rows)


def test_the_conditions_are_those_of_the_host_and_of_the_controls():
    collector = Collector()
    collector.add(*watched(1, database=0.1))
    collector.add(*watched(2, database=0.1, others=0.5))
    collector.add(*watched(3, database=0.3))
    collector.add(*watched(4, database=0.1))
    found = collector.conditions(cores=2, void=True)

    assert [(one.round, one.reasons, one.voided) for one in found] == [
        (1, (), False),
        (2, ("others used 0.50 of a core",), True),
        (
            3,
            ("mariadb cost 3 times as much CPU per iteration as in the other rounds",),
            True,
        ),
        (4, (), False),
    ]


def test_what_a_control_costs_is_weighed_by_the_iterations_of_a_round():
    collector = Collector()
    for number, database in enumerate((0.009, 0.009, 0.027, 0.009), start=1):
        collector.add(*watched(number, database=database))

    # 0.09 s in a round of 200 iterations, of which there are four.
    assert not any(one.reasons for one in collector.conditions(cores=2, void=False))


def test_a_run_that_nobody_watched_has_no_conditions():
    collector = collected((visit(1, "base"), iterations()))

    assert collector.conditions(cores=2, void=True) == ()


def test_the_cpu_of_a_control_marks_a_round_and_not_its_context_switches():
    collector = Collector()
    for number in (1, 2, 3, 4):
        one, frame, looks = watched(number, database=0.1)
        looks["voluntary_switches"] = looks["at"] * (5000 if number == 3 else 100)
        looks["involuntary_switches"] = 0
        collector.add(one, frame, looks)

    assert not any(one.reasons for one in collector.conditions(cores=2, void=True))
