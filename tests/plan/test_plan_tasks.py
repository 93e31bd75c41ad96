# SPDX-License-Identifier: Apache-2.0
"""Rally tasks: templates, subtasks and runners."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from perfcompare.model.plan import Plan
from perfcompare.model.workload import Workload

Load = Callable[..., Plan]
Problems = Callable[..., list[str]]

PLAN = """\
project: things
base: {release: "1.0", backend: eventlet}
target: {release: "2.0", backend: threading}
task: task.yaml
"""
HEAD = "version: 2\ntitle: Things\nsubtasks:\n"
ONE = "- title: one\n  scenario: {Things.list: {}}\n"


def test_a_subtask_becomes_a_workload(load: Load) -> None:
    task = f"""{HEAD}
  - title: make things
    description: Make some.
    tags: [slow]
    group: x
    scenario: {{Things.make: {{size: 1, at: 2026-04-20}}}}
    runner: {{constant: {{times: 40, concurrency: 4}}}}
    contexts: {{users@openstack: {{tenants: 1}}}}
    sla: {{failure_rate: {{max: 5}}}}
"""

    (workload,) = load(PLAN, task=task).workloads

    assert workload == Workload(
        name="make things",
        title="make things",
        scenario="Things.make",
        times=40,
        concurrency=4,
        warm_up=8,
        blocks=10,
        definition=workload.definition,
    )
    assert workload.definition == json.dumps(
        {
            "contexts": {"users@openstack": {"tenants": 1}},
            "scenario": {"Things.make": {"at": "2026-04-20", "size": 1}},
            "sla": {"failure_rate": {"max": 5}},
            "title": "make things",
        },
        separators=(",", ":"),
    )


def test_rallys_defaults_are_serial_once_and_no_failure(load: Load) -> None:
    (workload,) = load(PLAN, task=HEAD + ONE).workloads

    assert (workload.times, workload.concurrency, workload.blocks) == (1, 1, 1)
    assert json.loads(workload.definition)["sla"] == {"failure_rate": {"max": 0}}


def test_serial_is_one_client(load: Load) -> None:
    (workload,) = load(
        PLAN, task=f"{HEAD}{ONE}  runner: {{serial: {{times: 20}}}}\n"
    ).workloads

    assert (workload.times, workload.concurrency, workload.warm_up) == (20, 1, 4)


def test_a_timeout_of_the_runner_is_kept(load: Load) -> None:
    runner = "constant: {times: 2, timeout: 30.5}"
    (workload,) = load(PLAN, task=f"{HEAD}{ONE}  runner: {{{runner}}}\n").workloads

    assert json.loads(workload.definition)["runner"] == {"constant": {"timeout": 30.5}}


def test_workloads_of_one_subtask_are_numbered_unless_there_is_one(load: Load) -> None:
    task = f"""{HEAD}
  - title: both
    workloads:
      - scenario: {{Things.list: {{}}}}
      - scenario: {{Things.make: {{}}}}
  - title: alone
    run_in_parallel: false
    workloads: [{{scenario: {{Things.list: {{}}}}}}]
"""

    workloads = load(PLAN, task=task).workloads

    assert [(each.name, each.scenario) for each in workloads] == [
        ("both #1", "Things.list"),
        ("both #2", "Things.make"),
        ("alone", "Things.list"),
    ]


@pytest.mark.parametrize(
    ("runner", "plan", "paced"),
    [
        # 20 % of 100 is 20; twice 4 is 8; 100 // 4 = 25 blocks would fit.
        ("{times: 100, concurrency: 4}", "", (10, 20)),
        # 20 % of 21 is 4.2, so 5; twice 4 is 8.  21 // 4 = 5 blocks of at least 4.
        ("{times: 21, concurrency: 4}", "", (5, 8)),
        # 20 % of 51 is 10.2: a part of an iteration is a whole one.
        ("{times: 51, concurrency: 1}", "", (10, 11)),
        # A block is never shorter than the clients are many.
        ("{times: 4, concurrency: 4}", "", (1, 8)),
        ("{times: 100, concurrency: 4}", "blocks: 3", (3, 20)),
        ("{times: 100, concurrency: 4}", "blocks: 50", (25, 20)),
        ("{times: 100, concurrency: 4}", "interleave: false", (1, 20)),
        ("{times: 100, concurrency: 4}", "warm_up_iterations: 0", (10, 0)),
        ("{times: 100, concurrency: 4}", "warm_up_iterations: 7", (10, 7)),
    ],
)
def test_blocks_and_warm_up_follow_from_times_and_concurrency(
    runner: str, plan: str, paced: tuple[int, int], load: Load
) -> None:
    task = f"{HEAD}{ONE}  runner: {{constant: {runner}}}\n"

    (workload,) = load(f"{PLAN}{plan}\n", task=task).workloads

    assert (workload.blocks, workload.warm_up) == paced


def test_a_task_is_a_template_with_rallys_functions(load: Load) -> None:
    task = f"""{HEAD}
{{% for size in sizes %}}
  - title: make {{{{ size }}}}
    scenario: {{Things.make: {{size: {{{{ min(size, 5) }}}}}}}}
    runner: {{serial: {{times: {{{{ ceil(times / 4) + round(1.2)|default(1) }}}}}}}}
{{% endfor %}}
"""

    workloads = load(
        f"{PLAN}task_args: {{sizes: [1, 9], times: 9}}\n", task=task
    ).workloads

    assert [(each.name, each.times) for each in workloads] == [
        ("make 1", 4),
        ("make 9", 4),
    ]
    assert '"size":5' in workloads[1].definition


def test_a_task_may_include_what_lies_beside_it(load: Load, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(ONE.replace("one", "{{ name }}"))

    plan = load(
        f"{PLAN}task_args: {{name: included}}\n",
        task=HEAD + '{% include "one.yaml" %}\n',
    )

    assert [each.name for each in plan.workloads] == ["included"]


def test_an_argument_that_the_task_does_not_use_is_a_typo(problems: Problems) -> None:
    (found,) = problems(
        f"{PLAN}task_args:\n  tims: 5\n",
        task=f"{HEAD}{ONE}# {{{{ times|default(1) }}}}",
    )

    assert found == (
        "plan.yaml:6: task.yaml uses no 'tims'; leave it out, or correct it"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "# {{ times }}",
            "4: 'times' is undefined; give it in task_args, or a default",
        ),
        ("# {{ 1 / 0 }}", "4: template: division by zero; check the expression"),
        ("# {{ range(10**6) }}", "4: template: Range too big."),
        (
            "# {{ ''.__class__.__mro__ }}",
            "4: template: access to attribute '__class__'",
        ),
        ("# {{ '\\x1b'.x }}", "4: 'str object' has no attribute 'x'; give it in"),
        ("# {{ 1 + }}", "4: template: unexpected 'end of print statement'; check the"),
        ("# {% for %}", "4: template: "),
        ("# {% include 'no.yaml' %}", "4: template: 'no.yaml' not found in"),
    ],
)
def test_what_is_wrong_in_a_template_is_found_by_line(
    line: str, message: str, problems: Problems
) -> None:
    (found,) = problems(PLAN, task=f"{HEAD}{line}\n{ONE}")

    assert found.startswith(f"task.yaml:{message}")


def test_an_error_in_an_included_file_names_that_file(
    problems: Problems, tmp_path: Path
) -> None:
    (tmp_path / "part.yaml").write_text("\n{{ 1 + }}\n")

    (found,) = problems(PLAN, task=HEAD + "{% include 'part.yaml' %}\n")

    assert found.startswith("part.yaml:2: template: unexpected 'end of print statem")


def test_lines_of_a_template_that_changes_its_length_are_said_to_be_rendered_ones(
    problems: Problems,
) -> None:
    task = (
        f"{HEAD}{{% for x in [1, 2] %}}\n# {{{{ x }}}}\n{{% endfor %}}\n{ONE}  x: 1\n"
    )

    (found,) = problems(PLAN, task=task)

    assert found.startswith("task.yaml: unknown key 'subtasks.0.x'")
    assert found.endswith("(line 11 of the rendered template)")


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("", "task.yaml:1: is empty; write a mapping (key: value)"),
        ("a: [", "task.yaml:1: not YAML: "),
        ("[1]", "task.yaml:1: is a list; write a mapping"),
        (
            "Things.list:\n- args: {}\n",
            "task.yaml:1: this is a Rally task of format 1;",
        ),
        ("title: x\nsubtasks: []\n", "task.yaml:1: this is no version; write format"),
        ("title: x\nversion: 3\n", "task.yaml:2: this is version 3; write format 2"),
        ("version: true\n", "task.yaml:1: this is version true; write format 2"),
        ("version: [2]\n", "task.yaml:1: this is version a list; write format 2"),
    ],
)
def test_what_is_no_task_of_format_2_says_what_it_is(
    task: str, message: str, problems: Problems
) -> None:
    (found,) = problems(PLAN, task=task)

    assert found.startswith(message)


def test_a_version_in_quotes_is_as_good_to_rally_and_to_us(load: Load) -> None:
    assert load(PLAN, task=HEAD.replace("2", '"2"') + ONE).workloads


def test_a_task_that_is_a_directory_is_a_problem(
    problems: Problems, tmp_path: Path
) -> None:
    (tmp_path / "task.yaml").mkdir()

    assert problems(PLAN, task=None) == [
        "task.yaml: is a directory; give the path of a YAML file"
    ]


@pytest.mark.parametrize(
    ("subtasks", "message"),
    [
        ("[]", "3: the task has no subtasks; add one"),
        ("5", "3: subtasks is 5; write a list (- item)"),
        ("\n- {scenario: {A.b: {}}}", "4: 'subtasks.0.title' is missing; add it"),
        ("\n- {title: a}", "4: a subtask has either a scenario or workloads; give one"),
        ("\n- {title: a, scenario: {A.b: {}}, workloads: []}", "4: a subtask has eith"),
        ("\n- {title: a, scenario: {}}", "4: scenario names exactly one: Class.method"),
        ("\n- {title: a, scenario: {A.b: {}, A.c: {}}}", "4: scenario names exactly o"),
        ("\n- {title: a, workloads: [{}]}", "4: scenario names exactly one: Class.met"),
        ("\n- {title: a, scenario: {A.b: }}", "4: subtasks.0.scenario.A.b is empty; w"),
        ("\n- {title: a, scenario: A.b}", "4: subtasks.0.scenario is 'A.b'; write a m"),
        ("\n- {title: a, scenaro: {A.b: {}}}", "4: unknown key 'subtasks.0.scenaro';"),
        ("\n- {title: '', scenario: {A.b: {}}}", "4: title '' must be one line of tex"),
        ('\n- {title: "a\\nb", scenario: {A.b: {}}}', "4: title 'a\\nb' must be one l"),
        ("\n- 5", "4: subtasks.0 is 5; write a mapping (key: value)"),
    ],
)
def test_what_is_wrong_with_a_subtask_is_found_by_line(
    subtasks: str, message: str, problems: Problems
) -> None:
    found = problems(PLAN, task=f"version: 2\ntitle: x\nsubtasks: {subtasks}\n")

    assert found[0].startswith(f"task.yaml:{message}")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("runner: {rps: {rps: 5, times: 5}}", "runner 'rps': perfcompare has constant"),
        ("runner: {serial: {}, constant: {}}", "two runners: perfcompare has constant"),
        ("runner: {constant: {times: 0}}", "times is 0; it must be from 1 to 1000000"),
        ("runner: {constant: {times: -5}}", "times is -5; it must be from 1"),
        ("runner: {constant: {times: true}}", "times is true; it must be a whole num"),
        ("runner: {constant: {times: 1.5}}", "times is 1.5; it must be a whole number"),
        ("runner: {constant: {times: 10000000}}", "times is 10000000; it must be from"),
        ("runner: {constant: {concurrency: 0}}", "concurrency is 0; it must be from 1"),
        (
            "runner: {constant: {times: 2, concurrency: 4}}",
            "times 2 is less than concurrency 4; raise it",
        ),
        (
            "runner: {constant: {tims: 4}}",
            "constant takes no 'tims' here; did you mean",
        ),
        (
            "runner: {constant: {max_cpu_count: 1}}",
            "constant takes no 'max_cpu_count' here; there is times, concurrency, tim",
        ),
        ("runner: {serial: {concurrency: 1}}", "serial takes no 'concurrency' here"),
        ("runner: {constant: {timeout: 0}}", "timeout is 0; give seconds, more than 0"),
        ("runner: {constant: {timeout: .inf}}", "timeout is inf; give seconds, more"),
        ("runner: {constant: {timeout: yes}}", "timeout is true; give seconds, more"),
        ("runner: {constant: {timeout: 5 s}}", "timeout is '5 s'; give seconds, more"),
        ("hooks: [{}]", "hooks are not carried out; leave them out"),
        ("contexts: {users: {tenants: .nan}}", "NaN and infinity are no JSON; write"),
    ],
)
def test_what_is_wrong_with_a_workload_says_what_perfcompare_has(
    line: str, message: str, problems: Problems
) -> None:
    (found,) = problems(PLAN, task=f"{HEAD}{ONE}  {line}\n")

    assert found.partition(": ")[2].startswith(message)


def test_a_subtask_that_is_none_does_not_hide_what_the_next_lacks(
    problems: Problems,
) -> None:
    found = problems(PLAN, task=f"{HEAD}- 5\n- scenario: {{A.b: {{}}}}\n")

    assert found == [
        "task.yaml:4: subtasks.0 is 5; write a mapping (key: value)",
        "task.yaml:5: 'subtasks.1.title' is missing; add it",
    ]


def test_a_second_subtask_of_the_same_title_is_a_problem(problems: Problems) -> None:
    (found,) = problems(PLAN, task=HEAD + ONE + ONE)

    assert found == (
        "task.yaml:6: a second subtask is called 'one' (first on line 4);"
        " give it another title"
    )


def test_what_stands_beside_workloads_applies_to_none(problems: Problems) -> None:
    task = f"{HEAD}- title: a\n  runner: {{serial: {{}}}}\n  workloads:\n"

    (found,) = problems(PLAN, task=f"{task}  - scenario: {{A.b: {{}}}}\n")

    assert found == (
        "task.yaml:5: 'runner' beside workloads applies to none; move it into them"
    )


def test_all_problems_of_a_task_are_reported_with_those_of_the_plan(
    problems: Problems,
) -> None:
    task = f"{HEAD}{ONE}  runner: {{rps: {{}}}}\n  x: 1\n{ONE}"

    found = problems(f"{PLAN}ronds: 1\n", task=task)

    assert [each.partition(": ")[0] for each in found] == [
        "plan.yaml:5",
        "task.yaml:6",
        "task.yaml:7",
        "task.yaml:8",
    ]
