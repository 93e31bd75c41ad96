# SPDX-License-Identifier: Apache-2.0
"""Levels: the same workload at several concurrencies."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from perfcompare.model.plan import Plan
from perfcompare.model.project import Project
from perfcompare.model.workload import Workload
from perfcompare.plan.digest import digest_of
from perfcompare.plan.document import PlanDocument

Load = Callable[..., Plan]
Problems = Callable[..., list[str]]

PLAN = """\
project: things
base: {release: "1.0", backend: eventlet}
target: {release: "2.0", backend: threading}
task: task.yaml
"""
HEAD = "version: 2\ntitle: Things\nsubtasks:\n"


def subtask(title: str, times: int, concurrency: int) -> str:
    runner = f"{{constant: {{times: {times}, concurrency: {concurrency}}}}}"
    return f'- {{title: "{title}", scenario: {{Things.act: {{}}}}, runner: {runner}}}\n'


TASK = HEAD + subtask("list things", 400, 4) + subtask("make a thing", 40, 1)


def levels(plan: Plan) -> list[tuple[str, int]]:
    return [(each.name, each.concurrency) for each in plan.workloads]


def test_without_the_key_every_workload_is_measured_as_the_task_says(
    load: Load,
) -> None:
    plan = load(PLAN, task=TASK)

    assert levels(plan) == [("list things", 4), ("make a thing", 1)]


def test_the_tasks_own_level_keeps_its_name_and_the_lowest_comes_first(
    load: Load,
) -> None:
    plan = load(f"{PLAN}concurrencies: [8, task, 1]\n", task=TASK)

    assert levels(plan) == [
        ("list things (1 client)", 1),
        ("list things", 4),
        ("list things (8 clients)", 8),
        ("make a thing", 1),
        ("make a thing (8 clients)", 8),
    ]
    assert [each.title for each in plan.workloads] == (
        ["list things"] * 3 + ["make a thing"] * 2
    )


def test_the_tasks_own_level_is_the_workload_that_it_is_without_the_key(
    load: Load,
) -> None:
    alone = load(PLAN, task=TASK).workloads

    several = load(f"{PLAN}concurrencies: [1, task]\n", task=TASK).workloads

    assert several[1:] == alone


def test_a_number_that_is_the_tasks_own_is_the_same_level_as_the_word(
    load: Load,
) -> None:
    plan = load(f"{PLAN}concurrencies: [4, task]\n", task=TASK)

    assert levels(plan) == [
        ("list things", 4),
        ("make a thing", 1),
        ("make a thing (4 clients)", 4),
    ]


def test_a_list_without_the_tasks_own_level_measures_what_it_lists_alone(
    load: Load,
) -> None:
    plan = load(f"{PLAN}concurrencies: [2]\n", task=TASK)

    assert levels(plan) == [
        ("list things (2 clients)", 2),
        ("make a thing (2 clients)", 2),
    ]


def test_the_last_glob_that_matches_a_title_wins(load: Load) -> None:
    globs = """\
concurrencies:
  "*": [1, task]
  "make*": [2]
"""
    other_way_round = """\
concurrencies:
  "make*": [2]
  "*": [1, task]
"""

    assert levels(load(PLAN + globs, task=TASK)) == [
        ("list things (1 client)", 1),
        ("list things", 4),
        ("make a thing (2 clients)", 2),
    ]
    assert levels(load(PLAN + other_way_round, task=TASK)) == [
        ("list things (1 client)", 1),
        ("list things", 4),
        ("make a thing", 1),
    ]


def test_a_workload_that_no_glob_names_is_measured_as_the_task_says(load: Load) -> None:
    plan = load(f"{PLAN}concurrencies: {{list*: [1]}}\n", task=TASK)

    assert levels(plan) == [("list things (1 client)", 1), ("make a thing", 1)]


def test_workloads_of_one_subtask_have_levels_by_their_numbers(load: Load) -> None:
    task = f"""{HEAD}
  - title: both
    workloads:
      - scenario: {{Things.list: {{}}}}
      - scenario: {{Things.make: {{}}}}
"""

    plan = load(f'{PLAN}concurrencies: {{"both #2": [2, task]}}\n', task=task)

    assert [each.name for each in plan.workloads] == [
        *("both #1", "both #2", "both #2 (2 clients)")
    ]


@pytest.mark.parametrize(
    ("times", "own", "level", "expected"),
    [
        (400, 4, 1, 100),  # a client's share: 400 * 1 / 4
        (1200, 4, 1, 300),
        (1201, 4, 1, 301),  # 300.25: a part of an iteration is a whole one
        (300, 4, 1, 100),  # a share of 75 is few; 100 are enough
        (40, 4, 1, 40),  # the task itself has no more
        (40, 1, 8, 320),  # as many a client as in the task
        (1, 1, 1000, 1000),
        (300, 300, 299, 299),
        (1_000_000, 1, 2, 1_000_000),  # a task's own limit is a level's
    ],
)
def test_iterations_of_a_level_follow_from_times_and_concurrency(
    times: int, own: int, level: int, expected: int, load: Load
) -> None:
    task = HEAD + subtask("one", times, own)

    *_, workload = load(f"{PLAN}concurrencies: [{level}]\n", task=task).workloads

    assert (workload.times, workload.concurrency) == (expected, level)


@pytest.mark.parametrize(
    ("more", "paced"),
    [
        ("", (10, 20)),  # 100 iterations: 20 % of them, 100 // 1 blocks would fit
        ("blocks: 200", (100, 20)),
        ("interleave: false", (1, 20)),
        ("warm_up_iterations: 3", (10, 3)),
    ],
)
def test_blocks_and_warm_up_of_a_level_follow_the_rules_of_every_load(
    more: str, paced: tuple[int, int], load: Load
) -> None:
    first, *_ = load(f"{PLAN}concurrencies: [1]\n{more}\n", task=TASK).workloads

    assert (first.blocks, first.warm_up) == paced


def test_nothing_but_the_load_differs_between_two_levels(load: Load) -> None:
    first, second, *_ = load(f"{PLAN}concurrencies: [1, 4]\n", task=TASK).workloads

    loads: dict[str, Any] = dict.fromkeys(("times", "concurrency", "warm_up"), 0)
    assert replace(first, name="", **loads) == replace(second, name="", **loads)


def test_thresholds_name_one_level_or_all_of_them(load: Load) -> None:
    plan = load(
        f'{PLAN}concurrencies: [1, task]\nthresholds:\n  "list things (1 client)/p50":'
        ' {ratio: 0.2}\n  "list*/p90": {ratio: 0.3}\n',
        task=TASK,
    )

    assert [each.metric for each in plan.thresholds[-2:]] == [
        *("list things (1 client)/p50", "list*/p90")
    ]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("[]", "5: concurrencies is a list; give at least 1"),
        ("5", "5: concurrencies is 5; write a list (- item)"),
        ("", "5: concurrencies is empty; write a list (- item)"),
        ("[0]", "5: concurrencies.0 is 0; write a whole number from 1 to 1000, or the"),
        ("[1001]", "5: concurrencies.0 is 1001; write a whole number from 1 to 1000"),
        ("[1, 2.5]", "5: concurrencies.1 is 2.5; write a whole number from 1 to 1000"),
        ("[true]", "5: concurrencies.0 is true; write a whole number from 1 to 1000"),
        ("[tsak]", "5: concurrencies.0 is 'tsak'; write a whole number from 1 to 1000"),
        ("[1, 4, 1]", "5: concurrencies is a list; 1 stands in it twice; keep one"),
        ("[task, task]", "5: concurrencies is a list; task stands in it twice; keep"),
        ('\n  "*": []', "6: concurrencies.* is a list; give at least 1"),
        ('\n  "*": 4', "6: concurrencies.* is 4; write a list (- item)"),
        ('\n  "*": [-1]', "6: concurrencies.*.0 is -1; write a whole number from 1 to"),
        ('\n  "*": [4, 4]', "6: concurrencies.* is a list; 4 stands in it twice; keep"),
    ],
)
def test_what_is_no_level_is_found_by_line(
    key: str, message: str, problems: Problems
) -> None:
    (found,) = problems(f"{PLAN}concurrencies: {key}\n", task=TASK)

    assert found.startswith(f"plan.yaml:{message}")


def test_a_glob_that_names_no_workload_is_a_typo(problems: Problems) -> None:
    found = problems(
        f"{PLAN}concurrencies:\n  lst things: [1]\n  zz*: [1]\n", task=TASK
    )

    assert found == [
        "plan.yaml:6: no workload is called 'lst things'; did you mean 'list things'?",
        "plan.yaml:7: no workload is called 'zz*'; there is list things, make a thing",
    ]


def test_a_glob_is_not_blamed_for_what_is_wrong_with_the_task(
    problems: Problems,
) -> None:
    task = TASK.replace("Things.act: {}", "Things.act: 5", 1)

    found = problems(f"{PLAN}concurrencies: {{list*: [1]}}\n", task=task)

    assert [each.partition(":")[0] for each in found] == ["task.yaml"] * len(found)


def test_a_level_cannot_have_the_name_of_another_workload(problems: Problems) -> None:
    task = TASK + subtask("list things (1 client)", 40, 1)

    (found,) = problems(f'{PLAN}concurrencies:\n  "*": [1, task]\n', task=task)

    assert found == (
        "plan.yaml:6: 'list things' at 1 would be called 'list things (1 client)', and"
        " so is another workload; give that one another title in the task"
    )


def test_a_name_that_no_level_has_stays_free_for_a_workload(load: Load) -> None:
    task = TASK + subtask("list things (1 client)", 40, 2)

    plan = load(f"{PLAN}concurrencies: {{list things: [task]}}\n", task=task)

    assert levels(plan)[-1] == ("list things (1 client)", 2)


@pytest.mark.parametrize(("length", "fits"), [(117, True), (118, False)])
def test_a_name_is_no_longer_than_rally_takes(
    length: int, fits: bool, load: Load, problems: Problems
) -> None:
    """128 characters, of which " (1 client)" is 11."""
    plan = f"{PLAN}concurrencies: [1, task]\n"
    task = HEAD + subtask("x" * length, 40, 4)

    if fits:
        assert len(load(plan, task=task).workloads[0].name) == 128
    else:
        (found,) = problems(plan, task=task)
        assert found.startswith("plan.yaml:5: 'xxx")
        assert "which has 129 characters; shorten its title in the task" in found


@pytest.mark.parametrize("key", ["[1, task]", "[2]", '{"make*": [task, 2]}'])
def test_levels_decide_the_digest(key: str, load: Load) -> None:
    plan = load(f"{PLAN}concurrencies: {key}\n", task=TASK)

    assert plan.digest != load(PLAN, task=TASK).digest


@pytest.mark.parametrize("key", ["[task]", "{}", '{"*": [task]}', '{"list*": [4]}'])
def test_levels_that_are_the_tasks_own_leave_the_digest_alone(
    key: str, load: Load
) -> None:
    plan = load(f"{PLAN}concurrencies: {key}\n", task=TASK)

    assert plan.digest == load(PLAN, task=TASK).digest


def test_a_title_is_a_word_that_leaves_the_digest_alone(
    load: Load, projects: Mapping[str, Project]
) -> None:
    """Runs from before there were levels have none, and are resumed."""
    plan = load(PLAN, task=TASK)

    def other(workload: Workload) -> Workload:
        return replace(workload, title="other")

    renamed = replace(plan, workloads=tuple(map(other, plan.workloads)))

    assert digest_of(renamed, projects["things"], ()) == plan.digest


@pytest.mark.parametrize(
    ("levels", "accepted"),
    [
        ([1, "task"], True),
        ({"*": [1, 1000]}, True),
        ({}, True),
        ([], False),
        ([0], False),
        ([1001], False),
        (["tsak"], False),
        ([1, 1], False),
        ({"*": 4}, False),
    ],
)
def test_the_schema_accepts_what_the_program_accepts(
    levels: object, accepted: bool
) -> None:
    plan = yaml.safe_load(PLAN) | {"concurrencies": levels}
    validator = jsonschema.Draft202012Validator(PlanDocument.model_json_schema())

    assert validator.is_valid(plan) is accepted
