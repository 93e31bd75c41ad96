# SPDX-License-Identifier: Apache-2.0
"""Write several runs in every format, each file whole or not at all."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TextIO

from perfcompare.model.side_by_side import SideBySide
from perfcompare.report.files import replace_file
from perfcompare.report.side_by_side.csv_format import write_csv
from perfcompare.report.side_by_side.html import write_html
from perfcompare.report.side_by_side.json_format import write_json
from perfcompare.report.side_by_side.junit import write_junit
from perfcompare.report.side_by_side.markdown import write_markdown
from perfcompare.report.side_by_side.text import write_text

Writer = Callable[[SideBySide, TextIO], None]

WRITERS: Mapping[str, Writer] = {
    "html": write_html,
    "csv": write_csv,
    "json": write_json,
    "junit": write_junit,
    "markdown": write_markdown,
    "text": write_text,
}
"""Format → how to write it: what ``--format`` takes."""

_FILES = {
    "index.html": write_html,
    "results.csv": write_csv,
    "summary.md": write_markdown,
    "junit.xml": write_junit,
    "comparison.json": write_json,
}


def write_side_by_side(found: SideBySide, directory: Path) -> None:
    """Write every file into *directory*.

    Raises:
        OSError: A file cannot be written; those before it are.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, write in _FILES.items():
        replace_file(directory / name, partial(write, found))
