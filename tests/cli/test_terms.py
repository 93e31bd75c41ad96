# SPDX-License-Identifier: Apache-2.0
"""On what terms a run is judged: voided rounds, known regressions, another's sham."""

from dataclasses import replace
from pathlib import Path

import pytest

from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.cli.judging import judge_run
from perfcompare.model.caveat import OneWay, ShamTakenOff
from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.target import HOST, OTHERS
from perfcompare.model.variant import VariantName
from perfcompare.model.visit import Phase
from perfcompare.store.reader import open_run
from perfcompare.testing.journal import Journal
from perfcompare.testing.plans import LIST, make_plan, with_digest
from perfcompare.testing.runs import Rig, make_run
from perfcompare.testing.sampler import Footprint

ROUNDS = 6
SLOW = {"target": {LIST: 0.15}}


def cloud(*names: VariantName) -> Plan:
    plan = make_plan(*names, rounds=ROUNDS, interleave=False)
    changed = replace(
        plan, deployment=DeploymentKind.DEVSTACK, thresholds=DEFAULT_THRESHOLDS
    )
    return with_digest(changed)


def passage(path: Path, plan: Plan, *, drift: float = 1.0) -> Path:
    """Measure base in all rounds and then the rest, on a host that slows down."""
    before = Rig(plan=plan, variants=plan.variants[:1])
    before.run(path)
    after = Rig(
        plan=plan,
        variants=plan.variants[1:],
        clock=before.clock,
        durations={name: {LIST: 0.1 * drift} for name in ("target", "crossover")},
    )
    return after.run(path, resume=True)


def to_itself(plan: Plan) -> Plan:
    base, target, *_ = plan.variants
    same = replace(target, release=base.release, backend=base.backend)
    return with_digest(replace(plan, variants=(base, same)))


def total(judgement, name="p50"):
    return next(
        row
        for row in judgement.comparisons
        if row.contrast is Contrast.TOTAL and str(row.key) == f"{LIST}/{name}"
    )


def disturbed_run(path: Path, *, void: bool) -> Path:
    """Let others use a whole core while round 2 is under load."""
    plan = with_digest(replace(make_plan(rounds=ROUNDS), void_marked_rounds=void))
    quiet = open_run(Rig(plan=plan).run(path.with_name("quiet")))
    load = [
        window
        for visit in quiet.visits
        for window in visit.windows
        if visit.round == 2 and window.phase is Phase.LOAD
    ]
    journal = Journal()
    journal.busy(
        OTHERS,
        started_at=min(window.started_at for window in load),
        ended_at=max(window.ended_at for window in load),
    )
    busy = Footprint(pss_bytes=1, threads=1, cpu_ratio=1.0)
    return Rig(plan=plan, journal=journal, footprints={HOST: busy}).run(path)


def test_a_round_in_which_others_were_busy_is_left_out_by_rule(tmp_path):
    run = open_run(disturbed_run(tmp_path / "run", void=True))

    judgement = judge_run(run, thresholds=()).judgement

    assert [one.round for one in judgement.conditions if one.voided] == [2]
    assert total(judgement).rounds == (1, 3, 4, 5, 6)
    assert any("others used" in str(caveat) for caveat in judgement.caveats)


def test_without_the_rule_a_disturbed_round_is_marked_and_no_time_is_judged(tmp_path):
    run = open_run(disturbed_run(tmp_path / "run", void=False))

    judgement = judge_run(run, thresholds=()).judgement

    assert [one.round for one in judgement.conditions if one.reasons] == [2]
    assert total(judgement).rounds == (1, 3, 4, 5, 6)
    errors = next(
        row
        for row in judgement.comparisons
        if row.key.metric.name == "error_rate" and row.key.workload == LIST
    )
    assert errors.rounds == (1, 2, 3, 4, 5, 6)


def test_a_known_regression_lets_the_run_pass_until_its_day(tmp_path, perfcompare):
    run = make_run(tmp_path / "run", rounds=ROUNDS, durations=SLOW)
    known = tmp_path / "known.yaml"
    known.write_text(f"- {{metric: {LIST}/*, reason: bug 1, until: 2999-01-01}}\n")
    expired = tmp_path / "expired.yaml"
    expired.write_text(f"- {{metric: {LIST}/*, reason: bug 1, until: 1999-01-01}}\n")

    alone, *_ = perfcompare("compare", run)
    let_pass, out, _ = perfcompare("compare", run, "--known", known)
    again, *_ = perfcompare("compare", run, "--known", expired)

    assert (alone, let_pass, again) == (1, 0, 1)
    assert "known regression" in out


def test_an_entry_that_names_no_regression_is_told(tmp_path, perfcompare, equal_run):
    known = tmp_path / "known.yaml"
    known.write_text("- {metric: p50, reason: bug 1, until: 2999-01-01}\n")

    _, _, err = perfcompare(
        "compare", equal_run, "--known", known, "--out", tmp_path / "out"
    )

    assert "known.yaml:1: 'p50' names no regression of this run" in err


def test_what_a_sham_elsewhere_shows_is_taken_off(tmp_path):
    plan = cloud(VariantName.BASE, VariantName.TARGET, VariantName.CROSSOVER)
    run = open_run(passage(tmp_path / "run", plan, drift=1.2))
    sham = open_run(passage(tmp_path / "sham", to_itself(plan), drift=1.2))

    alone = judge_run(run, thresholds=()).judgement
    corrected = judge_run(run, thresholds=(), sham=sham).judgement

    assert total(alone).verdict is Verdict.REGRESSION
    assert total(corrected).verdict is Verdict.PARITY
    assert total(corrected).method == "welch"
    assert any(isinstance(one, ShamTakenOff) for one in total(corrected).caveats)
    assert OneWay() in alone.caveats
    assert OneWay() not in corrected.caveats
    assert corrected.exit_status is ExitStatus.OK


def test_a_run_that_leads_elsewhere_is_no_sham(tmp_path, perfcompare, equal_run):
    plan = cloud(VariantName.BASE, VariantName.TARGET, VariantName.CROSSOVER)
    run = passage(tmp_path / "run", plan)

    status, _, err = perfcompare("compare", run, "--sham", equal_run)

    assert status == 2
    assert "is no sham of" in err
    assert "it leads from 2026.1 on eventlet to 2026.2 on threading" in err


def test_a_sham_of_other_work_is_refused(tmp_path, perfcompare):
    plan = cloud(VariantName.BASE, VariantName.TARGET, VariantName.CROSSOVER)
    run = passage(tmp_path / "run", plan)
    same = to_itself(plan)
    other = with_digest(replace(same, workloads=same.workloads[:1]))

    status, _, err = perfcompare(
        "compare", run, "--sham", passage(tmp_path / "sham", other)
    )

    assert status == 2
    assert "its workloads are others" in err


def test_a_sham_needs_a_run(tmp_path, perfcompare):
    status, _, err = perfcompare("compare", "--samples", "x.csv", "--sham", tmp_path)

    assert status == 2
    assert "--sham needs RUN" in err


@pytest.mark.parametrize("rounds", [6, 8])
def test_every_run_is_judged_against_itself(tmp_path, rounds):
    run = open_run(make_run(tmp_path / "run", rounds=rounds, durations=SLOW))

    calibration = judge_run(run, thresholds=()).judgement.calibration

    assert calibration is not None
    assert calibration.variants == ("base", "target")
    assert calibration.comparisons > 200
    assert calibration.false_verdicts <= 0.01 * calibration.comparisons


def test_a_run_that_a_look_has_ended_is_whole(tmp_path, perfcompare):
    plan = with_digest(replace(make_plan(rounds=10), looks=(4, 6, 10)))
    run = Rig(plan=plan, enough=lambda rounds: rounds == 6).run(tmp_path / "run")

    judgement = judge_run(open_run(run), thresholds=()).judgement
    _, shown, _ = perfcompare("show", run)

    assert judgement.facts.rounds_planned == judgement.facts.rounds_done == 6
    assert judgement.spending is not None
    assert judgement.spending.done == (4, 6)
    assert "6 of 6" in shown
