# SPDX-License-Identifier: Apache-2.0
"""Where each thing of a run stands on disk."""

import re
from pathlib import Path

SCHEMA_VERSION = 4
"""Of every file below a run; a reader refuses a newer one.

1 had no `Plan.deployment`: perfcompare deployed everything itself.  2 had neither
`Plan.looks` nor `Plan.void_marked_rounds` nor `Visit.counters`.  3 had neither
`Workload.title` nor `Window.generator_cpu_seconds`.
"""

RUN_FILE = "run.json"
FAILURE_FILE = "failure.json"
PROVENANCE_FILE = "provenance.json"
VISITS = "visits"
UPGRADE = "upgrade"
LOGS = "logs"
FAILED_LOGS = "failed-logs"
REPORT = "report"
COMPARISON_FILE = "comparison.json"

VISIT_FILE = "visit.json"
UPGRADE_FILE = "upgrade.json"
ITERATIONS_FILE = "iterations.parquet"
READINGS_FILE = "readings.parquet"
RALLY_FILE = "rally.json.gz"

_OURS = re.compile(r"(\.partial-)?r\d{2,}-[a-z]+")


def visit_name(*, number: int, variant: str) -> str:
    """Name the directory of a visit: ``r01-base``."""
    return f"r{number:02d}-{variant}"


def visit_path(run: Path, *, number: int, variant: str) -> Path:
    """Return the directory of a visit."""
    return run / VISITS / visit_name(number=number, variant=variant)


def partial_path(run: Path, *, number: int, variant: str) -> Path:
    """Return where a visit is written before it is complete."""
    return run / VISITS / f".partial-{visit_name(number=number, variant=variant)}"


def failed_path(run: Path, *, number: int, variant: str) -> Path:
    """Return where the logs of a failed visit are kept for a person to look at."""
    return run / VISITS / f"failed-{visit_name(number=number, variant=variant)}"


def is_visit_name(name: str) -> bool:
    """Tell a visit, half-written or whole, from anything else in ``visits/``."""
    return _OURS.fullmatch(name) is not None
