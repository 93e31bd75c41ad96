# SPDX-License-Identifier: Apache-2.0
import csv
import io
import json
import shutil
from dataclasses import replace
from importlib.metadata import version

import pytest

from perfcompare.cli.judging import judge_run
from perfcompare.model.metric import Threshold
from perfcompare.store.reader import open_run
from perfcompare.testing.plans import CREATE, LIST, make_plan
from perfcompare.testing.runs import make_run


def test_a_run_with_no_difference_is_ok(perfcompare, equal_run):
    status, out, err = perfcompare("compare", equal_run)

    assert (status, err) == (0, "")
    assert "parity" in out


def test_a_slower_target_is_a_regression(perfcompare, slower_run):
    status, out, _ = perfcompare("compare", slower_run)

    assert status == 1
    assert f"{LIST}/mean" in out


def test_another_threshold_judges_otherwise(perfcompare, slower_run):
    status, out, _ = perfcompare(
        "compare", slower_run, "--threshold", "mean=80%", "--threshold", "p90=80%"
    )

    assert status == 0
    assert "regression" not in out.split("more metrics")[0].split("verdict")[-1]


def rows_of(perfcompare, *arguments):
    """Return the rows of the total, by key."""
    _, out, _ = perfcompare("compare", *arguments, "--format", "json")
    return {
        "/".join(filter(None, (row["workload"], row["service"], row["metric"]))): row
        for row in json.loads(out)["comparisons"]
        if row["contrast"] == "total" and not row["action"]
    }


def test_another_threshold_keeps_what_else_the_plan_says(perfcompare, tmp_path):
    p50, own = (
        Threshold(metric=metric, ratio=0.10, floor=floor, primary=primary)
        for metric, floor, primary in (
            ("p50", 0.004, True),
            (f"{LIST}/p50", 0.3, False),
        )
    )
    plan = replace(make_plan(), thresholds=(p50, own))
    run = make_run(tmp_path / "run", plan=plan, rounds=3)

    rows = rows_of(perfcompare, run, "--threshold", "p50=80%")

    assert {
        key: (row["threshold"], row["floor"], row["primary"])
        for key, row in rows.items()
        if row["metric"] == "p50"
    } == {
        f"{LIST}/p50": (0.8, 0.3, False),
        f"{CREATE}/p50": (0.8, 0.004, True),
    }


def test_what_is_watched_but_not_compared_never_gates(tmp_path):
    metric = "cpu_seconds_per_iteration"
    every = Threshold(metric=metric, ratio=0.1, floor=0.0, primary=True)
    plan = replace(make_plan(), thresholds=(every,))
    run = open_run(make_run(tmp_path / "run", plan=plan, rounds=3))

    judgement = judge_run(run, thresholds=()).judgement

    primary = {
        row.key.service: row.primary
        for row in judgement.comparisons
        if row.key.metric.name == metric
    }
    controls = set(judgement.facts.controls)
    assert controls
    assert controls <= set(primary)
    assert {name for name in primary if not primary[name]} == controls


def test_the_facts_say_what_measured_and_what_ran(equal_run):
    facts = judge_run(open_run(equal_run), thresholds=()).judgement.facts

    assert facts.perfcompare_version == version("perfcompare")
    assert all(variant.python for variant in facts.variants)
    assert [variant.backend for variant in facts.variants] == ["eventlet", "threading"]
    assert not facts.one_way


def test_the_report_lands_in_the_run(perfcompare, slower_run, tmp_path):
    run = shutil.copytree(slower_run, tmp_path / "run")
    perfcompare("compare", run)

    names = {path.name for path in (run / "report").iterdir()}
    assert names == {
        "index.html",
        "results.csv",
        "samples.csv",
        "summary.md",
        "junit.xml",
    }
    assert json.loads((run / "comparison.json").read_text())["exit_status"] == {
        "code": 1,
        "name": "regression",
    }


def test_out_leaves_the_run_alone(perfcompare, equal_run, tmp_path):
    written = shutil.ignore_patterns("report", "comparison.json")
    run = shutil.copytree(equal_run, tmp_path / "run", ignore=written)
    perfcompare("compare", run, "--out", tmp_path / "out")

    assert (tmp_path / "out" / "index.html").exists()
    assert (tmp_path / "out" / "comparison.json").exists()
    assert not (run / "report").exists()


def test_judging_twice_gives_the_same_bytes(perfcompare, slower_run, tmp_path):
    for name in ("one", "two"):
        perfcompare("compare", slower_run, "--out", tmp_path / name)

    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize("wanted", ["markdown", "csv", "json", "junit", "html"])
def test_every_format_can_be_printed(perfcompare, equal_run, wanted):
    _, out, _ = perfcompare("compare", equal_run, "--format", wanted)

    starts = {
        "markdown": "**",
        "csv": "contrast,",
        "json": "{",
        "junit": "<?xml",
        "html": "<!",
    }
    assert out.lstrip().lower().startswith(starts[wanted])


def test_the_samples_of_a_report_are_judged_like_the_run(
    perfcompare, slower_run, tmp_path
):
    perfcompare("compare", slower_run, "--out", tmp_path / "out")
    _, run_csv, _ = perfcompare("compare", slower_run, "--format", "csv")
    status, samples_csv, _ = perfcompare(
        "compare",
        "--samples",
        tmp_path / "out" / "samples.csv",
        "--format",
        "csv",
    )

    assert status == 1
    effects = [
        {
            (row["workload"], row["action"], row["service"], row["metric"]): row[
                "effect"
            ]
            for row in csv.DictReader(io.StringIO(text))
        }
        for text in (run_csv, samples_csv)
    ]
    assert effects[0] == effects[1]


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        ("p50", "is no threshold"),
        ("p50=fast", "is no positive number"),
        ("p50=-3%", "is no positive number"),
        ("p50=nan", "is no positive number"),
        ("p50=200%", "at most 100 %"),
        ("p50=0", "not above 0 %"),
        ("p05=3%", "no metric is called 'p05'"),
    ],
)
def test_a_wrong_threshold_is_usage(perfcompare, equal_run, threshold, said):
    status, _, err = perfcompare("compare", equal_run, "--threshold", threshold)

    assert status == 2
    assert said in err


def test_a_run_and_samples_exclude_each_other(perfcompare, equal_run, tmp_path):
    status, _, err = perfcompare(
        "compare", equal_run, "--samples", tmp_path / "samples.csv"
    )

    assert status == 2
    assert "either RUN or --samples" in err


@pytest.mark.parametrize("command", ["compare", "show"])
def test_what_is_no_run_is_said_so(perfcompare, command, tmp_path):
    status, out, err = perfcompare(command, tmp_path)

    assert (status, out) == (2, "")
    assert str(tmp_path) in err
    assert "Traceback" not in err


def test_a_newer_run_is_refused(perfcompare, equal_run, tmp_path):
    run = shutil.copytree(equal_run, tmp_path / "run")
    content = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**content, "schema_version": 99}))

    status, _, err = perfcompare("compare", run)

    assert status == 2
    assert "schema version 99" in err


def test_a_truncated_table_is_one_message(perfcompare, equal_run, tmp_path):
    run = shutil.copytree(equal_run, tmp_path / "run")
    table = run / "visits" / "r01-base" / "iterations.parquet"
    table.write_bytes(table.read_bytes()[:100])

    status, _, err = perfcompare("compare", run)

    assert status == 2
    assert str(table) in err
    assert len(err.strip().splitlines()) == 1


def test_an_unwritable_place_is_said_so(perfcompare, equal_run, tmp_path):
    (tmp_path / "file").write_text("")

    status, _, err = perfcompare("compare", equal_run, "--out", tmp_path / "file/out")

    assert status == 2
    assert "cannot be written" in err


def test_show_says_what_a_run_holds(perfcompare, equal_run):
    status, out, _ = perfcompare("show", equal_run)

    assert status == 0
    assert "rounds     6 of 6" in out
    assert "r06-target" in out
    assert "2 threading" in out
