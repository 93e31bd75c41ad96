# SPDX-License-Identifier: Apache-2.0
"""comparison.json of several runs, for programs.

What it says of a run, and of a metric in a run, is what comparison.json of that run
says; ``side_by_side.schema.json`` describes the rest.
"""

import json
from importlib.resources import files
from typing import TextIO

from perfcompare.model.comparison import Comparison
from perfcompare.model.side_by_side import Change, Column, Line, SideBySide
from perfcompare.report.json_format import (
    Json,
    caveat_json,
    comparison_json,
    interval_json,
    key_json,
    plain_json,
)
from perfcompare.report.json_format import schema as schema_of_one

SCHEMA_VERSION = 1
KIND = "side by side"
"""Tells the document from that of one run."""


def write_json(found: SideBySide, out: TextIO) -> None:
    """Write what every run says, and whether they agree."""
    document: Json = {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "runs": [_run(column) for column in found.columns],
        "metrics": [_line(line) for line in found.lines],
        "differences": plain_json(found.divergences),
        "exit_status": _status(found.exit_status.value, found.exit_status.name),
    }
    json.dump(document, out, sort_keys=True, indent=1, allow_nan=False)
    out.write("\n")


def schema() -> str:
    """Return the JSON Schema (draft 2020-12) of what `write_json` writes.

    With all that it takes over from the schema of one run's comparison.json.
    """
    text = (files("perfcompare.report") / "side_by_side.schema.json").read_text("utf-8")
    own = json.loads(text)
    own["$defs"] = {**json.loads(schema_of_one())["$defs"], **own["$defs"]}
    return json.dumps(own, indent=2, ensure_ascii=False) + "\n"


def _run(column: Column) -> Json:
    judgement = column.judgement
    status = judgement.exit_status
    return {
        "label": column.label,
        "path": column.path,
        "facts": plain_json(judgement.facts),
        "caveats": [caveat_json(caveat) for caveat in judgement.caveats],
        "exit_status": _status(status.value, status.name),
    }


def _line(line: Line) -> Json:
    return {
        **key_json(line.key),
        "primary": line.primary,
        "agreement": line.agreement.value,
        "comparisons": [_cell(cell) for cell in line.cells],
        "changes": [_change(change) for change in line.changes],
    }


def _cell(cell: Comparison | None) -> Json:
    return None if cell is None else comparison_json(cell)


def _change(change: Change | None) -> Json:
    if change is None:
        return None
    return {
        "scale": change.scale.value,
        "effect": plain_json(change.effect),
        "ci95": interval_json(change.ci95),
    }


def _status(code: int, name: str) -> Json:
    return {"code": code, "name": name.lower()}
