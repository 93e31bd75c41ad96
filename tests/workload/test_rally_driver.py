# SPDX-License-Identifier: Apache-2.0
import os
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.model.errors import WorkloadError
from perfcompare.model.visit import Phase
from perfcompare.workload.base import Turn
from perfcompare.workload.rally_driver import RallyDriver, _tail

VARIANTS = ("base", "target")


def turns_of(*workloads):
    """Warm up both variants, then two blocks of each: AB, BA."""
    turns = []
    for workload in workloads:
        turns += [turn(variant, workload, Phase.WARM_UP, 0) for variant in VARIANTS]
        for block, order in ((1, VARIANTS), (2, VARIANTS[::-1])):
            turns += [turn(variant, workload, Phase.LOAD, block) for variant in order]
    return turns


def turn(variant, workload, phase, block):
    return Turn(
        variant=variant,
        workload=workload.name,
        phase=phase,
        block=block,
        iterations=6,
    )


def targets_of(services):
    return {name: service.target for name, service in services.items()}


def children_of(pid):
    """Return the living children of *pid*, oldest first."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return sorted(found)


def is_alive(pid):
    """Say whether *pid* runs; a zombie does not."""
    with suppress(OSError):
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    return False


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def driver(scratch):
    """Keep Rally imported through the module, as an experiment does."""
    with RallyDriver(
        scratch=scratch, workloads=(), clock=SystemClock(), limit_seconds=60
    ) as driver:
        yield driver


@pytest.fixture
def drive(driver):
    def drive(services, *workloads, check=lambda: None):
        driver._workloads = {each.name: each for each in workloads}
        return driver.drive(turns_of(*workloads), targets_of(services), check=check)

    return drive


@pytest.fixture
def watch_for_rallies(driver):
    """Return a function that gives the Rallies of the drive at hand."""
    return lambda: children_of(driver._rally.pid)


def test_turns_are_carried_out_in_order_and_never_overlap(
    drive, services, make_workload
):
    workloads = (make_workload("first"), make_workload("second"))

    loads = drive(services, *workloads)

    windows = sorted(
        ((window, name) for name in VARIANTS for window in loads[name].windows),
        key=lambda pair: pair[0].started_at,
    )
    assert [
        (name, window.workload, window.phase, window.block, window.iterations)
        for window, name in windows
    ] == [
        (each.variant, each.workload, each.phase, each.block, each.iterations)
        for each in turns_of(*workloads)
    ]
    assert all(a.ended_at <= b.started_at for (a, _), (b, _) in pairwise(windows))


def test_no_request_reaches_a_service_outside_its_variants_turns(
    drive, services, make_workload
):
    loads = drive(services, make_workload())

    for name, service in services.items():
        windows = loads[name].windows
        assert len(service.seen) == 18
        assert all(
            any(window.started_at <= at <= window.ended_at for window in windows)
            for at, _ in service.seen
        )


def test_warm_up_is_kept_apart_from_the_blocks(drive, services, make_workload):
    loads = drive(services, make_workload())

    for load in loads.values():
        assert Counter((each.phase, each.block) for each in load.iterations) == {
            (Phase.WARM_UP, 0): 6,
            (Phase.LOAD, 1): 6,
            (Phase.LOAD, 2): 6,
        }
        assert [each.number for each in load.iterations] == list(range(18))


def test_each_thread_keeps_its_connection_from_turn_to_turn(
    drive, services, make_workload
):
    drive(services, make_workload())

    assert all(len(service.connections) == 3 for service in services.values())


def test_failed_iterations_are_results_like_others(drive, services, make_workload):
    loads = drive(services, make_workload(args={"path": "/odd"}))

    errors = Counter(each.error for each in loads["base"].iterations)
    assert b"hunter2" not in loads["base"].rally_json
    assert errors == {
        "": 9,
        "HttpError: GET /odd: status 503 instead of 200: no more threads for ***": 9,
    }
    assert all(
        [action.failed for action in each.actions] == [bool(each.error)]
        for each in loads["base"].iterations
    )


def test_a_glance_image_lives_its_whole_life_in_actions_of_its_own(
    drive, services, make_workload
):
    scenario = "PerfcompareGlance.create_upload_download_delete_image"

    loads = drive(services, make_workload("life", scenario, args={"size_bytes": 5000}))

    assert {
        tuple(action.name for action in each.actions)
        for each in loads["target"].iterations
        if not each.error
    } == {("glance.create", "glance.upload", "glance.download", "glance.delete")}
    assert [each.error for each in loads["target"].iterations] == [""] * 18
    assert services["target"].images == {}


def test_what_a_turn_costs_its_rally_grows_with_the_work(
    drive, services, make_workload
):
    scenario = "PerfcompareGlance.create_upload_download_delete_image"
    small = make_workload("small", scenario, args={"size_bytes": 5})
    large = make_workload("large", scenario, args={"size_bytes": 5_000_000})

    loads = drive(services, small, large)

    used: Counter[str] = Counter()
    for window in loads["base"].windows:
        used[window.workload] += window.generator_cpu_seconds
    assert 0 < used["small"] < used["large"]


def test_data_that_come_back_otherwise_than_uploaded_fail_the_iteration(
    drive, services, make_workload
):
    services["base"].corrupt = True
    scenario = "PerfcompareGlance.create_upload_download_delete_image"

    loads = drive(services, make_workload("life", scenario, args={"size_bytes": 50}))

    errors = {each.error.partition(": ")[0] for each in loads["base"].iterations}
    assert errors == {"HttpError"}
    assert "differ from the 50 uploaded" in loads["base"].iterations[0].error
    assert services["base"].images == {}


def test_images_are_listed_and_shown_one_by_one(drive, services, make_workload):
    for service in services.values():
        service.images.update({f"image-{number}": b"" for number in range(4)})

    drive(
        services,
        make_workload("list", "PerfcompareGlance.list_images", args={"limit": 3}),
        make_workload("show", "PerfcompareGlance.show_image", args={}),
    )

    paths = Counter(path for _, path in services["base"].seen)
    assert paths["/v2/images?limit=3"] == 18
    assert sum(paths[f"/v2/images/image-{number}"] for number in range(4)) == 18
    assert all(paths[f"/v2/images/image-{number}"] >= 3 for number in range(4))
    assert paths["/v2/images?limit=20"] == 3  # once a thread


def test_an_iteration_longer_than_its_timeout_is_a_failed_one(
    drive, services, make_workload
):
    runner = {"constant": {"times": 12, "concurrency": 3, "timeout": 0.1}}
    workload = make_workload("nap", "Dummy.dummy", args={"sleep": 0.3}, runner=runner)

    loads = drive(services, workload)

    assert {each.error for each in loads["base"].iterations} == {
        "ThreadTimeoutException: Iteration interrupted due to timeout."
    }


def test_a_rally_killed_in_the_middle_of_its_turn_is_noticed_at_once(
    drive, services, make_workload, watch_for_rallies, scratch
):
    rallies = []

    def kill():
        services["base"].called.wait(30)
        rallies.extend(watch_for_rallies())
        os.kill(rallies[0], signal.SIGKILL)
        rallies.append(time.monotonic())

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(
        WorkloadError,
        match=r"base gave up or was killed when it should end its turn \(list, warm-up",
    ):
        drive(services, make_workload(args={"path": "/hang"}))
    noticed = time.monotonic()
    killer.join()

    *pids, killed = rallies
    assert len(pids) == 2
    assert noticed - killed < 3
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert list(scratch.iterdir()) == []


def test_a_refused_task_is_an_error_that_says_why_and_hinders_no_other(
    drive, services, make_workload
):
    with pytest.raises(WorkloadError, match=r"no Scenario plugin `Nothing\.here`"):
        drive(services, make_workload("none", "Nothing.here"))

    loads = drive(services, make_workload())

    assert [len(load.iterations) for load in loads.values()] == [18, 18]


def test_a_workload_whose_contexts_fail_is_not_passed_over(
    drive, services, make_workload
):
    contexts = {"dummy_context": {"fail_setup": True}}
    failing = make_workload("failing", contexts=contexts)

    with pytest.raises(WorkloadError, match="went on to next without running failing"):
        drive(services, failing, make_workload("next"))


def test_interrupting_the_drive_leaves_no_process_behind(
    drive, services, make_workload, watch_for_rallies, scratch
):
    rallies = []

    def check():
        if services["base"].called.is_set():
            rallies.extend(watch_for_rallies())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drive(services, make_workload(), check=check)

    assert len(rallies) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in rallies)
    assert list(scratch.iterdir()) == []


@pytest.mark.integration
def test_killing_perfcompare_itself_leaves_no_rally_behind(tmp_path, services):
    program = f"""
from pathlib import Path
from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.model.target import LoadTarget
from perfcompare.model.visit import Phase
from perfcompare.model.workload import Workload
from perfcompare.workload.base import Turn
from perfcompare.workload.rally_driver import RallyDriver

target = LoadTarget(
    platform=None,
    environment={{"PERFCOMPARE_ENDPOINT": {services["base"].url!r}}},
    secrets=(),
)
workload = Workload(
    name="w", title="w", scenario="PerfcompareHttp.get",
    times=1, concurrency=1, warm_up=0,
    blocks=1,
    definition='{{"scenario": {{"PerfcompareHttp.get": {{"path": "/hang"}}}}}}',
)
turn = Turn(variant="base", workload="w", phase=Phase.LOAD, block=1, iterations=1)
driver = RallyDriver(
    scratch=Path({str(tmp_path)!r}), workloads=[workload], clock=SystemClock()
)
driver.drive([turn], {{"base": target}}, check=lambda: None)
"""
    perfcompare = command.start(
        [sys.executable, "-c", program], log=tmp_path / "program.log"
    )
    assert services["base"].called.wait(60)
    (importer,) = children_of(perfcompare.pid)
    (rally,) = children_of(importer)

    os.kill(perfcompare.pid, signal.SIGKILL)

    deadline = time.monotonic() + 10
    while is_alive(importer) or is_alive(rally):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    perfcompare.terminate(grace_seconds=0)


def test_a_driver_that_is_no_context_manager_keeps_nothing(
    tmp_path, services, make_workload
):
    workload = make_workload()
    driver = RallyDriver(scratch=tmp_path, workloads=[workload], clock=SystemClock())

    loads = driver.drive(turns_of(workload), targets_of(services), check=lambda: None)

    assert [len(load.iterations) for load in loads.values()] == [18, 18]
    assert driver._rally is None
    assert list(tmp_path.iterdir()) == []


def test_secrets_are_cut_out_of_what_rally_said(tmp_path):
    log = tmp_path / "rally.log"
    log.write_text("one\npassword: hunter2\n")

    assert _tail(log, ["hunter2", ""]) == "one\npassword: ***"
