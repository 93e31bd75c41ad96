# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium, as tests and screenshots start it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
DESK = (1280, 800)
PHONE = (390, 844)
"""Width and height in pixels of CSS."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start it without a window, and end it with what it started.

    Raises:
        FileNotFoundError: It is not installed; tests do not skip what they cannot see.
    """
    if not CHROMIUM.exists():
        raise FileNotFoundError(
            f"{CHROMIUM} is missing; type: tools/install-servers.sh"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()
