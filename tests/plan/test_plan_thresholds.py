# SPDX-License-Identifier: Apache-2.0
"""Thresholds of a plan: which names are known, and what is inherited."""

from collections.abc import Callable

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
thresholds:
"""


def own(plan: Plan, defaults: tuple[Threshold, ...]) -> list[Threshold]:
    return list(plan.thresholds[len(defaults) :])


def threshold(
    metric: str, ratio: float | None, floor: float, *, primary: bool | None = False
) -> Threshold:
    return Threshold(metric=metric, ratio=ratio, floor=floor, primary=primary)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("p50: {}", [threshold("p50", 0.10, 0.002)]),
        ("p50: {ratio: 0.3}", [threshold("p50", 0.3, 0.002)]),
        ("p50: {ratio: null}", [threshold("p50", None, 0.002)]),
        ("p50: {floor: 1}", [threshold("p50", 0.10, 1.0)]),
        ("p50: {primary: null}", [threshold("p50", 0.10, 0.002, primary=None)]),
        ("error_rate: {floor: 0.1}", [threshold("error_rate", None, 0.1)]),
        # A glob keeps apart what the defaults keep apart.
        (
            "p[59]0: {ratio: 0.3}",
            [threshold("p50", 0.3, 0.002), threshold("p90", 0.3, 0.005)],
        ),
        (
            "list things/p*0: {primary: true}",
            [
                threshold("list things/p50", 0.10, 0.002, primary=True),
                threshold("list things/p90", 0.15, 0.005, primary=True),
            ],
        ),
        # One metric out of a default that is a glob itself.
        ("threads_peak: {ratio: 0.5}", [threshold("threads_peak", 0.5, 4.0)]),
        ("things-*/threads_*: {}", [threshold("things-*/threads_*", 0.25, 4.0)]),
    ],
)
def test_what_a_threshold_leaves_out_is_inherited_from_its_default(
    line: str, expected: list[Threshold], load: Load, defaults: tuple[Threshold, ...]
) -> None:
    assert own(load(f"{PLAN}  {line}\n"), defaults) == expected


def test_what_is_said_of_everything_keeps_every_default_apart(
    load: Load, defaults: tuple[Threshold, ...]
) -> None:
    found = own(load(f"{PLAN}  list things/*: {{primary: true}}\n"), defaults)

    assert [(each.metric, each.ratio, each.floor) for each in found] == [
        (f"list things/{each.metric}", each.ratio, each.floor) for each in defaults
    ]


@pytest.mark.parametrize(
    "glob",
    [
        "p50",
        "'*'",
        "'*/p50'",
        "list things/p50",
        "list*/things-api/pss_peak",
        "things-worker/pss_peak",
        "rabbitmq/pss_peak",
        "(all)/pss_peak",
    ],
)
def test_metrics_workloads_and_services_that_exist_are_known(
    glob: str, load: Load
) -> None:
    assert load(f"{PLAN}  {glob}: {{ratio: 0.5}}\n")


@pytest.mark.parametrize(
    ("glob", "message"),
    [
        ("p55", "no metric is called 'p55'; did you mean 'p50'?"),
        ("xyz", "no metric is called 'xyz'; there is p50, p90, error_rate, pss_pea"),
        ("list things/p99*", "no metric is called 'p99*'; there is p50"),
        ("list things*", "no metric is called 'list things*'; there is"),
        ("lst things/p50", "no workload or service is called 'lst things'; did you me"),
        ("nova-*/pss_peak", "no workload or service is called 'nova-*'; "),
    ],
)
def test_a_glob_that_can_match_nothing_is_a_typo(
    glob: str, message: str, problems: Problems
) -> None:
    (found,) = problems(f"{PLAN}  {glob}: {{ratio: 0.5}}\n")

    assert found.startswith(f"plan.yaml:6: {message}")


def test_while_the_task_is_unreadable_workloads_are_not_doubted(
    problems: Problems,
) -> None:
    found = problems(f"{PLAN}  any/p50: {{ratio: 0.5}}\n", task="[")

    assert [each.partition(":")[0] for each in found] == ["task.yaml"]


def test_a_threshold_of_the_command_line_is_checked_too(problems: Problems) -> None:
    (found,) = problems(
        PLAN.replace("thresholds:\n", ""),
        thresholds=(("p55", ThresholdDocument(ratio=0.1)),),
    )

    assert found.startswith("--threshold: no metric is called 'p55'; did you mean")


@pytest.mark.parametrize(
    ("planned", "said", "expected"),
    [
        # What the plan says of a metric stays, but for what is said now.
        ("p50: {floor: 1}", "p50", [threshold("p50", 0.5, 1.0)]),
        (
            "p50: {primary: true, floor: 1}",
            "list things/p50",
            [threshold("list things/p50", 0.5, 1.0, primary=True)],
        ),
        # What it says of one workload stays with that workload.
        (
            "list things/p50: {primary: true}",
            "p50",
            [
                threshold("p50", 0.5, 0.002),
                threshold("list things/p50", 0.5, 0.002, primary=True),
            ],
        ),
        (
            "list*/p50: {floor: 1}",
            "list things/p50",
            [threshold("list things/p50", 0.5, 1.0)],
        ),
        (
            "list things/p50: {floor: 1}",
            "list*/p50",
            [
                threshold("list*/p50", 0.5, 0.002),
                threshold("list things/p50", 0.5, 1.0),
            ],
        ),
        # And says nothing of another one.
        (
            "list things/p50: {floor: 1}",
            "things-api/p50",
            [threshold("things-api/p50", 0.5, 0.002)],
        ),
    ],
)
def test_what_the_command_line_leaves_out_is_inherited_from_the_plan(
    planned: str,
    said: str,
    expected: list[Threshold],
    load: Load,
) -> None:
    plain = load(f"{PLAN}  {planned}\n")
    wanted = ((said, ThresholdDocument(ratio=0.5)),)

    plan = load(f"{PLAN}  {planned}\n", thresholds=wanted)

    # Of the same globs, the last is the one in force.
    added = {each.metric: each for each in own(plan, plain.thresholds)}
    assert list(added.values()) == expected


def test_a_workload_may_have_a_slash_in_its_title(load: Load) -> None:
    task = """\
version: 2
title: x
subtasks: [{title: list/show, scenario: {A.b: {}}}]
"""

    assert load(f"{PLAN}  list/show/p50: {{ratio: 0.5}}\n", task=task)
