# SPDX-License-Identifier: Apache-2.0
"""``perfcompare schema``: the JSON Schema of a plan, for editors."""

import json

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a plan.

    Editors that know it complete and explain the keys while a plan is written.
    """
    from perfcompare.plan.document import PlanDocument  # slow to import

    schema = PlanDocument.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
