# SPDX-License-Identifier: Apache-2.0
"""`perfcompare measure` up to the cloud, and how what it leaves is judged.

A cloud under a real systemd is visited in tests/devstack.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.cli.judging import judge_run
from perfcompare.cli.measure import Request, chosen, left_to_do
from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.model.errors import StoreError
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.variant import VariantName
from perfcompare.store.reader import open_run
from perfcompare.store.writer import RunWriter
from perfcompare.testing.plans import make_plan, with_digest
from perfcompare.testing.runs import Rig

ROOT = Path(__file__).parents[2]
CLOUD = ROOT / "scenarios" / "manila" / "grenade.yaml"
LOCAL = ROOT / "scenarios" / "testbed" / "nothing.yaml"


def cloud_plan(rounds: int) -> Plan:
    names = (VariantName.BASE, VariantName.TARGET, VariantName.CROSSOVER)
    plan = make_plan(*names, rounds=rounds, interleave=False)
    return with_digest(
        replace(plan, deployment=DeploymentKind.DEVSTACK, thresholds=DEFAULT_THRESHOLDS)
    )


def grenade_run(path: Path, *, rounds: int) -> Path:
    """Measure base in all rounds, then the others, as Grenade's passage does."""
    plan = cloud_plan(rounds)
    before = Rig(plan=plan, variants=plan.variants[:1])
    before.run(path)
    Rig(plan=plan, variants=plan.variants[1:], clock=before.clock).run(
        path, resume=True
    )
    return path


def request(**changes) -> Request:
    asked = Request(
        plan=CLOUD,
        run=Path("run"),
        phase=None,
        variants=(),
        rounds=None,
        wait_for_quiet_seconds=0,
    )
    return replace(asked, **changes)


@pytest.mark.parametrize("rounds", [1, 6])
def test_the_release_is_one_way_however_few_rounds_there_are(tmp_path, rounds):
    run = open_run(grenade_run(tmp_path / "run", rounds=rounds))

    judgement = judge_run(run, thresholds=()).judgement

    total = [r for r in judgement.comparisons if r.contrast is not Contrast.BACKEND]
    assert judgement.facts.one_way
    assert Verdict.PARITY not in {row.verdict for row in total}


def test_the_backend_of_the_new_release_can_be_shown_equal(tmp_path):
    run = open_run(grenade_run(tmp_path / "run", rounds=6))

    judgement = judge_run(run, thresholds=()).judgement

    backend = [r for r in judgement.comparisons if r.contrast is Contrast.BACKEND]
    assert {row.verdict for row in backend if row.primary} == {Verdict.PARITY}
    assert judgement.exit_status is ExitStatus.INCONCLUSIVE


def test_one_release_on_two_backends_is_not_one_way(tmp_path):
    plan = cloud_plan(rounds=4)
    base, target, _ = plan.variants
    variants = (base, replace(target, release=base.release))
    rig = Rig(plan=with_digest(replace(plan, variants=variants)))

    judged = judge_run(open_run(rig.run(tmp_path / "run")), thresholds=())

    assert not judged.judgement.facts.one_way


def test_a_phase_is_every_variant_of_its_release():
    plan = cloud_plan(rounds=1)

    before = chosen(plan, request(phase="base"))
    after = chosen(plan, request(phase="target"))

    assert [variant.name for variant in before] == ["base"]
    assert [variant.name for variant in after] == ["target", "crossover"]


def test_variants_are_measured_in_the_plans_order():
    found = chosen(cloud_plan(rounds=1), request(variants=("crossover", "base")))

    assert [variant.name for variant in found] == ["base", "crossover"]


def told(*arguments: object) -> tuple[int, str]:
    """Run a verb that measures, which is a process of its own: status and words."""
    argv = [sys.executable, "-m", "perfcompare", *map(str, arguments)]
    without = {k: v for k, v in os.environ.items() if not k.startswith("OS_")}
    finished = command.run(argv, env=without)
    return finished.status, finished.output


def test_a_plan_is_refused_by_the_other_verb(tmp_path):
    status, said = told("run", CLOUD, "--out", tmp_path / "a")
    assert (status, "use perfcompare measure" in said) == (2, True)

    status, said = told("measure", LOCAL, "--run", tmp_path / "b", "--phase", "base")
    assert (status, "use perfcompare run" in said) == (2, True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("options", [(), ("--phase", "base", "--variant", "base")])
def test_what_to_measure_is_said_in_one_way(perfcompare, tmp_path, options):
    status, _, err = perfcompare("measure", CLOUD, "--run", tmp_path / "run", *options)

    assert status == 2
    assert "give one of --phase and --variant" in err


def test_a_variant_that_the_plan_has_not_is_named(tmp_path):
    status, said = told("measure", CLOUD, "--run", tmp_path / "r", "--variant", "sham")

    assert status == 2
    assert "no variant 'sham'; it has base, target, crossover" in said


def test_without_openrc_nothing_is_made(tmp_path):
    status, said = told("measure", CLOUD, "--run", tmp_path / "r", "--phase", "base")

    assert status == 2
    assert "OS_AUTH_URL" in said
    assert "first: source openrc admin admin" in said
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("measured", "advice"),
    [
        (("base",), "--variant target --variant crossover"),
        (("target", "crossover"), "judge it: perfcompare compare"),
        (("target",), "--variant crossover"),
    ],
)
def test_what_is_left_to_do_is_still_possible(tmp_path, measured, advice):
    plan = cloud_plan(rounds=2)
    variants = tuple(v for v in plan.variants if v.name in measured)
    path = Rig(plan=plan, variants=variants).run(tmp_path / "run")

    with RunWriter.resume(path, plan) as writer:
        said = left_to_do(writer, request(run=path))

    assert said.partition(" --run ")[2].endswith(advice) or said.startswith(advice)
    assert "--variant base" not in said


def test_half_a_passage_says_how_to_go_on(tmp_path):
    plan = cloud_plan(rounds=2)
    path = Rig(plan=plan, variants=plan.variants[:1]).run(tmp_path / "run")

    with pytest.raises(StoreError, match="go on with `perfcompare measure PLAN"):
        judge_run(open_run(path), thresholds=())
