# SPDX-License-Identifier: Apache-2.0
"""junit.xml: one test case a primary comparison, for CI servers."""

from datetime import UTC, datetime
from typing import TextIO
from xml.etree import ElementTree as ET

from perfcompare.model.comparison import Verdict
from perfcompare.model.judgement import Judgement, RunFacts
from perfcompare.report.headline import headline, primary_total
from perfcompare.report.rows import Row, table
from perfcompare.report.words import printable

_SKIPPED = {Verdict.INCONCLUSIVE, Verdict.NOT_COMPARABLE}


def write_junit(judgement: Judgement, out: TextIO) -> None:
    """Write a suite: regression is failure, what is not decided is skipped."""
    lines = table(primary_total(judgement))
    verdicts = [row.verdict for row in lines.rows]
    suite = ET.Element(
        "testsuite",
        {
            "name": printable(f"perfcompare {judgement.facts.project}".strip()),
            "tests": str(len(verdicts)),
            "failures": str(verdicts.count(Verdict.REGRESSION)),
            "errors": "0",
            "skipped": str(sum(verdict in _SKIPPED for verdict in verdicts)),
            "time": "0",
            **_timestamp(judgement.facts),
        },
    )
    for row in lines.rows:
        suite.append(_case(row, lines.notes))
    ET.SubElement(suite, "system-out").text = headline(judgement)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(ET.tostring(root, encoding="unicode"))
    out.write("\n")


def _timestamp(facts: RunFacts) -> dict[str, str]:
    """Say when measuring began, as the schema wants it (UTC, no zone)."""
    if facts.started_at is None:
        return {}
    began = datetime.fromtimestamp(facts.started_at, tz=UTC)
    return {"timestamp": began.strftime("%Y-%m-%dT%H:%M:%S")}


def _case(row: Row, notes: tuple[str, ...]) -> ET.Element:
    key = row.comparison.key
    owner = key.workload or key.service or "run"
    name = "/".join(part for part in (key.action, key.metric.name) if part)
    if key.workload and key.service:
        name = f"{key.service}/{name}"
    case = ET.Element(
        "testcase",
        {"classname": printable(owner), "name": printable(name), "time": "0"},
    )
    message = _message(row)
    details = "\n".join([message, *(notes[number - 1] for number in row.notes)])
    if row.verdict is Verdict.REGRESSION:
        failure = ET.SubElement(
            case, "failure", {"message": message, "type": row.verdict.value}
        )
        failure.text = details
    elif row.verdict in _SKIPPED:
        ET.SubElement(case, "skipped", {"message": message})
    ET.SubElement(case, "system-out").text = details
    return case


def _message(row: Row) -> str:
    parts = [f"{row.verdict}: {row.effect}, {row.medians}"]
    if row.interval:
        parts.append(f"95 % interval {row.interval}")
    parts.append(f"tolerated {row.tolerance}")
    if row.verdict is Verdict.INCONCLUSIVE:
        parts.append(f"rounds {row.rounds}; detectable {row.detectable}")
    return "; ".join(parts)
