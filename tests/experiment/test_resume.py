# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.model.errors import DeploymentError, ExperimentError
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState
from perfcompare.testing.deployment import Failure
from perfcompare.testing.plans import make_plan, with_digest
from perfcompare.testing.runs import Rig, make_run

DIED = DeploymentError("fake-api died")


def fail_at_start(path, plan, *, variant, nth):
    failure = Failure(at="start", error=DIED, variant=variant, nth=nth)
    with pytest.raises(DeploymentError):
        Rig(plan=plan, failure=failure).run(path)


def starts(rig):
    return [line for line in rig.journal.lines if line.startswith("start ")]


def files_of(path):
    """Return what identifies each file of the visits: a rewrite changes it."""
    return {
        file: (file.stat().st_ino, file.stat().st_mtime_ns)
        for file in sorted((path / "visits").rglob("*"))
        if file.is_file()
    }


def test_a_resume_goes_on_with_the_failed_round_and_touches_no_other(tmp_path):
    path, plan = tmp_path / "run", make_plan(rounds=4)
    fail_at_start(path, plan, variant="target", nth=3)
    before = files_of(path)
    rig = Rig(plan=plan)

    rig.run(path, resume=True)

    # Round 3 begins with target, round 4 with base.
    assert starts(rig) == ["start target", "start base", "start base", "start target"]
    after = files_of(path)
    assert {file: after[file] for file in before} == before
    run = open_run(path)
    assert (run.state, run.message, run.rounds_done) == (RunState.FINISHED, "", 4)
    assert len({(v.round, v.variant) for v in run.visits}) == len(run.visits) == 8


def test_side_by_side_the_whole_round_is_measured_again(tmp_path):
    path, plan = tmp_path / "run", make_plan(rounds=2)
    fail_at_start(path, plan, variant="base", nth=2)
    rig = Rig(plan=plan)

    rig.run(path, resume=True)

    assert starts(rig) == ["start target", "start base"]


def test_of_whole_visits_only_the_missing_one_is_measured(tmp_path):
    path, plan = tmp_path / "run", make_plan(rounds=2, interleave=False)
    # Round 2 begins with target, which is kept.
    fail_at_start(path, plan, variant="base", nth=2)
    rig = Rig(plan=plan)

    rig.run(path, resume=True)

    assert starts(rig) == ["start base"]
    assert open_run(path).rounds_done == 2


def test_the_upgrade_is_done_again_but_recorded_once(tmp_path):
    path, plan = tmp_path / "run", make_plan(rounds=2)
    fail_at_start(path, plan, variant="base", nth=2)
    first = open_run(path).upgrade
    rig = Rig(plan=plan)
    rig.clock.sleep(1000.0)

    rig.run(path, resume=True)

    assert "upgrade" in rig.journal.lines
    assert open_run(path).upgrade == first


def test_a_finished_run_is_resumed_without_deploying_anything(tmp_path):
    path, plan = tmp_path / "run", make_plan(rounds=2)
    make_run(path, plan=plan)
    rig = Rig(plan=plan)

    rig.run(path, resume=True)

    assert rig.journal.lines == ()
    assert open_run(path).state is RunState.FINISHED


def test_a_finished_run_is_given_more_rounds(tmp_path):
    path, plan = tmp_path / "run", make_plan(rounds=2)
    make_run(path, plan=plan)
    rig = Rig(plan=replace(plan, rounds=3))

    rig.run(path, resume=True)

    assert starts(rig) == ["start target", "start base"]
    assert open_run(path).rounds_done == open_run(path).plan.rounds == 3


def test_other_packages_than_those_of_the_first_rounds_are_refused(tmp_path):
    path, plan = tmp_path / "run", make_plan(rounds=2)
    fail_at_start(path, plan, variant="base", nth=2)
    rig = Rig(plan=plan, packages={"target": ("fake==2026.3", "new==1")})

    with pytest.raises(ExperimentError, match="other packages") as caught:
        rig.run(path, resume=True)

    words = "target had fake==2026.2 and now has fake==2026.3, new==1"
    assert words in str(caught.value)
    assert starts(rig) == []


def test_packages_may_change_while_no_round_has_been_measured(tmp_path):
    path, plan = tmp_path / "run", make_plan(rounds=1)
    fail_at_start(path, plan, variant="base", nth=1)

    Rig(plan=plan, packages={"target": ("fake==2026.3",)}).run(path, resume=True)

    provenance = open_run(path).provenance
    assert provenance is not None
    assert provenance.variants[1].packages == ("fake==2026.3",)


def test_another_plan_is_refused_before_anything_is_deployed(tmp_path):
    path, plan = tmp_path / "run", make_plan(rounds=2)
    make_run(path, plan=plan)
    rig = Rig(plan=with_digest(replace(plan, idle_seconds=9.0)))

    with pytest.raises(Exception, match=r"idle_seconds was 5\.0, is now 9\.0"):
        rig.run(path, resume=True)

    assert rig.journal.lines == ()
