# SPDX-License-Identifier: Apache-2.0
import csv
import io
import json
from functools import cache

import pytest
from lxml import etree, html

from perfcompare.report.csv_format import write_csv, write_samples
from perfcompare.report.files import WRITERS
from perfcompare.report.html import write_html
from perfcompare.report.json_format import write_json
from perfcompare.report.junit import write_junit
from perfcompare.report.markdown import write_markdown
from perfcompare.report.text import write_text
from perfcompare.report.words import printable, printable_lines
from perfcompare.testing.hostile import HOSTILE_NAMES, SCRIPT, spoiled_run
from perfcompare.testing.judgements import samples_of
from perfcompare.testing.sequential import sequential_run


@cache
def written(write, name):
    out = io.StringIO()
    write(spoiled_run(name), out)
    return out.getvalue()


@pytest.fixture(scope="module")
def usual():
    out = io.StringIO()
    write_html(sequential_run(), out)
    return html.document_fromstring(out.getvalue())


@pytest.fixture(scope="module", params=HOSTILE_NAMES)
def name(request):
    return HOSTILE_NAMES[request.param]


@pytest.mark.parametrize("form", WRITERS)
def test_a_hostile_name_can_be_written_to_a_file_in_every_format(form, name):
    assert written(WRITERS[form], name).encode("utf-8")


def test_a_hostile_name_makes_no_element_in_the_page(name, usual):
    page = html.document_fromstring(written(write_html, name))
    tags = {element.tag for element in page.iter()}
    attributes = {name for element in page.iter() for name in element.attrib}

    assert tags <= {element.tag for element in usual.iter()}
    assert attributes <= {name for one in usual.iter() for name in one.attrib}
    assert len(page.findall(".//style")) == len(page.findall(".//title")) - len(
        page.findall(".//svg//title")
    )


def test_a_script_is_read_as_text_in_the_page():
    page = html.document_fromstring(written(write_html, SCRIPT))

    assert SCRIPT in {one.text_content() for one in page.iter("bdi")}


def test_nothing_invisible_is_left_in_what_people_read(name):
    for write in (write_html, write_markdown, write_text, write_junit):
        text = written(write, name)

        assert not {*text} & {*"\x00\x07\x0b\x1b\x7f\x85\u2028\u202e\u2066\ufffe\ud800"}


def test_a_hostile_name_keeps_a_table_of_markdown_whole(name):
    lines = written(write_markdown, name).splitlines()
    table = [line.replace("\\|", "") for line in lines if line.startswith("|")]

    assert len(lines) <= 40
    assert {line.count("|") for line in table} == {7}
    assert not any(line.startswith("<") for line in lines)


def test_markdown_shows_a_script_as_text():
    text = written(write_markdown, SCRIPT)
    prose = [line for line in text.splitlines() if not line.startswith("|")]

    assert "\\<script\\>alert(1)\\</script\\>" in text
    assert not any("<script" in line.replace("\\<", "") for line in prose)


def test_a_hostile_name_comes_back_from_json_as_it_was(name):
    document = json.loads(written(write_json, name))

    assert document["facts"]["title"] == name
    assert document["comparisons"][0]["workload"] == name


def test_a_hostile_name_comes_back_from_csv_as_it_was(name):
    out = io.StringIO(newline="")
    write_csv(spoiled_run(name), out)
    out.seek(0)
    expected = name.encode("utf-8", "backslashreplace").decode("utf-8")

    assert next(csv.DictReader(out))["workload"] == expected


def test_hostile_samples_come_back_from_csv_as_they_were(name):
    out = io.StringIO(newline="")
    write_samples(samples_of(spoiled_run(name)), out)
    out.seek(0)
    expected = name.encode("utf-8", "backslashreplace").decode("utf-8")

    assert {line["service"] for line in csv.DictReader(out)} == {expected}


def test_junit_stays_well_formed(name):
    suite = etree.fromstring(
        written(write_junit, name).encode("utf-8"),
        etree.XMLParser(huge_tree=True),
    )[0]

    assert len(suite.findall("testcase")) == 10


def test_what_acts_instead_of_showing_becomes_visible():
    assert printable("a\x1b[31m\u202e\ud800\tb") == "a\\x1b[31m\\u202e\\ud800\\tb"


def test_a_long_text_loses_its_middle():
    assert printable("abcdefghijkl", limit=7) == "abcd…kl"
    assert printable("abcdefg", limit=7) == "abcdefg"


def test_lines_stay_lines_where_they_are_wanted():
    assert printable_lines("a\x07\nb\r\nc") == "a\\x07\nb\nc"
