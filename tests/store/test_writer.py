# SPDX-License-Identifier: Apache-2.0
import gzip
import json
from dataclasses import replace

import pytest

from perfcompare.model.errors import StoreError
from perfcompare.model.visit import Visit
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState, VisitKey
from perfcompare.store.writer import RunWriter, VisitRecord
from perfcompare.testing.plans import make_plan, with_digest
from perfcompare.testing.runs import make_run


def record(number, variant, *, logs=None):
    visit = Visit(
        round=number,
        variant=variant,
        position=0,
        started_at=1.0,
        ended_at=2.0,
        ready_seconds=0.5,
        services=(),
        controls=(),
        windows=(),
        stops=(),
        evidence=(),
        counters=(),
        overhead_seconds=0.0,
        caveats=(),
    )
    return VisitRecord(
        visit=visit, iterations=(), readings=(), rally_json=b"{}", logs=logs or {}
    )


def write(path, *rounds, plan=None):
    """Begin a run and write each of *rounds*, a list of visits, at once."""
    with RunWriter.create(path, plan or make_plan(), created_at=1.0) as writer:
        for visits in rounds:
            writer.write_round([record(number, variant) for number, variant in visits])


def visits_in(path):
    return sorted(entry.name for entry in (path / "visits").iterdir())


WHOLE = [(1, "base"), (1, "target")]


def test_a_run_has_the_published_layout(tmp_path):
    make_run(tmp_path / "run", rounds=1)

    found = {
        str(file.relative_to(tmp_path / "run"))
        for file in (tmp_path / "run").rglob("*")
        if file.is_file()
    }
    assert found == {
        "run.json",
        "provenance.json",
        "upgrade/logs/base-fake-api.log",
        "upgrade/logs/target-fake-api.log",
        "upgrade/upgrade.json",
        *(
            f"visits/r01-{variant}/{name}"
            for variant in ("base", "target")
            for name in (
                "visit.json",
                "iterations.parquet",
                "readings.parquet",
                "rally.json.gz",
                "logs/fake-api.log",
                "logs/fake-worker.log",
                "logs/rally.log",
            )
        ),
    }


def test_the_same_experiment_gives_the_same_bytes(tmp_path):
    one, two = (make_run(tmp_path / name, rounds=2) for name in ("one", "two"))

    files = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(two) for p in two.rglob("*") if p.is_file())
    assert [(one / f).read_bytes() for f in files] == [
        (two / f).read_bytes() for f in files
    ]


def test_the_report_of_rally_is_kept_as_it_was(tmp_path):
    write(tmp_path / "run", WHOLE)

    packed = tmp_path / "run" / "visits" / "r01-base" / "rally.json.gz"
    assert gzip.decompress(packed.read_bytes()) == b"{}"


def test_a_directory_that_holds_something_is_not_taken(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(StoreError, match="is not empty; go on with it by --resume"):
        RunWriter.create(tmp_path, make_plan(), created_at=1.0)

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_place_of_the_directory_is_one_message(tmp_path):
    (tmp_path / "run").write_text("")

    with pytest.raises(StoreError, match="run cannot be written: File exists"):
        RunWriter.create(tmp_path / "run", make_plan(), created_at=1.0)


def test_an_empty_directory_and_missing_parents_are_fine(tmp_path):
    (tmp_path / "empty").mkdir()

    for path in (tmp_path / "empty", tmp_path / "a" / "b"):
        write(path, WHOLE)
        assert open_run(path).rounds_done == 1


def test_two_writers_never_share_a_run(tmp_path):
    plan = make_plan()
    with RunWriter.create(tmp_path / "run", plan, created_at=1.0):
        for begin in (
            lambda: RunWriter.resume(tmp_path / "run", plan),
            lambda: RunWriter.create(tmp_path / "run", plan, created_at=1.0),
        ):
            with pytest.raises(StoreError, match="is being written by another"):
                begin()

    RunWriter.resume(tmp_path / "run", plan).close()


def test_a_refused_resume_leaves_the_run_free(tmp_path):
    plan = make_plan()
    write(tmp_path / "run", WHOLE, plan=plan)
    other = with_digest(replace(plan, idle_seconds=1.0))

    with pytest.raises(StoreError, match="another plan"):
        RunWriter.resume(tmp_path / "run", other)

    RunWriter.resume(tmp_path / "run", plan).close()


def test_while_it_is_written_it_is_running_and_after_a_kill_interrupted(tmp_path):
    with RunWriter.create(tmp_path / "run", make_plan(), created_at=1.0):
        assert open_run(tmp_path / "run").state is RunState.RUNNING

    # The lock has gone, and nobody has said how it ended.
    assert open_run(tmp_path / "run").state is RunState.INTERRUPTED


def test_a_visit_is_never_written_twice(tmp_path):
    with RunWriter.create(tmp_path / "run", make_plan(), created_at=1.0) as writer:
        writer.write_round([record(1, "base")])

        with pytest.raises(StoreError, match="already holds the visit of round 1"):
            writer.write_round([record(1, "base")])


def test_visits_can_come_one_by_one_in_any_order(tmp_path):
    plan = make_plan(interleave=False)
    one_way = [[(1, "base")], [(2, "base")], [(1, "target")], [(2, "target")]]
    write(tmp_path / "run", *one_way, plan=plan)

    run = open_run(tmp_path / "run")
    assert run.rounds_done == 2
    assert [(v.round, v.variant) for v in run.visits] == [
        (1, "base"),
        (1, "target"),
        (2, "base"),
        (2, "target"),
    ]


def test_a_log_cannot_be_written_outside_the_run(tmp_path):
    with RunWriter.create(tmp_path / "run", make_plan(), created_at=1.0) as writer:
        writer.write_round([record(1, "base", logs={"../../../evil.log": b"x"})])

    logs = tmp_path / "run" / "visits" / "r01-base" / "logs"
    assert [path.name for path in logs.iterdir()] == ["evil.log"]
    assert not list(tmp_path.glob("*.log"))


def test_a_resume_removes_what_is_half_written_and_nothing_else(tmp_path):
    path, plan = tmp_path / "run", make_plan()
    write(path, WHOLE, plan=plan)
    litter = [".partial-r02-base", "r02-target", "r02-base", ".partial-r100-crossover"]
    foreign = ["failed-r02-base", "notes", "r2-base", "r02-base.bak"]
    for name in litter + foreign:
        (path / "visits" / name / "logs").mkdir(parents=True)

    RunWriter.resume(path, plan).close()

    assert visits_in(path) == sorted(["r01-base", "r01-target", *foreign])


def test_a_resume_side_by_side_drops_a_round_that_lacks_a_variant(tmp_path):
    path, plan = tmp_path / "run", make_plan()
    write(path, WHOLE, [(2, "target")], plan=plan)

    with RunWriter.resume(path, plan) as writer:
        assert writer.visits == (
            VisitKey(round=1, variant="base"),
            VisitKey(round=1, variant="target"),
        )
    assert visits_in(path) == ["r01-base", "r01-target"]


def test_a_resume_of_whole_visits_keeps_each_of_them(tmp_path):
    path, plan = tmp_path / "run", make_plan(interleave=False)
    write(path, WHOLE, [(2, "target")], plan=plan)

    RunWriter.resume(path, plan).close()

    assert visits_in(path) == ["r01-base", "r01-target", "r02-target"]


def test_a_visit_that_a_person_removed_is_measured_again(tmp_path):
    path, plan = tmp_path / "run", make_plan(interleave=False)
    write(path, WHOLE, plan=plan)
    removed = path / "visits" / "r01-target"
    for file in removed.glob("*.*"):
        file.unlink()
    (removed / "logs").rmdir()
    removed.rmdir()

    with RunWriter.resume(path, plan) as writer:
        assert writer.visits == (VisitKey(round=1, variant="base"),)
    assert open_run(path).rounds_done == 0


def test_the_plan_of_a_resume_takes_the_place_of_the_old_one(tmp_path):
    path, plan = tmp_path / "run", make_plan(rounds=4)
    write(path, WHOLE, plan=plan)

    RunWriter.resume(path, replace(plan, rounds=6, title="longer")).close()

    run = open_run(path)
    assert (run.plan.rounds, run.plan.title) == (6, "longer")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"idle_seconds": 1.0}, "idle_seconds was 5.0, is now 1.0"),
        ({"interleave": False}, "interleave was True, is now False"),
        ({"workloads": ()}, "workloads was [{"),
        ({"title": "x"}, "a file that the plan refers to has changed"),
        (
            {
                "idle_seconds": 1.0,
                "settle_seconds": 1.0,
                "interval_seconds": 1.0,
                "stop_grace_seconds": 1.0,
            },
            "and 1 more",
        ),
    ],
)
def test_a_plan_that_measures_something_else_is_refused_by_name(
    tmp_path, changes, words
):
    path, plan = tmp_path / "run", make_plan()
    write(path, WHOLE, plan=plan)

    with pytest.raises(StoreError) as caught:
        RunWriter.resume(path, replace(plan, **changes, digest="other"))

    assert words in str(caught.value)


def test_a_difference_deep_in_a_variant_is_named_by_its_place(tmp_path):
    path, plan = tmp_path / "run", make_plan()
    write(path, WHOLE, plan=plan)
    base, target = plan.variants
    changed = replace(target, environment={"THING_BACKEND": "threading", "X": "1"})

    with pytest.raises(StoreError, match=r"variants\[1\].environment.X was absent"):
        RunWriter.resume(path, replace(plan, variants=(base, changed), digest="other"))


def test_an_upgrade_that_a_kill_left_half_written_is_written_again(tmp_path):
    path, plan = tmp_path / "run", make_plan()
    upgrade = open_run(make_run(tmp_path / "other", rounds=1)).upgrade
    assert upgrade is not None
    write(path, WHOLE, plan=plan)
    (path / "upgrade" / "logs").mkdir(parents=True)

    with RunWriter.resume(path, plan) as writer:
        before = writer.has_upgrade
        writer.write_upgrade(upgrade, {"migrate.log": b"done"})
        after = writer.has_upgrade

    assert (before, after) == (False, True)
    assert open_run(path).upgrade == upgrade
    assert (path / "upgrade" / "logs" / "migrate.log").read_bytes() == b"done"


def test_run_json_is_replaced_and_never_rewritten_in_place(tmp_path):
    path = tmp_path / "run"
    with RunWriter.create(path, make_plan(), created_at=1.0) as writer:
        with (path / "run.json").open() as old:
            writer.write_round([record(1, "base")])

            # Who had it open still reads the old one, whole.
            assert json.load(old)["visits"] == []
        assert len(json.loads((path / "run.json").read_text())["visits"]) == 1


def test_a_password_in_the_plan_is_masked_on_disk(tmp_path):
    plan = make_plan()
    base, target = plan.variants
    config = {"a.conf": {"alpha": {"netapp_password": "hush", "size": "3"}}}
    secret = replace(base, config=config, environment={"OS_TOKEN": "hush", "A": "b"})
    plan = with_digest(replace(plan, variants=(secret, target)))

    RunWriter.create(tmp_path / "run", plan, created_at=0.0).close()

    text = (tmp_path / "run" / "run.json").read_text()
    assert "hush" not in text
    assert open_run(tmp_path / "run").plan.variants[0].config == {
        "a.conf": {"alpha": {"netapp_password": "***", "size": "3"}}
    }
    RunWriter.resume(tmp_path / "run", plan).close()
