# SPDX-License-Identifier: Apache-2.0
"""What the script adds to the table of verdicts: sort, filter, open, copy."""

import math
import re

import pytest
from playwright.sync_api import expect

FIRST_TABLE = "#verdicts ~ .box table.cards"
ROWS = f"{FIRST_TABLE} tbody.metric:visible"
MOST_TABS = 80


@pytest.fixture
def page(show):
    return show().page


def metrics(page):
    return page.locator(f"{ROWS} tr:first-child th").all_inner_texts()


def changes(page):
    """Read how large they are, up and down alike: +100 % is as much as -50 %."""
    texts = page.locator(f"{ROWS} .effect").all_inner_texts()
    return [
        abs(math.log1p(float(found[0]) / 100))
        for text in texts
        if (found := re.match(r"[+-][\d.]+", text.replace("\N{MINUS SIGN}", "-")))
    ]


def header(page, name):
    return page.locator(FIRST_TABLE).get_by_role("columnheader", name=name).first


def tab_to(page, selector):
    """Press Tab until the focus is there, as who has no mouse does."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
    raise AssertionError(f"{MOST_TABS} tabs do not reach {selector}")


def test_a_header_sorts_up_and_down_and_the_third_click_is_worst_first(page):
    worst_first = metrics(page)
    change = header(page, "change")
    orders = []
    for _ in range(3):
        change.get_by_role("button").click()
        orders.append((change.get_attribute("aria-sort"), changes(page)))
    (_, falling), (_, rising), _ = orders

    assert [sort for sort, _ in orders] == ["descending", "ascending", None]
    assert falling == sorted(falling, reverse=True)
    assert rising == sorted(rising)
    assert len(set(rising)) > 3
    assert metrics(page) == worst_first


def test_another_header_takes_over_the_order(page):
    header(page, "change").get_by_role("button").click()
    header(page, "metric").get_by_role("button").click()

    assert page.locator(f"{FIRST_TABLE} [aria-sort]").count() == 1
    assert header(page, "metric").get_attribute("aria-sort") == "ascending"
    assert metrics(page) == sorted(metrics(page))


def test_words_filter_the_lines_and_their_number_is_told(page):
    of_all = len(metrics(page))
    page.locator("input#filter").fill("latency shares")
    found = metrics(page)

    assert 0 < len(found) < of_all
    assert all("latency" in one and "shares" in one for one in found)
    expect(page.get_by_role("status")).to_contain_text(f"{len(found)} of {of_all}")


def test_what_nothing_fits_shows_nothing_and_says_so(page):
    page.locator("input#filter").fill("no such metric")

    assert metrics(page) == []
    expect(page.get_by_role("status")).to_contain_text("0 of")


def test_a_chip_keeps_one_verdict_and_gives_the_others_back(page):
    everything = metrics(page)
    chip = page.locator("#toolbar button[data-verdict=inconclusive]")
    chip.click()
    kept = page.locator(ROWS).evaluate_all("all => all.map(row => row.dataset.verdict)")

    assert kept == ["inconclusive"] * 2
    assert chip.get_attribute("aria-pressed") == "true"

    chip.click()

    assert chip.get_attribute("aria-pressed") == "false"
    assert metrics(page) == everything


def test_a_count_on_the_first_screen_leads_to_its_lines(page):
    page.locator("header a[data-verdict=improvement]").click()
    kept = page.locator(ROWS).evaluate_all("all => all.map(row => row.dataset.verdict)")

    assert kept == ["improvement"] * 2
    assert page.url.endswith("#verdicts")
    expect(page.locator(ROWS).first).to_be_in_viewport()


def test_a_click_on_a_line_opens_and_closes_it(page):
    row = page.locator(ROWS).first
    inside = row.locator("details.inside")
    row.locator("th").click()

    expect(inside).to_have_attribute("open", "")
    expect(inside.locator("pre")).to_be_visible()
    expect(inside.get_by_role("img").first).to_be_visible()

    row.locator("th").click()

    expect(inside).not_to_have_attribute("open", "")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_alone_opens_a_line(page, key):
    tab_to(page, "details.inside > summary")
    page.keyboard.press(key)

    expect(page.locator("details.inside").first).to_have_attribute("open", "")


def test_the_keyboard_alone_sorts_and_filters(page):
    tab_to(page, "#filter")
    page.keyboard.type("latency")
    tab_to(page, "#toolbar button[data-verdict=parity]")
    page.keyboard.press("Space")
    tab_to(page, "th[data-sort=c] button")
    page.keyboard.press("Enter")

    assert len(metrics(page)) == 2
    assert all("latency" in one for one in metrics(page))
    assert header(page, "change").get_attribute("aria-sort") == "descending"


def test_no_single_key_does_anything_outside_a_field(page):
    # Who speaks to the machine presses keys by chance: WCAG 2.1.4.
    page.keyboard.type("/find ?j")

    assert page.evaluate("document.activeElement.tagName") == "BODY"
    assert page.locator("#filter").input_value() == ""


def test_the_values_of_a_line_are_copied_as_text(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row = page.locator(ROWS).first
    row.locator("th").click()
    row.get_by_role("button", name="copy").click()
    expect(row.get_by_role("button", name="copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")

    assert copied == row.locator("pre").text_content()
    assert len(re.findall(r"\d{3,}", copied)) >= 12


def test_a_link_inside_a_line_does_not_open_it(page):
    link = page.locator(f"{ROWS} a").first
    link.click()

    assert page.locator("details.inside[open]").count() == 0
    assert re.search("#note-1$", page.url)


def test_300_metrics_are_filtered_at_a_keystroke(show):
    page = show("large").page
    page.locator("input#filter").press_sequentially("workload_074")

    assert page.locator(ROWS).count() == 1
    expect(page.get_by_role("status")).to_contain_text("1 of 150")
