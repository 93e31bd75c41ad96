# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfcompare.analysis.memory import by_process, held, program
from perfcompare.model.variant import Backend
from perfcompare.model.visit import Phase, ProcessEvidence, Window
from perfcompare.testing.visits import EMPTY_VISIT


def window(phase, start, end):
    return Window(
        phase=phase,
        workload="" if phase is Phase.IDLE else "list",
        block=0,
        started_at=start,
        ended_at=end,
        iterations=0,
        generator_cpu_seconds=None,
    )


WINDOWS = (window(Phase.IDLE, 0.0, 4.0), window(Phase.LOAD, 4.0, 8.0))


def visit(*, titles=None, variant="base", number=1, windows=WINDOWS):
    return replace(
        EMPTY_VISIT,
        round=number,
        variant=variant,
        ended_at=8.0,
        services=("api",),
        windows=windows,
        evidence=tuple(
            ProcessEvidence(
                service="api",
                pid=pid,
                title=title,
                expected=Backend.EVENTLET,
                found=None,
                threads=1,
                evidence="",
            )
            for pid, title in (titles or {}).items()
        ),
    )


def look(at, *processes, variant="base", service="api"):
    """Return one look at processes of (pid, parent, PSS, threads)."""
    return pd.DataFrame(
        {
            "at": float(at),
            "owner": variant,
            "service": service,
            "pid": [pid for pid, _, _, _ in processes],
            "parent_pid": [parent for _, parent, _, _ in processes],
            "pss_bytes": [float(pss) for _, _, pss, _ in processes],
            "threads": [threads for _, _, _, threads in processes],
        }
    )


def of(*looks, **about):
    return by_process(held(visit(**about), pd.concat(looks)))


def table(found):
    return [
        (one.role, one.processes, one.pss_idle_bytes, one.pss_peak_bytes)
        for one in found
    ]


def test_a_tree_is_taken_apart_at_its_idle_median_and_at_its_peak():
    found = of(
        look(0, (10, 1, 50, 1), (11, 10, 30, 1)),
        look(1, (10, 1, 51, 1), (11, 10, 30, 1)),
        look(2, (10, 1, 90, 1), (11, 10, 30, 1)),
        look(5, (10, 1, 55, 1), (11, 10, 99, 7)),
        look(6, (10, 1, 80, 1), (11, 10, 60, 3)),
    )

    # In the middle of idle 51 + 30, at the peak 55 + 99: as the metrics have it.
    assert table(found) == [("main process", 1, 51, 55), ("child 1", 1, 30, 99)]
    assert [one.threads_peak for one in found] == [1, 7]


def test_of_two_looks_in_the_middle_of_idle_the_smaller_is_taken():
    found = of(look(0, (10, 1, 50, 1)), look(1, (10, 1, 70, 1)))

    assert table(found) == [("main process", 1, 50, 70)]


def test_looks_that_took_no_memory_of_part_of_the_tree_are_passed_over():
    found = of(
        look(0, (10, 1, 50, 1), (11, 10, 30, 1)),
        look(1, (10, 1, 900, 1), (11, 10, np.nan, 1)),
    )

    assert table(found) == [("main process", 1, 50, 50), ("child 1", 1, 30, 30)]


def test_looks_outside_of_the_visit_s_windows_do_not_count():
    found = of(look(0, (10, 1, 50, 1)), look(9, (10, 1, 900, 1)))

    assert table(found) == [("main process", 1, 50, 50)]


def test_children_are_numbered_as_they_were_born_and_grandchildren_below_them():
    found = of(
        look(
            0,
            (10, 1, 1, 1),
            (14, 10, 4, 1),
            (12, 10, 2, 1),
            (13, 12, 3, 1),
            (9, 14, 5, 1),
        )
    )

    assert [(one.role, one.pss_idle_bytes) for one in found] == [
        ("main process", 1),
        ("child 1", 2),
        ("child 1.1", 3),
        ("child 2", 4),
        ("child 2.1", 5),
    ]


def test_a_service_of_two_trees_has_two_main_processes():
    found = of(look(0, (10, 1, 1, 1), (20, 1, 2, 1), (21, 20, 3, 1)))

    assert [one.role for one in found] == [
        "main process",
        "main process 2",
        "child 1 of main process 2",
    ]


def test_main_processes_are_told_apart_however_many_they_are():
    found = of(look(0, *((pid, 1, pid, 1) for pid in range(10, 16))))

    assert len(found) == 6
    assert found[5].role == "main process 6"


def test_a_process_that_came_with_the_load_had_nothing_in_idle():
    found = of(look(0, (10, 1, 50, 1)), look(5, (10, 1, 50, 1), (11, 10, 30, 2)))

    assert table(found) == [("main process", 1, 50, 50), ("child 1", 1, None, 30)]


def test_a_process_that_went_before_the_peak_has_nothing_there():
    found = of(look(0, (10, 1, 50, 1), (11, 10, 30, 2)), look(5, (10, 1, 90, 1)))

    assert table(found)[1] == ("child 1", 1, 30, None)
    assert found[1].threads_peak is None


def test_many_workers_that_call_themselves_alike_are_one_role():
    workers = [(pid, 10, 10, 2) for pid in range(11, 17)]
    titles = {pid: f"api: worker {pid - 10}" for pid in range(11, 17)}
    titles |= {10: "api: master", 17: "api: reaper"}
    found = of(look(0, (10, 1, 50, 1), *workers, (17, 10, 5, 1)), titles=titles)

    assert [(one.role, one.title, one.processes) for one in found] == [
        ("main process", "api: master", 1),
        ("children", "api: worker 1", 6),
        ("child 7", "api: reaper", 1),
    ]
    assert found[1].pss_peak_bytes == 60
    assert found[1].threads_peak == 12


def test_a_few_workers_are_told_apart():
    workers = [(pid, 10, pid, 1) for pid in (11, 12, 13, 14)]
    found = of(look(0, (10, 1, 50, 1), *workers))

    assert [one.role for one in found[1:]] == [f"child {n}" for n in (1, 2, 3, 4)]


def test_a_value_is_the_median_over_rounds_and_variants_stand_side_by_side():
    rounds = [
        one
        for number, pss in enumerate((10, 30, 20), start=1)
        for variant in ("target", "base")
        for one in held(
            visit(variant=variant, number=number),
            look(0, (number, 0, pss, number), variant=variant),
        )
    ]
    found = by_process(rounds)

    assert [(one.variant, one.pss_idle_bytes, one.rounds) for one in found] == [
        ("target", 20, 3),
        ("base", 20, 3),
    ]
    assert [one.threads_peak for one in found] == [2, 2]


def test_without_idle_there_is_only_a_peak():
    found = of(look(5, (10, 1, 50, 1)), windows=WINDOWS[1:])

    assert table(found) == [("main process", 1, None, 50)]


@pytest.mark.parametrize("windows", [(), WINDOWS])
def test_what_nobody_watched_holds_nothing(windows):
    found = held(visit(windows=windows), look(0, (10, 1, 50, 1), variant="target"))

    assert found == ()
    assert by_process(found) == ()


def test_a_visit_without_windows_is_not_taken_apart():
    assert held(visit(windows=()), look(0, (10, 1, 50, 1))) == ()


def test_a_service_whose_memory_was_never_taken_is_left_out():
    assert of(look(0, (10, 1, np.nan, 1))) == ()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("/venv/bin/python /venv/bin/manila-share --config-file m", "manila-share"),
        ("/usr/bin/python3.11 -u /opt/bin/nova-api", "nova-api"),
        ("/usr/bin/python3 -m nova.api", "nova.api"),
        ("/usr/sbin/mariadbd --datadir=/x", "mariadbd"),
        ("/usr/bin/python3", "python3"),
        ("manila-share: backend alpha", "manila-share: backend alpha"),
        ("manila-apiuWSGI worker 1", "manila-apiuWSGI worker 1"),
        ("nova-scheduler: master process [/venv/bin/nova-scheduler --config-file x]",
         "nova-scheduler: master process"),
        ("uwsgi --ini x.ini", "uwsgi"),
        ("/", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_process_is_called_what_it_is_without_where_it_lies(title, name):
    assert program(title) == name
