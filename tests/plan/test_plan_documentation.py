# SPDX-License-Identifier: Apache-2.0
"""The schema and docs/plan.md against the program."""

import re
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.plan.document import PlanDocument
from perfcompare.plan.loader import Overrides, load_plan
from perfcompare.plan.positions import parse
from perfcompare.projects import PROJECTS

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "plan.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ELSEWHERE = [
    example
    for page in PAGES
    if page.name != "plan.md"
    for example in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    if example.startswith("project: ")
]
"""Whole plans on other pages."""
SCHEMA = PlanDocument.model_json_schema()


def keys(schema: dict[str, dict[str, object]]) -> set[str]:
    models = [schema, *schema["$defs"].values()]
    return {
        key
        for model in models
        if isinstance(model, dict)
        for key in model.get("properties", {})
    }


@pytest.mark.parametrize("key", sorted(keys(SCHEMA)))
def test_every_key_of_a_plan_is_documented(key: str) -> None:
    assert f"`{key}`" in DOCS


@pytest.mark.parametrize("key", sorted(keys(SCHEMA)))
def test_every_key_of_the_schema_explains_itself(key: str) -> None:
    models = [SCHEMA, *SCHEMA["$defs"].values()]

    found = [model["properties"][key] for model in models if key in model["properties"]]

    assert all(each.get("description") for each in found)


@pytest.mark.parametrize("example", EXAMPLES + ELSEWHERE)
def test_every_example_of_the_documentation_loads(example: str, tmp_path: Path) -> None:
    """An example without a project is a part of the smallest plan."""
    for checkout in ("glance", "manila"):
        (tmp_path / checkout).mkdir()
        (tmp_path / checkout / "setup.cfg").touch()
    plan = tmp_path / "perfcompare" / "plans" / "glance" / "plan.yaml"
    plan.parent.mkdir(parents=True)
    for name in ("glance", "manila"):
        folder = plan.parent.parent / name
        folder.mkdir(exist_ok=True)
        (folder / "tasks").symlink_to(ROOT / "scenarios" / name / "tasks")
    values = yaml.safe_load(EXAMPLES[0]) | yaml.safe_load(example)
    plan.write_text(yaml.safe_dump(values))
    none = Overrides(rounds=None, quick=False, thresholds=())

    loaded = load_plan(
        plan, projects=PROJECTS, defaults=DEFAULT_THRESHOLDS, overrides=none
    )

    assert loaded.project == values["project"]


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "scenarios").glob("*/*.yaml")),
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_the_schema_accepts_the_plans_that_we_ship(path: Path) -> None:
    source = parse(path.read_text(), path=str(path))

    jsonschema.validate(source.value, SCHEMA)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rounds": 0},
        {"rounds": True},
        {"rounds": {"min": 2, "max": 10}},
        {"rounds": {"min": 4}},
        {"ronds": 4},
        {"base": {}},
    ],
)
def test_the_schema_refuses_what_the_program_refuses(wrong: dict[str, object]) -> None:
    plan = yaml.safe_load(EXAMPLES[0]) | wrong

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plan, SCHEMA)
