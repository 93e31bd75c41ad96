# SPDX-License-Identifier: Apache-2.0
"""The looks of `perfcompare run`; whole runs are in tests/integration."""

from dataclasses import replace

import pytest

from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.cli.run import Request, looking, measure, with_looks_taken
from perfcompare.model.errors import PlanError
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState
from perfcompare.testing.plans import LIST, make_plan
from perfcompare.testing.runs import Rig
from perfcompare.testing.workload import Noise

SLOWER = {"target": {LIST: 0.2}}


def sequential(*looks):
    plan = make_plan(rounds=looks[-1])
    return replace(plan, looks=looks, thresholds=DEFAULT_THRESHOLDS)


def test_a_decided_run_ends_at_the_first_look(tmp_path):
    path = tmp_path / "run"
    said: list[str] = []
    rig = Rig(
        plan=sequential(4, 6), durations=SLOWER, enough=looking(path, said.append)
    )

    rig.run(path)

    assert (open_run(path).state, open_run(path).rounds_done) == (RunState.FINISHED, 4)
    (line,) = said
    assert line.startswith("looked after 4 rounds: 0 of ")
    assert line.endswith(" undecided, that is enough")


def test_an_undecided_run_goes_on_and_says_so(tmp_path):
    path = tmp_path / "run"
    said: list[str] = []
    noise = Noise(sigma=0.05, round_sigma=0.5, seed=3)
    rig = Rig(plan=sequential(4, 6, 7), noise=noise, enough=looking(path, said.append))

    rig.run(path)

    assert open_run(path).rounds_done == 7
    assert [line.split(":")[0] for line in said] == [
        "looked after 4 rounds",
        "looked after 6 rounds",
    ]
    assert all(line.endswith(" undecided, going on") for line in said)


@pytest.mark.parametrize(
    ("wanted", "looks"),
    [
        # --rounds 12 after a look at 4: that one has been taken all the same.
        (replace(make_plan(rounds=12), looks=()), (4, 12)),
        (replace(make_plan(rounds=8), looks=(3, 5, 7, 8)), (3, 4, 5, 7, 8)),
        (replace(make_plan(rounds=2), looks=()), (4,)),
    ],
)
def test_looks_that_have_been_taken_stay_in_the_bill(tmp_path, wanted, looks):
    Rig(plan=sequential(4, 6), enough=lambda rounds: True).run(tmp_path / "run")

    assert with_looks_taken(wanted, tmp_path / "run").looks == looks


def test_a_run_that_was_never_looked_at_leaves_a_plan_alone(tmp_path):
    Rig(plan=make_plan(rounds=2)).run(tmp_path / "run")

    assert with_looks_taken(make_plan(rounds=6), tmp_path / "run").looks == ()


def test_a_mistake_in_the_known_regressions_costs_no_measuring(tmp_path):
    known = tmp_path / "known.yaml"
    known.write_text("- metric: p50\n")
    request = Request(
        plan=tmp_path / "no such plan",
        out=None,
        rounds=None,
        quick=False,
        resume=False,
        thresholds=(),
        known=known,
        cache=tmp_path,
        wait_for_quiet_seconds=0,
        demo=False,
    )

    with pytest.raises(PlanError, match=r"known.yaml:1: .*reason.* is missing"):
        measure(request, tmp_path)
