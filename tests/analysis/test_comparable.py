# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.analysis.comparable import comparable, judged_iterations
from perfcompare.analysis.family import adjusted, exit_status
from perfcompare.model.caveat import Differs, OneWay, WithinFloor
from perfcompare.model.comparison import Contrast, Corroboration, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import VariantFacts
from perfcompare.model.visit import Phase, Window
from perfcompare.testing.comparisons import comparison_of, key_of, side_of
from perfcompare.testing.visits import EMPTY_VISIT

P50 = comparison_of(key_of("p50", workload="list"), 1.0, 1.2, Verdict.REGRESSION)
OTHER = comparison_of(key_of("p50", workload="create"), 1.0, 1.0, Verdict.PARITY)
MEMORY = comparison_of(key_of("pss_peak", service="api"), 9e8, 9e8, Verdict.PARITY)
ROWS = (P50, OTHER, MEMORY)

CONFIG = """\
[DEFAULT]
enabled_share_backends = alpha
debug = false
[alpha]
share_driver = dummy
dummy_driver_default_driver_method_delay = 0.05
"""


def facts(name, config=CONFIG):
    return VariantFacts(
        name=name,
        release="",
        backend="",
        packages=(),
        evidence=(),
        config=(("manila.conf", config),) if config else (),
        environment=(),
        python="",
    )


def refused(rows, *, variants=(), iterations=None):
    return comparable(rows, variants=variants, iterations=iterations or {})


def counts(base, target):
    return {("list", "base"): base, ("list", "target"): target}


def test_rows_of_equal_work_stay_as_they_are():
    variants = [facts("base"), facts("target")]

    assert refused(ROWS, variants=variants, iterations=counts([200], [200])) == ROWS


@pytest.mark.parametrize(
    ("base", "target", "comparable"),
    [
        ((200, 200), (200, 190.5), True),
        ((200, 200), (210, 210), True),
        ((200, 200), (211, 211), False),
        ((211, 211), (200, 200), False),
        ((200, 200, 200), (10, 200, 200), True),
        ((200,), (), True),
        ((200,), (0,), False),
    ],
)
def test_iterations_may_differ_by_five_percent(base, target, comparable):
    found = refused(ROWS, iterations=counts(base, target))

    assert (found[0] == P50) is comparable
    assert found[1:] == (OTHER, MEMORY)


def test_a_refused_row_says_why_and_keeps_what_it_shows():
    floor = WithinFloor(floor=0.002, unit="s", ratio=0.1)
    row = replace(P50, caveats=(floor, OneWay()), corroboration=Corroboration.STRONG)
    (found,) = refused((row,), iterations=counts([200, 200], [100, 100]))

    assert found.caveats == (
        Differs(
            what="the number of judged iterations of a visit", base="200", target="100"
        ),
        OneWay(),
    )
    assert found.verdict is Verdict.NOT_COMPARABLE
    assert (found.effect, found.ci95, found.ci90, found.margin) == (None,) * 4
    assert found.corroboration is None
    assert (found.p_value, found.detectable_effect, found.rounds_needed) == (None,) * 3
    assert (found.base, found.target) == (row.base, row.target)
    assert (found.key, found.primary) == (row.key, row.primary)


def test_a_refused_row_keeps_a_job_from_passing():
    rows = (OTHER, replace(P50, verdict=Verdict.PARITY))
    found = refused(rows, iterations=counts([200], [100]))

    assert exit_status(adjusted(rows)) is ExitStatus.OK
    assert exit_status(adjusted(found)) is ExitStatus.INCONCLUSIVE


@pytest.mark.parametrize(
    ("change", "base", "target"),
    [
        (("= 0.05", "= 0.5"), "0.05", "0.5"),
        (("share_driver = dummy", "share_driver = lvm"), "dummy", "lvm"),
        (("share_driver = dummy", ""), "dummy", "nothing"),
        (("= alpha", "= alpha,beta"), "alpha", "alpha,beta"),
    ],
)
def test_other_drivers_refuse_every_row(change, base, target):
    variants = [facts("base"), facts("target", CONFIG.replace(*change))]
    found = refused(ROWS, variants=variants)

    assert {one.verdict for one in found} == {Verdict.NOT_COMPARABLE}
    for one in found:
        (why,) = one.caveats
        assert isinstance(why, Differs)
        assert (why.base, why.target) == (base, target)
        assert why.what.startswith("driver configuration manila.conf: [")


@pytest.mark.parametrize(
    ("base", "target"),
    [
        (CONFIG, CONFIG.replace("debug = false", "debug = true")),
        (CONFIG, ""),
        (
            "[glance_store]\nfilesystem_store_datadir = /srv/base/images",
            "[glance_store]\nfilesystem_store_datadir = /srv/target/images",
        ),
    ],
)
def test_what_is_no_other_driver_refuses_nothing(base, target):
    variants = [facts("base", base), facts("target", target)]

    assert refused(ROWS, variants=variants) == ROWS


def test_only_the_contrast_with_the_other_driver_is_refused():
    variants = [
        facts("base"),
        facts("crossover"),
        facts("target", CONFIG.replace("0.05", "0.5")),
    ]
    release = replace(P50, contrast=Contrast.RELEASE, target=side_of("crossover", 1.2))
    backend = replace(P50, contrast=Contrast.BACKEND)
    found = refused((P50, release, backend), variants=variants)

    assert [one.verdict is Verdict.NOT_COMPARABLE for one in found] == [
        True,
        False,
        True,
    ]


def test_many_differences_are_counted():
    options = "\n".join(f"dummy_driver_{letter} = 1" for letter in "abcde")
    config = f"[alpha]\n{options}"
    variants = [facts("base", config), facts("target", config.replace("1", "2"))]
    (found,) = refused((P50,), variants=variants)

    assert len(found.caveats) == 4
    assert "2 more options" in str(found.caveats[-1])


def window(workload, iterations, *, phase=Phase.LOAD, block=1):
    return Window(
        phase=phase,
        workload=workload,
        block=block,
        started_at=0.0,
        ended_at=1.0,
        iterations=iterations,
        generator_cpu_seconds=None,
    )


def visit(number, variant, *windows):
    return replace(EMPTY_VISIT, round=number, variant=variant, windows=windows)


def test_judged_iterations_are_those_of_all_blocks_of_a_visit():
    visits = (
        visit(
            1,
            "base",
            window("", 0, phase=Phase.IDLE),
            window("list", 40, phase=Phase.WARM_UP),
            window("list", 10),
            window("create", 7),
            window("list", 20, block=2),
        ),
        visit(1, "target", window("list", 5)),
        visit(2, "base", window("list", 31)),
    )

    assert judged_iterations(visits) == {
        ("list", "base"): (30, 31),
        ("create", "base"): (7,),
        ("list", "target"): (5,),
    }
