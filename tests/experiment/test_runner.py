# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.experiment.progress import Activity
from perfcompare.experiment.visiting import _grown
from perfcompare.model.target import HOST, OTHERS, STEAL
from perfcompare.model.variant import VariantName
from perfcompare.model.visit import Counter, Phase
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState
from perfcompare.testing.plans import LIST, make_plan, make_workload, with_digest
from perfcompare.testing.runs import Rig, make_run
from perfcompare.testing.sampler import Footprint
from perfcompare.testing.workload import QUIET


def small(plan, *, times=4, blocks=2, warm_up=1):
    workload = make_workload(LIST, times=times, blocks=blocks, warm_up=warm_up)
    return with_digest(replace(plan, workloads=(workload,)))


def test_the_story_of_two_rounds_side_by_side(tmp_path):
    rig = Rig(plan=small(make_plan(rounds=2)))

    rig.run(tmp_path / "run")

    assert rig.journal.lines == (
        "enter",
        "upgrade",
        "start base",
        "start target",
        "verify base",
        "verify target",
        "watch control base target",
        "load base: list things, warm-up, 1",
        "load target: list things, warm-up, 1",
        "load base: list things, block 1, 2",
        "load target: list things, block 1, 2",
        "load target: list things, block 2, 2",
        "load base: list things, block 2, 2",
        "end of watch",
        "stop base",
        "stop target",
        "start target",
        "start base",
        "verify target",
        "verify base",
        "watch control target base",
        "load target: list things, warm-up, 1",
        "load base: list things, warm-up, 1",
        "load target: list things, block 1, 2",
        "load base: list things, block 1, 2",
        "load base: list things, block 2, 2",
        "load target: list things, block 2, 2",
        "end of watch",
        "stop target",
        "stop base",
        "exit",
    )


def test_the_story_of_a_round_of_whole_visits(tmp_path):
    rig = Rig(plan=small(make_plan(rounds=1, interleave=False)))

    rig.run(tmp_path / "run")

    assert rig.journal.lines == (
        "enter",
        "upgrade",
        "start base",
        "verify base",
        "watch control base",
        "load base: list things, warm-up, 1",
        "load base: list things, block 1, 4",
        "end of watch",
        "stop base",
        "start target",
        "verify target",
        "watch control target",
        "load target: list things, warm-up, 1",
        "load target: list things, block 1, 4",
        "end of watch",
        "stop target",
        "exit",
    )


def test_a_visit_has_its_windows_in_order_without_overlap(tmp_path):
    run = open_run(make_run(tmp_path / "run", plan=small(make_plan()), rounds=1))

    for visit in run.visits:
        assert [(window.phase, window.block) for window in visit.windows] == [
            (Phase.IDLE, 0),
            (Phase.WARM_UP, 0),
            (Phase.LOAD, 1),
            (Phase.LOAD, 2),
            (Phase.SETTLE, 0),
        ]
        edges = [t for w in visit.windows for t in (w.started_at, w.ended_at)]
        assert edges == sorted(edges)
        assert visit.started_at < edges[0]
        assert edges[-1] < visit.ended_at


def test_idle_and_settle_last_as_long_as_the_plan_says(tmp_path):
    plan = replace(make_plan(rounds=1), idle_seconds=7.5, settle_seconds=0.0)

    run = open_run(make_run(tmp_path / "run", plan=plan))

    idle, *_, settle = run.visits[0].windows
    assert idle.ended_at - idle.started_at == 7.5
    assert settle.ended_at == settle.started_at


@pytest.mark.parametrize("interleave", [True, False])
def test_positions_are_those_of_the_start_order(tmp_path, interleave):
    plan = make_plan(rounds=2, interleave=interleave)
    run = open_run(make_run(tmp_path / "run", plan=plan))

    assert [(v.round, v.variant, v.position) for v in run.visits] == [
        (1, "base", 0),
        (1, "target", 1),
        (2, "base", 1),
        (2, "target", 0),
    ]


@pytest.mark.parametrize("interleave", [True, False])
def test_a_visit_gets_its_own_readings_and_those_of_controls_and_host(
    tmp_path, interleave
):
    footprints = {
        "base": Footprint(pss_bytes=100, threads=4),
        "target": Footprint(pss_bytes=200, threads=8),
        "control": Footprint(pss_bytes=50, threads=2),
    }
    plan = make_plan(rounds=1, interleave=interleave)
    run = open_run(Rig(plan=plan, footprints=footprints).run(tmp_path / "run"))

    for visit in run.visits:
        readings = run.readings(visit)
        host = readings["owner"] == HOST
        of_processes = readings[~host].groupby("owner", observed=True)
        seen = of_processes["pss_bytes"].unique()
        wanted = footprints[visit.variant].pss_bytes
        assert {owner: list(values) for owner, values in seen.items()} == {
            "control": [50],
            visit.variant: [wanted],
        }
        assert visit.services == ("fake-api", "fake-worker")
        assert visit.controls == ("fake-database",)
        services = {*visit.services, *visit.controls}
        assert set(readings[~host]["service"]) == services
        assert set(readings[host]["service"]) == {OTHERS, STEAL}
        assert sum(host) == 2 * readings["at"].nunique()


class Counting(Rig):
    """An experiment whose servers count for its variants."""

    def deployment(self):
        counts = {"base": (counter(400.0), counter(30.0, "rpc_messages", "rabbitmq"))}
        return replace(super().deployment(), counts=counts)


def counter(value, name="sql_statements", service="mariadb"):
    return Counter(name=name, service=service, value=value)


def test_a_visit_has_what_servers_counted_for_it_during_the_load(tmp_path):
    rig = Counting(plan=small(make_plan(rounds=1)))

    run = open_run(rig.run(tmp_path / "run"))

    base, target = run.visits
    assert base.counters == (counter(400.0), counter(30.0, "rpc_messages", "rabbitmq"))
    assert target.counters == ()


def test_servers_are_asked_before_the_first_block_and_after_the_last(tmp_path):
    rig = Counting(plan=small(make_plan(rounds=1)))

    rig.run(tmp_path / "run")

    story = [line for line in rig.journal.lines if line.startswith(("count", "load"))]
    assert story.count("count base") == 2
    assert (story[0], story[-1]) == ("count base", "count base")


def test_a_counter_that_is_new_or_fell_says_nothing_of_the_load():
    before = (counter(5.0), counter(7.0, "rpc_messages", "rabbitmq"))
    after = (
        counter(5.0),
        counter(6.0, "rpc_messages", "rabbitmq"),
        counter(9.0, "rpc_messages", "another"),
    )

    assert _grown(before, after) == (counter(0.0),)


def test_durations_come_through_exactly(tmp_path):
    rig = Rig(
        plan=small(make_plan(rounds=1)),
        durations={"base": {LIST: 0.25}, "target": {LIST: 0.5}},
        noise=QUIET,
    )

    run = open_run(rig.run(tmp_path / "run"))

    found = {v.variant: set(run.iterations(v)["duration_seconds"]) for v in run.visits}
    assert found == {"base": {0.25}, "target": {0.5}}


def test_time_that_is_neither_start_window_nor_stop_is_overhead(tmp_path):
    # 2 variants x (1 warm-up + 2 blocks), 0.5 s before each.
    rig = Rig(plan=small(make_plan(rounds=1)), hand_over_seconds=0.5)

    run = open_run(rig.run(tmp_path / "run"))

    assert [v.overhead_seconds for v in run.visits] == pytest.approx([3.0, 3.0])


def test_without_hand_overs_there_is_no_overhead(tmp_path):
    run = open_run(make_run(tmp_path / "run", rounds=1))

    assert [v.overhead_seconds for v in run.visits] == pytest.approx([0.0, 0.0])


def test_evidence_stops_and_logs_are_those_of_the_variant(tmp_path):
    run = open_run(make_run(tmp_path / "run", rounds=1))

    base, target = run.visits
    assert {each.expected for each in base.evidence} == {"eventlet"}
    assert {each.found for each in target.evidence} == {"threading"}
    assert [stop.service for stop in base.stops] == ["fake-api", "fake-worker"]
    logs = run.directory(target) / "logs"
    assert (logs / "fake-api.log").read_text() == "target fake-api\n"
    assert (logs / "rally.log").read_text() == "target: 66 iterations\n"


def test_four_variants_are_all_visited_in_every_round(tmp_path):
    plan = make_plan(*VariantName, rounds=2)

    run = open_run(make_run(tmp_path / "run", plan=plan))

    names = ["base", "target", "crossover", "sham"]
    assert [v.variant for v in run.visits] == names * 2


def test_a_finished_run_says_when_it_began_and_ended(tmp_path):
    rig = Rig(plan=make_plan(rounds=1))
    started_at = rig.clock.now()

    run = open_run(rig.run(tmp_path / "run"))

    assert run.state is RunState.FINISHED
    assert (run.started_at, run.ended_at) == (started_at, rig.clock.now())


def test_upgrade_and_provenance_are_recorded(tmp_path):
    run = open_run(make_run(tmp_path / "run", rounds=1))

    assert run.upgrade is not None
    assert run.upgrade.outage_seconds == 3.0
    assert run.provenance is not None
    assert run.provenance.host.kernel == "6.1.0-fake"
    assert [(v.variant, v.packages) for v in run.provenance.variants] == [
        ("base", ("fake==2026.1",)),
        ("target", ("fake==2026.2",)),
    ]


def test_progress_tells_rounds_variants_and_the_time_left(tmp_path):
    rig = Rig(plan=make_plan(rounds=3), noise=QUIET)

    rig.run(tmp_path / "run")

    events = rig.progress.events
    assert [event.activity for event in events[:3]] == [
        Activity.SET_UP,
        Activity.UPGRADE,
        Activity.DESCRIBE,
    ]
    assert str(events[3]) == "round 1 of 3, start base"
    assert {e.seconds_left for e in events if e.round <= 1} == {None}
    # 2 starts of 2 s, 5 s idle, 3 s settle, 2 stops of 1 s, and of each variant
    # 44 iterations of 0.1 s at two clients and 22 at one.
    a_round_seconds = 4 + 5 + 3 + 2 + 2 * (2.2 + 2.2)
    left = [e.seconds_left for e in events if e.round > 1]
    # Round 2 begins, its second start 2 s later; round 3 ends with its second stop.
    assert left[:2] == pytest.approx([2 * a_round_seconds, 2 * a_round_seconds - 2])
    assert left[-1] == pytest.approx(1.0)
