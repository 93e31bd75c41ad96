# SPDX-License-Identifier: Apache-2.0
import io
import math
from dataclasses import replace

import pytest
from lxml import html

from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.model.judgement import Curve, PhaseMark, ProcessMemory
from perfcompare.model.metric import Unit
from perfcompare.model.variant import Backend
from perfcompare.report.html import write_html
from perfcompare.report.page.processes import processes
from perfcompare.report.page.services import services
from perfcompare.report.scale import TIMES, ruler_for
from perfcompare.report.stages import stages, told
from perfcompare.testing.comparisons import MIB, comparison_of, key_of
from perfcompare.testing.judgements import imported_run, parity_run, regression_run
from perfcompare.testing.over_visits import curves_of, marks_of, memory_of

MARKS = tuple(
    PhaseMark(
        phase=phase, workload=workload, seconds=seconds, duration_seconds=duration
    )
    for phase, workload, seconds, duration in (
        ("idle", "", 0.0, 4.0),
        ("warm-up", "boot", 4.0, 2.0),
        ("load", "boot", 6.0, 4.0),
        ("warm-up", "list", 10.0, 2.0),
        ("load", "list", 12.0, 8.0),
        ("settle", "", 20.0, 2.0),
    )
)
SECONDS = tuple(second + 0.5 for second in range(22))
RISES = "rises from 97.0 MiB in idle to 161 MiB at the end of the load"
BYTES = ruler_for(Unit.BYTES, [100 * MIB])


def curve(values, *, quantity="pss_bytes", variant="base", number=1):
    return Curve(
        service="api",
        variant=variant,
        round=number,
        quantity=quantity,
        seconds=SECONDS,
        values=tuple(map(float, values)),
    )


def of(*curves, marks=MARKS):
    (found,) = stages(curves, marks)
    return found


def section_of(judgement):
    out = io.StringIO()
    write_html(replace(judgement, distributions=()), out)
    tree = html.document_fromstring(out.getvalue())
    return tree.xpath("//section[@aria-labelledby='services']")[0]


def words(element):
    return " ".join(element.text_content().split())


def held(role, variant, idle, peak, *, title="", count=1, threads=1.0):
    return ProcessMemory(
        service="api",
        variant=variant,
        role=role,
        title=title,
        processes=count,
        rounds=6,
        pss_idle_bytes=idle,
        pss_peak_bytes=peak,
        threads_peak=threads,
    )


def test_memory_is_taken_at_the_end_of_the_first_warm_up_and_of_the_last_load():
    found = of(curve(range(22)))

    assert (found.idle, found.warm_up, found.load, found.settle, found.peak) == (
        1.5,
        5.0,
        19.0,
        21.0,
        21.0,
    )


def test_what_is_used_per_second_is_averaged_over_all_loads_by_their_length():
    values = [0] * 6 + [3] * 4 + [0] * 2 + [6] * 8 + [0] * 2
    found = of(curve(values, quantity="cpu_ratio"))

    assert found.load == pytest.approx((4 * 3 + 8 * 6) / 12)
    assert (found.idle, found.warm_up, found.settle, found.peak) == (0, 0, 0, 6)


def test_stages_are_medians_over_the_rounds_that_have_them():
    missing = [math.nan] * 22
    rounds = [curve([value] * 22, number=value) for value in (1, 2, 9)]
    found = of(*rounds, curve(missing, number=10))

    assert (found.idle, found.load, found.rounds) == (2, 2, 4)


def test_a_round_in_which_nobody_looked_is_not_averaged_as_nothing():
    seen = curve([0.5] * 22, quantity="cpu_ratio")
    unseen = curve([math.nan] * 22, quantity="cpu_ratio", number=2)
    partly = curve([math.nan] * 12 + [0.7] * 10, quantity="cpu_ratio", number=3)

    assert of(seen, unseen).load == 0.5
    assert of(partly).load == pytest.approx(0.7)
    assert of(unseen).load is None


def test_a_phase_that_is_not_there_has_no_value():
    found = of(curve([1] * 22), marks=MARKS[2:3])

    assert (found.idle, found.warm_up, found.load, found.settle) == (
        None,
        None,
        1,
        None,
    )
    assert of(curve([1] * 22), marks=()).load is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([100 * MIB] * 22, "base stays at 100 MiB"),
        (
            [97 * MIB] * 6 + [161 * MIB] * 16,
            f"base {RISES}",
        ),
        (
            [161 * MIB] * 6 + [97 * MIB] * 16,
            "base falls from 161 MiB in idle to 97.0 MiB at the end of the load",
        ),
        (
            [97 * MIB] * 6 + [200 * MIB] + [161 * MIB] * 15,
            f"base {RISES}, 200 MiB at its peak",
        ),
        (
            [100 * MIB] * 6 + [150 * MIB] + [100 * MIB] * 15,
            "base stays at 100 MiB, 150 MiB at its peak",
        ),
    ],
)
def test_a_curve_of_memory_is_told_as_what_happened(values, said):
    words = told(of(curve(values)), BYTES, level=True)

    assert words.replace("\N{NO-BREAK SPACE}", " ") == f"{said} (median of 1 round)"


def test_a_curve_of_cpu_is_told_as_what_was_used():
    values = [0.01] * 4 + [0.5] * 15 + [0.9] + [0.01] * 2
    ratio = ruler_for(Unit.RATIO, [0.9])
    said = told(of(curve(values, quantity="cpu_ratio")), ratio, level=False)

    assert said == (
        "base uses 1 % in idle, 53.3 % under load, 90 % at its peak (median of 1 round)"
    ).replace(" %", "\N{NO-BREAK SPACE}%")


def test_a_curve_without_phases_tells_its_peak():
    found = of(curve([5 * MIB] * 22), marks=())

    assert told(found, BYTES, level=True).startswith("base is at most 5.00")


def test_services_that_regressed_come_first_and_controls_last():
    run = parity_run()
    names = ("mariadb", "manila-api", "manila-share", "keystone")
    worse = comparison_of(
        key_of("threads_peak", service="manila-share"), 2.0, 75.0, Verdict.REGRESSION
    )
    disturbed = replace(worse, key=key_of("threads_peak", service="keystone"))
    found = services(
        replace(
            run,
            comparisons=(*run.comparisons, worse, disturbed),
            curves=curves_of(names, ("base", "target"), 2),
        )
    )

    assert [(one.name, one.control) for one in found] == [
        ("manila-share", False),
        ("manila-api", False),
        ("keystone", True),
        ("mariadb", True),
    ]
    assert found[0].regressions == ("threads peak",)


@pytest.mark.parametrize(
    "changed",
    [
        {"contrast": Contrast.SHAM},
        {"verdict": Verdict.INCONCLUSIVE},
        {"key": key_of("stop_seconds", service="manila-share")},
        {"key": key_of("pss_peak", service="manila-data")},
    ],
    ids=["another contrast", "undecided", "another metric", "another service"],
)
def test_other_rows_move_no_service_to_the_front(changed):
    run = parity_run()
    worse = comparison_of(
        key_of("pss_peak", service="manila-share"), 2.0, 75.0, Verdict.REGRESSION
    )
    found = services(replace(run, comparisons=(replace(worse, **changed),)))

    assert [one.name for one in found][-1] == "manila-share"
    assert not any(one.regressions for one in found)


def test_each_service_says_which_backend_was_proved_in_how_many_processes():
    section = section_of(parity_run())
    told_of = [words(one) for one in section.find_class("evidence")]

    assert told_of[0] == "Backend: base: not proved · target: not proved"
    assert told_of[1] == (
        "Backend: base: eventlet (proved in 1 process)"
        " · target: threading (proved in 1 process)"
    )


def test_a_service_that_ran_another_backend_says_so():
    run = parity_run()
    base, target = run.facts.variants
    both = tuple(
        replace(one, service="manila-api", found=found)
        for one, found in zip(
            target.evidence, (Backend.EVENTLET, None, Backend.THREADING), strict=True
        )
    )
    facts = replace(run.facts, variants=(base, replace(target, evidence=both)))
    (found, *_) = services(replace(run, facts=facts))

    name, said = found.evidence[1]
    assert name == "target"
    assert said == (
        "eventlet (proved in 1 process) and threading (proved in 1 process),"
        " not threading as expected"
    )


def test_controls_are_folded_and_have_no_backend():
    run = parity_run()
    section = section_of(
        replace(run, curves=curves_of(("manila-api", "mariadb"), ("base",), 2))
    )
    (folded,) = section.find_class("controls")

    assert words(folded.find("summary")).endswith("not compared: mariadb")
    assert words(next(folded.iter("h3"))) == "mariadb control"
    assert not folded.find_class("evidence")


def test_the_numbers_of_workloads_are_explained_where_there_are_several():
    run = parity_run()
    names = [words(one) for one in section_of(run).find_class("numbered")[0]]
    single = replace(run, marks=marks_of(["boot"]))

    assert names == ["list_shares", "create_and_delete_share", "allow_and_deny_access"]
    assert not section_of(single).find_class("numbered")


def test_the_numbers_behind_the_curves_are_a_table():
    (first, *_) = section_of(regression_run()).xpath(".//article/details")
    head, memory, *rest = ([words(cell) for cell in row] for row in first.iter("tr"))

    assert head == ["quantity", "variant", "idle", "warm-up", "load", "settle", "peak"]
    assert len(rest) == 4 * 4 - 1
    assert memory[:3] == ["memory (PSS)", "base", "112 MiB"]
    assert all(cell.endswith("MiB") for cell in memory[2:])


def test_a_curve_in_which_nobody_looked_is_not_drawn():
    run = parity_run()
    curves = tuple(
        replace(one, values=(math.nan,) * len(one.values)) for one in run.curves
    )

    assert services(replace(run, curves=curves)) == ()
    assert services(imported_run()) == ()


def test_processes_stand_side_by_side_and_add_up():
    found = processes(
        [
            held("main process", "base", 60 * MIB, 60 * MIB, title="api"),
            held("main process", "target", 30 * MIB, 40 * MIB, title="api: master"),
            held("child 1", "target", 50 * MIB, 80 * MIB, threads=9.0),
        ]
    )
    main, child, together = found

    assert [one.role for one in found] == ["main process", "child 1", "all processes"]
    assert main.title == "api / api: master"
    assert [one.variant for one in child.holders] == ["target"]
    assert [(one.variant, one.times, one.threads) for one in together.holders] == [
        ("base", "", "1"),
        ("target", f"{TIMES}2", "10"),
    ]
    base, target = together.holders
    assert (base.idle_width, base.peak_width) == (50.0, 50.0)
    assert (target.idle_width, target.peak_width) == (66.7, 100.0)
    assert target.memory == "80.00 → 120.0\N{NO-BREAK SPACE}MiB"


def test_a_single_process_is_not_added_up():
    (only,) = processes([held("main process", "mine", None, 10 * MIB)])
    (holder,) = only.holders

    assert (holder.series, holder.idle_width, holder.peak_width) == ("other", 0, 100)
    assert holder.memory.startswith("— → 10.00")


def test_processes_of_which_nothing_is_known_are_shown_as_unknown():
    (only,) = processes([held("main process", "base", None, None, threads=None)])
    (holder,) = only.holders

    assert (holder.memory[:5], holder.threads) == ("— → —", "—")
    assert processes([]) == ()


def test_memory_by_process_stands_beside_the_curves():
    section = section_of(parity_run())
    (first, *_) = section.find_class("processes")
    groups = [words(body) for body in first.iter("tbody")]

    assert first.get("role") == "region"
    assert len(section.find_class("processes")) == 3
    assert [group.split(" base")[0] for group in groups] == [
        "main process manila-api",
        "child 1 manila-api: worker 1",
        "child 2 manila-api: worker 2",
        "all processes",
    ]
    assert "60.00 → 60.00 MiB" in groups[0]


def test_where_nobody_knows_the_processes_the_curves_stand_alone():
    section = section_of(replace(parity_run(), memory=()))

    assert not section.find_class("processes")
    assert len(section.find_class("alone")) == 3


def test_a_service_of_ten_rounds_in_three_variants_stays_small():
    variants = ("base", "target", "crossover")
    run = replace(
        regression_run(),
        curves=curves_of(("manila-api",), variants, 10),
        memory=memory_of(("manila-api",), variants),
        marks=marks_of([f"workload {number}" for number in range(6)]),
    )
    (found,) = services(run)

    assert sum(len(panel.svg) for panel in found.panels) < 36_000
