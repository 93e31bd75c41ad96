# SPDX-License-Identifier: Apache-2.0
import pytest

from perfcompare.model.errors import (
    DeploymentError,
    ExperimentError,
    SamplingError,
    StoreError,
    WorkloadError,
)
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState
from perfcompare.testing.deployment import Failure
from perfcompare.testing.plans import make_plan
from perfcompare.testing.runs import Rig, make_run

DIED = DeploymentError("fake-api died with status 1")


def failing(at, *, interleave=True, **where):
    failure = Failure(at=at, error=where.pop("error", DIED), **where)
    return Rig(plan=make_plan(rounds=3, interleave=interleave), failure=failure)


@pytest.mark.parametrize(
    ("at", "where", "words"),
    [
        ("enter", {}, "set up: fake-api died with status 1"),
        ("upgrade", {}, "upgrade: fake-api died with status 1"),
        (
            "start",
            {"variant": "target", "nth": 2},
            "round 2 of 3, start target: fake-api died with status 1",
        ),
        (
            "verify",
            {"variant": "base", "nth": 1},
            "round 1 of 3, verify the backend of base: fake-api died with status 1",
        ),
        (
            "run",
            {"variant": "base", "nth": 2, "after_seconds": 1.0},
            "round 2 of 3, idle: fake-api died with status 1",
        ),
        (
            "run",
            {"variant": "target", "nth": 1, "after_seconds": 8.0},
            "round 1 of 3, load: fake-api died with status 1",
        ),
        (
            "stop",
            {"variant": "target", "nth": 3},
            "round 3 of 3, stop target: fake-api died with status 1",
        ),
    ],
)
def test_an_error_says_where_it_happened(tmp_path, at, where, words):
    with pytest.raises(DeploymentError) as caught:
        failing(at, **where).run(tmp_path / "run")

    assert str(caught.value).startswith(words)
    run = open_run(tmp_path / "run")
    assert run.state is RunState.FAILED
    assert run.message == str(caught.value)


@pytest.mark.parametrize("kind", [WorkloadError, SamplingError, ExperimentError])
def test_an_error_keeps_its_class(tmp_path, kind):
    with pytest.raises(kind) as caught:
        failing("upgrade", error=kind("no")).run(tmp_path / "run")

    assert type(caught.value) is kind


def test_everything_that_is_up_is_cleaned_up_in_reverse_order(tmp_path):
    rig = failing("run", variant="base", nth=1, after_seconds=6.0)

    with pytest.raises(DeploymentError):
        rig.run(tmp_path / "run")

    assert rig.journal.lines[-3:] == ("clean up target", "clean up base", "exit")


def test_what_was_measured_before_stays_readable(tmp_path):
    with pytest.raises(DeploymentError):
        failing("start", variant="target", nth=3).run(tmp_path / "run")

    run = open_run(tmp_path / "run")
    assert run.rounds_done == 2
    assert [(v.round, v.variant) for v in run.visits] == [
        (1, "base"),
        (1, "target"),
        (2, "base"),
        (2, "target"),
    ]


def test_the_logs_of_what_was_up_are_kept_and_named(tmp_path):
    with pytest.raises(DeploymentError) as caught:
        failing("verify", variant="target", nth=2).run(tmp_path / "run")

    for variant in ("base", "target"):
        logs = tmp_path / "run" / "visits" / f"failed-r02-{variant}" / "logs"
        assert (logs / "fake-api.log").read_text() == f"{variant} fake-api\n"
        assert str(logs) in str(caught.value)


def test_the_logs_of_what_did_not_come_up_are_kept_too(tmp_path):
    with pytest.raises(DeploymentError) as caught:
        failing("start", variant="target", nth=2).run(tmp_path / "run")

    # In round 2 target is started first: base is not there, and nothing is said of it.
    logs = tmp_path / "run" / "visits" / "failed-r02-target" / "logs"
    assert str(caught.value).endswith(f"died with status 1; logs are kept in {logs}")
    assert (logs / "fake-api.log").read_text() == "target in start 2\n"
    assert not logs.parent.with_name("failed-r02-base").exists()


def test_the_logs_of_an_upgrade_that_failed_are_kept_and_go_when_it_succeeds(tmp_path):
    path = tmp_path / "run"
    with pytest.raises(DeploymentError) as caught:
        failing("upgrade").run(path)

    logs = path / "upgrade" / "failed-logs"
    assert str(caught.value).endswith(f"logs are kept in {logs}")
    assert (logs / "target-fake-api.log").read_text() == "target in upgrade\n"
    assert not open_run(path).upgrade

    Rig(plan=make_plan(rounds=3)).run(path, resume=True)
    assert not logs.exists()


def test_the_logs_of_both_starts_of_the_upgrade_are_kept(tmp_path):
    make_run(tmp_path / "run", rounds=1)

    logs = tmp_path / "run" / "upgrade" / "logs"
    assert {log.name: log.read_text() for log in logs.iterdir()} == {
        "base-fake-api.log": "base in upgrade\n",
        "target-fake-api.log": "target in upgrade\n",
    }


@pytest.mark.parametrize("interleave", [True, False])
def test_a_clean_up_that_fails_throws_no_measured_round_away(tmp_path, interleave):
    rig = failing("clean up", interleave=interleave, variant="target", nth=2)

    with pytest.raises(DeploymentError, match="died with status 1"):
        rig.run(tmp_path / "run")

    run = open_run(tmp_path / "run")
    assert run.state is RunState.FAILED
    assert (2, "target") in [(visit.round, visit.variant) for visit in run.visits]


def test_the_logs_of_a_second_failure_take_the_place_of_the_first(tmp_path):
    path = tmp_path / "run"
    for resume in (False, True):
        with pytest.raises(DeploymentError):
            failing("verify", variant="base").run(path, resume=resume)

    found = sorted(p.name for p in (path / "visits").iterdir())
    assert found == ["failed-r01-base", "failed-r01-target"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143)])
def test_an_interrupted_run_says_so_and_cleans_up(tmp_path, error):
    rig = failing("run", variant="base", nth=2, after_seconds=6.0, error=error)

    with pytest.raises(type(error)):
        rig.run(tmp_path / "run")

    run = open_run(tmp_path / "run")
    assert (run.state, run.message) == (RunState.INTERRUPTED, "")
    assert run.rounds_done == 1
    assert rig.journal.lines[-1] == "exit"


def test_an_error_of_ours_is_recorded_as_such_and_not_hidden(tmp_path):
    with pytest.raises(ZeroDivisionError):
        failing("upgrade", error=ZeroDivisionError("oops")).run(tmp_path / "run")

    assert "internal error: ZeroDivisionError" in open_run(tmp_path / "run").message


def test_a_run_without_a_whole_round_can_be_opened_but_has_nothing_to_judge(tmp_path):
    with pytest.raises(DeploymentError):
        failing("start", variant="target").run(tmp_path / "run")

    run = open_run(tmp_path / "run")
    assert run.rounds_done == 0
    with pytest.raises(
        StoreError, match=r"holds no complete round.*it is failed: round"
    ):
        _ = run.visits


@pytest.mark.parametrize("interleave", [True, False])
def test_a_workload_that_never_succeeds_is_a_failure_of_the_experiment(
    tmp_path, interleave
):
    plan = make_plan(rounds=2, interleave=interleave)

    with pytest.raises(WorkloadError) as caught:
        Rig(plan=plan, failures={"target": 1}).run(tmp_path / "run")

    assert "all 40 iterations of 'list things' failed on target" in str(caught.value)
    assert open_run(tmp_path / "run").state is RunState.FAILED
