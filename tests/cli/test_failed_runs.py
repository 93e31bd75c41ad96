# SPDX-License-Identifier: Apache-2.0
"""What is left of an experiment that ended before its last round."""

import json

import jsonschema  # type: ignore[import-untyped]
import pytest
from lxml import etree

from perfcompare.cli.early_ends import early_end_told
from perfcompare.model.errors import DeploymentError, ExperimentError, StoreError
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState
from perfcompare.store.writer import RunWriter
from perfcompare.testing.deployment import Failure
from perfcompare.testing.plans import LIST, make_plan
from perfcompare.testing.runs import Rig

DIED = DeploymentError(
    "fake-api of target died with status 1; its last log lines:\n  a"
)
SLOWER = {"target": {LIST: 0.15}}


def fail(path, *, rounds=6, interleave=True, error=DIED, **where):
    """Let an experiment fail in *path* and return that."""
    rig = Rig(
        plan=make_plan(rounds=rounds, interleave=interleave),
        durations=SLOWER,
        failure=Failure(error=error, **where),
    )
    with pytest.raises(type(error)):
        rig.run(path)
    return path


def test_the_complete_rounds_of_a_failed_run_are_judged_and_the_status_is_4(
    perfcompare, tmp_path
):
    path = fail(tmp_path / "run", at="start", variant="target", nth=5)

    status, out, err = perfcompare("compare", path)

    assert (status, err) == (4, "")
    words = " ".join(out.split())
    assert (
        "the experiment failed in round 5 of 6 while target was starting: fake-api of"
        " target died with status 1; 4 rounds are complete" in words
    )
    (line,) = [line for line in out.splitlines() if f"{LIST}/mean" in line]
    assert line.startswith("✗ regression")


@pytest.mark.parametrize("interleave", [True, False])
@pytest.mark.parametrize("at", ["enter", "upgrade", "start"])
def test_a_run_without_a_complete_round_leaves_a_report_all_the_same(
    perfcompare, tmp_path, at, interleave
):
    variant = "target" if at == "start" else ""
    path = fail(tmp_path / "run", at=at, variant=variant, interleave=interleave)

    status, out, err = perfcompare("compare", path)

    assert (status, err) == (4, "")
    assert "no round is complete, so nothing is compared" in " ".join(out.split())
    assert "verdict" not in out
    assert "read with care" not in out
    page = (path / "report" / "index.html").read_text()
    assert f"perfcompare run scenarios/thing/plan.yaml --resume --out {path}" in page
    assert "Fake CPU at 2.00 GHz" in page
    document = json.loads((path / "comparison.json").read_text())
    assert document["failure"]["message"] == "fake-api of target died with status 1"
    assert document["exit_status"] == {"code": 4, "name": "experiment_failed"}


def test_what_the_services_were_to_be_is_said_where_none_was_seen(
    perfcompare, tmp_path
):
    path = fail(tmp_path / "run", at="upgrade")

    _, out, _ = perfcompare("compare", path)

    assert out.startswith("thing 2026.1 eventlet → 2026.2 threading: the experiment")


def test_the_status_of_a_run_that_was_made_good_is_that_of_its_verdicts(
    perfcompare, tmp_path
):
    path = fail(tmp_path / "run", rounds=4, at="start", variant="target", nth=2)
    assert perfcompare("compare", path)[0] == 4

    Rig(plan=make_plan(rounds=4), durations=SLOWER).run(path, resume=True)

    status, out, _ = perfcompare("compare", path)
    assert status == 1
    assert "failed" not in out
    suite = etree.parse(path / "report" / "junit.xml").find("testsuite")
    assert suite.get("errors") == "0"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143)])
def test_an_interrupted_run_is_judged_by_its_verdicts_and_says_how_far_it_came(
    perfcompare, tmp_path, error
):
    path = fail(tmp_path / "run", at="run", variant="base", nth=5, error=error)

    status, out, _ = perfcompare("compare", path)

    assert status == 1
    assert "- interrupted after 4 of 6 rounds" in out
    assert "failed" not in out


def test_an_interrupted_run_without_a_complete_round_has_nothing_to_judge(
    perfcompare, tmp_path
):
    path = fail(tmp_path / "run", at="upgrade", error=KeyboardInterrupt())

    status, _, err = perfcompare("compare", path)

    assert status == 2
    assert "(it is interrupted); go on with `perfcompare run PLAN --resume`" in err


def test_a_failure_leaves_its_report_at_once_and_goes_on_its_way(tmp_path, capfd):
    path = tmp_path / "run"

    with pytest.raises(DeploymentError) as caught, early_end_told(path):
        fail_within(path, DIED)

    page = path / "report" / "index.html"
    assert "died with status 1" in str(caught.value)
    assert capfd.readouterr().err == f"report: {page}\n"
    assert page.exists()


def fail_within(path, error):
    failure = Failure(at="start", variant="target", nth=2, error=error)
    Rig(plan=make_plan(rounds=3), failure=failure).run(path)


def test_ctrl_c_says_after_how_many_rounds_it_came_and_how_to_judge_them(
    tmp_path, capfd
):
    path = tmp_path / "run"

    with pytest.raises(KeyboardInterrupt), early_end_told(path):
        fail_within(path, KeyboardInterrupt())

    assert capfd.readouterr().err == (
        "interrupted after 1 of 3 rounds; judge those that are complete:"
        f" perfcompare compare {path}\n"
    )


def test_ctrl_c_before_the_first_round_promises_nothing(tmp_path, capfd):
    with RunWriter.create(tmp_path / "run", make_plan(), created_at=0.0) as writer:
        writer.end(RunState.INTERRUPTED, at=1.0, message="")
    with pytest.raises(KeyboardInterrupt), early_end_told(tmp_path / "run"):
        raise KeyboardInterrupt

    assert capfd.readouterr().err == "interrupted after 0 of 4 rounds\n"


def test_an_error_before_anything_is_measured_leaves_no_report(tmp_path, capfd):
    with RunWriter.create(tmp_path / "run", make_plan(), created_at=0.0) as writer:
        writer.end(RunState.PARTIAL, at=1.0, message="")
    with pytest.raises(ExperimentError, match="no"), early_end_told(tmp_path / "run"):
        raise ExperimentError("no")

    assert capfd.readouterr().err == ""
    assert not (tmp_path / "run" / "report").exists()


def test_a_report_that_cannot_be_written_hides_no_failure(tmp_path, capfd):
    path = fail(tmp_path / "run", at="start", variant="target", nth=2)
    (path / "report").write_text("in the way")

    with pytest.raises(DeploymentError, match="the first"), early_end_told(path):
        raise DeploymentError("the first")

    assert "no report of this: the report cannot be written" in capfd.readouterr().err


def test_a_visit_that_cannot_be_read_is_named_also_in_a_failed_run(tmp_path):
    path = fail(tmp_path / "run", at="start", variant="target", nth=3)
    (path / "visits" / "r01-base" / "visit.json").unlink()

    with pytest.raises(StoreError, match=r"visit\.json is missing"):
        _ = open_run(path).measured


def test_the_schema_of_what_is_written_can_be_asked_for(perfcompare, tmp_path):
    path = fail(tmp_path / "run", at="upgrade")
    perfcompare("compare", path)

    status, out, err = perfcompare("schema", "comparison")

    validator = jsonschema.Draft202012Validator(json.loads(out))
    assert (status, err) == (0, "")
    assert validator.is_valid(json.loads((path / "comparison.json").read_text()))
    assert not validator.is_valid({})
