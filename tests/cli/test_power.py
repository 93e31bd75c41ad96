# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace
from pathlib import Path

import pytest

from perfcompare.analysis.intervals import ONE_LOOK
from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.analysis.planning import Spread, detectable_by, metric_power
from perfcompare.analysis.power import Demand
from perfcompare.cli.power_words import Outlook, covered, lines, round_seconds
from perfcompare.model.comparison import Scale
from perfcompare.model.metric import Threshold
from perfcompare.model.plan import DeploymentKind
from perfcompare.plan.loader import Overrides, load_plan
from perfcompare.projects import PROJECTS
from perfcompare.testing.comparisons import key_of
from perfcompare.testing.plans import LIST, make_plan, with_digest
from perfcompare.testing.runs import Rig, make_run
from perfcompare.testing.workload import Noise

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "scenarios" / "glance" / "demo.yaml"


@pytest.fixture(scope="module")
def pilot(tmp_path_factory):
    """Make a pilot of 3 rounds on a restless host; read-only."""
    rig = Rig(
        plan=make_plan(rounds=3), noise=Noise(sigma=0.05, round_sigma=0.03, seed=3)
    )
    return rig.run(tmp_path_factory.mktemp("pilot") / "run")


def test_the_answer_comes_first_and_names_what_decides(perfcompare, pilot):
    status, out, err = perfcompare("power", pilot)

    assert (status, err) == (0, "")
    first, second, third, *_ = out.splitlines()
    assert first.startswith("to find ±5 % in every latency that counts: ")
    assert " rounds (" in first
    assert "decided by '" in first
    assert "; at 3 rounds this host finds " in first
    assert second.startswith("to show that nothing changed, in every metric")
    assert "rounds take about" in third
    assert third.endswith("one took 22.8 s")


def test_the_numbers_are_the_same_as_json(perfcompare, pilot):
    _, text, _ = perfcompare("power", pilot, "--effect", "3%")
    status, out, _ = perfcompare("power", pilot, "--effect", "3%", "--format", "json")

    answer = json.loads(out)
    assert status == 0
    find = answer["find"]
    assert f": {find['rounds']} rounds ({find['low']} to {find['high']})" in text
    assert (answer["effect"], answer["power"], answer["level"]) == (0.03, 0.8, 0.05)
    assert (answer["rounds_seen"], answer["runs"]) == (3, [str(pilot)])
    metrics = {each["workload"]: each for each in answer["metrics"]}
    assert metrics[LIST]["spread"]["degrees"] == 2
    needs = [
        each["find"]["rounds"]
        for each in answer["metrics"]
        if each["metric"] in {"p50", "p90"}
    ]
    assert max(needs) <= find["rounds"]


def test_smaller_effects_and_more_power_take_more_rounds(perfcompare, pilot):
    def needed(*options):
        _, out, _ = perfcompare("power", pilot, "--format", "json", *options)
        return json.loads(out)["find"]["rounds"]

    usual = needed()
    assert needed("--effect", "0.02") == needed("--effect", "2%") > usual
    assert needed("--power", "95%") > usual


def test_every_metric_that_counts_has_a_line(perfcompare, pilot):
    _, out, _ = perfcompare("power", pilot)

    table = out.partition("\n\n")[2].splitlines()
    names = [line.partition("  ")[0] for line in table[2:-1]]
    assert f"'{LIST}' mean" in names
    assert f"'{LIST}' error_rate" in names
    assert "'fake-api' pss_idle" in names
    assert f"'{LIST}' p95 *" in names
    assert table[-1] == "* counts from 10 rounds on"
    assert not any("p99" in name for name in names)


def test_what_the_verdict_forgives_is_said(perfcompare, pilot):
    _, small, _ = perfcompare("power", pilot, "--effect", "5%")
    _, large, _ = perfcompare("power", pilot, "--effect", "50%")

    assert "the verdict forgives" in small
    assert "to judge 5 %, compare with --threshold p" in small
    assert "=3.3%,0" in small
    assert "forgives" not in large


def test_a_one_way_run_is_told_that_parity_is_out_of_reach(perfcompare, tmp_path):
    plan = make_plan(rounds=3, interleave=False)
    base, target = plan.variants
    path = tmp_path / "run"
    before = Rig(plan=plan, variants=(base,))
    before.run(path)
    Rig(plan=plan, variants=(target,), clock=before.clock).run(path, resume=True)
    status, out, _ = perfcompare("power", path)
    _, numbers, _ = perfcompare("power", path, "--format", "json")

    assert status == 0
    assert "no number of rounds will do, base was always measured before" in out
    assert out.count("%: never") >= 4
    answer = json.loads(numbers)
    assert {answer["parity"], *(each["parity"] for each in answer["metrics"])} == {None}


def test_a_run_of_two_rounds_is_told_how_to_go_on(perfcompare, tmp_path):
    path = make_run(tmp_path / "run", rounds=2)
    status, out, err = perfcompare("power", path)

    assert (status, out) == (2, "")
    assert f"{path} holds 2 of the 3 rounds" in err
    assert f"--rounds 3 --resume --out {path}" in err


def test_a_cloud_that_was_upgraded_does_not_go_on(perfcompare, tmp_path):
    plan = replace(make_plan(rounds=2), deployment=DeploymentKind.DEVSTACK)
    path = Rig(plan=with_digest(plan)).run(tmp_path / "run")
    status, _, err = perfcompare("power", path)

    assert status == 2
    assert "measure another, with --rounds 3, around an upgrade" in err


def test_a_run_in_which_nothing_counts_is_told_so(perfcompare, tmp_path):
    aside = Threshold(metric="*", ratio=0.5, floor=0.0, primary=False)
    plan = with_digest(replace(make_plan(rounds=3), thresholds=(aside,)))
    path = Rig(plan=plan).run(tmp_path / "run")
    status, _, err = perfcompare("power", path)

    assert status == 2
    assert "has no metric that counts" in err


def test_a_plan_is_answered_from_the_runs_of_that_very_plan(perfcompare, tmp_path):
    plan = load_plan(
        DEMO,
        projects=PROJECTS,
        defaults=DEFAULT_THRESHOLDS,
        overrides=Overrides(rounds=3, quick=False, thresholds=()),
    )
    noise = Noise(sigma=0.05, round_sigma=0.03, seed=3)
    for name in ("a", "b"):
        Rig(plan=plan, noise=noise).run(tmp_path / name)
    Rig(plan=replace(plan, digest="other"), noise=noise).run(tmp_path / "c")
    status, out, _ = perfcompare("power", DEMO, "--runs", tmp_path, "--format", "json")

    answer = json.loads(out)
    assert status == 0
    assert answer["runs"] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert answer["rounds_seen"] == 6
    # Two runs of three rounds each, about a mean each.
    assert {each["spread"]["degrees"] for each in answer["metrics"]} == {4}


def test_a_plan_without_runs_is_told_the_command_for_a_pilot(perfcompare, tmp_path):
    make_run(tmp_path / "other", rounds=2)
    status, out, err = perfcompare("power", DEMO, "--runs", tmp_path)

    run = tmp_path / "pilot-glance"
    assert (status, out) == (2, "")
    assert "(runs there: 1)" in err
    assert f"perfcompare run {DEMO} --rounds 3 --out {run}; then perfcompare" in err


def test_a_plan_for_a_cloud_is_told_to_measure_its_pilot(perfcompare, tmp_path):
    plan = ROOT / "scenarios" / "manila" / "grenade.yaml"
    status, _, err = perfcompare("power", plan, "--runs", tmp_path / "none")

    assert status == 2
    assert f"perfcompare measure {plan} --run {tmp_path / 'none'}/pilot-manila" in err


@pytest.mark.parametrize("wrong", ["0", "5x", "-1%", "nan"])
def test_an_effect_that_is_none_is_refused(perfcompare, pilot, wrong):
    status, _, err = perfcompare("power", pilot, "--effect", wrong)

    assert status == 2
    assert "write it as 5%" in err


def test_a_file_that_is_no_plan_is_a_plan_error(perfcompare, tmp_path):
    status, _, err = perfcompare("power", tmp_path / "none.yaml")

    assert status == 2
    assert "none.yaml" in err


def test_a_threshold_of_the_plan_says_what_will_count(perfcompare, tmp_path):
    later = Threshold(metric="p99", ratio=0.5, floor=0.0, primary=None)
    plan = with_digest(replace(make_plan(rounds=3), thresholds=(later,)))
    path = Rig(plan=plan).run(tmp_path / "run")
    _, out, _ = perfcompare("power", path)

    assert f"'{LIST}' p99 *" in out


DEMAND = Demand(power=0.80, levels=ONE_LOOK)


def spread_of(name, sd, *, counts_from=0):
    return Spread(
        key=key_of(name, workload=LIST),
        scale=Scale.RATIO,
        sd=sd,
        degrees=5,
        margin=0.1,
        counts_from=counts_from,
    )


def outlook_of(*spreads, planned=6):
    return Outlook(
        metrics=tuple(metric_power(one, effect=0.05, demand=DEMAND) for one in spreads),
        effect=0.05,
        demand=DEMAND,
        rounds_planned=planned,
        rounds_seen=6,
        runs=("run",),
        one_way=False,
        round_seconds=None,
    )


@pytest.mark.parametrize(("planned", "shown"), [(6, "p50"), (10, "p95")])
def test_the_rounds_that_are_planned_find_what_counts_with_so_many(planned, shown):
    spreads = (spread_of("p50", 0.02), spread_of("p95", 0.2, counts_from=10))
    first, *others = lines(outlook_of(*spreads, planned=planned))

    expected = {
        one.key.metric.name: detectable_by(one, planned, DEMAND).change
        for one in spreads
    }
    assert first.endswith(f"finds {100 * expected[shown]:.2g} %")
    assert not any("take about" in line for line in others)


def test_more_than_a_thousand_rounds_are_no_number():
    hopeless, *_ = lines(outlook_of(spread_of("p50", 0.6)))
    perhaps, *_ = lines(outlook_of(spread_of("p50", 0.35)))

    assert "counts: more than 1000 rounds (at least " in hopeless
    assert " to more than 1000), decided by" in perhaps


def test_times_that_overlap_are_counted_once():
    assert covered([(0.0, 4.0), (2.0, 5.0), (10.0, 11.0), (3.0, 4.0)]) == 6.0


def test_runs_without_times_have_no_round_to_time():
    assert round_seconds([()]) is None
