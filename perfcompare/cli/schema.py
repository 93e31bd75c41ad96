# SPDX-License-Identifier: Apache-2.0
"""``perfcompare schema``: the JSON Schemas of what is read and of what is written."""

import json

import click

WHAT = ("plan", "comparison", "side-by-side")


@click.command("schema")
@click.argument("what", type=click.Choice(WHAT), default="plan")
def command(what: str) -> None:
    """Print the JSON Schema of a plan (default), or of comparison.json.

    Editors that know that of a plan complete and explain the keys while one is written;
    that of comparison.json, of one run or of several side by side, says what programs
    can rely on.
    """
    schemas = {"plan": _plan, "comparison": _comparison, "side-by-side": _side_by_side}
    click.echo(json.dumps(schemas[what](), indent=2, ensure_ascii=False))


def _plan() -> dict[str, object]:
    from perfcompare.plan.document import PlanDocument  # slow to import

    schema = PlanDocument.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


def _comparison() -> dict[str, object]:
    from perfcompare.report.json_format import schema

    loaded: dict[str, object] = json.loads(schema())
    return loaded


def _side_by_side() -> dict[str, object]:
    from perfcompare.report.side_by_side.json_format import schema

    loaded: dict[str, object] = json.loads(schema())
    return loaded
