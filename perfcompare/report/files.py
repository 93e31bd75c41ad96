# SPDX-License-Identifier: Apache-2.0
"""Write every format of a report to its file, whole or not at all."""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from perfcompare.model.judgement import Judgement
from perfcompare.model.metric import Sample
from perfcompare.report.csv_format import write_csv, write_samples
from perfcompare.report.html import write_html
from perfcompare.report.json_format import write_json
from perfcompare.report.junit import write_junit
from perfcompare.report.markdown import write_markdown
from perfcompare.report.text import write_text

Writer = Callable[[Judgement, TextIO], None]

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
}


def write_report(
    judgement: Judgement,
    samples: Sequence[Sample],
    *,
    directory: Path,
    comparison: Path,
) -> None:
    """Write the report into *directory*, and what was decided to *comparison*.

    Each file replaces its forerunner at once; a reader never sees half of one.

    Raises:
        OSError: A file cannot be written; those before it are.
    """
    directory.mkdir(parents=True, exist_ok=True)
    comparison.parent.mkdir(parents=True, exist_ok=True)
    for name, write in _FILES.items():
        replace_file(directory / name, partial(write, judgement))
    replace_file(directory / "samples.csv", partial(write_samples, samples))
    replace_file(comparison, partial(write_json, judgement))


def replace_file(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a file whole or not at all: it replaces its forerunner at once."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            write(out)
            # mkstemp makes files that nobody else may read; a report is to be read.
            os.fchmod(out.fileno(), 0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
