# SPDX-License-Identifier: Apache-2.0
import json

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from perfcompare.testing.browser import DESK, PHONE
from perfcompare.testing.reference import PAGES

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
RUNS = [run for run in PAGES if run != "large" and not run.startswith("hostile")]


@pytest.fixture(scope="module")
def axe():
    return AXE_FILE_PATH.read_text(encoding="utf-8")


def violations(page, axe):
    """Say what breaks which rule, in a line each."""
    page.evaluate(axe)
    asked = {"runOnly": STANDARDS, "resultTypes": ["violations"]}
    found = page.evaluate(f"axe.run(document, {json.dumps(asked)})")
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESK), ("dark", DESK), ("dark", PHONE)]
)
@pytest.mark.parametrize("run", RUNS)
def test_no_rule_of_wcag_is_broken_with_everything_open(show, axe, run, scheme, size):
    page = show(run, size=size, color_scheme=scheme).page
    page.evaluate(OPEN_ALL)

    assert violations(page, axe) == []
