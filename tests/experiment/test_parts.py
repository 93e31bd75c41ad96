# SPDX-License-Identifier: Apache-2.0
"""A plan that is measured in parts, as Grenade's passage asks for it."""

from dataclasses import replace
from pathlib import Path

import pytest

from perfcompare.model.caveat import Note
from perfcompare.model.errors import ExperimentError
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.variant import Variant, VariantName
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState
from perfcompare.testing.plans import make_plan, with_digest
from perfcompare.testing.runs import Rig

BASE, TARGET, CROSSOVER = (
    VariantName.BASE,
    VariantName.TARGET,
    VariantName.CROSSOVER,
)


def cloud_plan(rounds: int = 2) -> Plan:
    plan = make_plan(BASE, TARGET, CROSSOVER, rounds=rounds, interleave=False)
    return with_digest(replace(plan, deployment=DeploymentKind.DEVSTACK))


def some(plan: Plan, *names: VariantName) -> tuple[Variant, ...]:
    return tuple(each for each in plan.variants if each.name in names)


def starts(rig: Rig) -> list[str]:
    return [line for line in rig.journal.lines if line.startswith("start ")]


def test_the_part_before_the_upgrade_leaves_the_run_partial(tmp_path: Path) -> None:
    plan = cloud_plan()
    rig = Rig(plan=plan, variants=some(plan, BASE))

    run = open_run(rig.run(tmp_path / "run"))

    assert starts(rig) == ["start base", "start base"]
    assert (run.state, run.rounds_done) == (RunState.PARTIAL, 0)


def test_the_variants_of_the_new_release_alternate_after_it(tmp_path: Path) -> None:
    plan = cloud_plan()
    Rig(plan=plan, variants=some(plan, BASE)).run(tmp_path / "run")
    rig = Rig(plan=plan, variants=some(plan, TARGET, CROSSOVER))

    run = open_run(rig.run(tmp_path / "run", resume=True))

    assert starts(rig) == [
        *("start target", "start crossover"),
        *("start crossover", "start target"),
    ]
    assert (run.state, run.rounds_done, len(run.visits)) == (RunState.FINISHED, 2, 6)
    positions = {(v.round, v.variant): v.position for v in run.visits}
    assert (positions[1, "target"], positions[2, "target"]) == (0, 1)


def test_nobody_upgrades_what_somebody_else_deploys(tmp_path: Path) -> None:
    plan = cloud_plan()
    rig = Rig(plan=plan, variants=some(plan, BASE))

    run = rig.run(tmp_path / "run")

    assert not [line for line in rig.journal.lines if "upgrade" in line]
    assert open_run(run).upgrade is None


def test_a_later_call_adds_rounds(tmp_path: Path) -> None:
    plan = cloud_plan(rounds=1)
    Rig(plan=plan, variants=some(plan, BASE)).run(tmp_path / "run")
    more = replace(plan, rounds=2)
    rig = Rig(plan=more, variants=some(more, BASE))

    rig.run(tmp_path / "run", resume=True)

    assert starts(rig) == ["start base"]
    visits = sorted(path.name for path in (tmp_path / "run" / "visits").iterdir())
    assert visits == ["r01-base", "r02-base"]


def test_each_part_adds_what_its_variants_are_made_of(tmp_path: Path) -> None:
    plan = cloud_plan()
    Rig(plan=plan, variants=some(plan, BASE)).run(tmp_path / "run")
    Rig(plan=plan, variants=some(plan, TARGET, CROSSOVER)).run(
        tmp_path / "run", resume=True
    )

    provenance = open_run(tmp_path / "run").provenance

    assert provenance is not None
    assert len(provenance.command_line.splitlines()) == 2
    assert [(each.variant, each.packages) for each in provenance.variants] == [
        ("base", ("fake==2026.1",)),
        ("target", ("fake==2026.2",)),
        ("crossover", ("fake==2026.2",)),
    ]


def test_a_variant_that_changed_between_two_calls_is_refused(tmp_path: Path) -> None:
    plan = cloud_plan(rounds=1)
    Rig(plan=plan, variants=some(plan, BASE)).run(tmp_path / "run")
    more = replace(plan, rounds=2)
    rig = Rig(
        plan=more,
        variants=some(more, BASE),
        packages={"base": ("fake==2026.1.1",)},
    )

    with pytest.raises(ExperimentError, match=r"base had fake==2026\.1 and now has"):
        rig.run(tmp_path / "run", resume=True)


def test_what_disturbs_a_variant_stands_in_its_visits(tmp_path: Path) -> None:
    plan = cloud_plan(rounds=1)
    note = Note(text="debug logging is on")
    rig = Rig(
        plan=plan, variants=some(plan, TARGET, CROSSOVER), caveats={"target": (note,)}
    )
    rig.run(tmp_path / "run")
    Rig(plan=plan, variants=some(plan, BASE)).run(tmp_path / "run", resume=True)

    visits = {each.variant: each for each in open_run(tmp_path / "run").visits}

    assert visits["target"].caveats == (note,)
    assert visits["crossover"].caveats == ()


def test_the_passage_is_taken_down_by_its_ends(tmp_path: Path) -> None:
    plan = cloud_plan()
    before = Rig(plan=plan, variants=some(plan, BASE))
    before.run(tmp_path / "run")
    before.clock.sleep(600.0)
    after = Rig(plan=plan, variants=some(plan, TARGET, CROSSOVER), clock=before.clock)
    after.run(tmp_path / "run", resume=True)
    again = replace(plan, rounds=3)
    Rig(plan=again, variants=some(again, TARGET), clock=before.clock).run(
        tmp_path / "run", resume=True
    )

    upgrade = open_run(tmp_path / "run").upgrade

    assert upgrade is not None
    (step,) = upgrade.steps
    assert step.ended_at - step.started_at == pytest.approx(600.0)
    assert (upgrade.outage_seconds, upgrade.migration_seconds) == (None, None)


def test_one_release_on_two_backends_has_no_passage(tmp_path: Path) -> None:
    plan = cloud_plan()
    base, target, _ = plan.variants
    same = replace(plan, variants=(base, replace(target, release=base.release)))
    rig = Rig(plan=same, variants=same.variants)

    assert open_run(rig.run(tmp_path / "run")).upgrade is None
