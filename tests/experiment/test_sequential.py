# SPDX-License-Identifier: Apache-2.0
"""Experiments that end where a look says so."""

from dataclasses import replace

import pytest

from perfcompare.model.errors import DeploymentError
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState
from perfcompare.testing.deployment import Failure
from perfcompare.testing.plans import make_plan
from perfcompare.testing.runs import Rig

DIED = DeploymentError("fake-api died")


class Judge:
    """Says from how many rounds on there are enough, and keeps when it was asked."""

    def __init__(self, *, enough_from=100, run=None):
        self.asked = []
        self.stored = []
        self._enough_from = enough_from
        self._run = run

    def __call__(self, rounds):
        self.asked.append(rounds)
        if self._run is not None:
            self.stored.append(len(open_run(self._run).visits))
        return rounds >= self._enough_from


def plan_of(*looks, interleave=True):
    plan = make_plan(rounds=looks[-1], interleave=interleave)
    return replace(plan, looks=looks)


def ended(path):
    run = open_run(path)
    return run.state, run.rounds_done


@pytest.mark.parametrize("interleave", [True, False])
def test_an_experiment_ends_at_the_look_that_decides_it(tmp_path, interleave):
    path = tmp_path / "run"
    judge = Judge(enough_from=4, run=path)

    Rig(plan=plan_of(2, 4, 6, interleave=interleave), enough=judge).run(path)

    assert judge.asked == [2, 4]
    assert judge.stored == [4, 8]
    assert ended(path) == (RunState.FINISHED, 4)


def test_nobody_looks_after_the_last_round(tmp_path):
    judge = Judge()

    Rig(plan=plan_of(2, 4, 5), enough=judge).run(tmp_path / "run")

    assert judge.asked == [2, 4]
    assert ended(tmp_path / "run") == (RunState.FINISHED, 5)


def test_the_progress_promises_no_more_rounds_than_are_planned(tmp_path):
    sequential, fixed = Rig(plan=plan_of(2, 4)), Rig(plan=make_plan(rounds=2))

    sequential.run(tmp_path / "sequential")
    fixed.run(tmp_path / "fixed")

    assert {event.up_to for event in sequential.progress.events} == {True}
    assert {event.up_to for event in fixed.progress.events} == {False}


def test_a_fixed_number_of_rounds_is_never_looked_at(tmp_path):
    judge = Judge(enough_from=1)

    Rig(plan=make_plan(rounds=3), enough=judge).run(tmp_path / "run")

    assert judge.asked == []
    assert ended(tmp_path / "run") == (RunState.FINISHED, 3)


def test_a_run_that_has_been_decided_stops_again_at_once(tmp_path):
    path, plan = tmp_path / "run", plan_of(2, 4)
    Rig(plan=plan, enough=Judge(enough_from=2)).run(path)
    judge = Judge(enough_from=2)
    rig = Rig(plan=plan, enough=judge)

    rig.run(path, resume=True)

    assert rig.journal.lines == ()
    assert judge.asked == [2]
    assert ended(path) == (RunState.FINISHED, 2)


def test_a_run_that_died_between_two_looks_goes_on_to_the_next(tmp_path):
    path, plan = tmp_path / "run", plan_of(2, 4, 6)
    failure = Failure(at="start", error=DIED, variant="base", nth=4)
    with pytest.raises(DeploymentError):
        Rig(plan=plan, failure=failure, enough=Judge()).run(path)
    judge = Judge(enough_from=3)

    Rig(plan=plan, enough=judge).run(path, resume=True)

    assert judge.asked == [4]
    assert ended(path) == (RunState.FINISHED, 4)


def test_a_visit_that_completes_an_older_round_is_followed_by_its_look(tmp_path):
    path, plan = tmp_path / "run", plan_of(2, 4, interleave=False)
    # Round 2 begins with target, which is kept.
    failure = Failure(at="start", error=DIED, variant="base", nth=2)
    with pytest.raises(DeploymentError):
        Rig(plan=plan, failure=failure).run(path)
    rig = Rig(plan=plan, enough=Judge(enough_from=2))

    rig.run(path, resume=True)

    assert [line for line in rig.journal.lines if line.startswith("start ")] == [
        "start base"
    ]
    assert ended(path) == (RunState.FINISHED, 2)


def test_a_look_that_fails_loses_no_round(tmp_path):
    def fail(rounds):
        raise DIED

    path = tmp_path / "run"
    with pytest.raises(DeploymentError):
        Rig(plan=plan_of(2, 4), enough=fail).run(path)

    assert ended(path) == (RunState.FAILED, 2)
