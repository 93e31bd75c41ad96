# SPDX-License-Identifier: Apache-2.0
"""``perfcompare schema``: the JSON Schemas of what is read and of what is written."""

import json

import click


@click.command("schema")
@click.argument("what", type=click.Choice(["plan", "comparison"]), default="plan")
def command(what: str) -> None:
    """Print the JSON Schema of a plan (default), or of comparison.json.

    Editors that know that of a plan complete and explain the keys while one is written;
    that of comparison.json says what programs can rely on.
    """
    schema = _comparison() if what == "comparison" else _plan()
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))


def _plan() -> dict[str, object]:
    from perfcompare.plan.document import PlanDocument  # slow to import

    schema = PlanDocument.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


def _comparison() -> dict[str, object]:
    from perfcompare.report.json_format import schema

    loaded: dict[str, object] = json.loads(schema())
    return loaded
