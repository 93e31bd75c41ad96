# SPDX-License-Identifier: Apache-2.0
"""A failed experiment in every format."""

import io
import json
import re
from dataclasses import fields, replace
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from lxml import etree, html
from rich.cells import cell_len

from perfcompare.experiment.progress import Activity
from perfcompare.model.caveat import Note
from perfcompare.model.comparison import Corroboration
from perfcompare.model.failure import Failure
from perfcompare.report.failure import failure_words, where_words
from perfcompare.report.files import WRITERS
from perfcompare.report.html import write_html
from perfcompare.report.json_format import schema, write_json
from perfcompare.report.junit import write_junit
from perfcompare.report.markdown import MOST_LINES, write_markdown
from perfcompare.report.text import WIDTH, write_text
from perfcompare.testing.failed import LOG_LINES, failed_early, failed_run
from perfcompare.testing.hostile import HOSTILE_NAMES, spoiled_run
from perfcompare.testing.judgements import parity_run, regression_run
from perfcompare.testing.large import large_run

FAILED = {made.__name__: made for made in (failed_run, failed_early)}


def written(write, judgement):
    out = io.StringIO()
    write(judgement, out)
    return out.getvalue()


def page_of(judgement):
    judgement = replace(judgement, curves=(), distributions=())
    return html.document_fromstring(written(write_html, judgement))


def with_failure(judgement, **changes):
    """Return *judgement* as one of an experiment that failed so."""
    failure = failed_run().failure
    assert failure
    return replace(judgement, failure=replace(failure, **changes))


def spoiled_failure(name):
    """Put *name* wherever a stranger's word can stand in a failure."""
    words = {
        field.name: name for field in fields(Failure) if field.type in {str, "str"}
    }
    return with_failure(spoiled_run(name), **words, log_lines=(name,) * 40)


def read(element):
    return " ".join(" ".join(element.itertext()).split())


def test_one_sentence_says_where_and_what():
    assert failure_words(failed_run()) == (
        "the experiment failed in round 3 of 6 while target was starting: target was"
        " not ready 60 s after its start: manila-share does not report to be up; raise"
        " ready_timeout_seconds"
    )
    assert failure_words(parity_run()) == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"activity": "load"}, "in round 3 of 6 under load"),
        ({"activity": "stop", "variant": ""}, "in round 3 of 6 while a variant was"),
        ({"activity": "", "round": 0}, ""),
        ({"activity": "upgrade", "round": 0}, "while base was being upgraded"),
        ({"activity": "dance"}, "in round 3 of 6 during dance"),
        ({"variant": "{variant}"}, "in round 3 of 6 while {variant} was starting"),
    ],
)
def test_where_it_failed_is_said_as_far_as_it_is_known(changes, words):
    failure = with_failure(parity_run(), **changes).failure

    assert where_words(failure).startswith(words)
    assert bool(where_words(failure)) == bool(words)


@pytest.mark.parametrize("activity", Activity)
def test_every_activity_has_words_of_its_own(activity):
    failure = with_failure(parity_run(), activity=activity.value).failure

    assert "during" not in where_words(failure)


@pytest.mark.parametrize("run", FAILED)
@pytest.mark.parametrize("name", sorted(set(WRITERS) - {"csv"}))
def test_every_format_says_what_failed(name, run):
    judgement = FAILED[run]()
    assert judgement.failure
    text = " ".join(written(WRITERS[name], judgement).split())

    assert judgement.failure.message in text


def test_the_page_shows_the_log_lines_as_text_and_how_to_go_on():
    page = page_of(failed_run())
    section = page.find(".//section[@class='failure']")
    log, command = section.iter("pre")

    assert read(section.find("h2")) == "✗ What failed"
    assert "in round 3 of 6 while target was starting" in read(section)
    assert "The last 40 lines that manila-share logged" in read(section)
    assert "visits/failed-r03-target/logs/manila-share.log" in read(section)
    lines = log.text.splitlines()
    assert len(log) == 0
    assert lines[1] == LOG_LINES[1]
    assert len(lines) == 40
    assert max(map(len, lines)) <= 300
    assert "\\u202ereversed" in log.text
    assert command.text.startswith("perfcompare run scenarios/manila/plan.yaml --res")


def test_the_failure_stands_before_anything_else_in_the_page():
    sections = page_of(failed_run()).findall(".//main/section")

    assert sections[0].get("class") == "failure"


@pytest.mark.parametrize(("run", "compared"), [("failed_run", 1), ("failed_early", 0)])
def test_a_page_of_nothing_but_a_failure_leads_to_the_failure(run, compared):
    page = page_of(FAILED[run]())
    (skip,) = page.find_class("skip")
    links = [link.get("href") for link in page.xpath("//nav//a")]

    assert skip.get("href") == ("#verdicts" if compared else "#failure")
    assert links.count("#failure") == 1
    assert links.count("#verdicts") == links.count("#how") == compared
    assert len(page.find_class("counts")) == compared
    assert all(page.get_element_by_id(link[1:]) is not None for link in links)


def test_what_is_not_known_of_a_failure_is_left_out_of_the_page():
    unknown = {"service": "", "log": "", "hint": "", "log_lines": ("only one",)}
    section = page_of(with_failure(parity_run(), **unknown)).find(
        ".//section[@class='failure']"
    )
    nothing = page_of(with_failure(parity_run(), hint="", log_lines=()))

    assert "The last line that the services logged" in read(section)
    assert "go on with" not in read(section)
    assert "below the run's directory" not in read(section)
    assert list(nothing.find(".//section[@class='failure']").iter("pre")) == []


def test_a_run_that_did_not_fail_has_no_such_section():
    assert page_of(parity_run()).find(".//section[@class='failure']") is None


def test_a_failed_experiment_is_an_error_of_junit_before_its_metrics():
    suite = etree.fromstring(written(write_junit, failed_run()).encode())[0]
    first, *others = suite.findall("testcase")

    assert (suite.get("errors"), suite.get("tests")) == ("1", "4")
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "3")
    assert [child.tag for child in first] == ["error"]
    assert first.find("error").get("message") == failure_words(failed_run())
    assert "go on with: perfcompare run" in first.find("error").text
    assert "logs: visits/failed-r03-target" in first.find("error").text
    assert len(others) == 3


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_failure_is_valid_wherever_it_is_written(name):
    judgement = spoiled_failure(HOSTILE_NAMES[name])
    document = etree.fromstring(written(write_junit, judgement).encode())
    xsd = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))
    facts = json.loads(written(write_json, judgement))
    validator = jsonschema.Draft202012Validator(json.loads(schema()))

    xsd.assertValid(document)
    assert [error.message for error in validator.iter_errors(facts)] == []
    lines = written(write_text, judgement).splitlines()
    assert max(cell_len(line) for line in lines) <= WIDTH


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_failure_acts_in_no_page(name):
    page = page_of(spoiled_failure(HOSTILE_NAMES[name]))
    section = page.find(".//section[@class='failure']")
    tags = {element.tag for element in section.iter()}

    assert tags <= {"section", "h2", "h3", "span", "p", "bdi", "dl", "div"} | {
        "dt",
        "dd",
        "pre",
    }
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", read(section))


@pytest.mark.parametrize("run", FAILED)
def test_json_and_junit_of_a_failed_run_are_as_their_schemas_say(run):
    judgement = FAILED[run]()
    document = json.loads(written(write_json, judgement))
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    junit = etree.fromstring(written(write_junit, judgement).encode())
    xsd = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))

    assert [error.message for error in validator.iter_errors(document)] == []
    assert document["exit_status"]["code"] == 4
    assert judgement.failure
    assert document["failure"]["round"] == judgement.failure.round
    xsd.assertValid(junit)


def test_json_says_null_where_nothing_failed():
    assert json.loads(written(write_json, parity_run()))["failure"] is None


def crowded(judgement):
    """Return *judgement* with all that a summary can be asked to say at once."""
    rows = tuple(
        replace(
            row,
            caveats=(Note(text=f"note {at} <b>*{at}*</b>" * 20),),
            corroboration=tuple(Corroboration)[at % 4],
        )
        for at, row in enumerate(judgement.comparisons)
    )
    notes = tuple(Note(text=f"about all {at}") for at in range(9))
    return replace(judgement, comparisons=rows, caveats=notes)


@pytest.mark.parametrize("failed", [True, False])
def test_a_summary_that_has_everything_to_say_is_at_most_40_lines(failed):
    judgement = crowded(large_run())
    if failed:
        judgement = with_failure(judgement, log_lines=("`" * 9,) * 40)
    text = written(write_markdown, judgement)

    assert len(text.splitlines()) <= MOST_LINES
    assert "more of them in the report" in text
    assert "- Counters beside a latency" in text
    assert "- and 5 more in the report" in text
    assert text.count("| `") >= 7


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_summary_is_at_most_40_lines(name):
    text = written(write_markdown, crowded(spoiled_failure(HOSTILE_NAMES[name])))

    assert len(text.splitlines()) <= MOST_LINES


def test_a_summary_says_of_the_failure_what_one_needs_to_mend_it():
    text = written(write_markdown, failed_run())
    head, fenced, rest = text.split("````\n")

    assert head.startswith("**manila 2026.1 eventlet → 2026.2 threading: the exper")
    assert "Logs: `visits/failed-r03-target/logs/manila-share.log`." in head
    assert "--resume --out reports/manila`. What manila-share logged last:" in head
    assert len(fenced.splitlines()) == 6
    assert "```fenced```" in fenced
    assert rest.startswith("\n3 inconclusive.")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"log_lines": ()}, "Logs: `visits"),
        ({"log_lines": (), "log": ""}, "Go on with `perfcompare run"),
        ({"log_lines": ("one",), "log": "", "hint": ""}, "What manila-share logged"),
        ({"log_lines": (), "log": "", "hint": ""}, "11 parity"),
    ],
)
def test_a_summary_leaves_out_what_is_not_known_of_the_failure(changes, words):
    text = written(write_markdown, with_failure(parity_run(), **changes))

    _, blank, second, *_ = text.splitlines()
    assert blank == ""
    assert second.startswith(words.replace("11", str(len(parity_run().comparisons))))


def test_a_summary_explains_only_the_words_that_occur():
    first, *others = parity_run().comparisons
    latent = replace(first, corroboration=Corroboration.LATENT)
    text = written(write_markdown, replace(parity_run(), comparisons=(latent, *others)))
    (line,) = [line for line in text.splitlines() if "Counters beside" in line]

    assert line.endswith(": latent: the latency stayed, but one got worse")
    assert "Counters beside" not in written(write_markdown, parity_run())


def test_a_summary_counts_the_suspects_and_names_the_first():
    run = regression_run()
    assert (
        "2 suspected differences, the first package cotyledon: — → 2.2.0.\n"
        in written(write_markdown, run)
    )
    one = replace(run, differences=run.differences[:1])
    none = replace(run, differences=())

    assert "1 suspected difference, package cotyledon: — → 2.2.0.\n" in written(
        write_markdown, one
    )
    assert "suspected" not in written(write_markdown, none)
