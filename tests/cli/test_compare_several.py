# SPDX-License-Identifier: Apache-2.0
import json
import shutil
from dataclasses import replace

import jsonschema  # type: ignore[import-untyped]
import pandas as pd
import pytest

from perfcompare.cli.side_by_side import label_of
from perfcompare.testing.plans import CREATE, LIST, make_plan
from perfcompare.testing.runs import make_run

FILES = {"index.html", "results.csv", "summary.md", "junit.xml", "comparison.json"}


@pytest.fixture(scope="module")
def quick_runs(tmp_path_factory):
    """Make two runs of too few rounds to decide anything; read-only."""
    place = tmp_path_factory.mktemp("quick")
    return tuple(
        make_run(place / name, rounds=2, durations={"target": {LIST: seconds}})
        for name, seconds in (("one", 0.1), ("two", 0.2))
    )


def test_several_runs_are_laid_side_by_side(perfcompare, equal_run, slower_run):
    status, out, err = perfcompare("compare", equal_run, slower_run)

    assert (status, err) == (1, "")
    assert f"only B says regression in mean of {LIST}" in " ".join(out.split())
    assert str(equal_run) in "".join(out.split())


def test_runs_that_decide_nothing_are_inconclusive(perfcompare, quick_runs):
    status, out, _ = perfcompare("compare", *quick_runs)

    assert status == 3
    assert "not every metric is decided" in " ".join(out.split())


def test_runs_without_a_regression_are_ok(perfcompare, equal_run, tmp_path):
    again = shutil.copytree(equal_run, tmp_path / "again")

    status, out, _ = perfcompare("compare", equal_run, again)

    assert status == 0
    assert "no run shows a regression" in out


def test_nothing_is_written_without_out(perfcompare, quick_runs, tmp_path):
    written = shutil.ignore_patterns("report", "comparison.json")
    runs = [
        shutil.copytree(run, tmp_path / name, ignore=written)
        for name, run in zip(("one", "two"), quick_runs, strict=True)
    ]
    before = [sorted(run.rglob("*")) for run in runs]
    perfcompare("compare", *runs)

    assert [sorted(run.rglob("*")) for run in runs] == before


def test_out_takes_every_format_and_the_same_bytes_again(
    perfcompare, quick_runs, tmp_path
):
    for name in ("one", "two"):
        perfcompare("compare", *quick_runs, "--out", tmp_path / name)

    assert {path.name for path in (tmp_path / "one").iterdir()} == FILES
    for name in sorted(FILES):
        first, again = (tmp_path / each / name for each in ("one", "two"))
        assert first.read_bytes() == again.read_bytes()


@pytest.mark.parametrize(
    ("wanted", "start"),
    [
        ("markdown", "**2 runs of"),
        ("csv", "run,path,"),
        ("json", "{"),
        ("junit", "<?xml"),
        ("html", "<!DOCTYPE html>"),
    ],
)
def test_every_format_can_be_printed(perfcompare, quick_runs, wanted, start):
    _, out, _ = perfcompare("compare", *quick_runs, "--format", wanted)

    assert out.startswith(start)


def test_the_schema_of_what_json_says_is_published(perfcompare, quick_runs):
    _, printed, _ = perfcompare("schema", "side-by-side")
    _, out, _ = perfcompare("compare", *quick_runs, "--format", "json")
    validator = jsonschema.Draft202012Validator(json.loads(printed))

    assert [error.message for error in validator.iter_errors(json.loads(out))] == []


def test_a_threshold_judges_every_run(perfcompare, equal_run, slower_run):
    _, out, _ = perfcompare(
        *("compare", equal_run, slower_run, "--format", "json"),
        *("--threshold", "mean=80%", "--threshold", "p90=80%"),
    )
    document = json.loads(out)

    limits = {
        row["threshold"]
        for line in document["metrics"]
        if line["metric"] == "mean" and not line["action"]
        for row in line["comparisons"]
    }
    assert limits == {0.8}
    assert document["exit_status"]["code"] == 0


def test_a_known_regression_passes_in_every_run(
    perfcompare, equal_run, slower_run, tmp_path
):
    known = tmp_path / "known.yaml"
    entry = "- {{metric: '{}', reason: ours, until: 2999-01-01}}\n"
    known.write_text("".join(map(entry.format, ("*/mean", "*/p90", "pss_odd"))))

    status, out, err = perfcompare("compare", equal_run, slower_run, "--known", known)

    assert status == 0
    assert "known regression" in out
    assert "pss_odd" in err
    assert "mean" not in err


def test_what_differs_between_the_runs_is_told(perfcompare, equal_run, tmp_path):
    plan = make_plan()
    workloads = tuple(
        replace(one, concurrency=9) if one.name == CREATE else one
        for one in plan.workloads
    )
    other = make_run(
        tmp_path / "other", plan=replace(plan, workloads=workloads), rounds=3
    )

    _, out, _ = perfcompare("compare", equal_run, other)

    told = " ".join(out.split())
    assert f"The runs were not measured alike (workload {CREATE})" in told
    assert "9 at once" in told


def test_a_run_is_named_once(perfcompare, equal_run):
    status, out, err = perfcompare("compare", equal_run, equal_run.parent / "." / "run")

    assert (status, out) == (2, "")
    assert "is the same run as" in err


@pytest.mark.parametrize("option", ["--sham", "--samples"])
def test_what_is_for_one_run_is_refused_for_several(
    perfcompare, equal_run, slower_run, option
):
    status, out, err = perfcompare("compare", equal_run, slower_run, option, equal_run)

    assert (status, out) == (2, "")
    assert option in err


def test_a_run_that_cannot_be_read_is_named(perfcompare, equal_run, tmp_path):
    status, out, err = perfcompare("compare", equal_run, tmp_path / "gone")

    assert (status, out) == (2, "")
    assert str(tmp_path / "gone") in err


def test_a_table_that_cannot_be_read_names_its_run(
    perfcompare, equal_run, slower_run, tmp_path
):
    broken = shutil.copytree(slower_run, tmp_path / "broken")
    table = broken / "visits" / "r01-base" / "iterations.parquet"
    table.write_bytes(b"PAR1")

    status, _, err = perfcompare("compare", equal_run, broken)

    assert status == 2
    assert err.startswith(f"perfcompare: {table}")


def test_a_value_that_is_no_number_names_its_run(perfcompare, equal_run, tmp_path):
    odd = shutil.copytree(equal_run, tmp_path / "odd")
    path = odd / "visits" / "r01-base" / "iterations.parquet"
    table = pd.read_parquet(path)
    table["duration_seconds"] = 1e200
    table.to_parquet(path)

    status, _, err = perfcompare("compare", equal_run, odd)

    assert status == 2
    assert err.startswith(f"perfcompare: {odd}: ")


def test_an_unwritable_place_is_said_so(perfcompare, equal_run, slower_run, tmp_path):
    (tmp_path / "file").write_text("")

    status, _, err = perfcompare(
        "compare", equal_run, slower_run, "--out", tmp_path / "file/out"
    )

    assert status == 2
    assert "cannot be written" in err


def test_labels_go_on_beyond_z():
    assert [label_of(place) for place in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        *("A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA")
    ]
