# SPDX-License-Identifier: Apache-2.0
import json

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import expect

from perfcompare.testing.browser import DESK, PHONE
from perfcompare.testing.reference import PAGES

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
MOST_TABS = 60
FOCUSED = """(() => {
  const focused = document.activeElement, style = getComputedStyle(focused);
  const outlined = style.outlineStyle !== 'none' && style.outlineWidth !== '0px';
  return [focused.tagName, outlined];
})()"""
SCROLLS_UNREACHED = """[...document.querySelectorAll('body *')].filter(one =>
  ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)
  && one.scrollWidth > one.clientWidth && one.tabIndex < 0).map(one => one.className)"""
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


@pytest.mark.parametrize(("scheme", "size"), [("light", DESK), ("dark", PHONE)])
@pytest.mark.parametrize("run", RUNS)
def test_no_rule_of_wcag_is_broken_with_everything_open(show, axe, run, scheme, size):
    page = show(run, size=size, color_scheme=scheme).page
    page.evaluate(OPEN_ALL)

    assert violations(page, axe) == []


def test_the_first_tab_leads_past_the_first_screen(show):
    page = show().page
    page.keyboard.press("Tab")
    link = page.locator(":focus")

    assert link.get_attribute("href") == "#verdicts"
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#verdicts")).to_be_in_viewport()


def test_whatever_the_keyboard_reaches_shows_that_it_is_there(show):
    page = show("parity").page
    page.evaluate(OPEN_ALL)
    kinds, unseen = set(), []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        what, outlined = page.evaluate(FOCUSED)
        kinds.add(what)
        if not outlined:
            unseen.append(what)

    assert unseen == []
    assert kinds >= {"A", "BUTTON", "DIV", "INPUT", "PRE", "SELECT", "SUMMARY"}


def test_what_scrolls_can_be_reached_by_the_keyboard(show):
    page = show(size=PHONE).page
    page.evaluate(OPEN_ALL)

    assert page.evaluate(SCROLLS_UNREACHED) == []
