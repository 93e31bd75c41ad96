# SPDX-License-Identifier: Apache-2.0
"""What is kept of a failure, for a report to show."""

from dataclasses import replace

import pytest

from perfcompare.experiment.failing import failure_of, going_on
from perfcompare.experiment.narrator import Narrator
from perfcompare.model.errors import DeploymentError, WorkloadError
from perfcompare.model.failure import Failure as Record
from perfcompare.model.plan import DeploymentKind
from perfcompare.model.variant import VariantName
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState, VisitKey
from perfcompare.store.writer import RunWriter
from perfcompare.testing.clock import FakeClock
from perfcompare.testing.deployment import Failure
from perfcompare.testing.plans import make_plan
from perfcompare.testing.runs import SURROUNDINGS, JournalProgress, Rig

DIED = DeploymentError(
    "fake-api of target died with status 1; its last log lines:\n  a"
)


def record_of(path, *, error=DIED, interleave=True, **where):
    """Let a rig fail in *path* and return what was recorded."""
    rig = Rig(
        plan=make_plan(rounds=3, interleave=interleave),
        failure=Failure(error=error, **where),
    )
    with pytest.raises(type(error)):
        rig.run(path)
    record = open_run(path).failure
    assert record
    return record


def taken_down(path, message, logs):
    """Return the record of *message* where *logs* (by variant) were kept."""
    plan = make_plan(rounds=3)
    scene = Narrator(JournalProgress(), FakeClock(), variants=("base",), rounds=3)
    with RunWriter.create(path, plan, created_at=0.0) as writer:
        for variant, files in logs.items():
            writer.keep_failed(VisitKey(round=2, variant=variant), files)
        return failure_of(message, at=1.0, scene=scene, writer=writer, go_on="")


def test_a_service_that_dies_at_a_start_is_recorded_with_all_that_helps(tmp_path):
    path = tmp_path / "run"

    record = record_of(path, at="start", variant="target", nth=2)

    assert record == Record(
        at=record.at,
        activity="start",
        round=2,
        rounds=3,
        variant="target",
        service="fake-api",
        message="fake-api of target died with status 1",
        hint=f"perfcompare run scenarios/thing/plan.yaml --resume --out {path}",
        log_lines=("target in start 2",),
        log="visits/failed-r02-target/logs/fake-api.log",
    )
    assert (path / record.log).read_text() == "target in start 2\n"
    assert record.at == open_run(path).ended_at


def test_of_an_upgrade_the_log_of_the_service_is_found_too(tmp_path):
    record = record_of(tmp_path / "run", at="upgrade")

    assert (record.activity, record.round) == ("upgrade", 0)
    assert (record.variant, record.service) == ("target", "fake-api")
    assert record.log == "upgrade/failed-logs/target-fake-api.log"
    assert record.log_lines == ("target in upgrade",)


def test_what_is_said_where_nothing_was_deployed_yet_is_kept(tmp_path):
    record = record_of(tmp_path / "run", at="enter")

    assert (record.activity, record.service, record.log) == ("set up", "", "")
    assert record.log_lines == ("a",)
    provenance = open_run(tmp_path / "run").provenance
    assert provenance
    assert provenance.command_line == SURROUNDINGS.command_line
    assert provenance.variants == ()


def test_what_fails_between_two_activities_is_said_of_its_round_alone(tmp_path):
    record = record_of(tmp_path / "run", at="clean up", variant="target", nth=2)

    assert (record.activity, record.round) == ("", 2)


def test_of_blocks_the_variant_is_the_one_that_the_message_names(tmp_path):
    record = record_of(
        tmp_path / "run", at="run", variant="target", nth=1, after_seconds=8.0
    )

    assert (record.activity, record.variant) == ("load", "target")
    assert record.log == "visits/failed-r01-target/logs/fake-api.log"


def test_in_doubt_which_log_it_is_the_message_speaks_for_itself(tmp_path):
    error = WorkloadError("fake-api died\nlast lines of base's Rally:\nno answer")

    record = record_of(tmp_path / "run", at="verify", variant="base", error=error)
    other = taken_down(
        tmp_path / "other",
        "fake-api died\nits last words",
        {name: {"fake-api.log": b"x"} for name in ("base", "target")},
    )

    both = taken_down(
        tmp_path / "both",
        "fake-api died in base, and in target",
        {name: {"fake-api.log": b"x"} for name in ("base", "target")},
    )

    assert record.variant == "base"
    assert record.log_lines == ("base fake-api",)
    assert (both.service, both.log) == ("", "visits")
    assert (other.variant, other.service, other.log) == ("", "", "visits")
    assert other.log_lines == ("its last words",)


def test_a_service_is_named_by_its_whole_name(tmp_path):
    logs = {"api.log": b"api", "api-wsgi.log": b"wsgi", "share.log": b"share"}

    record = taken_down(tmp_path / "run", "api-wsgi died; share waits", {"base": logs})

    assert (record.service, record.log_lines) == ("api-wsgi", ("wsgi",))


def test_the_last_40_lines_are_kept_without_orders_to_a_terminal(tmp_path):
    lines = [f"\x1b[31mline {number}\x1b[0m" for number in range(99)]
    log = "\n".join([*lines, "", "\x1b]0;title\x07" + "x" * 10_000]).encode()

    record = taken_down(tmp_path / "run", "api died", {"base": {"api.log": log}})

    assert len(record.log_lines) == 40
    assert record.log_lines[0] == "line 60"
    assert record.log_lines[-1] == "x" * 1000 + "…"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("mysql://manila:pa55@127.0.0.1/manila", "mysql://manila:***@127.0.0.1/manila"),
        ("rabbit_password = pa55", "rabbit_password = ***"),
        ('{"token": "pa55", "id": 1}', '{"token": ***, "id": 1}'),
        ("X-Auth-Token: pa55", "X-Auth-Token: ***"),
        ("encryption_key='pa 55' set", "encryption_key=*** set"),
        ("https://host:8786/v2: 404 of tokens", "https://host:8786/v2: 404 of tokens"),
    ],
)
def test_what_looks_like_a_secret_is_masked(tmp_path, line, kept):
    logs = {"base": {"api.log": line.encode()}}

    record = taken_down(tmp_path / "run", f"api died: {line}", logs)

    assert record.log_lines == (kept,)
    assert record.message == f"api died: {kept}"


def test_a_log_that_is_no_text_is_kept_as_far_as_it_is(tmp_path):
    record = taken_down(
        tmp_path / "run", "api died", {"base": {"api.log": b"\xff\xfeok\n"}}
    )

    assert record.log_lines == ("\ufffd\ufffdok",)


def test_an_error_of_ours_is_recorded_too(tmp_path):
    record = record_of(tmp_path / "run", at="upgrade", error=ZeroDivisionError("oops"))

    assert record.message == "internal error: ZeroDivisionError('oops')"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143)])
def test_to_be_interrupted_is_no_failure(tmp_path, error):
    rig = Rig(
        plan=make_plan(rounds=3),
        failure=Failure(
            at="run", variant="base", nth=2, after_seconds=6.0, error=error
        ),
    )

    with pytest.raises(type(error)):
        rig.run(tmp_path / "run")

    run = open_run(tmp_path / "run")
    assert (run.state, run.failure) == (RunState.INTERRUPTED, None)
    assert not (tmp_path / "run" / "failure.json").exists()


def test_a_resume_makes_good_what_failed(tmp_path):
    path = tmp_path / "run"
    record_of(path, at="start", variant="target", nth=2)

    Rig(plan=make_plan(rounds=3)).run(path, resume=True)

    run = open_run(path)
    assert (run.state, run.failure) == (RunState.FINISHED, None)
    assert not (path / "failure.json").exists()


def test_a_second_failure_takes_the_place_of_the_first(tmp_path):
    path = tmp_path / "run"
    record_of(path, at="start", variant="target", nth=2)
    again = Failure(at="upgrade", error=DIED)

    with pytest.raises(DeploymentError):
        Rig(plan=make_plan(rounds=3), failure=again).run(path, resume=True)

    failure = open_run(path).failure
    assert failure
    assert failure.activity == "upgrade"


def test_a_cloud_is_gone_on_with_by_measuring_the_same_variants():
    plan = make_plan(VariantName.BASE, VariantName.TARGET, VariantName.CROSSOVER)
    plan = replace(plan, deployment=DeploymentKind.DEVSTACK, path="my plan.yaml")

    command = going_on(plan, plan.variants[1:], "run")

    assert command == (
        "perfcompare measure 'my plan.yaml' --run run"
        " --variant target --variant crossover"
    )
