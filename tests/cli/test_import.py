# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path
from typing import Any

import pytest

RECORDING = Path(__file__).parents[1] / "recordings" / "rally" / "5.1.1-blocks.json"


@pytest.fixture
def report(tmp_path):
    """Write a report whose iterations take *factor* times as long, *later* seconds."""

    def write(name: str, *, factor: float = 1.0, later: float = 0.0, **change: Any):
        content = json.loads(RECORDING.read_text())
        for workload in workloads(content):
            for entry in workload["data"]:
                entry["timestamp"] += later
                entry["duration"] *= factor
            workload.update(change)
        path = tmp_path / name
        path.write_text(json.dumps(content))
        return path

    return write


def workloads(content: Any) -> list[Any]:
    return [
        workload
        for task in content["tasks"]
        for subtask in task["subtasks"]
        for workload in subtask["workloads"]
    ]


def reports(report: Any, side: str, *, factor: float, first: float) -> list[Path]:
    wobble = (1.0, 1.01, 0.99, 1.005)
    return [
        report(
            f"{side}{number}.json",
            factor=factor * wobble[number],
            later=first + 1000.0 * number,
        )
        for number in range(4)
    ]


def test_reports_made_elsewhere_are_judged(perfcompare, report, tmp_path):
    base = reports(report, "base", factor=1.0, first=0.0)
    target = reports(report, "target", factor=1.5, first=500.0)

    status, out, err = perfcompare(
        "import", "rally", "--base", *base, "--target", *target,
        "--out", tmp_path / "run",
    )  # fmt: skip
    assert (status, err) == (0, "")
    assert f"perfcompare compare {tmp_path / 'run'}" in out

    _, text, _ = perfcompare("compare", tmp_path / "run", "--format", "json")
    rows = json.loads(text)["comparisons"]
    medians = [row for row in rows if row["metric"] == "p50" and not row["action"]]
    assert medians
    assert all(row["effect"] == pytest.approx(1.5, rel=0.02) for row in medians)
    assert not any(row["service"] for row in rows)
    assert not any(row["metric"] == "ready_seconds" for row in rows)


def test_all_of_base_before_all_of_target_cannot_show_parity(
    perfcompare, report, tmp_path
):
    base = reports(report, "base", factor=1.0, first=0.0)
    target = reports(report, "target", factor=1.0, first=9000.0)
    perfcompare(
        "import", "rally", "--base", *base, "--target", *target,
        "--out", tmp_path / "run",
    )  # fmt: skip

    status, out, _ = perfcompare("compare", tmp_path / "run")

    assert status == 3
    assert "always measured before" in out


def test_one_file_a_side_for_each_round(perfcompare, report, tmp_path):
    one, two = report("one.json"), report("two.json")

    status, _, err = perfcompare(
        "import", "rally", "--base", one, two, "--target", one, "--out", tmp_path / "r"
    )

    assert status == 2
    assert "2 files for base and 1 for target" in err


def test_reports_of_different_workloads_are_refused(perfcompare, report, tmp_path):
    base = report("base.json")
    target = report("target.json", scenario={"Dummy.dummy": {"sleep": 7}})

    status, _, err = perfcompare(
        "import", "rally", "--base", base, "--target", target, "--out", tmp_path / "r"
    )

    assert status == 2
    assert f"{target}: workload" in err
    assert not (tmp_path / "r").exists()


def made_by(path, version):
    document = json.loads(path.read_text())
    document["info"].pop("rally_version")
    if version:
        document["info"]["rally_version"] = version
    path.write_text(json.dumps(document))
    return path


def test_reports_of_different_load_generators_are_refused(
    perfcompare, report, tmp_path
):
    base = made_by(report("base.json"), "5.1.1")
    target = made_by(report("target.json"), "6.0.0")

    status, _, err = perfcompare(
        "import", "rally", "--base", base, "--target", target, "--out", tmp_path / "r"
    )

    assert status == 2
    assert f"{target}: was made by Rally 6.0.0, and {base} by 5.1.1" in err
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(("one", "other"), [("5.1.1", "5.1.1"), ("", "5.1.1")])
def test_what_no_report_says_of_its_generator_is_no_difference(
    perfcompare, report, tmp_path, one, other
):
    base = made_by(report("base.json"), one)
    target = made_by(report("target.json"), other)

    status, _, _ = perfcompare(
        "import", "rally", "--base", base, "--target", target, "--out", tmp_path / "r"
    )

    assert status == 0


def test_a_workload_that_never_succeeded_is_refused_with_its_error(
    perfcompare, report, tmp_path
):
    base, target = report("base.json"), report("target.json")
    document = json.loads(target.read_text())
    failing = workloads(document)[0]
    for number, entry in enumerate(failing["data"]):
        entry["error"] = ["GetFailed", "no such host" if number else "late", "trace"]
    target.write_text(json.dumps(document))

    status, _, err = perfcompare(
        "import", "rally", "--base", base, "--target", target, "--out", tmp_path / "r"
    )

    assert status == 2
    assert f"{target}: workload '" in err
    assert "all iterations failed: GetFailed: no such host" in err
    assert not (tmp_path / "r").exists()


def test_no_backend_is_claimed_of_what_was_run_elsewhere(perfcompare, report, tmp_path):
    perfcompare(
        "import", "rally", "--base", report("base.json"),
        "--target", report("target.json"), "--out", tmp_path / "run",
    )  # fmt: skip

    for command in (("compare",), ("compare", "--format", "json"), ("show",)):
        _, out, _ = perfcompare(*command, tmp_path / "run")
        assert "eventlet" not in out
        assert "threading" not in out


def broken(content: str, change: str) -> str:
    document = json.loads(content)
    entry = workloads(document)[0]["data"][0]
    match change:
        case "truncated":
            return content[:2000]
        case "other format":
            document["info"]["format_version"] = "9.9"
        case "negative duration":
            entry["duration"] = -1.0
        case "not a number":
            entry["duration"] = float("nan")
        case _:
            workloads(document)[0]["data"] = []
    return json.dumps(document)


@pytest.mark.parametrize(
    "change",
    ["truncated", "other format", "negative duration", "not a number", "no data"],
)
def test_a_broken_report_is_one_message(perfcompare, report, tmp_path, change):
    good = report("good.json")
    bad = tmp_path / "bad.json"
    bad.write_text(broken(good.read_text(), change))

    status, _, err = perfcompare(
        "import", "rally", "--base", good, "--target", bad, "--out", tmp_path / "run"
    )

    assert status == 2
    assert str(bad) in err
    assert "Traceback" not in err
