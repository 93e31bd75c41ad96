# SPDX-License-Identifier: Apache-2.0
import csv
import io
import json
import math
import os
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from lxml import etree
from rich.cells import cell_len

from perfcompare.model.caveat import Note
from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.report.csv_format import RESULT_COLUMNS, write_csv, write_samples
from perfcompare.report.files import WRITERS
from perfcompare.report.json_format import plain_json, schema, write_json
from perfcompare.report.junit import write_junit
from perfcompare.report.markdown import write_markdown
from perfcompare.report.text import WIDTH, write_text
from perfcompare.testing.failed import failed_early, failed_run
from perfcompare.testing.judgements import (
    imported_run,
    inconclusive_run,
    parity_run,
    regression_run,
    samples_of,
)
from perfcompare.testing.large import large_run
from perfcompare.testing.redistributed import busy_run, redistributed_run
from perfcompare.testing.sequential import sequential_run
from perfcompare.testing.uncorrected import uncorrected_run

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
RUNS = {
    made.__name__: made
    for made in (
        parity_run,
        regression_run,
        inconclusive_run,
        imported_run,
        uncorrected_run,
        sequential_run,
        failed_run,
        failed_early,
        redistributed_run,
        busy_run,
    )
}
ALL_RUNS = {**RUNS, "large_run": large_run}
SUFFIXES = {
    "text": "txt",
    "markdown": "md",
    "csv": "csv",
    "json": "json",
    "junit": "xml",
}


def nothing_compared():
    return replace(
        parity_run(),
        comparisons=(),
        shapes=(),
        occupancy=(),
        agreements=(),
        calibration=None,
    )


def written(write, judgement):
    out = io.StringIO()
    write(judgement, out)
    return out.getvalue()


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("name", SUFFIXES)
def test_a_format_looks_as_reviewed(name, run):
    path = GOLDEN / f"{run}.{SUFFIXES[name]}"
    actual = written(WRITERS[name], RUNS[run]())
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(actual, "utf-8")

    assert actual == path.read_text("utf-8")


def test_samples_look_as_reviewed():
    path = GOLDEN / "regression_run.samples.csv"
    out = io.StringIO()
    write_samples(samples_of(regression_run()), out)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(out.getvalue(), "utf-8")

    assert out.getvalue() == path.read_text("utf-8")


def test_colour_is_written_only_when_asked_for():
    plain = written(write_text, regression_run())
    coloured = written(partial(write_text, colour=True), regression_run())

    assert "\x1b" not in plain
    assert "\x1b[1;31m✗ regression" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("run", ALL_RUNS)
def test_text_fits_a_terminal_of_100_columns(run):
    lines = written(write_text, ALL_RUNS[run]()).splitlines()

    assert max(cell_len(line) for line in lines) <= WIDTH


def test_a_long_name_keeps_its_metric_in_text():
    run = parity_run()
    key = replace(run.comparisons[0].key, workload="数据" * 60)
    run = replace(run, comparisons=(replace(run.comparisons[0], key=key),))
    text = written(write_text, run)

    assert re.search(r"数据数 ?…\S*/p50", text)


def test_text_without_a_verdict_has_no_table():
    lines = written(write_text, nothing_compared()).splitlines()

    assert len(lines) == 1
    assert lines[-1].endswith("nothing was compared that counts for the verdict")


@pytest.mark.parametrize("run", ALL_RUNS)
def test_a_summary_is_at_most_40_lines(run):
    judgement = ALL_RUNS[run]()

    assert len(written(write_markdown, judgement).splitlines()) <= 40


def test_a_summary_of_many_rows_and_notes_says_how_many_it_leaves_out():
    run = large_run()
    noted = [
        replace(row, caveats=(Note(text=f"note {at}"),))
        for at, row in enumerate(run.comparisons)
    ]
    notes = tuple(Note(text=f"about all {at}") for at in range(9))
    text = written(
        write_markdown, replace(run, comparisons=tuple(noted), caveats=notes)
    )

    assert len(text.splitlines()) <= 40
    assert "134 more of them in the report; 150 metrics for information" in text
    assert "- and 12 more in the report" in text
    assert "- and 5 more in the report" in text


def test_a_summary_without_a_verdict_has_no_table():
    assert "|" not in written(write_markdown, nothing_compared())


def test_results_have_one_line_a_comparison_at_full_precision():
    run = regression_run()
    lines = list(csv.DictReader(io.StringIO(written(write_csv, run))))

    assert tuple(lines[0]) == RESULT_COLUMNS
    assert len(lines) == len(run.comparisons)
    for line, row in zip(lines, run.comparisons, strict=True):
        assert float(line["base_median"]) == row.base.median
        assert line["effect"] == ("" if row.effect is None else repr(row.effect))
        assert line["primary"] == str(row.primary).lower()
        assert line["verdict"] == row.verdict


def test_what_is_absent_is_empty_in_results_and_never_0():
    lines = list(csv.DictReader(io.StringIO(written(write_csv, imported_run()))))

    absent = ("effect", "ci95_low", "ci90_high", "p_value", "detectable_effect")
    assert [lines[0][name] for name in absent] == [""] * 5
    assert lines[0]["caveats"] == (
        "share of failed iterations in round 2 differs: 0.0% in base, 62.0% in target"
    )


def test_samples_have_one_line_a_value():
    samples = samples_of(parity_run())
    out = io.StringIO()
    write_samples(samples, out)
    lines = list(csv.DictReader(io.StringIO(out.getvalue())))

    assert len(lines) == sum(len(sample.values) for sample in samples)
    assert [float(line["value"]) for line in lines[:6]] == list(samples[0].values)
    assert [line["round"] for line in lines[:6]] == list("123456")


@pytest.mark.parametrize("run", ALL_RUNS)
def test_json_is_as_the_published_schema_says(run):
    document = json.loads(written(write_json, ALL_RUNS[run]()))
    validator = jsonschema.Draft202012Validator(json.loads(schema()))

    assert [error.message for error in validator.iter_errors(document)] == []


def test_the_schema_refuses_what_is_not_described():
    document = json.loads(written(write_json, parity_run()))
    document["comparisons"][0]["surprise"] = 1
    validator = jsonschema.Draft202012Validator(json.loads(schema()))

    assert not validator.is_valid(document)


def test_json_carries_shapes_occupancy_and_agreements_in_base_units():
    document = json.loads(written(write_json, redistributed_run()))

    shape = document["shapes"][0]
    assert (shape["kind"], shape["slower"]["base_seconds"]) == ("evened out", 0.0261)
    assert len(shape["points"][0]["interval"]) == 2
    assert document["occupancy"][0]["process_cpu_ratio"] == 0.99
    assert document["agreements"][0] == {
        "workload": "list images",
        "action": "",
        "service": "",
        "metric": "mean",
        "unit": "s",
        "better": "lower",
        "conditions": "quieter and busier rounds",
        "one": 1.021,
        "other": 1.034,
        "ratio": 1.034 / 1.021,
        "ci95": [1.034 / 1.021 * 0.94, 1.034 / 1.021 * 1.06],
        "differs": False,
    }


@pytest.mark.parametrize("write", [write_text, write_markdown])
def test_short_formats_say_who_waits_and_for_what(write):
    said = " ".join(written(write, redistributed_run()).lower().split())

    assert "shape: list images evened out (p50 +26.6 %, p90" in said
    assert "clients: mean latency of list images: alone (1 client) +1.7 %" in said
    assert "load: saturated: list images under load (4 clients); free" in said


def test_json_carries_caveats_with_their_numbers():
    document = json.loads(written(write_json, inconclusive_run()))

    assert document["comparisons"][0]["caveats"] == [
        {
            "kind": "few_rounds",
            "text": "2 rounds; at least 3 can show a difference",
            "rounds": 2,
            "needed": 3,
        }
    ]
    assert document["exit_status"] == {"code": 3, "name": "inconclusive"}


def test_json_says_null_where_a_number_is_none_that_json_knows():
    row = replace(parity_run().comparisons[0], detectable_effect=math.inf)
    document = json.loads(
        written(write_json, replace(parity_run(), comparisons=(row,)))
    )

    assert document["comparisons"][0]["detectable_effect"] is None


def test_json_refuses_what_the_model_does_not_hold():
    with pytest.raises(TypeError, match="cannot write set as JSON"):
        plain_json({1})


@pytest.mark.parametrize("run", ALL_RUNS)
def test_junit_is_as_its_schema_says(run):
    document = etree.fromstring(written(write_junit, ALL_RUNS[run]()).encode())
    xsd = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))

    xsd.assertValid(document)


def test_a_regression_fails_and_what_is_undecided_is_skipped_with_the_reason():
    suite = etree.fromstring(written(write_junit, regression_run()).encode())[0]
    failure = suite.xpath("testcase[@name='pss_peak']/failure")[0]
    skipped = suite.xpath("testcase/skipped/@message")

    assert suite.get("failures") == "1"
    assert suite.get("skipped") == "2"
    assert failure.get("message").startswith("regression: +69.5")
    assert all("needs" in message for message in skipped)


def test_a_regression_that_the_correction_takes_back_is_skipped_and_no_failure():
    suite = etree.fromstring(written(write_junit, uncorrected_run()).encode())[0]
    (case,) = suite.xpath("testcase[@classname='list_shares'][@name='p50']")

    assert suite.get("failures") == "0"
    assert suite.get("skipped") == "2"
    assert [child.tag for child in case] == ["skipped", "system-out"]
    assert (
        case[0]
        .get("message")
        .endswith(
            "regression by itself, which does not survive the correction for 6 metrics"
            " (adjusted p 0.18), so it counts as undecided"
        )
    )


def test_programs_are_given_the_verdict_of_the_row_itself():
    (first, *_) = csv.DictReader(io.StringIO(written(write_csv, uncorrected_run())))
    document = json.loads(written(write_json, uncorrected_run()))

    assert first["verdict"] == document["comparisons"][0]["verdict"] == "regression"
    assert document["comparisons"][0]["caveats"][0]["kind"] == "uncorrected"


@pytest.mark.parametrize("write", [write_text, write_markdown])
def test_people_are_told_that_it_is_undecided_and_why(write):
    text = written(write, uncorrected_run())

    assert "4 parity, 2 inconclusive" in text
    assert "regression by itself, which does not survive the correction" in text
    assert "✗" not in text


@pytest.mark.parametrize("moment", [1e18, -1e18, float("nan"), float("inf")])
@pytest.mark.parametrize("name", WRITERS)
def test_a_moment_that_no_calendar_holds_stops_no_report(name, moment):
    run = replace(inconclusive_run(), curves=(), distributions=())
    assert run.facts.upgrade
    steps = [
        replace(step, ended_at=moment, started_at=-moment)
        for step in run.facts.upgrade.steps
    ]
    upgrade = replace(run.facts.upgrade, steps=tuple(steps), outage_seconds=moment)
    facts = replace(run.facts, started_at=moment, ended_at=0.0, upgrade=upgrade)
    text = written(WRITERS[name], replace(run, facts=facts))

    assert "timestamp" not in text
    assert ("unknown" in text) == (name == "html")


def test_how_an_interval_was_made_and_how_far_a_row_may_move_is_in_results():
    lines = csv.DictReader(io.StringIO(written(write_csv, parity_run())))
    first = next(lines)

    assert first["method"] == "t"
    assert float(first["margin"]) == pytest.approx(0.181, abs=0.001)


def test_each_primary_comparison_of_the_total_is_a_case_of_its_own():
    run = regression_run()
    suite = etree.fromstring(written(write_junit, run).encode())[0]
    primary = [
        row for row in run.comparisons if row.primary and row.contrast is Contrast.TOTAL
    ]
    names = [
        (case.get("classname"), case.get("name")) for case in suite.iter("testcase")
    ]

    assert len(names) == len(set(names)) == len(primary)


def test_a_case_names_its_service_when_a_workload_has_several():
    row = parity_run().comparisons[0]
    row = replace(row, key=replace(row.key, service="manila-api", action="wait"))
    text = written(write_junit, replace(parity_run(), comparisons=(row,)))

    assert 'classname="list_shares" name="manila-api/wait/p50"' in text


def test_every_verdict_of_the_model_has_a_place_in_junit():
    row = parity_run().comparisons[0]
    rows = tuple(replace(row, verdict=verdict) for verdict in Verdict)
    suite = etree.fromstring(
        written(write_junit, replace(parity_run(), comparisons=rows)).encode()
    )[0]

    outcomes = [
        [child.tag for child in case if child.tag != "system-out"]
        for case in suite.iter("testcase")
    ]
    assert outcomes == [["failure"], [], [], [], ["skipped"], ["skipped"]]


def test_every_column_of_results_is_explained():
    page = Path(__file__).parents[2] / "docs" / "run-directory.md"
    table = page.read_text("utf-8").partition("**results.csv**")[2]
    table = table.partition("**comparison.json**")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]

    assert re.findall(r"`(\w+)`", "".join(rows)) == list(RESULT_COLUMNS)


def test_every_key_of_comparison_json_is_explained():
    page = Path(__file__).parents[2] / "docs" / "run-directory.md"
    told = page.read_text("utf-8").partition("**comparison.json**")[2]

    described = json.loads(schema())["properties"]
    assert described.keys() <= {"schema_version", *re.findall(r"`(\w+)`", told)}
