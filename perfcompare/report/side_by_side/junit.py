# SPDX-License-Identifier: Apache-2.0
"""junit.xml of several runs: one suite a run."""

import io
from typing import TextIO
from xml.etree import ElementTree as ET

from perfcompare.model.side_by_side import SideBySide
from perfcompare.report.junit import write_junit as write_one
from perfcompare.report.side_by_side.answer import headline


def write_junit(found: SideBySide, out: TextIO) -> None:
    """Write the suites as each run alone has them, named by its label.

    What the runs have in common stands first in the words of the first suite.
    """
    root = ET.Element("testsuites")
    for column in found.columns:
        one = io.StringIO()
        write_one(column.judgement, one)
        text = one.getvalue().partition("\n")[2]
        for suite in ET.fromstring(text).iter("testsuite"):  # noqa: S314  # we wrote it
            suite.set("name", f"{column.label}: {suite.get('name')}")
            told = suite.find("system-out")
            if told is not None and column is found.columns[0]:
                told.text = f"{headline(found)}\n{told.text}"
            root.append(suite)
    ET.indent(root)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(ET.tostring(root, encoding="unicode"))
    out.write("\n")
