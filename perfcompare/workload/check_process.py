# SPDX-License-Identifier: Apache-2.0
"""The process that asks Rally: definitions on stdin, problems on the last line."""

import difflib
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from rally import exceptions, plugins
from rally.task import context, hook, runner, scenario, sla
from rally.task.task_cfg import TaskConfig


def main() -> None:
    """Check each definition and print the problems as a JSON array."""
    definitions: dict[str, str] = json.load(sys.stdin)
    plugins.load()
    problems = [
        f"{name}: {problem}"
        for name, definition in definitions.items()
        for problem in _problems(json.loads(definition))
    ]
    sys.stdout.write(f"{json.dumps(problems)}\n")


def _problems(definition: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with one subtask, each on one line."""
    task = {"version": 2, "title": "check", "subtasks": [definition]}
    try:
        (subtask,) = TaskConfig(task).subtasks  # type: ignore[no-untyped-call]
    except exceptions.InvalidTaskException as error:
        yield _short(str(error))
        return
    for workload in subtask["workloads"]:
        yield from _scenario(workload)
        for kind, base, name, config in _plugins(workload):
            if _is_known(base, name):
                yield from _validate(base, name, plugin_cfg=config)
            else:
                yield _unknown(kind, base, name)


def _scenario(workload: dict[str, Any]) -> Iterator[str]:
    if _is_known(scenario.Scenario, workload["name"]):
        yield from _validate(scenario.Scenario, workload["name"], config=workload)
    else:
        yield _unknown("scenario", scenario.Scenario, workload["name"])


def _plugins(workload: dict[str, Any]) -> Iterator[tuple[str, Any, str, Any]]:
    """Yield kind, base class, name and configuration of all but the scenario."""
    yield "runner", runner.ScenarioRunner, workload["runner_type"], workload["runner"]
    for name, config in workload["contexts"].items():
        yield "context", context.Context, name, config
    for name, config in workload["sla"].items():
        yield "SLA", sla.SLA, name, config
    for each in workload["hooks"]:
        yield "hook", hook.HookAction, *each["action"]
        yield "hook trigger", hook.HookTrigger, *each["trigger"]


def _validate(
    base: type[Any], name: str, *, config: object = None, plugin_cfg: object = None
) -> Iterator[str]:
    """Let Rally's own validators speak that need no cloud."""
    for message in base.validate(
        name=name, context=None, config=config, plugin_cfg=plugin_cfg, vtype="syntax"
    ):
        yield f"{name}: {_short(message)}"


def _names(base: type[Any], *, full: bool) -> set[str]:
    """Return the names of *base*'s plugins; full ones end in ``@platform``."""
    return {each.get_fullname() if full else each.get_name() for each in base.get_all()}


def _is_known(base: type[Any], name: str) -> bool:
    return name in _names(base, full="@" in name)


def _unknown(kind: str, base: type[Any], name: str) -> str:
    close = difflib.get_close_matches(name, _names(base, full="@" in name))
    meant = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"Rally knows no {kind} {name}{meant}"


def _short(message: str) -> str:
    """Keep the sentence that says what is wrong; Rally appends whole schemas."""
    said = message.partition("Details: ")[2] or message.partition("`")[2] or message
    first = re.split(r"\n\n| Use `rally plugin", said)[0]
    return " ".join(first.split())


if __name__ == "__main__":
    main()
