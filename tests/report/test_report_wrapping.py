# SPDX-License-Identifier: Apache-2.0
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from perfcompare.report.wrapping import wrapped

# Letters that take one column, two, and none (a combining accent).
TEXTS = st.text(alphabet=" ab数🚀\u0301", max_size=60)


@given(text=TEXTS, width=st.integers(8, 30), first=st.sampled_from(["", "- ", "[10] "]))
def test_no_line_is_wider_than_it_may_be_and_nothing_is_lost(text, width, first):
    lines = wrapped(text, width, first=first)

    assert max(map(cell_len, lines)) <= width
    assert lines[0].startswith(first)
    said = "".join([lines[0].removeprefix(first), *lines[1:]])
    assert said.replace(" ", "") == text.replace(" ", "")


@given(words=st.lists(st.text(alphabet="abc", min_size=1, max_size=9)))
def test_narrow_words_break_where_prose_breaks(words):
    text = " ".join(words)

    assert wrapped(text, 12, first="- ") == (
        textwrap.wrap(text, 12, initial_indent="- ", subsequent_indent="  ") or ["- "]
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("12 8\u00a0ms", ["12", "8\u00a0ms"]),
        ("数据 数据", ["数据", "数据"]),
        ("数据数据数据", ["数据", "数据", "数据"]),
    ],
)
def test_a_wide_letter_takes_two_columns(text, lines):
    assert wrapped(text, 5) == lines
