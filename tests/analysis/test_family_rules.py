# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcompare.analysis.compare import compare
from perfcompare.analysis.family import (
    acknowledged,
    adjusted,
    aside,
    exit_status,
    unused,
    worst_first,
)
from perfcompare.model.acknowledgement import Acknowledgement
from perfcompare.model.caveat import Acknowledged, Expired, Uncorrected
from perfcompare.model.comparison import Contrast, Scale, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Threshold, Unit

TEMPLATE = compare(
    *(
        Sample(
            key=MetricKey(
                workload="list",
                action="",
                service="",
                metric=Metric(name="p50", unit=Unit.SECONDS, better=Better.LOWER),
            ),
            variant=variant,
            rounds=(1, 2, 3),
            values=(1.0, 2.0, 3.0),
        )
        for variant in ("base", "target")
    ),
    contrast=Contrast.TOTAL,
    threshold=Threshold(metric="p50", ratio=0.1, floor=0.0, primary=True),
)


def row(verdict, p_value=0.001, **changes):
    return replace(TEMPLATE, verdict=verdict, p_value=p_value, **changes)


PARITY = row(Verdict.PARITY, 0.6)
IMPROVEMENT = row(Verdict.IMPROVEMENT)
REGRESSION = row(Verdict.REGRESSION)
INCONCLUSIVE = row(Verdict.INCONCLUSIVE, 0.2)
REFUSED = row(Verdict.NOT_COMPARABLE, None)
BARELY = row(Verdict.REGRESSION, 0.04)
ASIDE = {"primary": False}


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ((PARITY,), ExitStatus.OK),
        ((IMPROVEMENT, PARITY), ExitStatus.OK),
        ((REGRESSION, PARITY), ExitStatus.REGRESSION),
        ((REGRESSION, INCONCLUSIVE, REFUSED), ExitStatus.REGRESSION),
        ((INCONCLUSIVE, PARITY), ExitStatus.INCONCLUSIVE),
        ((REFUSED, PARITY), ExitStatus.INCONCLUSIVE),
        ((), ExitStatus.INCONCLUSIVE),
        ((BARELY,), ExitStatus.REGRESSION),
        ((BARELY, PARITY), ExitStatus.INCONCLUSIVE),
        ((row(Verdict.IMPROVEMENT, 0.04), PARITY), ExitStatus.INCONCLUSIVE),
        ((PARITY, replace(REGRESSION, **ASIDE)), ExitStatus.OK),
        ((PARITY, replace(INCONCLUSIVE, **ASIDE)), ExitStatus.OK),
        ((replace(PARITY, **ASIDE),), ExitStatus.INCONCLUSIVE),
        ((PARITY, replace(REGRESSION, contrast=Contrast.BACKEND)), ExitStatus.OK),
        ((replace(PARITY, contrast=Contrast.SHAM),), ExitStatus.INCONCLUSIVE),
    ],
)
def test_the_exit_status_follows_the_primary_rows_of_the_total(rows, status):
    assert exit_status(adjusted(rows)) is status


def test_only_the_primary_rows_of_the_total_are_a_family():
    found = adjusted(
        (
            BARELY,
            replace(BARELY, **ASIDE),
            replace(BARELY, contrast=Contrast.RELEASE),
            REFUSED,
        )
    )

    assert [one.p_adjusted for one in found] == [0.04, None, None, None]


def test_the_verdict_of_a_row_stays_its_own():
    found = adjusted((BARELY, PARITY, PARITY))

    assert found[0].p_adjusted == pytest.approx(0.12)
    assert found[0].verdict is Verdict.REGRESSION


@pytest.mark.parametrize("verdict", [Verdict.REGRESSION, Verdict.IMPROVEMENT])
def test_what_does_not_survive_the_correction_says_so(verdict):
    barely, parity, _ = adjusted((row(verdict, 0.03), PARITY, REFUSED))

    assert barely.caveats == (Uncorrected(metrics=2, p_adjusted=0.06),)
    assert parity.caveats == ()


def test_what_survives_the_correction_says_nothing():
    assert [one.caveats for one in adjusted((BARELY, IMPROVEMENT))] == [(), ()]


def test_what_is_no_part_of_the_family_is_not_corrected():
    aside, release, *_ = adjusted(
        (
            replace(BARELY, **ASIDE),
            replace(BARELY, contrast=Contrast.RELEASE),
            PARITY,
            PARITY,
        )
    )

    assert aside.caveats == release.caveats == ()


def test_what_is_watched_but_not_compared_is_never_primary():
    api, database = (
        replace(REGRESSION, key=replace(TEMPLATE.key, service=service))
        for service in ("api", "mariadb")
    )

    assert [one.primary for one in aside((api, database), ("mariadb",))] == [
        True,
        False,
    ]


def test_exact_agreement_stays_exact_in_a_family():
    found = adjusted((row(Verdict.REGRESSION, 0.0), PARITY))

    assert found[0].p_adjusted == 0.0


def higher(verdict, effect):
    metric = Metric(name="throughput", unit=Unit.PER_SECOND, better=Better.HIGHER)
    return row(verdict, key=replace(TEMPLATE.key, metric=metric), effect=effect)


def test_the_worst_comes_first():
    order = (
        row(Verdict.REGRESSION, effect=1.5),
        higher(Verdict.REGRESSION, 0.8),
        row(Verdict.REGRESSION, effect=1.2),
        row(Verdict.REGRESSION, effect=9.0, **ASIDE),
        row(Verdict.NOT_COMPARABLE, effect=None),
        row(Verdict.INCONCLUSIVE, scale=Scale.DIFFERENCE, effect=0.5, floor=0.1),
        row(Verdict.INCONCLUSIVE, scale=Scale.DIFFERENCE, effect=0.4, floor=0.0),
        row(Verdict.PARITY),
        row(Verdict.IMPROVEMENT, effect=0.5),
        row(Verdict.REGRESSION, contrast=Contrast.RELEASE, effect=3.0),
        row(Verdict.REGRESSION, contrast=Contrast.BACKEND, effect=4.0),
    )

    assert worst_first(reversed(order)) == order


def test_equally_bad_rows_stand_in_the_order_of_their_keys():
    a = row(Verdict.PARITY, key=replace(TEMPLATE.key, workload="a"))
    b = row(Verdict.PARITY, key=replace(TEMPLATE.key, workload="b"))

    assert worst_first((b, a)) == (a, b)


TODAY = date(2026, 11, 28)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def known(metric="list/p50", until=TOMORROW, where="known.yaml:1"):
    return Acknowledgement(metric=metric, reason="policy", until=until, where=where)


def let_pass(rows, *entries):
    return acknowledged(adjusted(rows), entries, on=TODAY)


@pytest.mark.parametrize("metric", ["list/p50", "p50", "list/*", "*/p?0", "l?st/p50"])
def test_a_known_regression_keeps_its_verdict_and_fails_no_run(metric):
    found = let_pass((REGRESSION, PARITY), known(metric))

    assert found[0].verdict is Verdict.REGRESSION
    assert found[0].caveats == (
        Acknowledged(reason="policy", until=TOMORROW, where="known.yaml:1"),
    )
    assert found[1] == adjusted((REGRESSION, PARITY))[1]
    assert exit_status(found) is ExitStatus.OK


@pytest.mark.parametrize(
    ("until", "status"),
    [
        (TODAY, ExitStatus.OK),
        (YESTERDAY, ExitStatus.REGRESSION),
    ],
)
def test_an_entry_holds_on_its_last_day_and_not_after_it(until, status):
    assert exit_status(let_pass((REGRESSION,), known(until=until))) is status


def test_what_has_expired_says_so():
    (found,) = let_pass((REGRESSION,), known(until=YESTERDAY))

    assert found.caveats == (
        Expired(reason="policy", until=YESTERDAY, where="known.yaml:1"),
    )


def test_what_is_known_need_not_survive_the_correction():
    barely, _ = found = let_pass((BARELY, PARITY), known())

    assert [type(caveat) for caveat in barely.caveats] == [Acknowledged]
    assert exit_status(found) is ExitStatus.OK


def test_what_has_expired_and_does_not_survive_the_correction_is_undecided():
    barely, _ = found = let_pass((BARELY, PARITY), known(until=YESTERDAY))

    assert [type(caveat) for caveat in barely.caveats] == [Uncorrected]
    assert exit_status(found) is ExitStatus.INCONCLUSIVE


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - {Verdict.REGRESSION}))
def test_nothing_but_a_regression_is_let_pass(verdict):
    found = let_pass((row(verdict),), known())

    assert found == adjusted((row(verdict),))
    assert unused(found, (known(),)) == (known(),)


@pytest.mark.parametrize("change", [ASIDE, {"contrast": Contrast.RELEASE}])
def test_what_cannot_fail_a_run_is_not_let_pass(change):
    (found,) = let_pass((replace(REGRESSION, **change),), known())

    assert found.caveats == ()


def test_one_known_regression_excuses_no_other_and_nothing_undecided():
    other = replace(REGRESSION, key=replace(TEMPLATE.key, workload="create"))

    for also, status in (
        (other, ExitStatus.REGRESSION),
        (INCONCLUSIVE, ExitStatus.INCONCLUSIVE),
    ):
        assert exit_status(let_pass((REGRESSION, also), known())) is status


def test_of_two_entries_the_one_that_holds_wins_then_the_last():
    old = known(until=YESTERDAY, where="known.yaml:9")
    first, last = known(), known(where="known.yaml:5")

    (found,) = let_pass((REGRESSION,), first, last, old)
    assert [caveat.where for caveat in found.caveats] == ["known.yaml:5"]
    (found,) = let_pass((REGRESSION,), known(until=YESTERDAY), old)
    assert [caveat.where for caveat in found.caveats] == ["known.yaml:9"]


def test_an_entry_that_names_no_regression_is_told():
    entries = (known(), known("p90"), known("p50", YESTERDAY))

    assert unused((REGRESSION, PARITY), entries) == (entries[1],)


def test_a_name_with_brackets_names_itself():
    key = replace(TEMPLATE.key, workload="list [all]")

    (found,) = let_pass((replace(REGRESSION, key=key),), known("list [all]/p50"))

    assert len(found.caveats) == 1


def test_known_regressions_come_after_those_that_are_not():
    known_one = let_pass((row(Verdict.REGRESSION, effect=9.0),), known())[0]
    order = (
        row(Verdict.REGRESSION, effect=1.2),
        row(Verdict.REGRESSION, effect=1.2, **ASIDE),
        known_one,
        REFUSED,
    )

    assert worst_first(reversed(order)) == order


@given(
    st.sampled_from(Better),
    st.floats(min_value=-0.7, max_value=0.7),
    st.lists(st.floats(min_value=-0.05, max_value=0.05), min_size=3, max_size=12),
)
def test_swapping_the_sides_swaps_what_a_job_is_told_in_both_directions(
    better, change, noise
):
    key = replace(
        TEMPLATE.key, metric=Metric(name="x", unit=Unit.PER_SECOND, better=better)
    )
    rounds = tuple(range(1, len(noise) + 1))
    one = Sample(key=key, variant="base", rounds=rounds, values=(1.0,) * len(noise))
    other = replace(
        one, variant="target", values=tuple(math.exp(change + part) for part in noise)
    )
    there, back = (
        compare(
            *sides,
            contrast=Contrast.TOTAL,
            threshold=Threshold(metric="x", ratio=0.1, floor=0.0, primary=True),
        )
        for sides in ((one, other), (other, one))
    )

    swapped = {
        Verdict.REGRESSION: Verdict.IMPROVEMENT,
        Verdict.IMPROVEMENT: Verdict.REGRESSION,
    }
    assert back.verdict is swapped.get(there.verdict, there.verdict)
    if there.verdict in swapped:
        worse = (change > 0) == (better is Better.LOWER)
        status = ExitStatus.REGRESSION if worse else ExitStatus.OK
        assert exit_status(adjusted((there,))) is status
