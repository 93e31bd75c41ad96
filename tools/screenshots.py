#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Look at reports: pictures of the reference pages, on desk, phone and paper."""

import argparse
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from perfcompare.testing.browser import DESK, PHONE, chromium
from perfcompare.testing.reference import PAGES, write_page

REPOSITORY = Path(__file__).resolve().parent.parent
EXAMPLE = REPOSITORY / "reports/examples/manila-2026.1-2026.2/index.html"
PICTURE = REPOSITORY / "docs/images/report.png"
COLOURS = 128
"""As many as tell antialiased text from its neighbour: a third of the bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One way to look at a page."""

    name: str
    size: tuple[int, int]
    scheme: Literal["light", "dark"]
    whole: bool
    """From its top to its end, not the first screen alone."""


LOOKS = (
    Look(name="desk", size=DESK, scheme="light", whole=False),
    Look(name="desk-dark", size=DESK, scheme="dark", whole=False),
    Look(name="desk-whole", size=DESK, scheme="light", whole=True),
    Look(name="desk-whole-dark", size=DESK, scheme="dark", whole=True),
    Look(name="phone", size=PHONE, scheme="light", whole=True),
    Look(name="phone-dark", size=PHONE, scheme="dark", whole=True),
)


def main() -> None:
    """Take what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=", ".join(PAGES))
    parser.add_argument("--out", type=Path, default=REPOSITORY / "reports/screenshots")
    parser.add_argument("--readme", action="store_true", help="take README's alone")
    asked = parser.parse_args()
    if unknown := set(asked.pages) - set(PAGES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    with chromium() as browser:
        if asked.readme:
            take_picture(browser)
        else:
            take_all(browser, asked.pages or PAGES, asked.out)


def take_all(browser: Browser, names: tuple[str, ...], out: Path) -> None:
    """Look at each page in each way, and print it."""
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        (out / f"{name}.html").unlink(missing_ok=True)
        address = write_page(name, out).as_uri()
        for look in LOOKS:
            with _seen(browser, address, look) as page:
                page.screenshot(
                    path=out / f"{name}-{look.name}.png", full_page=look.whole
                )
        with _seen(browser, address, LOOKS[0]) as page:
            page.pdf(path=out / f"{name}.pdf", format="A4")


def take_picture(browser: Browser) -> None:
    """Show README's reader the first screen of a real report."""
    with _seen(browser, EXAMPLE.as_uri(), LOOKS[0]) as page:
        taken = Image.open(io.BytesIO(page.screenshot()))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    few = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(PICTURE, optimize=True)


@contextmanager
def _seen(browser: Browser, address: str, look: Look) -> Iterator[Page]:
    width, height = look.size
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=look.scheme
    )
    page.goto(address)
    yield page
    page.close()


if __name__ == "__main__":
    main()
