# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.analysis.family import adjusted, exit_status
from perfcompare.analysis.judge import contrasts, judge
from perfcompare.analysis.metrics import METRICS, threshold_for
from perfcompare.model.caveat import (
    Bimodal,
    Differs,
    FailedIterations,
    FewIterations,
    Note,
    OneWay,
)
from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import MetricKey, Sample, Threshold

ROUNDS = (1, 2, 3, 4)
STEADY = (0.100, 0.101, 0.099, 0.100)
SLOWER = (0.130, 0.131, 0.129, 0.130)
NO_FAILURES = (0.0, 0.0, 0.0, 0.0)


def key_of(metric, *, workload="", action="", service=""):
    return MetricKey(
        workload=workload, action=action, service=service, metric=METRICS[metric]
    )


ERRORS = key_of("error_rate", workload="list")


def sample(variant, metric, values, *, workload="list", action="", service=""):
    return Sample(
        key=key_of(metric, workload=workload, action=action, service=service),
        variant=variant,
        rounds=ROUNDS[: len(values)],
        values=values,
    )


def judged(*samples, variants=("base", "target"), one_way=False, **caveats):
    return judge(
        samples,
        thresholds=(),
        variants=variants,
        one_way=one_way,
        caveats=caveats,
    )


@pytest.mark.parametrize(
    ("variants", "expected"),
    [
        (("base", "target"), (Contrast.TOTAL,)),
        (
            ("base", "target", "crossover"),
            (Contrast.TOTAL, Contrast.RELEASE, Contrast.BACKEND),
        ),
        (("sham", "target", "base"), (Contrast.TOTAL, Contrast.SHAM)),
        (("base",), ()),
    ],
)
def test_the_contrasts_are_those_whose_variants_are_there(variants, expected):
    assert contrasts(variants) == expected


def test_the_crossover_splits_the_total_in_release_and_backend():
    rows = judged(
        sample("base", "p50", (0.10, 0.11, 0.12)),
        sample("crossover", "p50", (0.11, 0.12, 0.13)),
        sample("target", "p50", (0.14, 0.14, 0.16)),
        variants=("base", "target", "crossover"),
    )
    effect = {row.contrast: row.effect for row in rows}

    assert effect[Contrast.TOTAL] == pytest.approx(
        effect[Contrast.RELEASE] * effect[Contrast.BACKEND]
    )


def test_each_metric_is_judged_by_its_own_threshold():
    rows = judged(
        *(sample("base", metric, STEADY) for metric in ("mean", "p90", "throughput")),
        *(sample("target", metric, SLOWER) for metric in ("mean", "p90", "throughput")),
    )

    assert [(row.key.metric.name, row.threshold, row.primary) for row in rows] == [
        ("mean", 0.10, True),
        ("p90", 0.15, True),
        ("throughput", 0.10, False),
    ]
    assert [row.verdict for row in rows] == [
        Verdict.REGRESSION,
        Verdict.REGRESSION,
        Verdict.IMPROVEMENT,
    ]


def test_a_threshold_of_the_plan_is_obeyed():
    (row,) = judge(
        (sample("base", "p50", STEADY), sample("target", "p50", SLOWER)),
        thresholds=(Threshold(metric="p50", ratio=0.5, floor=0.0, primary=False),),
        variants=("base", "target"),
        caveats={},
    )

    assert (row.verdict, row.primary) == (Verdict.PARITY, False)


def test_variants_that_were_not_asked_for_are_left_alone():
    rows = judged(sample("base", "p50", STEADY), sample("other", "p50", SLOWER))

    assert [row.verdict for row in rows] == [Verdict.NOT_COMPARABLE]


def test_one_way_spoils_the_release_and_spares_the_backend():
    rows = judged(
        *(sample(name, "p50", STEADY) for name in ("base", "target", "crossover")),
        variants=("base", "target", "crossover"),
        one_way=True,
    )

    assert {row.contrast: (row.verdict, row.caveats) for row in rows} == {
        Contrast.TOTAL: (Verdict.INCONCLUSIVE, (OneWay(),)),
        Contrast.RELEASE: (Verdict.INCONCLUSIVE, (OneWay(),)),
        Contrast.BACKEND: (Verdict.PARITY, ()),
    }


def test_latencies_do_not_compare_where_half_of_one_side_failed():
    latency, errors, ready = judged(
        sample("base", "mean", STEADY),
        sample("base", "error_rate", NO_FAILURES),
        sample("base", "ready_seconds", STEADY, workload=""),
        sample("target", "mean", STEADY),
        sample("target", "error_rate", (0.0, 0.0, 0.5, 0.0)),
        sample("target", "ready_seconds", STEADY, workload=""),
    )

    assert latency.verdict is Verdict.NOT_COMPARABLE
    assert latency.primary
    assert latency.effect is None
    assert latency.caveats == (
        Differs(
            what="share of failed iterations in round 3", base="0.0%", target="50.0%"
        ),
    )
    assert errors.verdict is not Verdict.NOT_COMPARABLE
    assert ready.verdict is Verdict.PARITY


def test_latencies_compare_where_fewer_failed():
    latency, errors = judged(
        sample("base", "p50", STEADY),
        sample("base", "error_rate", NO_FAILURES),
        sample("target", "p50", STEADY),
        sample("target", "error_rate", (0.49, 0.49, 0.49, 0.49)),
    )

    assert latency.verdict is Verdict.PARITY
    assert errors.verdict is Verdict.REGRESSION


def test_the_failures_of_one_workload_are_not_those_of_another():
    *latencies, errors = judged(
        *(sample(name, "p50", STEADY) for name in ("base", "target")),
        *(
            sample(name, "error_rate", (1.0,) * 4, workload="create")
            for name in ("base", "target")
        ),
    )

    assert [row.verdict for row in latencies] == [Verdict.PARITY]
    assert errors.verdict is Verdict.NOT_COMPARABLE


def errors_of(base, target, **changes):
    """Judge the error rates of two variants that have nothing else."""
    thresholds = (replace(threshold_for(ERRORS, (), 4), **changes),)
    rows = judge(
        (sample("base", "error_rate", base), sample("target", "error_rate", target)),
        thresholds=thresholds,
        variants=("base", "target"),
        caveats={"list": (failed("base"),)},
    )
    return rows[0], exit_status(adjusted(rows))


@pytest.mark.parametrize("primary", [True, False])
def test_failing_alike_is_no_parity(primary):
    row, status = errors_of((1.0,) * 4, (1.0,) * 4, primary=primary)

    assert row.verdict is Verdict.NOT_COMPARABLE
    assert row.primary
    assert failed("base") in row.caveats
    assert status is ExitStatus.INCONCLUSIVE


def test_one_round_in_which_both_failed_is_named():
    row, _ = errors_of((0.0, 0.5, 0.0, 0.0), (0.0, 0.75, 0.0, 0.0))

    assert row.caveats == (
        Note(
            text="at least half of the iterations failed on both sides in round 2:"
            " 50.0% in base, 75.0% in target"
        ),
        failed("base"),
    )


def test_an_error_rate_is_judged_while_one_side_works():
    row, status = errors_of((0.0,) * 4, (1.0,) * 4)

    assert row.verdict is Verdict.REGRESSION
    assert status is ExitStatus.REGRESSION


def test_latencies_do_not_compare_where_both_sides_failed():
    latency, _ = judged(
        *(
            sample(name, metric, values)
            for name in ("base", "target")
            for metric, values in (("p50", STEADY), ("error_rate", (0.6, 0.6, 0.0, 0)))
        )
    )

    assert latency.verdict is Verdict.NOT_COMPARABLE
    assert len(latency.caveats) == 2


def test_a_latency_that_one_side_never_had_is_refused_and_stays_primary():
    (row,) = judged(sample("base", "mean", STEADY))

    assert row.verdict is Verdict.NOT_COMPARABLE
    assert row.primary
    assert row.base.median == pytest.approx(0.1)
    assert row.target.median is None
    assert row.caveats == (Note(text="no value in target"),)


def test_a_service_that_only_one_side_has_does_not_hold_up_the_job():
    (row,) = judged(
        sample("target", "pss_idle", (1e8,) * 4, workload="", service="data")
    )

    assert row.verdict is Verdict.NOT_COMPARABLE
    assert not row.primary
    assert row.caveats == (Note(text="no value in base"),)


def test_the_failures_of_an_action_do_not_speak_for_its_workload():
    latency, *_ = judged(
        *(
            sample(name, metric, values, action=action)
            for name in ("base", "target")
            for metric, values, action in (
                ("p50", STEADY, ""),
                ("error_rate", NO_FAILURES, ""),
                ("error_rate", (1.0,) * 4, "get"),
            )
        )
    )

    assert latency.verdict is Verdict.PARITY


def test_a_service_of_both_sides_stays_primary_when_its_row_is_refused():
    metric = "cpu_seconds_per_iteration"
    row, *_ = judge(
        [
            sample(name, *values, service=service)
            for name in ("base", "target")
            for values, service in (
                ((metric, STEADY), "api"),
                (("error_rate", (1.0,) * 4), ""),
            )
        ],
        thresholds=(Threshold(metric=metric, ratio=0.1, floor=0.0, primary=True),),
        variants=("base", "target"),
        caveats={},
    )

    assert (row.verdict, row.primary) == (Verdict.NOT_COMPARABLE, True)


def memory(*services_of, metric="pss_idle", thresholds=()):
    """Judge the services of base and of target, all of one size, and their sum."""
    rows = judge(
        [
            sample(variant, metric, (1e8,) * 4, workload="", service=service)
            for variant, services in zip(("base", "target"), services_of, strict=True)
            for service in (*services, "(all)")
        ],
        thresholds=thresholds,
        variants=("base", "target"),
        caveats={},
    )
    return {row.key.service: row for row in rows}


@pytest.mark.parametrize("metric", ["pss_idle", "pss_peak"])
def test_memory_stays_in_the_gate_when_a_service_is_on_one_side_only(metric):
    rows = memory(("api", "data"), ("api", "proxy"), metric=metric)

    assert {service for service, row in rows.items() if row.primary} == {"api", "(all)"}
    assert rows["(all)"].caveats == (
        Note(text="the sum stands in for what one side alone has: data, proxy"),
    )


def test_the_sum_of_the_same_services_does_not_vote_again():
    rows = memory(("api", "data"), ("api", "data"))

    assert not rows["(all)"].primary
    assert rows["(all)"].caveats == ()


def test_a_sum_that_stands_in_is_as_primary_as_its_metric():
    plan = threshold_for(key_of("pss_idle"), (), 4)
    thresholds = (replace(plan, primary=False),)

    assert not memory(("api",), (), thresholds=thresholds)["(all)"].primary
    assert not memory(("api",), (), metric="threads_peak")["(all)"].primary


def failed(variant):
    return FailedIterations(variant=variant, failed=3, total=300, most_common="boom")


def few(variant):
    return FewIterations(variant=variant, iterations=40, quantile=0.95)


def two_modes(variant):
    return Bimodal(
        variant=variant, low_seconds=0.1, high_seconds=0.2, high_share=0.3, rounds=4
    )


def test_a_caveat_goes_to_the_rows_that_it_is_about():
    note = Note(text="it rained")
    rows = judged(
        *(
            sample(name, metric, STEADY, action=action)
            for name in ("base", "target")
            for action in ("", "get")
            for metric in ("p50", "p95")
        ),
        sample("base", "cpu_seconds_per_iteration", STEADY, service="api"),
        sample("target", "cpu_seconds_per_iteration", STEADY, service="api"),
        list=(
            *(failed("target"), few("base"), two_modes("target")),
            *(failed("sham"), few("sham"), two_modes("sham"), note),
        ),
    )

    assert {str(row.key): row.caveats for row in rows} == {
        "list/p50": (failed("target"), two_modes("target"), note),
        "list/p95": (failed("target"), few("base"), two_modes("target"), note),
        "list/get/p50": (note,),
        "list/get/p95": (few("base"), note),
        "list/api/cpu_seconds_per_iteration": (failed("target"), note),
    }


def test_a_refused_row_says_why_iterations_failed():
    (row,) = judged(sample("base", "p50", STEADY), list=(failed("target"),))

    assert row.caveats == (Note(text="no value in target"), failed("target"))


def sequential_row(*, looks):
    slower = (0.112, 0.113, 0.1145, 0.1095)
    (row,) = judge(
        (sample("base", "p50", STEADY), sample("target", "p50", slower)),
        thresholds=(),
        variants=("base", "target"),
        caveats={},
        looks=looks,
    )
    return row


def test_rows_of_a_sequential_experiment_allow_for_its_looks():
    once, often = sequential_row(looks=()), sequential_row(looks=(4, 6, 8, 10))

    assert often.effect == once.effect
    assert often.ci95.low < once.ci95.low < once.ci95.high < often.ci95.high
    assert once.p_value < often.p_value < 4 / 0.8 * once.p_value
    assert often.detectable_effect > once.detectable_effect
