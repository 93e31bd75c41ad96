# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium, and the reference runs as pages that it opens."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from perfcompare.testing.browser import DESK, chromium
from perfcompare.testing.reference import write_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A page, and what it did unasked."""

    page: Page
    requests: list[str] = field(default_factory=list)
    """The addresses that it asked for, itself first."""
    complaints: list[str] = field(default_factory=list)
    """Errors of scripts, violations of a policy, dialogs."""


Opening = Callable[..., Opened]


@pytest.fixture(scope="session")
def file_of(tmp_path_factory):
    """Return where a page is that `perfcompare.testing.reference` names."""
    return partial(write_page, folder=tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start it anew in each module: its event loop is the whole thread's."""
    with chromium() as started:
        yield started


@pytest.fixture
def show(browser, file_of) -> Iterator[Opening]:
    """Open a page by its name, or an address; in the end none has complained."""
    opened: list[tuple[BrowserContext, Opened]] = []

    def open_page(name="regression", *, size=DESK, address="", **options):
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, **options
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        one = Opened(page=page)
        opened.append((context, one))
        page.on("request", lambda request: one.requests.append(request.url))
        page.on("pageerror", lambda error: one.complaints.append(str(error)))
        page.on("console", lambda said: one.complaints.append(said.text))
        page.on("dialog", lambda dialog: _dismiss(dialog, one.complaints))
        page.goto(address or file_of(name).as_uri())
        return one

    yield open_page
    for context, one in opened:
        context.close()
        assert one.complaints == []


def _dismiss(dialog, complaints):
    complaints.append(f"{dialog.type}: {dialog.message}")
    dialog.dismiss()
