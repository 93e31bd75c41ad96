# SPDX-License-Identifier: Apache-2.0
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcompare.model.errors import PlanError, WorkloadError
from perfcompare.model.visit import Action, Phase, Window
from perfcompare.workload.rally_results import (
    ImportedWorkload,
    context_seconds,
    iterations,
    read_report,
)

RECORDINGS = Path(__file__).parent.parent / "recordings" / "rally"
BLOCKS = RECORDINGS / "5.1.1-blocks.json"
CONSTANT = RECORDINGS / "5.1.1-constant.json"


def entry(started_at, duration=0.5, *, error=(), actions=()):
    return {
        "timestamp": started_at,
        "duration": duration,
        "idle_duration": 0.0,
        "error": list(error),
        "output": {"additive": [], "complete": []},
        "atomic_actions": list(actions),
    }


def action(name, started_at, finished_at, **others):
    return {
        "name": name,
        "started_at": started_at,
        "finished_at": finished_at,
        "children": [],
        **others,
    }


def workload(*data):
    return {
        "scenario": {"Some.scenario": {"limit": 5}},
        "runner": {"constant": {"times": 4, "concurrency": 2}},
        "contexts": {},
        "sla": {},
        "data": list(data),
    }


def report(*subtasks, **info):
    return {
        "info": {"format_version": "1.2", **info},
        "tasks": [
            {
                "subtasks": [
                    {"title": title, "workloads": [each]} for title, each in subtasks
                ]
            }
        ],
    }


def encoded(document):
    return json.dumps(document).encode()


def window(phase, block, started_at, ended_at, count, name="list"):  # noqa: PLR0917
    return Window(
        phase=phase,
        workload=name,
        block=block,
        started_at=started_at,
        ended_at=ended_at,
        iterations=count,
        generator_cpu_seconds=None,
    )


def recorded_windows():
    entries = json.loads((RECORDINGS / "5.1.1-blocks.windows.json").read_text())
    return [window(Phase(phase), *rest) for phase, *rest in entries]


def test_a_recorded_drive_falls_into_its_turns():
    found = iterations(BLOCKS.read_bytes(), windows=recorded_windows())

    assert Counter((each.workload, each.phase, each.block) for each in found) == {
        (name, phase, block): 3
        for name in ("good", "odd")
        for phase, block in ((Phase.WARM_UP, 0), (Phase.LOAD, 1), (Phase.LOAD, 2))
    }


def test_recorded_errors_are_one_line_without_their_traceback():
    found = iterations(BLOCKS.read_bytes(), windows=recorded_windows())

    assert {each.error for each in found if each.workload == "good"} == {""}
    assert {each.error for each in found if each.workload == "odd" and each.error} == {
        "HttpError: GET /odd: status 503 instead of 200: no more threads for ***"
    }


def test_recorded_actions_lie_within_their_iteration():
    found = iterations(BLOCKS.read_bytes(), windows=recorded_windows())

    assert all(
        [action.name for action in each.actions] == ["http.get"]
        and 0 < each.actions[0].duration_seconds <= each.duration_seconds
        for each in found
    )


def test_a_report_of_plain_rally_is_one_block_of_load():
    (imported,) = read_report(CONSTANT)

    assert imported.workload.name == "list images"
    assert imported.workload.scenario == "PerfcompareGlance.list_images"
    assert (imported.workload.times, imported.workload.concurrency) == (4, 2)
    assert json.loads(imported.workload.definition)["runner"] == {
        "constant": {"times": 4, "concurrency": 2}
    }
    assert {(each.phase, each.block) for each in imported.iterations} == {
        (Phase.LOAD, 1)
    }
    assert imported.window.started_at == imported.iterations[0].started_at


def test_iterations_are_numbered_in_order_of_start():
    document = report(("list", workload(entry(3.0), entry(1.0), entry(2.0))))

    found = iterations(encoded(document), windows=[window(Phase.LOAD, 1, 1.0, 4.0, 3)])

    assert [(each.number, each.started_at) for each in found] == [
        (0, 1.0),
        (1, 2.0),
        (2, 3.0),
    ]


def test_actions_of_one_name_are_summed_and_children_left_out():
    child = action("http", 1.0, 1.25)
    actions = [
        action("create", 1.0, 1.5, children=[child]),
        action("wait", 1.5, 1.75),
        action("create", 2.0, 3.0, failed=True),
    ]
    document = report(("list", workload(entry(1.0, actions=actions))))

    (found,) = iterations(
        encoded(document), windows=[window(Phase.LOAD, 1, 1.0, 4.0, 1)]
    )

    assert found.actions == (
        Action(name="create", duration_seconds=1.5, failed=True),
        Action(name="wait", duration_seconds=0.25, failed=False),
    )


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ([], ""),
        (["TimeoutException", "", "Traceback"], "TimeoutException"),
        (["NotFound", "no share\nid 5", "Traceback"], "NotFound: no share"),
        (["Long", "x" * 400], "Long: " + "x" * 294),
    ],
)
def test_an_error_is_type_and_first_line(error, line):
    document = report(("list", workload(entry(1.0, error=error))))

    (found,) = iterations(
        encoded(document), windows=[window(Phase.LOAD, 1, 1.0, 4.0, 1)]
    )

    assert found.error == line


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_an_iteration_belongs_to_the_turn_in_which_it_started(turns):
    data = [entry(10.0 * turn + 0.1 * n, 60.0) for n, turn in enumerate(turns)]
    windows = [
        window(Phase.LOAD, turn + 1, 10.0 * turn, 10.0 * turn + 5, turns.count(turn))
        for turn in range(4)
    ]

    found = iterations(encoded(report(("list", workload(*data)))), windows=windows)

    assert sorted(each.block for each in found) == sorted(turn + 1 for turn in turns)


def test_an_iteration_outside_every_turn_is_an_error():
    document = report(("list", workload(entry(1.0), entry(6.0))))

    with pytest.raises(WorkloadError, match="iteration 1 of list started outside"):
        iterations(encoded(document), windows=[window(Phase.LOAD, 1, 1.0, 5.0, 2)])


def test_a_result_that_rally_lost_is_an_error():
    document = report(("list", workload(entry(1.0))))

    with pytest.raises(WorkloadError, match=r"has 1 iterations .* which ran 2"):
        iterations(encoded(document), windows=[window(Phase.LOAD, 1, 1.0, 5.0, 2)])


def context(*bounds):
    names = ("setup", "cleanup")
    return {
        name: {"started_at": start, "finished_at": end}
        for name, (start, end) in zip(names, bounds, strict=True)
    }


def test_the_time_of_contexts_is_neither_load_nor_ours():
    first = workload(entry(5.0)) | {
        "contexts_results": [
            context((1.0, 2.0), (8.0, 8.5)),
            context((2.0, 4.0), (7.0, 7.25)),
        ]
    }

    assert (
        context_seconds(encoded(report(("list", first), ("show", workload())))) == 3.75
    )


def test_contexts_that_took_another_time_are_the_same_workload(tmp_path):
    found: list[ImportedWorkload] = []
    for seconds in (1.0, 2.0):
        results = [context((0.0, seconds), (9.0, 9.0))]
        path = tmp_path / f"{seconds}.json"
        path.write_bytes(
            encoded(
                report(("list", workload(entry(5.0)) | {"contexts_results": results}))
            )
        )
        found += read_report(path)

    assert found[0].workload == found[1].workload


def test_an_unreadable_report_of_our_own_is_an_error_of_the_load():
    with pytest.raises(WorkloadError, match="report cannot be read: not a report"):
        iterations(b'{"info":', windows=[])


BAD = {
    "empty": (b"", 1, "not a report of Rally's: invalid JSON: EOF"),
    "truncated": (b'{\n "info": {},\n "tas', 3, "not a report of Rally's: invalid"),
    "a list": (b"[]", None, "not a report of Rally's: input should be an object"),
    "something else": (
        encoded({"info": {"format_version": "1.2"}}),
        None,
        "no tasks: not a report of Rally's",
    ),
    "newer": (
        encoded(report(("list", workload(entry(1.0))), format_version="1.3")),
        None,
        "info.format_version: input should be '1.2', found '1.3'",
    ),
    "no task": (
        encoded({**report(), "tasks": []}),
        None,
        "tasks: list should have at least 1 item after validation, not 0, found []",
    ),
    "no workload": (encoded(report()), None, "tasks.0.subtasks: list should have at"),
    "no data": (
        encoded(report(("list", workload()))),
        None,
        "workload 'list' has no iterations",
    ),
    "NaN": (
        encoded(report(("list", workload(entry(1.0, float("nan")))))),
        None,
        "tasks.0.subtasks.0.workloads.0.data.0.duration: input should be a finite",
    ),
    "negative": (
        encoded(report(("list", workload(entry(1.0), entry(2.0, -0.5))))),
        None,
        "tasks.0.subtasks.0.workloads.0.data.1.duration: input should be greater",
    ),
    "negative action": (
        encoded(
            report(("list", workload(entry(1.0, actions=[action("get", 2.0, 1.0)]))))
        ),
        None,
        "tasks.0.subtasks.0.workloads.0.data.0.atomic_actions.0: value error, action",
    ),
    "milliseconds": (
        encoded(report(("list", workload(entry(1.7e12))))),
        None,
        "tasks.0.subtasks.0.workloads.0.data.0.timestamp: input should be less than",
    ),
    "text": (
        encoded(report(("list", workload(entry("1.0"))))),
        None,
        "tasks.0.subtasks.0.workloads.0.data.0.timestamp: input should be a valid",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_report_is_the_users_to_mend(tmp_path, name):
    content, line, message = BAD[name]
    path = tmp_path / "report.json"
    path.write_bytes(content)

    with pytest.raises(PlanError) as caught:
        read_report(path)

    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == (str(path), line)
    assert problem.message.startswith(message)
    assert "\n" not in problem.message


def test_every_problem_of_a_report_is_told_at_once(tmp_path):
    path = tmp_path / "report.json"
    path.write_bytes(encoded(report(("list", workload(*[entry(1.0, -1.0)] * 3)))))

    with pytest.raises(PlanError) as caught:
        read_report(path)

    assert len(caught.value.problems) == 3


def test_a_report_of_several_tasks_is_refused(tmp_path):
    document = report(("list", workload(entry(1.0))))
    path = tmp_path / "report.json"
    path.write_bytes(encoded({**document, "tasks": document["tasks"] * 2}))

    with pytest.raises(PlanError, match="tasks: list should have at most 1 item"):
        read_report(path)


def test_a_report_that_is_not_there_is_named(tmp_path):
    with pytest.raises(PlanError, match=r"none\.json: cannot be read: No such file"):
        read_report(tmp_path / "none.json")


def test_titles_that_repeat_become_different_names(tmp_path):
    path = tmp_path / "report.json"
    each = workload(entry(1.0))
    path.write_bytes(encoded(report(("list", each), ("show", each), ("list", each))))

    names = [imported.workload.name for imported in read_report(path)]

    assert names == ["list", "show", "list (2)"]


def test_a_device_is_no_report():
    with pytest.raises(PlanError, match="is no regular file"):
        read_report(Path("/dev/zero"))
