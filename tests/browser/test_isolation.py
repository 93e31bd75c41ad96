# SPDX-License-Identifier: Apache-2.0
"""What a page may not do: ask for anything, run what it was told, need a script."""

import functools
import http.server
import threading

import pytest

from perfcompare.report.words import printable
from perfcompare.testing.hostile import HOSTILE_NAMES
from perfcompare.testing.reference import HOSTILE, REPORTS, SIDE_BY_SIDE

STRICT = "default-src 'none'; style-src 'unsafe-inline'"


class LogServer(http.server.SimpleHTTPRequestHandler):
    """Serves files as a careful server of logs does."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", STRICT)
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format, *args):  # noqa: A002  the name is the library's
        """Say nothing."""


@pytest.fixture
def served(file_of):
    folder = file_of("regression").parent
    handler = functools.partial(LogServer, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/regression.html"
        server.shutdown()
        thread.join()


def use_all(page):
    """Open everything, and go through it to its end."""
    page.evaluate(
        "document.querySelectorAll('details').forEach(one => one.open = true)"
    )
    page.keyboard.press("End")
    page.emulate_media(media="print")


@pytest.mark.parametrize("run", [*REPORTS, SIDE_BY_SIDE])
def test_a_page_asks_for_nothing_but_itself(show, file_of, run):
    one = show(run)
    use_all(one.page)

    assert one.requests == [file_of(run).as_uri()]


def test_a_server_that_allows_no_script_still_gives_the_whole_page(show, served):
    one = show(address=served)
    use_all(one.page)
    (refused,) = one.complaints
    one.complaints.clear()
    background = one.page.locator(".counts .regression").evaluate(
        "one => getComputedStyle(one).backgroundColor"
    )

    assert "inline script" in refused
    assert one.requests[0] == served
    assert one.requests[1:] in ([], [served.replace("regression.html", "favicon.ico")])
    assert background == "rgb(253, 238, 230)"


def test_without_script_every_fold_opens_and_no_control_is_dead(show):
    page = show(java_script_enabled=False).page
    folds = page.locator("details:visible > summary")
    for at in range(folds.count()):
        folds.nth(at).click()

    assert page.locator("details:visible").count() > 0
    assert page.locator("details:visible:not([open])").count() == 0
    assert page.locator("button:visible, input:visible, select:visible").count() == 0


def test_without_script_every_row_of_the_table_is_there(show):
    page = show(java_script_enabled=False).page

    assert page.locator("#verdicts ~ * .effect").count() == (
        show().page.locator("#verdicts ~ * .effect").count()
    )


@pytest.mark.parametrize(
    ("run", "word"),
    [*zip(HOSTILE, HOSTILE_NAMES.values(), strict=True)],
    ids=HOSTILE,
)
def test_a_hostile_name_is_text_even_where_no_policy_protects(show, run, word):
    one = show(run, bypass_csp=True)
    use_all(one.page)
    shown = one.page.locator("bdi").all_text_contents()

    assert len(one.requests) == 1
    assert one.page.evaluate("window.pwned") is None
    assert printable(word, limit=300) in shown
