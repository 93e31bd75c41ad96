# SPDX-License-Identifier: Apache-2.0
"""The main job as a user runs it: real processes, real Rally, real sampler."""

import json
import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration

PRIMARY = {
    "work/p50",
    "work/p90",
    "work/error_rate",
    "testbed/pss_idle",
    "testbed/pss_peak",
}


def test_what_is_injected_is_found(main_job):
    main_job.plan["target"]["environment"] = {
        "TESTBED_LATENCY_SECONDS": 0.048,
        "TESTBED_MEMORY_BYTES": 30 * 2**20,
    }

    status, out, err = main_job.finish()

    assert status == 1, err
    verdicts = main_job.rows()
    assert {name: verdicts[name] for name in PRIMARY} == {
        "work/p50": "regression",
        "work/p90": "regression",
        "work/error_rate": "parity",
        "testbed/pss_idle": "regression",
        "testbed/pss_peak": "regression",
    }
    assert f"report: {main_job.out / 'report' / 'index.html'}" in out
    assert main_job.left() == []


def test_what_is_not_injected_is_not_found(main_job):
    main_job.plan["target"] = {"release": "2.0", "backend": "threading"}

    status, out, err = main_job.finish()

    verdicts = main_job.rows()
    assert not {name for name in PRIMARY if verdicts[name] == "regression"}, out
    assert status in {0, 3}, err


def test_a_wrong_toggle_ends_the_experiment_with_both_facts(main_job):
    main_job.plan["target"]["environment"] = {"TESTBED_BACKEND": "eventlet"}

    status, out, err = main_job.finish()

    assert (status, out) == (4, "")
    assert "threading" in err
    assert "eventlet/hubs" in err
    assert "Traceback" not in err
    assert main_job.left() == []


def test_an_experiment_killed_in_a_round_goes_on_without_losing_or_repeating(main_job):
    main_job.plan["rounds"] = 3
    process = main_job.start()
    main_job.wait_for("round 2 of 3, load")
    os.kill(main_job.child(), signal.SIGKILL)
    process.communicate(timeout=60)

    assert process.returncode == 128 + signal.SIGKILL
    assert main_job.left() == []
    first = (main_job.out / "visits" / "r01-base" / "visit.json").read_bytes()
    assert not (main_job.out / "visits" / "r02-base").exists()

    _, _, err = main_job.finish("--resume")

    assert "round 1 of 3" not in err
    names = {path.name for path in (main_job.out / "visits").iterdir()}
    assert names == {f"r0{n}-{v}" for n in (1, 2, 3) for v in ("base", "target")}
    assert (main_job.out / "visits" / "r01-base" / "visit.json").read_bytes() == first
    assert main_job.left() == []


def test_a_service_that_dies_under_load_is_named_and_the_run_can_go_on(main_job):
    main_job.plan["rounds"] = 1
    process = main_job.start()
    main_job.wait_for("round 1 of 1, load")
    os.kill(main_job.descendants("perfcompare-testbed")[0], signal.SIGKILL)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 4
    assert "testbed" in err
    assert "round 1 of 1, load" in err
    assert "--resume" in err
    assert main_job.left() == []
    state = json.loads((main_job.out / "run.json").read_text())["state"]
    assert state == "failed"

    main_job.finish("--resume")

    assert (main_job.out / "visits" / "r01-target").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_stop_leaves_nothing(main_job, number):
    process = main_job.start()
    main_job.wait_for("round 1 of 4, load")
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert main_job.left() == []
    assert json.loads((main_job.out / "run.json").read_text())["state"] == "interrupted"


def test_who_waits_for_a_quiet_host_is_told_why_and_may_leave(main_job):
    burner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        process = main_job.start("--wait-for-quiet", "600")
        main_job.wait_for("waiting for quiet, at most 600 s")
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        burner.kill()
        burner.wait()

    assert process.returncode == 128 + signal.SIGINT
    assert "--resume" in err
    assert main_job.left() == []
    assert json.loads((main_job.out / "run.json").read_text())["state"] == "interrupted"
