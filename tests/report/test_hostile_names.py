# SPDX-License-Identifier: Apache-2.0
import csv
import io
import json
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from lxml import etree, html

from perfcompare.model.caveat import Acknowledged, MarkedRounds, Note
from perfcompare.model.comparison import Corroboration
from perfcompare.report.csv_format import write_csv, write_samples
from perfcompare.report.files import WRITERS
from perfcompare.report.html import write_html
from perfcompare.report.json_format import write_json
from perfcompare.report.junit import write_junit
from perfcompare.report.markdown import write_markdown
from perfcompare.report.text import write_text
from perfcompare.report.words import printable, printable_lines
from perfcompare.testing.judgements import (
    regression_run,
    samples_of,
)
from perfcompare.testing.sequential import sequential_run

SCRIPT = "<script>alert(1)</script></style></title><!--"
HOSTILE = {
    "script": SCRIPT,
    "quotes": "\"'><svg onload=alert(1)> `x` {{ 7*7 }} {% raw %} $x$ %s",
    "reordering": "abc\u202e\u2066 cba \u200f",
    "long": "x" * 10_000,
    "long columns": "数据 " * 4_000,
    "emoji": "👩‍🚀🏳️‍🌈 naïve",
    "control": "\x00\x07\x1b[31mred\x1b]0;title\x07\x7f\x85\x0b",
    "lines": "one\ntwo\r\nthree\ttab\u2028four",
    "half a character": "\ud800 and \udfff",
    "no character": "\ufffe\uffff\ufeff",
    "table": "a|b \\| *c* [d](e) _f_ ~g~ #h &amp; =1+1",
    "percent": "%(name)s {0} {name}",
}


@cache
def spoiled(name):
    """Put *name* wherever a stranger's word can stand in a judgement."""
    run = regression_run()
    facts = run.facts
    variant = facts.variants[0]
    evidence = replace(variant.evidence[0], service=name, title=name, evidence=name)
    variant = replace(
        variant,
        name=name,
        release=name,
        backend=name,
        packages=(name, f"{name}=={name}"),
        evidence=(evidence,),
        config=((name, f"{name}\n{name}"),),
        environment=((name, name),),
    )
    upgrade = facts.upgrade
    assert upgrade
    steps = tuple(replace(step, name=name, detail=name) for step in upgrade.steps)
    facts = replace(
        facts,
        title=name,
        project=name,
        variants=(variant, *facts.variants[1:]),
        upgrade=replace(upgrade, steps=steps),
        host=((name, name),),
        generator_packages=(name,),
        reproduce=name,
    )
    return replace(
        run,
        facts=facts,
        comparisons=tuple(_spoiled_row(row, name) for row in run.comparisons),
        caveats=(
            Note(text=name),
            MarkedRounds(rounds=(2,), reasons=(name,), voided=True),
        ),
        distributions=tuple(
            replace(one, workload=name, action=name) for one in run.distributions[:1]
        ),
        curves=tuple(
            replace(one, service=name, variant=name, quantity=name)
            for one in run.curves[:1]
        ),
        marks=tuple(replace(mark, variant=name, phase=name) for mark in run.marks),
        **_spoiled_evidence(run, name),
    )


def _spoiled_evidence(run, name):
    calibration = run.calibration
    metrics = tuple(
        replace(one, key=_spoiled_key(one.key, name)) for one in calibration.metrics
    )
    return {
        "calibration": replace(calibration, variants=(name,), metrics=metrics),
        "conditions": tuple(
            replace(one, reasons=(name, name), voided=one.round == 1)
            for one in run.conditions
        ),
        "differences": tuple(
            replace(one, name=name, why=name, values=tuple(name for _ in one.values))
            for one in run.differences
        ),
    }


def _spoiled_key(key, name):
    metric = replace(key.metric, name=name)
    return replace(key, workload=name, action=name, service=name, metric=metric)


def _spoiled_row(row, name):
    return replace(
        row,
        key=_spoiled_key(row.key, name),
        corroboration=Corroboration.LATENT,
        caveats=(
            Note(text=name),
            Acknowledged(reason=name, until=date(2026, 12, 31), where=name),
        ),
    )


@cache
def written(write, name):
    out = io.StringIO()
    write(spoiled(name), out)
    return out.getvalue()


@pytest.fixture(scope="module")
def usual():
    out = io.StringIO()
    write_html(sequential_run(), out)
    return html.document_fromstring(out.getvalue())


@pytest.fixture(scope="module", params=HOSTILE)
def name(request):
    return HOSTILE[request.param]


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

    assert page.find(".//h1").text_content() == SCRIPT


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
    write_csv(spoiled(name), out)
    out.seek(0)
    expected = name.encode("utf-8", "backslashreplace").decode("utf-8")

    assert next(csv.DictReader(out))["workload"] == expected


def test_hostile_samples_come_back_from_csv_as_they_were(name):
    out = io.StringIO(newline="")
    write_samples(samples_of(spoiled(name)), out)
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
