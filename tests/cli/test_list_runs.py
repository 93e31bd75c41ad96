# SPDX-License-Identifier: Apache-2.0
import pytest
from click.testing import CliRunner

from perfcompare.cli.list_runs import command
from perfcompare.model.errors import DeploymentError
from perfcompare.testing.deployment import Failure
from perfcompare.testing.plans import make_plan
from perfcompare.testing.runs import Rig, make_run


@pytest.fixture
def listed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        return CliRunner().invoke(command, arguments, catch_exceptions=False)

    return call


def test_runs_are_listed_with_what_became_of_them(listed, tmp_path):
    make_run(tmp_path / "reports" / "good", rounds=2)
    failure = Failure(at="start", variant="target", nth=2, error=DeploymentError("no"))
    with pytest.raises(DeploymentError):
        Rig(plan=make_plan(), failure=failure).run(tmp_path / "reports" / "half")
    (tmp_path / "reports" / "zzz").mkdir()
    (tmp_path / "reports" / "zzz" / "run.json").write_text("{")

    result = listed()

    title = "things: 2026.1 on eventlet, 2026.2 on threading"
    assert result.stdout.splitlines() == [
        "run           project  state       rounds  started (UTC)     title",
        f"reports/good  thing    finished    2/2     2023-11-14 22:13  {title}",
        f"reports/half  thing    failed      1/4     2023-11-14 22:13  {title}",
        "reports/zzz   -        unreadable  -       -                 -",
    ]
    assert result.stderr.startswith("perfcompare: reports/zzz/run.json is broken")
    assert result.exit_code == 0


def test_no_runs_is_said_and_no_failure(listed, tmp_path):
    result = listed(str(tmp_path))

    assert result.stdout == ""
    assert result.stderr == f"no runs in {tmp_path}\n"
    assert result.exit_code == 0
