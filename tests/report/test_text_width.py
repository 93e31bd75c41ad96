# SPDX-License-Identifier: Apache-2.0
import io

import pytest
from rich.cells import cell_len

from perfcompare.report.text import WIDTH, write_text
from perfcompare.testing.judgements import regression_run


def text(**manner):
    out = io.StringIO()
    write_text(regression_run(), out, **manner)
    return out.getvalue()


@pytest.mark.parametrize("width", [WIDTH, 90, 78, 64])
def test_all_that_is_written_fits_the_terminal(width):
    assert max(map(cell_len, text(width=width).splitlines())) <= width


def test_prose_fits_a_narrow_terminal_and_loses_no_word():
    narrow, wide = text(width=50), text()

    prose = [line for line in narrow.splitlines() if "  " not in line.strip()]
    assert max(map(cell_len, prose)) <= 50
    headline = wide.partition("\n\n")[0]
    assert " ".join(headline.split()) in " ".join(narrow.split())


@pytest.mark.parametrize(
    ("width", "header"),
    [
        (80, "verdict metric base → target change 95 % interval"),
        (79, "verdict metric base → target change"),
        (71, "verdict metric change"),
    ],
)
def test_a_narrow_terminal_does_without_numbers_before_names(width, header):
    lines = text(width=width).splitlines()

    assert header in [" ".join(line.split()) for line in lines]
