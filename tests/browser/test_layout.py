# SPDX-License-Identifier: Apache-2.0
import io
import re

import pytest
from pypdf import PdfReader

from perfcompare.testing.browser import PHONE
from perfcompare.testing.reference import PAGES, REPORTS, SIDE_BY_SIDE

OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
FAILED = ("failed", "failed-early")
# 210 mm less 10 mm on either side, at 96 pixels to the inch.
A4_WITHIN_MARGINS = 718
BEYOND = f"""[...document.querySelectorAll('table, figure, pre, p, ul')].filter(one =>
  one.getBoundingClientRect().right > {A4_WITHIN_MARGINS} + 1).map(one =>
  `${{one.tagName}}.${{one.className}}: ${{one.textContent.slice(0, 40)}}`)"""
BOTTOM = "one => one.getBoundingClientRect().bottom"


@pytest.mark.parametrize("run", REPORTS)
def test_the_first_screen_has_answer_counts_subject_and_confidence(show, run):
    page = show(run).page
    bottoms = [
        page.locator(part).first.evaluate(BOTTOM)
        for part in (".answer", ".counts li", "#compared ~ *", "#trusted ~ *")
        # Of nothing that was compared there are no counts.
        if (run, part) != ("failed-early", ".counts li")
    ]

    assert max(bottoms) <= 800


@pytest.mark.parametrize("run", [run for run in REPORTS if run not in FAILED])
def test_the_first_screen_ends_with_the_worst_metric(show, run):
    first = show(run).page.locator("#verdicts ~ * table tbody tr").first

    assert first.evaluate(BOTTOM) <= 800


@pytest.mark.parametrize("run", FAILED)
def test_the_first_screen_of_what_failed_ends_with_what_ended_it(show, run):
    failure = show(run).page.locator("#failure ~ *").first

    assert failure.evaluate(BOTTOM) <= 800


@pytest.mark.parametrize("run", PAGES)
def test_a_phone_need_not_scroll_the_page_sideways(show, run):
    page = show(run, size=PHONE).page
    page.evaluate(OPEN_ALL)
    wide = page.evaluate("document.documentElement.scrollWidth")

    assert wide <= page.evaluate("document.documentElement.clientWidth") == 390


def colours(page):
    return page.evaluate(
        "[getComputedStyle(document.body).backgroundColor,"
        " getComputedStyle(document.body).color]"
    )


def brightness(colour):
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


def test_dark_and_light_swap_paper_and_ink(show):
    light_paper, light_ink = colours(show(color_scheme="light").page)
    dark_paper, dark_ink = colours(show(color_scheme="dark").page)

    assert brightness(light_paper) > brightness(light_ink)
    assert brightness(dark_paper) < brightness(dark_ink)


def test_every_plot_can_be_read_without_its_colours(show):
    drawn = show().page.evaluate(
        "[...document.querySelectorAll('.legend')].map(legend =>"
        " [...legend.querySelectorAll('line')].map(line => line.getAttribute("
        "'stroke-dasharray')))"
    )

    assert drawn
    assert all(len(dashes) == len(set(dashes)) == 4 for dashes in drawn)


def spaced(text):
    return " ".join(text.split())


def printed(page):
    """Print on A4 and read what came out, sheet by sheet."""
    made = PdfReader(io.BytesIO(page.pdf(format="A4")))
    return [spaced(sheet.extract_text()) for sheet in made.pages]


@pytest.mark.parametrize(("run", "most_sheets"), [("regression", 20), ("imported", 3)])
def test_the_page_prints_on_paper_whole(show, run, most_sheets):
    page = show(run).page
    answer = page.locator(".answer").inner_text()
    cells = page.locator("#verdicts ~ * .effect:visible").all_inner_texts()
    texts = printed(page)

    assert len(texts) <= most_sheets
    assert spaced(answer) in texts[0]
    assert cells
    assert [cell for cell in cells if spaced(cell) not in " ".join(texts)] == []


def test_folds_are_printed_open_and_lines_as_their_reader_left_them(show):
    page = show().page
    closed = " ".join(printed(page))
    page.locator("details.inside").first.evaluate("one => one.open = true")
    opened = " ".join(printed(page))

    assert page.locator("#provenance ~ details[open]").count() == 0
    assert "OS_MANILA_DISABLE_EVENTLET_PATCHING=true" in closed
    assert "pairs of rounds" not in closed
    assert opened.count("pairs of rounds") == 1


@pytest.mark.parametrize("run", [*REPORTS, SIDE_BY_SIDE])
def test_no_table_is_cut_at_the_edge_of_the_paper(show, run):
    page = show(run, size=(A4_WITHIN_MARGINS, 1000)).page
    page.evaluate(OPEN_ALL)
    page.emulate_media(media="print")

    assert page.evaluate(BEYOND) == []


def test_paper_is_white_even_in_the_dark(show):
    page = show(color_scheme="dark").page
    page.emulate_media(media="print")

    assert brightness(colours(page)[0]) == 3 * 255
    assert brightness(colours(page)[1]) < 3 * 100
