# SPDX-License-Identifier: Apache-2.0
"""The fakes do what they are told: other tests rest on it."""

import statistics

import pytest

from perfcompare.model.target import HOST, OTHERS, STEAL
from perfcompare.store.reader import open_run
from perfcompare.testing.journal import Journal
from perfcompare.testing.plans import CREATE, LIST, make_plan
from perfcompare.testing.runs import Rig, make_run
from perfcompare.testing.sampler import Footprint
from perfcompare.testing.workload import QUIET, Noise


def medians(path, workload):
    """Return the median duration of each round of each variant."""
    run = open_run(path)
    found: dict[str, list[float]] = {}
    for visit in run.visits:
        frame = run.iterations(visit)
        mine = frame[(frame["workload"] == workload) & (frame["action"] == "")]
        found.setdefault(visit.variant, []).append(mine["duration_seconds"].median())
    return found


def test_noise_spreads_around_the_duration_that_was_asked_for():
    noise = Noise(sigma=0.1, round_sigma=0.0, seed=3)
    factors = noise.factor(noise.sigma, "any")

    values = [next(factors) for _ in range(4000)]

    # Standard error of the median of 4000: 1.25 x 0.1 / 63 = 0.002.
    assert statistics.median(values) == pytest.approx(1.0, abs=0.008)
    assert all(value > 0 for value in values)


def test_noise_is_the_same_each_time_and_another_with_another_name():
    noise = Noise(sigma=0.1, round_sigma=0.0, seed=3)

    one, same, other = (next(noise.factor(0.1, name)) for name in ("a", "a", "b"))

    assert one == same != other


def test_make_run_has_the_durations_it_was_asked_for(tmp_path):
    durations = {"base": {LIST: 0.1, CREATE: 0.2}, "target": {LIST: 0.15}}

    path = make_run(tmp_path / "run", durations=durations, rounds=6)

    found = medians(path, LIST)
    assert len(found["base"]) == 6
    assert statistics.mean(found["base"]) == pytest.approx(0.1, rel=0.05)
    assert statistics.mean(found["target"]) == pytest.approx(0.15, rel=0.05)
    assert medians(path, CREATE)["base"][0] == pytest.approx(0.2, rel=0.05)
    assert medians(path, CREATE)["target"][0] == pytest.approx(0.1, rel=0.05)


def test_a_factor_of_a_round_hits_all_variants_alike(tmp_path):
    rig = Rig(plan=make_plan(rounds=2), noise=QUIET, round_factors=(1.0, 1.5))

    found = medians(rig.run(tmp_path / "run"), LIST)

    assert found["base"] == found["target"] == pytest.approx([0.1, 0.15])


def test_clients_share_the_iterations_of_a_block(tmp_path):
    run = open_run(Rig(plan=make_plan(rounds=1), noise=QUIET).run(tmp_path / "run"))

    # Blocks of 10 of 0.1 s at two clients; of 5 at one.
    blocks = [w for w in run.visits[0].windows if w.block]
    seconds = {w.workload: w.ended_at - w.started_at for w in blocks}
    assert seconds == pytest.approx({LIST: 0.5, CREATE: 0.5})
    frame = run.iterations(run.visits[0])
    whole = frame[(frame["workload"] == LIST) & (frame["action"] == "")]
    assert list(whole["number"]) == list(range(44))


def test_memory_and_cpu_grow_with_load_alone(tmp_path):
    footprint = Footprint(
        pss_bytes=100,
        threads=4,
        loaded_pss_bytes=50,
        loaded_threads=6,
        cpu_ratio=0.25,
    )
    rig = Rig(plan=make_plan(rounds=2), footprints={"base": footprint}, noise=QUIET)
    run = open_run(rig.run(tmp_path / "run"))

    for visit in (v for v in run.visits if v.variant == "base"):
        readings = run.readings(visit)
        mine = readings[readings["service"] == "fake-api"]
        idle = mine[mine["at"] <= visit.windows[0].ended_at]
        assert set(idle["pss_bytes"]) == {100.0}
        assert set(idle["threads"]) == {4}
        assert mine["pss_bytes"].iloc[-1] == 150.0
        assert mine["threads"].iloc[-1] == 10
        loaded_seconds = sum(
            w.ended_at - w.started_at for w in visit.windows if w.iterations
        )
        grown = mine["cpu_seconds"].iloc[-1] - mine["cpu_seconds"].iloc[0]
        assert grown == pytest.approx(0.25 * loaded_seconds)


def test_the_host_of_the_fakes_is_busy_when_told_and_else_at_rest(tmp_path):
    rig = Rig(
        plan=make_plan(rounds=1),
        footprints={HOST: Footprint(pss_bytes=0, threads=0, cpu_ratio=0.25)},
    )
    begin = rig.clock.now()
    rig.journal.busy(OTHERS, started_at=begin, ended_at=begin + 3600)

    run = open_run(rig.run(tmp_path / "run"))

    readings = run.readings(run.visits[0])
    others = readings[readings["service"] == OTHERS]
    seconds = others["at"].max() - others["at"].min()
    assert others["cpu_seconds"].max() == pytest.approx(0.25 * seconds)
    assert set(readings[readings["service"] == STEAL]["cpu_seconds"]) == {0.0}


def test_busy_seconds_are_cut_at_both_ends():
    journal = Journal()
    journal.busy("base", started_at=10.0, ended_at=12.0)
    journal.busy("base", started_at=20.0, ended_at=25.0)

    def busy(since, until):
        return journal.busy_seconds("base", since=since, until=until)

    assert busy(0.0, 100.0) == 7.0
    assert busy(11.0, 21.0) == 2.0
    assert busy(13.0, 19.0) == 0.0
    assert busy(0.0, 10.0) == 0.0
    assert journal.busy_seconds("target", since=0.0, until=100.0) == 0.0


def test_a_service_that_does_not_stop_is_recorded_as_killed(tmp_path):
    rig = Rig(plan=make_plan(rounds=1), killed={"target": "fake-worker"})

    run = open_run(rig.run(tmp_path / "run"))

    killed = [
        (visit.variant, stop.service)
        for visit in run.visits
        for stop in visit.stops
        if stop.killed
    ]
    assert killed == [("target", "fake-worker")]
