# SPDX-License-Identifier: Apache-2.0
"""comparison.json: everything that was decided, for programs.

Base units, full precision, absent is null; ``comparison.schema.json`` beside this
module describes it.
"""

import dataclasses
import json
import math
import re
from datetime import date
from enum import Enum
from importlib.resources import files
from typing import TextIO

from perfcompare.model.agreement import Agreement
from perfcompare.model.caveat import Caveat
from perfcompare.model.comparison import Comparison, Interval, Side
from perfcompare.model.judgement import Calibration, Judgement
from perfcompare.model.metric import MetricKey

SCHEMA_VERSION = 3

Json = dict[str, "Json"] | list["Json"] | str | float | bool | None


def write_json(judgement: Judgement, out: TextIO) -> None:
    """Write what was decided; curves and distributions stay in the run."""
    document: Json = {
        "schema_version": SCHEMA_VERSION,
        "facts": plain_json(judgement.facts),
        "comparisons": [comparison_json(row) for row in judgement.comparisons],
        "caveats": [caveat_json(caveat) for caveat in judgement.caveats],
        "shapes": plain_json(judgement.shapes),
        "occupancy": plain_json(judgement.occupancy),
        "agreements": [_agreement(one) for one in judgement.agreements],
        "calibration": _calibration(judgement.calibration),
        "spending": plain_json(judgement.spending),
        "conditions": plain_json(judgement.conditions),
        "differences": plain_json(judgement.differences),
        "failure": plain_json(judgement.failure),
        "memory": plain_json(judgement.memory),
        "exit_status": {
            "code": int(judgement.exit_status),
            "name": judgement.exit_status.name.lower(),
        },
    }
    json.dump(document, out, sort_keys=True, indent=1, allow_nan=False)
    out.write("\n")


def schema() -> str:
    """Return the JSON Schema (draft 2020-12) of what `write_json` writes."""
    return (files(__package__) / "comparison.schema.json").read_text("utf-8")


def key_json(key: MetricKey) -> dict[str, Json]:
    """Return what a row is about."""
    return {
        "workload": key.workload,
        "action": key.action,
        "service": key.service,
        "metric": key.metric.name,
        "unit": key.metric.unit.value,
        "better": key.metric.better.value,
    }


def _agreement(one: Agreement) -> Json:
    return {
        **key_json(one.key),
        "conditions": one.conditions.value,
        "one": plain_json(one.one),
        "other": plain_json(one.other),
        "ratio": plain_json(one.ratio),
        "ci95": interval_json(one.ci95),
        "differs": one.differs,
    }


def _calibration(found: Calibration | None) -> Json:
    if found is None:
        return None
    metrics: list[Json] = [
        {
            **key_json(one.key),
            "comparisons": one.comparisons,
            "false_verdicts": one.false_verdicts,
        }
        for one in found.metrics
    ]
    return {
        "comparisons": found.comparisons,
        "false_verdicts": found.false_verdicts,
        "families": found.families,
        "false_alarms": found.false_alarms,
        "variants": list(found.variants),
        "metrics": metrics,
    }


def comparison_json(row: Comparison) -> Json:
    """Return one comparison, as the schema has it."""
    return {
        "contrast": row.contrast.value,
        **key_json(row.key),
        "primary": row.primary,
        "base": _side(row.base),
        "target": _side(row.target),
        "scale": row.scale.value,
        "effect": plain_json(row.effect),
        "ci95": interval_json(row.ci95),
        "ci90": interval_json(row.ci90),
        "threshold": plain_json(row.threshold),
        "floor": plain_json(row.floor),
        "margin": plain_json(row.margin),
        "p_value": plain_json(row.p_value),
        "p_adjusted": plain_json(row.p_adjusted),
        "verdict": row.verdict.value,
        "detectable_effect": plain_json(row.detectable_effect),
        "rounds": list(row.rounds),
        "rounds_needed": row.rounds_needed,
        "method": row.method,
        "corroboration": plain_json(row.corroboration),
        "caveats": [caveat_json(caveat) for caveat in row.caveats],
    }


def _side(side: Side) -> Json:
    return {
        "variant": side.variant,
        "values": [plain_json(value) for value in side.values],
        "median": plain_json(side.median),
    }


def interval_json(interval: Interval | None) -> Json:
    """Return both ends of an interval; null for None."""
    return (
        None
        if interval is None
        else [plain_json(interval.low), plain_json(interval.high)]
    )


def caveat_json(caveat: Caveat) -> Json:
    """Return a caveat with its kind, its numbers and its words."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(caveat).__name__).lower()
    # A caveat whose own field is called text (Note) says the same in both.
    fields = {
        field.name: plain_json(getattr(caveat, field.name))
        for field in dataclasses.fields(caveat)
    }
    return {**fields, "kind": kind, "text": str(caveat)}


def plain_json(value: object) -> Json:  # noqa: PLR0911  # one for each kind
    """Turn a value of the model into what JSON can say."""
    match value:
        case Enum():
            return plain_json(value.value)
        case float() if not math.isfinite(value):
            return None
        case None | str() | bool() | int() | float():
            return value
        case date():
            return value.isoformat()
        case tuple() | list():
            return [plain_json(item) for item in value]
        case Interval():
            return interval_json(value)
        case _ if dataclasses.is_dataclass(value):
            return {
                field.name: plain_json(getattr(value, field.name))
                for field in dataclasses.fields(value)
            }
        case _:
            raise TypeError(f"cannot write {type(value).__name__} as JSON")
