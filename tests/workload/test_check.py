# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from perfcompare.workload.check import check_task

GOOD: dict[str, object] = {
    "title": "name",
    "scenario": {"PerfcompareHttp.get": {"path": "/"}},
    "runner": {"constant": {"times": 4, "concurrency": 2}},
    "contexts": {"dummy_context": {}},
    "sla": {"failure_rate": {"max": 10}},
}
HOOK = {
    "action": {"sys_cal": "true"},
    "trigger": {"event": {"unit": "iteration", "at": [1]}},
}
CASES: dict[str, tuple[dict[str, object], tuple[str, ...]]] = {
    "good": ({}, ()),
    "scenario": (
        {"scenario": {"PerfcompareHttp.gett": {}}},
        ("Rally knows no scenario PerfcompareHttp.gett; did you mean",),
    ),
    "missing argument": (
        {"scenario": {"PerfcompareHttp.get": {}}},
        ("PerfcompareHttp.get: Argument(s) 'path' should be specified",),
    ),
    "unknown argument": (
        {"scenario": {"PerfcompareHttp.get": {"path": "/", "pth": "/"}}},
        ("PerfcompareHttp.get: Unexpected argument(s) found ['pth']",),
    ),
    "wrong argument": (
        {"scenario": {"PerfcompareGlance.list_images": {"limit": "all"}}},
        ("PerfcompareGlance.list_images: Argument 'limit' is invalid: 'all'",),
    ),
    "context and SLA": (
        {"contexts": {"dummy_contxt": {}}, "sla": {"failure": {"max": 1}}},
        (
            "Rally knows no context dummy_contxt; did you mean dummy_context",
            "Rally knows no SLA failure; did you mean failure_rate",
        ),
    ),
    "wrong context": (
        {"contexts": {"dummy_context": {"fail_setup": "perhaps"}}},
        ("dummy_context: 'perhaps' is not of type 'boolean'",),
    ),
    "wrong runner": (
        {"runner": {"constant": {"tmes": 4}}},
        ("constant: Additional properties are not allowed ('tmes' was",),
    ),
    "hook": ({"hooks": [HOOK]}, ("Rally knows no hook sys_cal; did you mean",)),
    "key": (
        {"runer": {}},
        ("Subtask #1. Additional properties are not allowed ('runer' was",),
    ),
}


@pytest.fixture(scope="module")
def problems(make_workload):
    """Ask about all cases at once: to import Rally takes seconds."""
    return check_task(
        [
            make_workload(name, **{**GOOD, **changed, "title": name})
            for name, (changed, _) in CASES.items()
        ]
    )


@pytest.mark.parametrize("name", CASES)
def test_each_problem_is_one_line_with_the_workload_first(problems, name):
    found = [each for each in problems if each.startswith(f"{name}: ")]
    expected = [f"{name}: {each}" for each in CASES[name][1]]

    assert [
        each[: len(start)] for each, start in zip(found, expected, strict=True)
    ] == expected
    assert not any("\n" in each for each in found)


def test_cases_are_json_as_a_plan_holds_them():
    assert json.loads(json.dumps(GOOD)) == GOOD
