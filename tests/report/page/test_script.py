# SPDX-License-Identifier: Apache-2.0
import base64
import hashlib
import io
import re
from dataclasses import replace
from importlib import resources

import pytest

from perfcompare.report.html import write_html
from perfcompare.testing.judgements import parity_run

SMALL_BYTES = 6 * 1024


@pytest.fixture(scope="module")
def page():
    out = io.StringIO()
    write_html(replace(parity_run(), curves=(), distributions=()), out)
    return out.getvalue()


@pytest.fixture(scope="module")
def script(page):
    (found,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return found


def test_the_policy_lets_this_script_run_and_no_other(page, script):
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    directives = dict(one.strip().partition(" ")[::2] for one in policy.split(";"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == f"'sha256-{digest}'"


def test_the_script_is_small_and_what_the_package_has(script):
    source = resources.files("perfcompare.report").joinpath("templates/script.js")

    assert script.strip() == source.read_text(encoding="utf-8").strip()
    assert len(script.encode()) <= SMALL_BYTES
    assert script.startswith("'use strict';")


def test_the_script_makes_nothing_of_text_but_text(script):
    for risky in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "eval",
        "Function(",
        "document.write",
        "fetch",
        "XMLHttp",
        "import",
    ):
        assert risky not in script


def test_the_script_is_last_so_that_it_finds_the_page(page):
    assert page.rstrip().endswith("</script>\n</body>\n</html>")
