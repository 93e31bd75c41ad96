# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at every step of writing a run; then resume it."""

import subprocess
import sys
from dataclasses import replace

import pytest

from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState
from perfcompare.testing.plans import LIST, make_plan, make_workload, with_digest
from perfcompare.testing.runs import Rig

# Measures into PARENT/0, PARENT/1, …, each in a child that kills itself one step
# later than the one before, until one lives to the end.  A step is a rename, or the
# first or last file of a visit or upgrade opened for writing; what lies between two
# steps differs only in how many files are not there yet.
SCRIPT = """
import os, signal, sys
from itertools import count
from pathlib import Path

sys.path.insert(0, {tests!r})
from test_kill import PLANS
from perfcompare.testing.runs import Rig

def die_at(step):
    steps = count()

    def look(event, arguments):
        writes = (
            event == "open"
            and arguments[1] == "w"
            and str(arguments[0]).endswith({firsts_and_lasts!r})
        )
        if (writes or event == "os.rename") and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)

for step in count():
    child = os.fork()
    if child == 0:
        die_at(step)
        Rig(plan=PLANS[{interleave!r}]).run(Path({parent!r}) / str(step))
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
"""


def tiny_plan(*, interleave):
    workload = make_workload(LIST, times=2, blocks=1, warm_up=0)
    plan = make_plan(rounds=2, interleave=interleave)
    return with_digest(replace(plan, workloads=(workload,), interval_seconds=5.0))


PLANS = {interleave: tiny_plan(interleave=interleave) for interleave in (True, False)}


def files_of(path, visits):
    """Return what identifies each file of *visits*: a rewrite changes it."""
    return {
        file: (file.stat().st_ino, file.stat().st_mtime_ns)
        for number, variant in visits
        for file in (path / "visits" / f"r{number:02d}-{variant}").rglob("*")
    }


@pytest.fixture(params=[True, False], ids=["blocks", "whole visits"])
def killed(request, tmp_path):
    """Return the plan and the runs that were killed, one for each step."""
    script = SCRIPT.format(
        tests=str(request.path.parent),
        firsts_and_lasts=("fake-api.log", "rally.json.gz", "upgrade.json"),
        interleave=request.param,
        parent=str(tmp_path),
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
    paths = sorted(tmp_path.iterdir(), key=lambda path: int(path.name))
    *dead, alive = paths
    assert open_run(alive).state is RunState.FINISHED
    return PLANS[request.param], dead


def test_whenever_it_is_killed_a_resume_loses_and_repeats_no_finished_visit(killed):
    plan, paths = killed
    # 4 visits of 2 files and a rename; run.json for each group and at the beginning
    # and the end; two logs and upgrade.json opened and renamed, provenance.json.
    groups = 2 if plan.interleave else 4
    assert len(paths) == 4 * 3 + groups + 2 + 5
    seen = set()
    for path in paths:
        exists = (path / "run.json").exists()
        run = open_run(path) if exists else None
        assert run is None or run.state in (RunState.INTERRUPTED, RunState.FINISHED)
        done = (
            [] if run is None else [(k.round, k.variant) for k in run._content.visits]
        )
        before = files_of(path, done)
        seen.add(len(done))
        rig = Rig(plan=plan)

        rig.run(path, resume=exists)

        assert files_of(path, done) == before
        started = [line for line in rig.journal.lines if line.startswith("start ")]
        assert len(started) == 4 - len(done)
        run = open_run(path)
        assert (run.state, run.rounds_done) == (RunState.FINISHED, 2)
        assert sorted(entry.name for entry in (path / "visits").iterdir()) == [
            "r01-base",
            "r01-target",
            "r02-base",
            "r02-target",
        ]
        assert len(run.visits) == 4
        assert not list(path.glob(".partial*"))
    assert seen == ({0, 2, 4} if plan.interleave else {0, 1, 2, 3, 4})
