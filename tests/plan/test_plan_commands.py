# SPDX-License-Identifier: Apache-2.0
"""``perfcompare validate`` and ``perfcompare schema`` as a user meets them."""

import json
import re
from pathlib import Path

import pytest

from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.cli.main import status_of
from perfcompare.cli.validate import summary
from perfcompare.plan.loader import Overrides, load_plan
from perfcompare.projects import PROJECTS

ROOT = Path(__file__).parents[2]
TESTBED = ROOT / "scenarios" / "testbed"


def test_validate_says_what_would_be_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = status_of(["validate", str(TESTBED / "latency.yaml"), "--rounds", "9"])

    said = capsys.readouterr().out
    assert status == 0
    assert said.startswith("Testbed: 20 % more latency\n")
    assert "rounds     9, the load passes in short blocks\n" in said
    assert "target     2.0 on threading: " in said
    assert "           TESTBED_LATENCY_SECONDS=0.048\n" in said
    assert (
        "workload   work: PerfcompareHttp.get, 80 + 400 iterations at 4, in 10 blocks\n"
    ) in said
    assert "480 iterations a visit" in said


def test_validate_says_when_a_sequential_experiment_looks(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = tmp_path / "plan.yaml"
    text = (TESTBED / "latency.yaml").read_text()
    found = re.sub(r"(?m)^rounds:.*$", "rounds: {min: 4, max: 10}", text)
    plan.write_text(found.replace("task: ", f"task: {TESTBED}/"))

    status = status_of(["validate", str(plan)])

    assert status == 0
    assert (
        "rounds     4 to 10 rounds, looks after 4, 6, 8, 10, the load passes in short"
        " blocks\n"
    ) in capsys.readouterr().out


def test_the_summary_shows_packages_dates_and_options(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(
        f"""\
project: glance
base: {{release: "2026.1", backend: eventlet}}
target:
  release: "2026.2"
  uwsgi: {{threads: 2}}
  config: {{glance-api.conf: {{DEFAULT: {{debug: on}}}}}}
task: {ROOT}/scenarios/glance/tasks/images.yaml
rounds: 100
interleave: false
"""
    )
    none = Overrides(rounds=None, quick=False, thresholds=())

    plan = load_plan(
        path, projects=PROJECTS, defaults=DEFAULT_THRESHOLDS, overrides=none
    )

    said = "\n".join(summary(plan))
    assert "100, the load passes in whole visits\n" in said
    assert ", uploaded before 2026-04-15\n" in said
    assert "           glance-api.conf [DEFAULT] debug = on\n" in said
    assert "           uwsgi threads = 2\n" in said
    assert " h " in said


def test_validate_gives_every_problem_and_status_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text((TESTBED / "latency.yaml").read_text().replace("rounds", "ronds"))

    status = status_of(["validate", str(plan)])

    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert f"{plan}:12: unknown key 'ronds'; did you mean 'rounds'?" in err
    assert f"{plan}:10: task {tmp_path}/tasks/work.yaml does not exist; " in err
    assert "Traceback" not in err


def test_validate_asks_rally_about_the_task(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "tasks").mkdir()
    task = (TESTBED / "tasks" / "work.yaml").read_text()
    (tmp_path / "tasks" / "work.yaml").write_text(task.replace("Http.get", "Http.git"))
    plan = tmp_path / "plan.yaml"
    plan.write_text((TESTBED / "latency.yaml").read_text())

    status = status_of(["validate", str(plan)])

    err = capsys.readouterr().err
    assert status == 2
    assert f"{plan}: Rally: work: Rally knows no scenario PerfcompareHttp.git" in err


def test_schema_prints_the_schema_of_a_plan(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status_of(["schema"]) == 0

    schema = json.loads(capsys.readouterr().out)
    assert schema["required"] == ["project", "base", "target", "task"]
    assert schema["$schema"].endswith("2020-12/schema")
