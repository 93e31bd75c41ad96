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

from perfcompare.model.caveat import Caveat
from perfcompare.model.comparison import Comparison, Interval, Side
from perfcompare.model.judgement import Calibration, Judgement
from perfcompare.model.metric import MetricKey

SCHEMA_VERSION = 2

Json = dict[str, "Json"] | list["Json"] | str | float | bool | None


def write_json(judgement: Judgement, out: TextIO) -> None:
    """Write what was decided; curves and distributions stay in the run."""
    document: Json = {
        "schema_version": SCHEMA_VERSION,
        "facts": _plain(judgement.facts),
        "comparisons": [_comparison(row) for row in judgement.comparisons],
        "caveats": [_caveat(caveat) for caveat in judgement.caveats],
        "calibration": _calibration(judgement.calibration),
        "spending": _plain(judgement.spending),
        "conditions": _plain(judgement.conditions),
        "differences": _plain(judgement.differences),
        "failure": _plain(judgement.failure),
        "memory": _plain(judgement.memory),
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


def _key(key: MetricKey) -> dict[str, Json]:
    return {
        "workload": key.workload,
        "action": key.action,
        "service": key.service,
        "metric": key.metric.name,
        "unit": key.metric.unit.value,
        "better": key.metric.better.value,
    }


def _calibration(found: Calibration | None) -> Json:
    if found is None:
        return None
    metrics: list[Json] = [
        {
            **_key(one.key),
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


def _comparison(row: Comparison) -> Json:
    return {
        "contrast": row.contrast.value,
        **_key(row.key),
        "primary": row.primary,
        "base": _side(row.base),
        "target": _side(row.target),
        "scale": row.scale.value,
        "effect": _plain(row.effect),
        "ci95": _interval(row.ci95),
        "ci90": _interval(row.ci90),
        "threshold": _plain(row.threshold),
        "floor": _plain(row.floor),
        "margin": _plain(row.margin),
        "p_value": _plain(row.p_value),
        "p_adjusted": _plain(row.p_adjusted),
        "verdict": row.verdict.value,
        "detectable_effect": _plain(row.detectable_effect),
        "rounds": list(row.rounds),
        "rounds_needed": row.rounds_needed,
        "method": row.method,
        "corroboration": _plain(row.corroboration),
        "caveats": [_caveat(caveat) for caveat in row.caveats],
    }


def _side(side: Side) -> Json:
    return {
        "variant": side.variant,
        "values": [_plain(value) for value in side.values],
        "median": _plain(side.median),
    }


def _interval(interval: Interval | None) -> Json:
    return None if interval is None else [_plain(interval.low), _plain(interval.high)]


def _caveat(caveat: Caveat) -> Json:
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(caveat).__name__).lower()
    # A caveat whose own field is called text (Note) says the same in both.
    fields = {
        field.name: _plain(getattr(caveat, field.name))
        for field in dataclasses.fields(caveat)
    }
    return {**fields, "kind": kind, "text": str(caveat)}


def _plain(value: object) -> Json:
    """Turn a value of the model into what JSON can say."""
    match value:
        case Enum():
            return _plain(value.value)
        case float() if not math.isfinite(value):
            return None
        case None | str() | bool() | int() | float():
            return value
        case date():
            return value.isoformat()
        case tuple() | list():
            return [_plain(item) for item in value]
        case _ if dataclasses.is_dataclass(value):
            return {
                field.name: _plain(getattr(value, field.name))
                for field in dataclasses.fields(value)
            }
        case _:
            raise TypeError(f"cannot write {type(value).__name__} as JSON")
