# SPDX-License-Identifier: Apache-2.0
"""What an experiment tells while it runs: turns, and first numbers."""

from dataclasses import replace

import pytest

from perfcompare.experiment.narrator import Announced
from perfcompare.experiment.progress import (
    Activity,
    Event,
    Tally,
    TurnEvent,
    _p50_seconds,
    _pss_peak_bytes,
)
from perfcompare.experiment.schedule import rounds
from perfcompare.model.errors import DeploymentError
from perfcompare.model.variant import VariantName
from perfcompare.store.writer import RunWriter
from perfcompare.testing.deployment import Failure
from perfcompare.testing.plans import LIST, make_plan, make_workload, with_digest
from perfcompare.testing.runs import JournalProgress, Rig
from perfcompare.testing.sampler import MIB, Footprint
from perfcompare.testing.workload import QUIET


def small(*, count=1, interleave=True):
    plan = make_plan(rounds=count, interleave=interleave)
    workload = make_workload(LIST, times=4, blocks=2, warm_up=1)
    return with_digest(replace(plan, workloads=(workload,)))


class Story(JournalProgress):
    """Writes what it is told into the journal of the rig."""

    def __init__(self, journal):
        super().__init__()
        self._journal = journal

    def show(self, event):
        self._journal.note(f"tell {event}")

    def show_turn(self, turn):
        block = f"block {turn.block} of {turn.blocks}" if turn.block else turn.phase
        self._journal.note(f"tell {turn.variant}: {turn.workload}, {block}")

    def show_end(self, end):
        self._journal.note(f"tell the end of round {end.round}")


def told(plan, path):
    rig = Rig(plan=plan)
    rig.progress = Story(rig.journal)
    rig.run(path)
    return rig.journal.lines


def test_each_turn_is_told_of_just_before_its_load(tmp_path):
    lines = told(small(), tmp_path / "run")

    begun = lines.index("tell round 1 of 1, load")
    assert lines[begun : begun + 13] == (
        "tell round 1 of 1, load",
        "tell base: list things, warm-up",
        "load base: list things, warm-up, 1",
        "tell target: list things, warm-up",
        "load target: list things, warm-up, 1",
        "tell base: list things, block 1 of 2",
        "load base: list things, block 1, 2",
        "tell target: list things, block 1 of 2",
        "load target: list things, block 1, 2",
        "tell target: list things, block 2 of 2",
        "load target: list things, block 2, 2",
        "tell base: list things, block 2 of 2",
        "load base: list things, block 2, 2",
    )


@pytest.mark.parametrize("interleave", [True, False])
def test_a_round_is_summed_up_when_nothing_runs_and_before_the_next(
    tmp_path, interleave
):
    lines = told(small(count=2, interleave=interleave), tmp_path / "run")

    ends = [index for index, line in enumerate(lines) if "the end of" in line]
    assert [lines[index] for index in ends] == [
        "tell the end of round 1",
        "tell the end of round 2",
    ]
    for index in ends:
        assert lines[index - 1].startswith("stop ")
    assert "start" in lines[ends[0] + 1]
    assert lines[ends[1] + 1] == "exit"


def test_the_share_of_the_load_that_is_done_counts_iterations(tmp_path):
    rig = Rig(plan=small())

    rig.run(tmp_path / "run")

    assert [turn.share_done for turn in rig.progress.turns] == [
        *(0.0, 0.1, 0.2, 0.4, 0.6, 0.8)
    ]


def test_a_driver_that_waits_hears_of_a_turn_once(tmp_path):
    told: list[TurnEvent] = []
    checked: list[None] = []
    turns = rounds(small())[0].groups[0].turns
    announced = Announced(turns, check=lambda: checked.append(None), tell=told.append)

    for _ in announced:
        announced.check()
        announced.check()

    assert len(checked) == 2 * len(turns)
    assert [(turn.variant, turn.block) for turn in told] == [
        (turn.variant, turn.block) for turn in turns
    ]


def test_a_service_that_died_is_heard_of_before_the_next_turn(tmp_path):
    def dead():
        raise DeploymentError("fake-api died")

    told: list[TurnEvent] = []
    turns = rounds(small())[0].groups[0].turns
    announced = Announced(turns, check=dead, tell=told.append)

    next(iter(announced))
    with pytest.raises(DeploymentError):
        announced.check()

    assert told == []


def told_of(quantities):
    return {(each.subject, each.variant): each.value for each in quantities}


def test_the_numbers_of_a_round_are_medians_and_peaks(tmp_path):
    rig = Rig(
        plan=small(),
        durations={"base": {LIST: 0.25}, "target": {LIST: 0.5}},
        noise=QUIET,
        footprints={
            "base": Footprint(pss_bytes=40 * MIB, threads=4),
            "target": Footprint(
                pss_bytes=40 * MIB, threads=4, loaded_pss_bytes=10 * MIB
            ),
        },
    )

    rig.run(tmp_path / "run")

    (end,) = rig.progress.ends
    assert (end.round, end.rounds, end.up_to, end.counted) == (1, 1, False, 1)
    assert told_of(end.latencies) == pytest.approx(
        {(LIST, "base"): 0.25, (LIST, "target"): 0.5}
    )
    assert told_of(end.memory) == pytest.approx(
        {
            ("fake-api", "base"): 40 * MIB,
            ("fake-worker", "base"): 40 * MIB,
            ("fake-api", "target"): 50 * MIB,
            ("fake-worker", "target"): 50 * MIB,
        }
    )


def test_numbers_are_geometric_means_over_rounds_as_in_a_report(tmp_path):
    rig = Rig(plan=small(count=2), noise=QUIET, round_factors=(1.0, 4.0))

    rig.run(tmp_path / "run")

    first, second = rig.progress.ends
    assert (first.counted, second.counted) == (1, 2)
    assert told_of(first.latencies)[LIST, "base"] == pytest.approx(0.1)
    assert told_of(second.latencies)[LIST, "base"] == pytest.approx(0.2)


class Kept(RunWriter):
    """Keeps the records that it wrote."""

    def write_round(self, records):
        super().write_round(records)
        self.records = records


def test_memory_is_that_of_the_whole_tree_at_looks_from_idle_to_settle(tmp_path):
    rig = Rig(plan=small())
    with Kept.create(tmp_path / "run", rig.plan, created_at=0.0) as writer:
        rig.experiment(writer).run()
    (record, _) = writer.records
    api = [r for r in record.readings if (r.owner, r.service) == ("base", "fake-api")]
    first, second, third, *_ = api
    early = record.visit.windows[0].started_at - 1.0
    readings = (
        first,
        replace(first, pid=7),
        # One process of two has no value at this look, and the other a great one.
        replace(second, pss_bytes=900 * MIB),
        replace(second, pid=7, pss_bytes=None),
        replace(third, at=early, pss_bytes=800 * MIB),
        replace(third, owner="target", pss_bytes=700 * MIB),
    )

    peaks = _pss_peak_bytes(replace(record, readings=readings))

    assert peaks == {("fake-api", "base"): 200 * MIB}


def test_warm_up_and_failures_have_no_latency(tmp_path):
    rig = Rig(plan=small(), noise=QUIET)
    with Kept.create(tmp_path / "run", rig.plan, created_at=0.0) as writer:
        rig.experiment(writer).run()
    (record, _) = writer.records
    warm_up, first, second, *_ = record.iterations
    iterations = (
        replace(warm_up, duration_seconds=9.0),
        replace(first, duration_seconds=0.3),
        replace(second, duration_seconds=7.0, error="Timeout: gave up"),
    )

    medians = _p50_seconds(replace(record, iterations=iterations))

    assert medians == {(LIST, "base"): 0.3}


def test_half_a_round_after_a_resume_is_not_counted(tmp_path):
    path, plan = tmp_path / "run", small(count=2, interleave=False)
    # Round 2 begins with target, which is kept.
    died = DeploymentError("fake-api died")
    failure = Failure(at="start", error=died, variant="base", nth=2)
    with pytest.raises(DeploymentError):
        Rig(plan=plan, failure=failure).run(path)
    rig = Rig(plan=plan)

    rig.run(path, resume=True)

    (end,) = rig.progress.ends
    assert (end.round, end.counted, end.latencies, end.memory) == (2, 0, (), ())


def test_half_a_round_does_not_borrow_from_the_round_before(tmp_path):
    rig = Rig(plan=small())
    with Kept.create(tmp_path / "run", rig.plan, created_at=0.0) as writer:
        rig.experiment(writer).run()
    base, target = writer.records
    tally = Tally(["base", "target"])

    tally.add([base, target])
    tally.end(1, rounds=2, up_to=False)
    tally.add([base])
    end = tally.end(2, rounds=2, up_to=False)

    assert (end.round, end.counted) == (2, 1)


def test_of_a_part_of_the_variants_there_are_numbers_of_that_part(tmp_path):
    plan = small()
    rig = Rig(plan=plan, variants=plan.variants[:1])

    rig.run(tmp_path / "run")

    (end,) = rig.progress.ends
    assert {each.variant for each in end.latencies} == {VariantName.BASE}


def test_a_round_that_fails_is_not_summed_up(tmp_path):
    died = DeploymentError("fake-api died")
    rig = Rig(plan=small(), failure=Failure(at="stop", error=died, variant="base"))

    with pytest.raises(DeploymentError):
        rig.run(tmp_path / "run")

    assert rig.progress.ends == []


def test_an_experiment_that_may_end_early_says_how_long_it_is_at_most():
    load = Event(
        activity=Activity.LOAD,
        round=3,
        rounds=6,
        up_to=True,
        variant="",
        seconds_left=None,
    )

    assert str(load) == "round 3 of up to 6, load"
