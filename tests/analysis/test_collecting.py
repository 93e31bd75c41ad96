# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfcompare.analysis.collect import Collector
from perfcompare.analysis.family import adjusted, exit_status
from perfcompare.analysis.judge import judge
from perfcompare.model.busy_caveat import UnseenHost
from perfcompare.model.caveat import (
    BusyWhileIdle,
    FailedIterations,
    FewIterations,
    Killed,
    Note,
    WholeVisits,
)
from perfcompare.model.comparison import Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.visit import Phase, Stop, Window
from perfcompare.testing.visits import EMPTY_VISIT

MIB = 2**20


def window(phase, start, end, workload=""):
    return Window(
        phase=phase,
        workload=workload,
        block=0,
        started_at=start,
        ended_at=end,
        iterations=0,
        generator_cpu_seconds=None,
    )


WINDOWS = (
    window(Phase.IDLE, 0.0, 10.0),
    window(Phase.LOAD, 10.0, 20.0, "list"),
    window(Phase.SETTLE, 20.0, 22.0),
)


def visit(number, variant, *, stops=(), caveats=(), windows=WINDOWS):
    return replace(
        EMPTY_VISIT,
        round=number,
        variant=variant,
        ended_at=22.0,
        ready_seconds=4.0,
        services=("api",),
        windows=windows,
        stops=stops,
        overhead_seconds=0.0,
        caveats=caveats,
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


def readings(variant, *, pss=100 * MIB):
    times = np.arange(0.0, 22.5, 0.5)
    return pd.DataFrame(
        {
            "at": times,
            "owner": variant,
            "service": "api",
            "pid": 1,
            "parent_pid": 0,
            "threads": 3,
            "file_descriptors": np.nan,
            "rss_bytes": 2.0 * pss,
            "uss_bytes": np.nan,
            "pss_bytes": float(pss),
            "cpu_seconds": 0.0,
            "voluntary_switches": np.nan,
            "involuntary_switches": np.nan,
        }
    )


def collected(*visits):
    collector = Collector()
    for one, frame in visits:
        collector.add(one, frame, readings(one.variant))
    return collector


def test_a_run_fed_visit_by_visit_is_judged_as_a_whole():
    random = np.random.default_rng(5)
    collector = Collector()
    for number in (2, 1, 4, 3):
        for variant, slower, pss in (("base", 1.0, 100), ("target", 1.4, 130)):
            durations = 0.1 * slower * random.lognormal(0, 0.1, 300)
            collector.add(
                visit(number, variant),
                iterations(durations),
                readings(variant, pss=pss * MIB),
            )
    rows = adjusted(
        judge(
            collector.samples(),
            thresholds=(),
            variants=("base", "target"),
            caveats=collector.workload_caveats(),
        )
    )
    verdicts = {str(row.key): row.verdict for row in rows}

    assert exit_status(rows) is ExitStatus.REGRESSION
    assert verdicts["list/p50"] is Verdict.REGRESSION
    assert verdicts["api/pss_peak"] is Verdict.REGRESSION
    assert verdicts["list/error_rate"] is Verdict.PARITY
    assert verdicts["(all)/ready_seconds"] is Verdict.PARITY
    assert {row.rounds for row in rows} == {(1, 2, 3, 4)}


def test_a_sample_has_its_rounds_in_order_whatever_the_order_of_the_visits():
    collector = collected(
        *((visit(number, "base"), iterations((number / 4,))) for number in (3, 1, 2))
    )
    rounds = {
        str(sample.key): list(zip(sample.rounds, sample.values, strict=True))
        for sample in collector.samples()
    }

    assert rounds["list/p50"] == [(1, 0.25), (2, 0.5), (3, 0.75)]


def test_distributions_pool_the_rounds_of_a_variant():
    collector = collected(
        (visit(1, "base"), iterations((0.1,) * 20)),
        (visit(2, "base"), iterations((0.3,) * 20)),
        (visit(1, "target"), iterations((0.2,) * 20)),
    )
    base, target = collector.distributions()

    assert (base.variant, base.iterations, target.iterations) == ("base", 40, 20)
    assert (base.durations_seconds[0], base.durations_seconds[-1]) == (0.1, 0.3)


def test_curves_and_marks_come_with_the_visits():
    collector = collected((visit(1, "base"), iterations()))

    assert [curve.quantity for curve in collector.curves()] == [
        "pss_bytes",
        "threads",
        "cpu_ratio",
    ]
    assert [mark.phase for mark in collector.marks()] == ["idle", "load", "settle"]


def test_memory_by_process_comes_with_the_visits():
    collector = collected(
        *((visit(number, "base"), iterations()) for number in (1, 2, 3))
    )
    (found,) = collector.memory()

    assert (found.service, found.role, found.rounds) == ("api", "main process", 3)
    assert found.pss_peak_bytes == 100 * MIB


def test_failures_are_counted_over_all_rounds_with_their_most_common_error():
    collector = collected(
        (visit(1, "base"), iterations(errors=("a timeout", "it broke"))),
        (visit(2, "base"), iterations(errors=("it broke",))),
        (visit(1, "target"), iterations()),
    )

    assert collector.workload_caveats() == {
        "list": (
            FailedIterations(
                variant="base", failed=3, total=403, most_common="it broke"
            ),
        )
    }


def test_a_long_error_is_cut():
    collector = collected((visit(1, "base"), iterations(errors=("x" * 1000,))))
    (caveat,) = collector.workload_caveats()["list"]

    assert caveat == FailedIterations(
        variant="base", failed=1, total=201, most_common="x" * 200
    )


@pytest.mark.parametrize(
    ("count", "quantiles"),
    [
        (200, ()),
        (199, (0.95,)),
        (100, (0.95,)),
        (99, (0.90, 0.95)),
        (19, (0.90, 0.95)),
    ],
)
def test_fewer_than_ten_iterations_beyond_a_quantile_that_gates_are_few(
    count, quantiles
):
    collector = collected(
        (visit(1, "base"), iterations((0.1,) * 500)),
        (visit(2, "base"), iterations((0.1,) * count)),
    )

    assert collector.workload_caveats().get("list", ()) == tuple(
        FewIterations(variant="base", iterations=count, quantile=quantile)
        for quantile in quantiles
    )


def test_a_run_tells_what_was_killed_and_each_caveat_of_its_visits_once():
    killed = Stop(service="data", stop_seconds=30.0, killed=True, orphans=1)
    stopped = Stop(service="api", stop_seconds=1.0, killed=False, orphans=0)
    caveats = (WholeVisits(), Note(text="it rained"))
    collector = collected(
        (visit(1, "base", stops=(stopped, killed), caveats=caveats), iterations()),
        (visit(2, "base", stops=(stopped,), caveats=caveats), iterations()),
        (visit(3, "base", stops=(killed,), caveats=caveats), iterations()),
    )

    assert collector.caveats() == (
        *caveats,
        Killed(variant="base", service="data", rounds=(1, 3), grace_seconds=30.0),
        UnseenHost(what="CPU that others use"),
    )


def blocks(*spans, workload="list"):
    return tuple(window(Phase.LOAD, start, end, workload) for start, end in spans)


def busy(*windows, rates, number=1, into=None):
    """Return who works while it stands by; CPU grows by *rates* from second to second.

    *rates* are pairs: from that second on, so much of a core.
    """
    collector = into or Collector()
    frame = readings("base")
    begins, ratios = np.array(rates).T
    at = np.searchsorted(begins, frame["at"], side="right") - 1
    frame["cpu_seconds"] = np.cumsum(ratios[at]) * 0.5
    collector.add(visit(number, "base", windows=windows), iterations(), frame)
    return [
        (caveat.variant, round(caveat.cpu_ratio, 9))
        for caveat in collector.caveats()
        if isinstance(caveat, BusyWhileIdle)
    ]


TURNS = blocks((2.25, 6.25), (10.25, 14.25))


@pytest.mark.parametrize(("ratio", "told"), [(0.04, False), (0.06, True)])
def test_a_variant_that_works_while_another_has_the_turn_is_told(ratio, told):
    rates = [(0, 1.0), (6.6, ratio), (10.1, 1.0)]

    assert busy(*TURNS, rates=rates) == ([("base", ratio)] if told else [])


def test_what_a_variant_uses_in_its_own_blocks_idle_and_settle_is_its_own_affair():
    idle = window(Phase.IDLE, 0.0, 2.0)
    settle = window(Phase.SETTLE, 15.0, 22.0)

    assert busy(idle, *TURNS, settle, rates=[(0, 1.0), (6.6, 0.0), (10.1, 1.0)]) == []


def test_standing_by_is_the_median_of_the_rounds():
    collector = Collector()
    for number, ratio in enumerate((0.1, 0.5, 0.2), start=1):
        rates = [(0, 0.0), (6.6, ratio), (10.1, 0.0)]
        told = busy(*TURNS, rates=rates, number=number, into=collector)

    assert told == [("base", 0.2)]


@pytest.mark.parametrize(
    "windows",
    [
        (),
        # Whole visits: the workloads follow each other, and nobody else has a turn.
        (*blocks((2.0, 6.0)), *blocks((10.0, 14.0), workload="create")),
        # The second turn follows at once, or before there were two looks.
        blocks((2.0, 6.0), (6.0, 10.0)),
        blocks((2.0, 6.1), (6.9, 10.0)),
    ],
)
def test_who_never_stands_by_is_not_busy_then(windows):
    assert busy(*windows, rates=[(0, 1.0)]) == []


def test_a_visit_that_was_not_watched_still_has_latencies():
    collector = Collector()
    collector.add(visit(1, "base"), iterations(), readings("target"))

    assert "list/p50" in {str(sample.key) for sample in collector.samples()}
    assert collector.curves() == ()
    assert collector.caveats() == ()


def unreached(*, target_under_load):
    """Collect a round in which base works, and target as *target_under_load*."""
    collector = Collector()
    for variant, loaded in (("base", 0.8), ("target", target_under_load)):
        frame = readings(variant)
        begins, ratios = np.array([(0, loaded), (6.6, 0.02), (10.1, loaded)]).T
        at = np.searchsorted(begins, frame["at"], side="right") - 1
        frame["cpu_seconds"] = np.cumsum(ratios[at]) * 0.5
        turns = tuple(replace(turn, iterations=10) for turn in TURNS)
        collector.add(visit(1, variant, windows=turns), iterations(), frame)
    return [(one.variant, one.workload) for one in collector.unreached()]


def test_load_that_goes_to_another_variant_is_noticed():
    assert unreached(target_under_load=0.02) == [("target", "list")]


def test_load_that_both_variants_feel_reached_them():
    assert unreached(target_under_load=0.5) == []
