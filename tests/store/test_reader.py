# SPDX-License-Identifier: Apache-2.0
import json
import math
from dataclasses import replace

import pytest

from perfcompare.model.errors import SchemaVersionError, StoreError
from perfcompare.model.plan import DeploymentKind
from perfcompare.model.visit import Reading
from perfcompare.store.reader import find_runs, open_run
from perfcompare.store.writer import RunWriter, VisitRecord
from perfcompare.testing.plans import CREATE, LIST, make_plan
from perfcompare.testing.runs import Rig, make_run


@pytest.fixture
def path(tmp_path):
    return make_run(tmp_path / "run", rounds=1)


def edit(path, **changes):
    data = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps(data | changes))


def test_the_plan_comes_back(path):
    assert open_run(path).plan == make_plan(rounds=1)


def test_iterations_have_a_row_for_the_whole_and_one_for_each_action(path):
    run = open_run(path)

    frame = run.iterations(run.visits[0])

    assert list(frame.columns) == [
        "workload",
        "action",
        "number",
        "phase",
        "block",
        "started_at",
        "duration_seconds",
        "error",
    ]
    whole = frame[(frame["action"] == "") & (frame["phase"] == "load")]
    counts = whole.groupby("workload", observed=True).size()
    assert dict(counts) == {LIST: 40, CREATE: 20}
    assert set(frame["action"]) == {"", "request"}
    assert (frame["action"] == "").sum() == (frame["action"] == "request").sum()


def test_a_failed_action_carries_the_error_of_its_iteration(tmp_path):
    rig = Rig(plan=make_plan(rounds=1), failures={"target": 4})
    run = open_run(rig.run(tmp_path / "run"))

    base, target = (run.iterations(visit) for visit in run.visits)

    assert set(base["error"]) == {""}
    failed = target[target["error"] != ""]
    assert set(failed["error"]) == {"SyntheticError: told to fail"}
    assert set(failed["action"]) == {"", "request"}
    assert set(failed["number"] % 4) == {3}


def test_only_the_wanted_columns_are_read(path):
    run = open_run(path)

    assert list(run.iterations(run.visits[0], columns=["block", "error"]).columns) == [
        "block",
        "error",
    ]
    assert list(run.readings(run.visits[0], columns=["at"]).columns) == ["at"]


def test_a_column_that_does_not_exist_is_one_message(path):
    run = open_run(path)

    with pytest.raises(StoreError, match=r"iterations\.parquet has no column 'colour'"):
        run.iterations(run.visits[0], columns=["colour"])


def test_readings_are_the_fields_of_a_reading_with_fixed_types(path):
    run = open_run(path)

    readings = run.readings(run.visits[0])

    assert readings.dtypes.astype(str).to_dict() == {
        "at": "float64",
        "owner": "category",
        "service": "category",
        "pid": "int64",
        "parent_pid": "int64",
        "threads": "int32",
        "file_descriptors": "float64",
        "rss_bytes": "int64",
        "uss_bytes": "float64",
        "pss_bytes": "float64",
        "cpu_seconds": "float64",
        "voluntary_switches": "float64",
        "involuntary_switches": "float64",
    }


def test_what_a_look_did_not_take_comes_back_as_nan_not_as_zero(tmp_path):
    source = open_run(make_run(tmp_path / "source", rounds=1))
    reading = Reading(
        at=1.0,
        owner="base",
        service="api",
        pid=1,
        parent_pid=0,
        threads=1,
        file_descriptors=None,
        rss_bytes=1,
        uss_bytes=None,
        pss_bytes=None,
        cpu_seconds=0.0,
        voluntary_switches=None,
        involuntary_switches=None,
    )
    known = replace(reading, at=2.0, pss_bytes=2**40 + 1, uss_bytes=0)
    with RunWriter.create(tmp_path / "run", source.plan, created_at=1.0) as writer:
        writer.write_round(
            [
                VisitRecord(
                    visit=visit,
                    iterations=(),
                    readings=(reading, known),
                    rally_json=b"",
                    logs={},
                )
                for visit in source.visits
            ]
        )
    run = open_run(tmp_path / "run")

    frame = run.readings(run.visits[0])

    assert math.isnan(frame["pss_bytes"][0])
    assert math.isnan(frame["uss_bytes"][0])
    assert frame["pss_bytes"][1] == 2**40 + 1
    assert frame["uss_bytes"][1] == 0
    assert frame["file_descriptors"].isna().all()
    assert run.iterations(run.visits[0]).empty


def test_what_rally_wrote_comes_back(path):
    run = open_run(path)

    report = json.loads(run.rally_json(run.visits[0]))

    titles = [subtask["title"] for subtask in report["tasks"][0]["subtasks"]]
    assert titles == [LIST, CREATE]


def test_a_run_without_upgrade_and_provenance_has_none(tmp_path):
    RunWriter.create(tmp_path / "run", make_plan(), created_at=1.0).close()

    run = open_run(tmp_path / "run")
    assert run.upgrade is None
    assert run.provenance is None


def test_a_directory_that_is_no_run_is_one_message(tmp_path):
    with pytest.raises(StoreError, match=r"is not a run: it holds no run\.json"):
        open_run(tmp_path)
    with pytest.raises(StoreError, match="is not a run: there is no such directory"):
        open_run(tmp_path / "nowhere")


def test_a_newer_run_is_refused_as_such(path):
    edit(path, schema_version=5, shiny="new")

    with pytest.raises(SchemaVersionError, match="has schema version 5, this"):
        open_run(path)


@pytest.mark.parametrize("version", [None, "1", {}])
def test_a_run_json_of_another_program_is_refused(path, version):
    edit(path, schema_version=version)

    with pytest.raises(StoreError, match="was not written by perfcompare"):
        open_run(path)


def test_a_run_json_cut_short_is_one_message(path):
    text = (path / "run.json").read_text()
    (path / "run.json").write_text(text[: len(text) // 2])

    with pytest.raises(StoreError, match=r"run\.json is broken or was cut short"):
        open_run(path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 1000, None])
@pytest.mark.parametrize("name", ["iterations", "readings"])
def test_a_broken_table_names_itself_and_the_way_out(path, name, content):
    run = open_run(path)
    file = path / "visits" / "r01-base" / f"{name}.parquet"
    # Cut in the middle: what a full disk or an interrupted copy leaves.
    half = file.read_bytes()[: file.stat().st_size // 2]
    file.write_bytes(half if content is None else content)

    with pytest.raises(StoreError) as caught:
        getattr(run, name)(run.visits[0])

    assert str(caught.value).startswith(f"{file} is broken: ")
    assert f"remove {file.parent} and measure that visit again" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["iterations", "readings"])
def test_a_missing_table_names_itself(path, name):
    run = open_run(path)
    file = path / "visits" / "r01-base" / f"{name}.parquet"
    file.unlink()

    with pytest.raises(StoreError, match=f"{name}.parquet is missing; restore it"):
        getattr(run, name)(run.visits[0])


def test_a_visit_without_its_file_is_one_message(path):
    (path / "visits" / "r01-target" / "visit.json").unlink()

    with pytest.raises(StoreError, match=r"r01-target/visit\.json is missing"):
        _ = open_run(path).visits


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08\x00", b"plain"])
def test_a_broken_report_of_rally_is_one_message(path, content):
    run = open_run(path)
    (path / "visits" / "r01-base" / "rally.json.gz").write_bytes(content)

    with pytest.raises(StoreError, match=r"rally\.json\.gz cannot be read"):
        run.rally_json(run.visits[0])


def test_a_visit_that_is_not_listed_does_not_exist(path):
    (path / "visits" / "r02-base").mkdir()
    (path / "visits" / ".partial-r02-target").mkdir()

    assert {visit.round for visit in open_run(path).visits} == {1}


def test_runs_are_found_up_to_two_levels_down_and_broken_ones_too(tmp_path):
    for name in ("b", "a", "examples/c", "too/deep/d"):
        make_run(tmp_path / name, rounds=1)
    (tmp_path / "b" / "run.json").write_text("{}")
    (tmp_path / "not-a-run").mkdir()

    found = find_runs(tmp_path)

    names = [str(summary.path.relative_to(tmp_path)) for summary in found]
    assert names == ["a", "b", "examples/c"]
    assert [summary.run is None for summary in found] == [False, True, False]
    assert "was not written by perfcompare" in found[1].problem


def test_a_run_itself_is_found(path):
    assert [summary.path for summary in find_runs(path)] == [path]


def test_looking_for_runs_where_there_is_no_directory_is_one_message(tmp_path):
    with pytest.raises(StoreError, match="is not a directory"):
        find_runs(tmp_path / "nowhere")


def test_a_run_of_the_first_schema_was_deployed_by_us(path):
    data = json.loads((path / "run.json").read_text())
    for name in ("deployment", "looks", "void_marked_rounds"):
        del data["plan"][name]
    (path / "run.json").write_text(json.dumps(data | {"schema_version": 1}))

    assert open_run(path).plan.deployment is DeploymentKind.LOCAL


def forget_levels(path):
    """Take out of the run in *path* what the third schema did not have."""
    data = json.loads((path / "run.json").read_text())
    for workload in data["plan"]["workloads"]:
        del workload["title"]
    (path / "run.json").write_text(json.dumps(data | {"schema_version": 3}))
    for file in path.glob("visits/*/visit.json"):
        visit = json.loads(file.read_text())
        for window in visit["windows"]:
            del window["generator_cpu_seconds"]
        file.write_text(json.dumps(visit))


def test_a_workload_of_the_third_schema_has_one_level_alone(path):
    forget_levels(path)

    assert open_run(path).plan == make_plan(rounds=1)
    assert {each.title for each in open_run(path).plan.workloads} == {LIST, CREATE}


def test_a_generator_of_the_third_schema_was_not_watched(path):
    forget_levels(path)

    windows = [each for visit in open_run(path).visits for each in visit.windows]
    assert {each.generator_cpu_seconds for each in windows} == {None}


@pytest.mark.parametrize("broken", [5, None, [5]])
def test_what_is_no_list_of_windows_or_workloads_is_one_message(path, broken):
    forget_levels(path)
    file = path / "visits" / "r01-base" / "visit.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"windows": broken}))

    with pytest.raises(StoreError, match=r"visit\.json does not fit: windows"):
        _ = open_run(path).visits
    plan = json.loads((path / "run.json").read_text())["plan"]
    edit(path, plan=plan | {"workloads": broken})
    with pytest.raises(StoreError, match=r"run\.json does not fit: plan\.workloads"):
        open_run(path)


def test_a_run_of_the_third_schema_that_was_resumed_keeps_its_visits(path):
    """Its run.json is of our schema then; what was measured before is not."""
    before = open_run(path).visits
    forget_levels(path)

    RunWriter.resume(path, make_plan(rounds=2)).close()

    assert json.loads((path / "run.json").read_text())["schema_version"] == 4
    assert open_run(path).visits == before


def test_visits_of_the_second_schema_counted_nothing(path):
    data = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps(data | {"schema_version": 2}))
    for file in path.glob("visits/*/visit.json"):
        visit = json.loads(file.read_text())
        del visit["counters"]
        file.write_text(json.dumps(visit))

    assert {visit.counters for visit in open_run(path).visits} == {()}
