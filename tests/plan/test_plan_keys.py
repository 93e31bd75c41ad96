# SPDX-License-Identifier: Apache-2.0
"""One key at a time: what it takes, what it refuses, and in which words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from perfcompare.model.metric import Threshold
from perfcompare.model.plan import Plan
from perfcompare.plan.document import ThresholdDocument

Load = Callable[..., Plan]
Problems = Callable[..., list[str]]

PLAN = """\
project: things
base: {release: "1.0", backend: eventlet}
target: {release: "2.0", backend: threading}
task: task.yaml
"""


def test_the_smallest_plan_has_defaults_for_all_the_rest(load: Load) -> None:
    plan = load(PLAN)

    assert (plan.project, plan.rounds, plan.interleave) == ("things", 6, True)
    assert plan.title == "Things 1.0 on eventlet → 2.0 on threading"
    assert [variant.name.value for variant in plan.variants] == ["base", "target"]
    assert plan.path.endswith("/plan.yaml")
    assert (plan.idle_seconds, plan.settle_seconds) == (3.0, 2.0)
    assert (plan.interval_seconds, plan.stop_grace_seconds) == (0.5, 30.0)
    assert plan.ready_timeout_seconds == 120.0


def test_what_the_plan_says_replaces_the_defaults(load: Load) -> None:
    plan = load(
        f"{PLAN}title: mine\nrounds: 10\ninterleave: false\nidle_seconds: 1\n"
        "settle_seconds: 0\ninterval_seconds: 0.25\nready_timeout_seconds: 60.5\n"
        "stop_grace_seconds: 5\n"
    )

    assert (plan.title, plan.rounds, plan.interleave) == ("mine", 10, False)
    assert (plan.idle_seconds, plan.settle_seconds) == (1.0, 0.0)
    assert (plan.interval_seconds, plan.stop_grace_seconds) == (0.25, 5.0)
    assert plan.ready_timeout_seconds == 60.5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ronds: 4", "unknown key 'ronds'; did you mean 'rounds'?"),
        ("xyzzy: 4", "unknown key 'xyzzy'; there is project, base, target,"),
        ("rounds: 0", "rounds is 0; it must be at least 1"),
        ("rounds: -3", "rounds is -3; it must be at least 1"),
        ("rounds: 101", "rounds is 101; it must be at most 100"),
        ("rounds: true", "rounds is true; write a whole number"),
        ("rounds: 2.5", "rounds is 2.5; write a whole number"),
        ("rounds: six", "rounds is 'six'; write a whole number"),
        ("rounds:", "rounds is empty; write a whole number"),
        ("rounds: [4]", "rounds is a list; write a whole number"),
        ("rounds: {min: 2, max: 9}", "rounds.min is 2; it must be at least 3"),
        ("rounds: {min: 4, max: 101}", "rounds.max is 101; it must be at most 100"),
        ("rounds: {min: 4}", "'rounds.max' is missing; add it"),
        ("rounds: {max: 3}", "'rounds.min' is missing; add it"),
        ("rounds: {min: 4, max: ten}", "rounds.max is 'ten'; write a whole number"),
        ("rounds: {min: 4, max: 8, mux: 1}", "unknown key 'rounds.mux'; did you mean"),
        ("rounds: {min: 8, max: 8}", "rounds.min 8 is not below rounds.max 8; give"),
        ("void_marked_rounds: 1", "void_marked_rounds is 1; write true or false"),
        ("idle_seconds: -1", "idle_seconds is -1; it must be at least 0"),
        ("idle_seconds: .nan", "idle_seconds is .nan; write a finite number"),
        ("settle_seconds: .inf", "settle_seconds is .inf; write a finite number"),
        ("settle_seconds: 3601", "settle_seconds is 3601; it must be at most 3600"),
        ("settle_seconds: 2 s", "settle_seconds is '2 s'; write a number"),
        ("settle_seconds: yes", "settle_seconds is true; write a number"),
        ("interval_seconds: 0", "interval_seconds is 0; it must be at least 0.05"),
        ("interleave: 1", "interleave is 1; write true or false"),
        ("sham: {}", "sham is a mapping; write true or false"),
        ("blocks: 0", "blocks is 0; it must be at least 1"),
        ("warm_up_iterations: -1", "warm_up_iterations is -1; it must be at least 0"),
        ("title: 5", "title is 5; write it in quotes, as text"),
        ("title: ' '", "title is ' '; give a value, or leave the key out"),
        ('title: "a\\nb"', "title is 'a\\nb'; it must be one line"),
        ("task_args: 5", "task_args is 5; write a mapping (key: value)"),
        ("environment: [A]", "environment is a list; write a mapping"),
        ("environment: {A-B: 1}", "environment.A-B is 'A-B'; it cannot be the name of"),
        ("environment: {A: }", "environment.A is empty; write it in quotes, as text"),
        ('environment: {A: "\\t"}', "environment.A is '\\t'; it must be one line"),
        ("config: {things.conf: {DEFAULT: 1}}", "config.things.conf.DEFAULT is '1'"),
        ("config: {things.conf: {'a]': {b: 1}}}", "config.things.conf.a] is 'a]'; it"),
        ("uwsgi: {'a=b': 1}", "uwsgi.a=b is 'a=b'; it cannot be a name in a conf"),
        ("thresholds: {p50: {ratio: 10}}", "thresholds.p50.ratio is 10; it must be"),
        ("thresholds: {p50: {ratio: 0}}", "thresholds.p50.ratio is 0; it must be gr"),
        ("thresholds: {p50: {flor: 1}}", "unknown key 'thresholds.p50.flor'; did you"),
        ("thresholds: {p50: 0.1}", "thresholds.p50 is 0.1; write a mapping (key: v"),
    ],
)
def test_a_wrong_value_says_where_what_and_what_to_write(
    line: str, message: str, problems: Problems
) -> None:
    (found,) = problems(PLAN + line)

    assert found.startswith(f"plan.yaml:5: {message}")


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("release: 2.0", "target.release is 2.0; write it in quotes, as text"),
        ("release: 2026.10", "target.release is 2026.10; write it in quotes, as text"),
        ("releas: '2.0'", "unknown key 'target.releas'; did you mean 'release'?"),
        ("packages: oslo", "target.packages is 'oslo'; write a list (- item)"),
        ("packages: [5]", "target.packages.0 is 5; write it in quotes, as text"),
        ("packages: [./dir]", "target.packages.0 is './dir'; it is no pip require"),
        ("uploaded_before: 2026-13-45", "target.uploaded_before is '2026-13-45'; th"),
        ("uploaded_before: soon", "target.uploaded_before is 'soon'; it is no date"),
        ("uploaded_before: 20260420", "target.uploaded_before is 20260420; it is no"),
        ("python: 3.10", "target.python is 3.10; write it in quotes, as text"),
    ],
)
def test_a_wrong_value_of_a_variant_says_where_and_what_to_write(
    inside: str, message: str, problems: Problems
) -> None:
    found = problems(PLAN.replace('target: {release: "2.0",', f"target: {{{inside},"))

    # The release that gave way is reported as well, before or at the same place.
    assert found[-1].startswith(f"plan.yaml:3: {message}")


def test_all_problems_of_a_plan_are_reported_at_once_in_order_of_lines(
    problems: Problems,
) -> None:
    plan = """\
projekt: things
base: {release: "1.0", bakend: eventlet}
target: {backend: thread}
task: tsk.yaml
rounds: 0
idle_seconds: 0.1
rounds: 4
"""

    assert [found.partition(";")[0] for found in problems(plan)] == [
        "plan.yaml:1: 'project' is missing",
        "plan.yaml:1: unknown key 'projekt'",
        "plan.yaml:2: unknown key 'base.bakend'",
        "plan.yaml:3: 'target.release' is missing",
        "plan.yaml:4: task tsk.yaml does not exist",
        "plan.yaml:5: rounds is 0",
        "plan.yaml:6: idle_seconds 0.1 is below interval_seconds 0.5, so nobody looks",
        "plan.yaml:7: duplicate key 'rounds' (first on line 5)",
    ]


def test_what_is_wrong_does_not_hide_what_else_is_wrong(problems: Problems) -> None:
    plan = PLAN.replace('"2.0"', '"2.1"').replace("eventlet", "greenlet")

    found = problems(f"{plan}ronds: 4\n", task="version: 1\n")

    assert [each.partition(":")[0] for each in found] == ["plan.yaml"] * 3 + [
        "task.yaml"
    ]


def test_problems_of_the_plan_come_before_those_of_its_task(
    problems: Problems, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\n")

    found = problems(PLAN.replace("task.yaml", "a.yaml") + "ronds: 4\n")

    assert [each.partition(":")[0] for each in found] == ["plan.yaml", "a.yaml"]


def test_a_missing_section_is_reported_once(problems: Problems) -> None:
    assert problems("project: things\n") == [
        "plan.yaml:1: 'base' is missing; add it",
        "plan.yaml:1: 'target' is missing; add it",
        "plan.yaml:1: 'task' is missing; add it",
    ]


def test_a_section_of_a_wrong_type_is_reported_once(problems: Problems) -> None:
    plan = PLAN.replace('{release: "1.0", backend: eventlet}', "eventlet")

    assert problems(plan) == [
        "plan.yaml:2: base is 'eventlet'; write a mapping (key: value)"
    ]


def test_two_wrong_items_of_a_list_are_both_reported(problems: Problems) -> None:
    plan = PLAN.replace("backend: eventlet", "packages: [1, 2]")

    assert len(problems(plan)) == 2


def test_an_unknown_project_says_which_there_are(problems: Problems) -> None:
    (close,) = problems(PLAN.replace("things", "thinks"))
    (far,) = problems(PLAN.replace("things", "nova"))

    assert close == "plan.yaml:1: unknown project 'thinks'; did you mean 'things'?"
    assert far == "plan.yaml:1: unknown project 'nova'; there is things, local"


@pytest.mark.parametrize(
    ("given", "overrides", "rounds"),
    [
        ("", {}, 6),
        ("", {"quick": True}, 4),
        ("rounds: 2", {"quick": True}, 2),
        ("rounds: 2", {"rounds": 10}, 10),
    ],
)
def test_rounds_come_from_the_command_line_then_the_plan(
    given: str, overrides: dict[str, object], rounds: int, load: Load
) -> None:
    assert load(PLAN + given, **overrides).rounds == rounds


@pytest.mark.parametrize(
    ("given", "looks"),
    [
        ("{min: 4, max: 10}", (4, 6, 8, 10)),
        ("{min: 3, max: 4}", (3, 4)),
        ("{min: 4, max: 7}", (4, 6, 7)),
        ("{min: 4, max: 5}", (4, 5)),
        ("6", ()),
    ],
)
def test_every_second_round_and_the_last_is_followed_by_a_look(
    given: str, looks: tuple[int, ...], load: Load
) -> None:
    plan = load(f"{PLAN}rounds: {given}")

    assert plan.looks == looks
    assert plan.rounds == (looks[-1] if looks else 6)


@pytest.mark.parametrize(
    ("overrides", "rounds"), [({"rounds": 12}, 12), ({"quick": True}, 4)]
)
def test_the_command_line_makes_the_number_of_rounds_fixed(
    overrides: dict[str, object], rounds: int, load: Load
) -> None:
    plan = load(f"{PLAN}rounds: {{min: 4, max: 10}}", **overrides)

    assert (plan.rounds, plan.looks) == (rounds, ())


def test_rounds_that_are_marked_are_voided_where_the_plan_says_so(load: Load) -> None:
    assert load(f"{PLAN}void_marked_rounds: true").void_marked_rounds
    assert not load(PLAN).void_marked_rounds


@pytest.mark.parametrize("rounds", [0, -1, 101])
def test_rounds_of_the_command_line_have_the_same_limits(
    rounds: int, problems: Problems
) -> None:
    assert problems(PLAN, rounds=rounds) == [
        f"--rounds: {rounds} rounds; it must be from 1 to 100"
    ]


def test_rounds_and_quick_exclude_each_other(problems: Problems) -> None:
    assert problems(PLAN, rounds=4, quick=True) == [
        "--rounds: it excludes --quick; give one of the two"
    ]


def test_blocks_and_whole_visits_exclude_each_other(problems: Problems) -> None:
    (found,) = problems(f"{PLAN}interleave: false\nblocks: 5\n")

    assert found.startswith("plan.yaml:6: blocks have no meaning with interleave")


def test_a_missing_task_is_reported_where_the_plan_names_it(
    problems: Problems,
) -> None:
    (beside,) = problems(PLAN.replace("task.yaml", "tasks.yaml"))
    (nowhere,) = problems(PLAN.replace("task.yaml", "tasks/task.yaml"))

    assert beside == (
        "plan.yaml:4: task tasks.yaml does not exist; did you mean 'task.yaml'?"
    )
    assert nowhere == (
        "plan.yaml:4: task tasks/task.yaml does not exist; neither does its directory;"
        " paths are relative to the plan"
    )


def test_thresholds_are_the_defaults_then_the_plans_then_the_command_lines(
    load: Load, defaults: tuple[Threshold, ...]
) -> None:
    mine = ("p50", ThresholdDocument(ratio=0.3))

    plan = load(f"{PLAN}thresholds: {{p90: {{ratio: 0.2}}}}\n", thresholds=(mine,))

    assert plan.thresholds == (
        *defaults,
        Threshold(metric="p90", ratio=0.2, floor=0.005, primary=False),
        Threshold(metric="p50", ratio=0.3, floor=0.002, primary=False),
    )


def test_a_message_never_carries_control_characters_to_a_terminal(
    problems: Problems,
) -> None:
    (found,) = problems(PLAN + '"\\e[2J": 1\n')

    assert found.startswith("plan.yaml:5: unknown key '\\x1b[2J'")
