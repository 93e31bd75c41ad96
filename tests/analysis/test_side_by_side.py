# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perfcompare.analysis.basis import Basis, Sham
from perfcompare.analysis.compare import compare, compare_on
from perfcompare.analysis.divergences import divergences
from perfcompare.analysis.intervals import student
from perfcompare.analysis.side_by_side import agreement, change
from perfcompare.model.comparison import Contrast, Interval, Scale, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import Sample, Threshold
from perfcompare.model.side_by_side import Agreement
from perfcompare.testing.comparisons import comparison_of, informational, key_of
from perfcompare.testing.failed import failed_run
from perfcompare.testing.judgements import (
    inconclusive_run,
    judgement_of,
    parity_run,
    regression_run,
)
from perfcompare.testing.sequential import sequential_run
from perfcompare.testing.side_by_side import (
    a_week_of_runs,
    of_two_projects,
    side_by_side_of,
    workload_of,
)

P50 = key_of("p50", workload="list_shares")
ERRORS = key_of("error_rate", workload="list_shares")
TEN_PERCENT = Threshold(metric="p50", ratio=0.10, floor=0.0, primary=True)
BY_DIFFERENCE = Threshold(metric="error_rate", ratio=None, floor=0.01, primary=True)
RANDOM = np.random.default_rng(20261128)


def spanning(low, high, *, effect=None, verdict=Verdict.PARITY):
    row = comparison_of(P50, 0.1, 0.1, verdict)
    return replace(
        row,
        ci95=Interval(low=low, high=high),
        effect=effect or math.sqrt(low * high),
        margin=0.10,
    )


def judged(logs, *, base=0.1):
    """Let rounds be judged whose log-ratios are *logs*."""
    rounds = tuple(range(1, len(logs) + 1))
    sides = [
        Sample(key=P50, variant=variant, rounds=rounds, values=values)
        for variant, values in (
            ("base", (base,) * len(logs)),
            ("target", tuple(base * math.exp(log) for log in logs)),
        )
    ]
    return compare(*sides, contrast=Contrast.TOTAL, threshold=TEN_PERCENT)


def changed(first, last, *, level=0.05):
    """Return the change that there must be."""
    found = change(first, last, level=level)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        # The highest low end and the lowest high end decide.
        ([spanning(1.00, 1.10), spanning(1.08, 1.20)], Agreement.AGREE),
        ([spanning(1.00, 1.10), spanning(1.10, 1.20)], Agreement.AGREE),
        ([spanning(1.00, 1.02), spanning(1.03, 1.05)], Agreement.LITTLE),
        ([spanning(1.00, 1.02), spanning(1.20, 1.25)], Agreement.DIFFER),
        # Each two share a value, the three together none.
        (
            [spanning(1.0, 1.2), spanning(1.15, 1.4), spanning(1.25, 1.3)],
            Agreement.DIFFER,
        ),
        ([spanning(1.00, 1.10), None, spanning(1.08, 1.20)], Agreement.AGREE),
        ([spanning(1.00, 1.10), None], Agreement.UNKNOWN),
        ([None, None], Agreement.UNKNOWN),
        (
            [spanning(1.0, 1.1), replace(spanning(1.0, 1.1), ci95=None)],
            Agreement.UNKNOWN,
        ),
    ],
)
def test_runs_agree_where_all_intervals_share_a_value(cells, said):
    assert agreement(cells) is said


def test_another_verdict_is_never_a_little_difference():
    cells = [
        spanning(1.00, 1.02),
        spanning(1.03, 1.05, verdict=Verdict.REGRESSION),
    ]

    assert agreement(cells) is Agreement.DIFFER


def test_what_no_margin_is_known_of_does_not_differ_by_little():
    cells = [spanning(1.00, 1.02), replace(spanning(1.03, 1.05), margin=None)]

    assert agreement(cells) is Agreement.DIFFER


@pytest.mark.parametrize(
    ("shift", "said"), [(0.008, Agreement.LITTLE), (0.02, Agreement.DIFFER)]
)
def test_differences_differ_little_within_their_floor(shift, said):
    first = comparison_of(ERRORS, 0.0, 0.001, Verdict.PARITY, spread=0.0001)
    other = comparison_of(ERRORS, 0.0, 0.001 + shift, Verdict.PARITY, spread=0.0001)

    assert agreement([first, other]) is said


def test_a_ratio_and_a_difference_cannot_be_told_to_agree():
    ratio = spanning(1.0, 1.1)

    assert agreement([ratio, replace(ratio, scale=Scale.DIFFERENCE)]) is (
        Agreement.UNKNOWN
    )


@given(
    st.lists(
        st.tuples(st.floats(0.5, 1.0), st.floats(1.0, 2.0)), min_size=2, max_size=5
    )
)
def test_intervals_that_hold_no_change_agree_in_any_order(spans):
    cells = [spanning(low, high) for low, high in spans]

    assert agreement(cells) is Agreement.AGREE
    assert agreement(cells[::-1]) is Agreement.AGREE


@pytest.mark.parametrize("rounds", [(3, 5), (4, 4), (7, 6)])
def test_the_change_is_welchs_test_of_scipy(rounds):
    first, last = (RANDOM.normal(0.05, 0.02, count) for count in rounds)
    found = changed(judged(first), judged(last, base=0.3))
    oracle = stats.ttest_ind(last, first, equal_var=False)
    interval = oracle.confidence_interval(0.95)

    assert math.log(found.effect) == pytest.approx(last.mean() - first.mean())
    assert math.log(found.ci95.low) == pytest.approx(interval.low)
    assert math.log(found.ci95.high) == pytest.approx(interval.high)
    assert found.is_clear == (oracle.pvalue < 0.05)


@pytest.mark.parametrize("rounds", [8, 12])
def test_the_change_is_trimmed_as_the_effects_are(rounds):
    first, last = (RANDOM.normal(0.05, 0.02, rounds) for _ in range(2))
    found = changed(judged(first), judged(last))
    oracle = stats.ttest_ind(
        last, first, equal_var=False, trim=(1 + 1e-9) / rounds
    ).confidence_interval(0.95)

    assert math.log(found.ci95.low) == pytest.approx(oracle.low)
    assert math.log(found.ci95.high) == pytest.approx(oracle.high)


def test_welchs_interval_is_what_is_published():
    # Student's sleep data (Biometrika 6, 1908, p. 20); the help page of R's t.test,
    # t.test(extra ~ group, data = sleep): df = 17.776, -3.3654832 to 0.2054832.
    one = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    two = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = student(one).minus(student(two))

    assert found.degrees == pytest.approx(17.776, abs=5e-4)
    assert found.interval(0.95) == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)


def test_the_change_is_what_the_effects_make_it():
    first = judged((0.00, 0.01, 0.02))
    last = judged((0.30, 0.31, 0.35))

    assert changed(first, last).effect == pytest.approx(last.effect / first.effect)
    assert changed(first, last).is_clear
    assert changed(first, first).effect == 1.0
    assert not changed(first, first).is_clear


def test_rounds_without_spread_change_exactly():
    found = changed(judged((0.1, 0.1, 0.1)), judged((0.3, 0.3, 0.3)))

    assert found.ci95.low == found.ci95.high == found.effect
    assert found.effect == pytest.approx(math.exp(0.2))


def test_a_difference_changes_by_a_difference():
    def errors(*values):
        rounds = tuple(range(1, len(values) + 1))
        sides = (
            Sample(key=ERRORS, variant="base", rounds=rounds, values=(0.0,) * 3),
            Sample(key=ERRORS, variant="target", rounds=rounds, values=values),
        )
        return compare(*sides, contrast=Contrast.TOTAL, threshold=BY_DIFFERENCE)

    found = changed(errors(0.0, 0.01, 0.02), errors(0.05, 0.06, 0.07))

    assert found.scale is Scale.DIFFERENCE
    assert found.effect == pytest.approx(0.05)
    assert found.is_clear
    assert changed(errors(0.0, 0.0, 0.0), errors(0.0, 0.0, 0.0)).effect == 0.0


def test_a_stricter_level_widens_the_change():
    first, last = judged((0.0, 0.01, 0.02)), judged((0.1, 0.12, 0.11))
    usual, strict = changed(first, last), changed(first, last, level=0.01)

    assert strict.ci95.low < usual.ci95.low < usual.ci95.high < strict.ci95.high


@pytest.mark.parametrize("looking", [0, 1])
def test_runs_that_looked_often_are_compared_at_the_level_of_their_looks(looking):
    rows = (judged((0.0, 0.01, 0.02)), judged((0.1, 0.12, 0.11)))
    spending = sequential_run().spending
    assert spending is not None
    runs = [
        replace(
            judgement_of([row], ExitStatus.OK),
            spending=spending if at == looking else None,
        )
        for at, row in enumerate(rows)
    ]

    assert spending.level < 0.05
    line = side_by_side_of(*runs).lines[0]
    assert line.changes[1] == change(*rows, level=spending.level)


@pytest.mark.parametrize(
    "other",
    [
        None,
        replace(judged((0.0, 0.1, 0.2)), scale=Scale.DIFFERENCE),
        replace(judged((0.0, 0.1, 0.2)), ci95=None),
        replace(judged((0.0, 0.1, 0.2)), effect=1.5),
        judged((0.0, 0.1)),
    ],
    ids=["absent", "other scale", "no interval", "no plain mean", "two rounds"],
)
def test_no_change_is_told_where_it_cannot_be(other):
    first = judged((0.0, 0.01, 0.02))

    assert change(first, other) is None
    assert change(other, first) is None


def test_a_value_that_is_not_positive_has_no_ratio_to_change():
    row = judged((0.0, 0.01, 0.02))
    odd = replace(row, base=replace(row.base, values=(0.0, 0.1, 0.1)))

    assert change(row, odd) is None


def test_no_change_is_told_of_an_effect_that_a_sham_was_taken_off():
    rounds = (1, 2, 3)
    base, target, copy = (
        Sample(key=P50, variant=variant, rounds=rounds, values=values)
        for variant, values in (
            ("base", (0.1, 0.1, 0.1)),
            ("target", (0.13, 0.131, 0.132)),
            ("sham", (0.11, 0.111, 0.109)),
        )
    )
    row = compare_on(
        base,
        target,
        contrast=Contrast.TOTAL,
        threshold=TEN_PERCENT,
        basis=Basis(one_way=True, sham=Sham(base=base, sham=copy, beside=True)),
    )

    assert row.ci95 is not None
    assert change(row, judged((0.0, 0.01, 0.02))) is None


def test_a_metric_that_a_run_lacks_has_an_empty_cell():
    found = of_two_projects()

    assert {tuple(cell is None for cell in line.cells) for line in found.lines} == {
        (False, True),
        (True, False),
    }
    assert {line.agreement for line in found.lines} == {Agreement.UNKNOWN}


def test_the_worst_of_any_run_stands_first_and_what_counts_before_what_informs():
    slow = key_of("p90", workload="list_shares")
    idle = key_of("pss_idle", service="manila-api")
    threads = key_of("threads_peak", service="manila-api")
    first = judgement_of(
        [
            comparison_of(idle, 100.0, 100.0, Verdict.PARITY),
            comparison_of(slow, 0.1, 0.1, Verdict.PARITY),
            informational(comparison_of(threads, 1.0, 9.0, Verdict.REGRESSION)),
        ],
        ExitStatus.OK,
    )
    second = judgement_of(
        [
            comparison_of(slow, 0.1, 0.2, Verdict.REGRESSION),
            comparison_of(P50, 0.1, 0.1, Verdict.INCONCLUSIVE),
        ],
        ExitStatus.REGRESSION,
    )
    lines = side_by_side_of(first, second).lines

    assert [line.key for line in lines] == [slow, P50, idle, threads]
    assert [line.primary for line in lines] == [True, True, True, False]


def test_what_counts_in_one_run_counts():
    row = comparison_of(P50, 0.1, 0.1, Verdict.PARITY)
    found = side_by_side_of(
        judgement_of([informational(row)], ExitStatus.OK),
        judgement_of([row], ExitStatus.OK),
    )

    assert [line.primary for line in found.lines] == [True]


def test_only_the_total_is_laid_side_by_side():
    found = side_by_side_of(regression_run(), regression_run())

    contrasts = {cell and cell.contrast for line in found.lines for cell in line.cells}
    assert contrasts == {Contrast.TOTAL}


@pytest.mark.parametrize(
    ("runs", "status"),
    [
        ((parity_run, parity_run), ExitStatus.OK),
        ((parity_run, inconclusive_run), ExitStatus.INCONCLUSIVE),
        ((inconclusive_run, failed_run), ExitStatus.EXPERIMENT_FAILED),
        ((inconclusive_run, failed_run, regression_run), ExitStatus.REGRESSION),
    ],
)
def test_the_exit_status_is_the_worst_of_the_runs(runs, status):
    assert side_by_side_of(*(make() for make in runs)).exit_status is status
    assert side_by_side_of(*(make() for make in runs[::-1])).exit_status is status


def differing(found):
    return {one.what: (one.values, one.measuring) for one in found.divergences}


def with_facts(**changes):
    run = parity_run()
    return replace(run, facts=replace(run.facts, **changes))


def test_runs_that_were_measured_alike_differ_in_nothing():
    later = with_facts(started_at=1.0, ended_at=2.0, rounds_done=5, title="again")

    assert side_by_side_of(parity_run(), later).divergences == ()


def test_another_kernel_is_a_difference_of_measuring_and_a_load_is_none():
    host = (("kernel", "6.1"), ("load at start", "0.10"))
    other = (("kernel", "6.12"), ("load at start", "0.90"))
    found = side_by_side_of(with_facts(host=host), with_facts(host=other))

    assert differing(found) == {"host: kernel": (("6.1", "6.12"), True)}


def test_another_tool_is_a_difference_of_measuring():
    found = side_by_side_of(
        with_facts(),
        with_facts(
            generator_packages=("rally==6.0.0",),
            perfcompare_version="",
            interleaved=False,
        ),
        with_facts(one_way=True),
    )

    assert differing(found) == {
        "perfcompare": (("1.0.0", None, "1.0.0"), True),
        "rally": (("5.1.1", "6.0.0", "5.1.1"), True),
        "rally-openstack": (("4.1.0", None, "4.1.0"), True),
        "order": (
            ("blocks alternate", "whole visits alternate", "base first, then target"),
            True,
        ),
    }


def with_workloads(*runs):
    found = side_by_side_of(*(parity_run() for _ in runs))
    columns = [
        replace(column, workloads=workloads)
        for column, workloads in zip(found.columns, runs, strict=True)
    ]
    return differing(replace(found, divergences=divergences(columns)))


def test_another_concurrency_of_the_same_workload_is_told():
    found = with_workloads((workload_of(),), (workload_of(concurrency=8),))

    told = "100 times, {} at once, 4 warm-up, 10 blocks of ManilaShares.list_shares"
    values = (told.format(4), told.format(8))
    assert found == {"workload list_shares": (values, True)}


def test_another_argument_of_the_same_workload_is_told_by_its_definition():
    values, _ = with_workloads(
        (workload_of(definition='{"args": 1}'),), (workload_of(),)
    )["workload list_shares"]

    assert values[0] != values[1]
    assert all("10 blocks" in value and ", definition " in value for value in values)


def test_other_workloads_are_told_by_name():
    other = replace(workload_of(), name="list_images")
    found = with_workloads((workload_of(),), (workload_of(), other), ())

    assert found == {
        "workloads": (("list_shares", "list_shares, list_images", None), True)
    }


def with_target(**changes):
    run = parity_run()
    base, target = run.facts.variants
    return with_facts(variants=(base, replace(target, **changes)))


def test_another_pool_size_is_told_before_packages():
    config = (("manila.conf", "[DEFAULT]\nexecutor_thread_pool_size = 16\n"),)
    more = (("manila.conf", "[DEFAULT]\nexecutor_thread_pool_size = 64\n"),)
    found = side_by_side_of(
        with_target(config=config, packages=("paste==3.1.0",)),
        with_target(config=more, packages=("paste==3.1.1",)),
    )

    assert [(one.what, one.values, one.measuring) for one in found.divergences] == [
        (
            "target: option manila.conf: [DEFAULT] executor_thread_pool_size",
            ("16", "64"),
            False,
        ),
        ("target: package paste", ("3.1.0", "3.1.1"), False),
    ]


def test_what_was_set_is_told_before_what_was_installed():
    runs = [
        with_target(
            config=(("manila.conf", f"[DEFAULT]\ncolour = {colour}\n"),),
            environment=(("COLOUR", colour),),
            packages=(f"colours=={version}",),
        )
        for colour, version in (("red", "1.0.0"), ("blue", "2.0.0"))
    ]

    assert [what.split()[1] for what in differing(side_by_side_of(*runs))] == [
        "option",
        "variable",
        "package",
    ]


def test_a_port_alone_is_no_difference():
    found = side_by_side_of(
        *(
            with_target(config=(("manila.conf", f"[DEFAULT]\nlisten_port = {port}"),))
            for port in (8786, 9786)
        )
    )

    assert found.divergences == ()


def test_what_differs_in_base_and_target_alike_is_told_once():
    def run(version):
        base, target = parity_run().facts.variants
        return with_facts(
            variants=tuple(
                replace(one, packages=(f"kombu=={version}",)) for one in (base, target)
            )
        )

    found = side_by_side_of(run("5.3.0"), run("5.4.0"))

    assert list(differing(found)) == ["base and target: package kombu"]


def test_of_other_projects_the_packages_are_not_listed():
    run = with_target(packages=("glance==30.0.0",), release="2026.1")
    glance = replace(run, facts=replace(run.facts, project="glance"))
    found = side_by_side_of(parity_run(), glance)

    assert list(differing(found)) == ["project", "target: release"]


def test_of_a_variant_that_a_run_lacks_nothing_is_told_but_that():
    run = parity_run()
    alone = with_facts(variants=run.facts.variants[:1])
    other = with_target(packages=("paste==9.9.9",))
    found = differing(side_by_side_of(run, alone, other))

    assert list(found) == ["target: release", "target: backend"]
    assert found["target: release"][0][1] is None


def test_a_week_of_runs_agrees_but_for_what_got_worse():
    found = a_week_of_runs()
    apart = [line for line in found.lines if line.agreement is Agreement.DIFFER]

    assert [str(line.key) for line in apart] == ["create_and_delete_share/p90"]
    assert [one.what for one in found.divergences] == ["host: kernel"]
