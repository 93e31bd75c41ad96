# SPDX-License-Identifier: Apache-2.0
"""junit.xml: one test case a primary comparison, for CI servers."""

from typing import TextIO
from xml.etree import ElementTree as ET

from perfcompare.model.judgement import Judgement, RunFacts
from perfcompare.report.failure import failure_words, log_lines
from perfcompare.report.headline import headline, primary_total
from perfcompare.report.rows import Row, table
from perfcompare.report.shown import UNDECIDED, Shown
from perfcompare.report.standing import acknowledged, taken_back
from perfcompare.report.trust import confidence
from perfcompare.report.words import date_of, printable

_SKIPPED = UNDECIDED | {Shown.KNOWN}


def write_junit(judgement: Judgement, out: TextIO) -> None:
    """Write a suite: regression is failure, what is not decided is skipped.

    A regression that does not survive the correction for many metrics is not decided,
    and one that is known fails nothing.  An experiment that failed is an error, first.
    """
    lines = table(primary_total(judgement))
    verdicts = [row.verdict for row in lines.rows]
    failed = _experiment(judgement)
    suite = ET.Element(
        "testsuite",
        {
            "name": printable(f"perfcompare {judgement.facts.project}".strip()),
            "tests": str(len(verdicts) + len(failed)),
            "failures": str(verdicts.count(Shown.REGRESSION)),
            "errors": str(len(failed)),
            "skipped": str(sum(verdict in _SKIPPED for verdict in verdicts)),
            "time": "0",
            **_timestamp(judgement.facts),
        },
    )
    suite.extend(failed)
    for row in lines.rows:
        suite.append(_case(row, lines.notes))
    told = [f"{label}: {words}" for label, words in confidence(judgement)]
    ET.SubElement(suite, "system-out").text = "\n".join([headline(judgement), *told])
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(ET.tostring(root, encoding="unicode"))
    out.write("\n")


def _timestamp(facts: RunFacts) -> dict[str, str]:
    """Say when measuring began, as the schema wants it (UTC, no zone)."""
    began = date_of(facts.started_at)
    return {"timestamp": f"{began:%Y-%m-%dT%H:%M:%S}"} if began else {}


def _experiment(judgement: Judgement) -> list[ET.Element]:
    """Return the case of an experiment that failed; [] when it did not."""
    failure = judgement.failure
    if failure is None:
        return []
    case = ET.Element(
        "testcase", {"classname": "perfcompare", "name": "experiment", "time": "0"}
    )
    message = failure_words(judgement)
    error = ET.SubElement(
        case, "error", {"message": message, "type": "experiment failed"}
    )
    log = printable(failure.log)
    hint = printable(failure.hint)
    told = [
        message,
        *([f"logs: {log}"] if log else []),
        *([f"go on with: {hint}"] if hint else []),
        *log_lines(failure),
    ]
    error.text = "\n".join(told)
    return [case]


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
    if row.verdict is Shown.REGRESSION:
        failure = ET.SubElement(
            case, "failure", {"message": message, "type": row.verdict.value}
        )
        failure.text = details
    elif row.verdict in _SKIPPED:
        known = acknowledged(row.comparison)
        why = printable(taken_back(row.comparison) or str(known or ""))
        reason = f"{message}; {why}" if why else message
        ET.SubElement(case, "skipped", {"message": reason})
    ET.SubElement(case, "system-out").text = details
    return case


def _message(row: Row) -> str:
    parts = [f"{row.verdict}: {row.effect}, {row.values}"]
    if row.interval:
        parts.append(f"95 % interval {row.interval}")
    parts.append(f"tolerated {row.tolerance}")
    if row.corroboration:
        parts.append(f"counters beside it: {row.corroboration}")
    if row.verdict is Shown.INCONCLUSIVE:
        parts.append(f"rounds {row.rounds}; detectable {row.detectable}")
    return "; ".join(parts)
