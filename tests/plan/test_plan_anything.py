# SPDX-License-Identifier: Apache-2.0
"""Whatever a plan or a task holds, it is read or refused; nothing else is raised."""

from collections.abc import Callable

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfcompare.model.errors import PlanError
from perfcompare.model.plan import Plan
from perfcompare.plan.document import PlanDocument
from perfcompare.plan.tasks import SubtaskDocument

Load = Callable[..., Plan]

PLAN = {
    "project": "things",
    "base": {"release": "1.0", "backend": "eventlet"},
    "target": {"release": "2.0", "backend": "threading"},
    "task": "task.yaml",
}
WORDS = st.sampled_from(["things", "1.0", "2.0", "eventlet", "threading", "p50", "*"])
SCALARS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), WORDS)
)
KEYS = st.sampled_from(
    [*PlanDocument.model_fields, *PLAN["base"], "constant", "times", "A.b", ""]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)
# The fixtures only know where to write; each example writes anew.
ANYTHING = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def written(value: object) -> str:
    return yaml.safe_dump(value, allow_unicode=True)


def accepted(load: Load, plan: str, **task: str) -> bool:
    try:
        load(plan, **task)
    except PlanError as error:
        problems = error.problems
    else:
        return True
    assert problems
    assert all(problem.message.isprintable() for problem in problems)
    return False


@ANYTHING
@given(changes=st.dictionaries(st.sampled_from([*PlanDocument.model_fields]), VALUES))
def test_any_value_of_any_key_is_read_or_refused(
    changes: dict[str, object], load: Load
) -> None:
    accepted(load, written(PLAN | changes))


@ANYTHING
@given(
    changes=st.dictionaries(st.sampled_from([*SubtaskDocument.model_fields]), VALUES)
)
def test_any_subtask_is_read_or_refused(changes: dict[str, object], load: Load) -> None:
    subtask = {"title": "a", "scenario": {"A.b": {}}} | changes
    task = {"version": 2, "title": "x", "subtasks": [subtask]}

    accepted(load, written(PLAN), task=written(task))


@ANYTHING
@given(text=st.text(alphabet="ab:-*&{}[]<>!#%|'\"\\ \n\t0.", max_size=60))
def test_any_text_is_read_or_refused(text: str, load: Load) -> None:
    accepted(load, text)
    accepted(load, written(PLAN), task=text)


def test_what_nothing_was_changed_in_is_read(load: Load) -> None:
    assert accepted(load, written(PLAN))
