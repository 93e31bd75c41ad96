# SPDX-License-Identifier: Apache-2.0
"""Every playbook on this host, with Zuul's own zuul_return; twice."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from perfcompare.cli.main import status_of
from perfcompare.testing.plans import LIST
from perfcompare.testing.runs import make_run
from tests.zuul.executor import Executor
from tests.zuul.jobs import REPOSITORY, variables_of

PERFCOMPARE = Path(sys.executable).with_name("perfcompare")
LOCAL = variables_of("perfcompare-local")
NO_VERDICT = (
    "perfcompare: no verdict; what was measured is in the logs below perfcompare/"
)
GRENADE = variables_of("perfcompare-grenade-manila")


@pytest.fixture(scope="session")
def equal_run(tmp_path_factory) -> Path:
    """Measure what does not differ."""
    return make_run(tmp_path_factory.mktemp("equal") / "run", rounds=6)


@pytest.fixture(scope="session")
def slower_run(tmp_path_factory) -> Path:
    """Measure a target that takes half as long again."""
    path = tmp_path_factory.mktemp("slower") / "run"
    return make_run(path, rounds=4, durations={"target": {LIST: 0.15}})


@pytest.fixture(scope="session")
def undecided_run(tmp_path_factory) -> Path:
    """Measure too little to tell."""
    return make_run(tmp_path_factory.mktemp("undecided") / "run", rounds=2)


def local_home(executor: Executor) -> Path:
    """Where the local job has its environment and its run."""
    return executor.node / "perfcompare" / executor.build


def put_on_node(executor: Executor, run: Path, *, judged: bool = True) -> None:
    """Let the local job find *run* as its own, with perfcompare beside it."""
    home = local_home(executor)
    home.mkdir(parents=True)
    shutil.copytree(run, home / "run")
    (home / "venv").symlink_to(PERFCOMPARE.parents[1])
    source = executor.node / "src/opendev.org/openstack"
    source.mkdir(parents=True)
    (source / "perfcompare").symlink_to(REPOSITORY)
    if judged:
        status_of(["compare", str(home / "run")])


def put_devstack(executor: Executor, run: Path) -> None:
    """Let the Grenade job find a perfcompare.sh whose `after` leaves *run*."""
    script = executor.node / "stack/new/perfcompare/devstack/perfcompare.sh"
    script.parent.mkdir(parents=True)
    script.write_text(
        f"""#!/usr/bin/env bash
set -euo pipefail
echo "$1 ${{PERFCOMPARE_PLAN:-}} ${{PERFCOMPARE_ROUNDS:-}}" >>{executor.node}/journal
case $1 in
after) mkdir -p "$(dirname "$PERFCOMPARE_RUN")"
       [[ -e $PERFCOMPARE_RUN ]] || cp -r {run} "$PERFCOMPARE_RUN" ;;
compare) exec {PERFCOMPARE} compare "$PERFCOMPARE_RUN" ;;
esac
"""
    )
    script.chmod(0o755)


def tree(directory: Path) -> dict[str, bytes]:
    """Return every file below *directory*."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_a_grenade_build_measures_before_and_after_the_upgrade(executor, equal_run):
    put_devstack(executor, equal_run)
    stack = executor.node / "stack"

    pre = executor.play("grenade/pre.yaml", GRENADE)
    run = executor.play("grenade/run.yaml", {**GRENADE, "perfcompare_rounds": 8})
    post = executor.play("post.yaml", GRENADE)

    assert [pre.status, run.status, post.status] == [0, 0, 0], run.output
    assert executor.journal == [
        "ensure-pip",
        "install  ",
        f"orchestrate-devstack {stack}/old {stack}",
        "before scenarios/manila/grenade.yaml 8",
        "configure-grenade-branches",
        f"write-grenade-conf {stack}/new manila perfcompare",
        f"run-grenade {stack} {stack}/new",
        "after scenarios/manila/grenade.yaml 8",
        "compare scenarios/manila/grenade.yaml 8",
    ]
    assert (executor.logs / "perfcompare/report/index.html").is_file()


@pytest.mark.parametrize(
    "playbook", ["grenade/pre.yaml", "grenade/run.yaml", "post.yaml"]
)
def test_a_second_run_of_a_grenade_playbook_changes_nothing(
    executor, equal_run, playbook
):
    put_devstack(executor, equal_run)
    if playbook == "post.yaml":
        executor.play("grenade/run.yaml", GRENADE)

    executor.play(playbook, GRENADE)
    before = tree(executor.node / "stack") | tree(executor.logs)
    second = executor.play(playbook, GRENADE)

    assert (second.status, second.changed) == (0, 0), second.output
    assert tree(executor.node / "stack") | tree(executor.logs) == before


@pytest.mark.parametrize("playbook", ["local/pre.yaml", "local/run.yaml", "post.yaml"])
def test_a_second_run_of_a_local_playbook_changes_nothing(
    executor, equal_run, playbook
):
    put_on_node(executor, equal_run)

    executor.play(playbook, LOCAL)
    before = tree(local_home(executor) / "run") | tree(executor.logs)
    second = executor.play(playbook, LOCAL)

    assert (second.status, second.changed) == (0, 0), second.output
    assert tree(local_home(executor) / "run") | tree(executor.logs) == before


def test_a_regression_fails_the_build_and_is_reported(executor, slower_run):
    put_on_node(executor, slower_run)

    run = executor.play("local/run.yaml", LOCAL)
    post = executor.play("post.yaml", LOCAL)

    assert (run.status, post.status) == (2, 0), run.output
    (warning,) = executor.returned["warnings"]
    assert str(warning).startswith("perfcompare: regression: **")


def test_a_build_that_cannot_tell_says_so_and_passes(executor, undecided_run):
    put_on_node(executor, undecided_run)

    run = executor.play("local/run.yaml", LOCAL)
    executor.play("post.yaml", LOCAL)

    assert run.status == 0, run.output
    (warning,) = executor.returned["warnings"]
    assert str(warning).startswith("perfcompare: inconclusive: **")


def test_every_artifact_is_named_and_can_be_opened(executor, equal_run):
    put_on_node(executor, equal_run)

    executor.play("post.yaml", LOCAL)

    artifacts = json.loads(json.dumps(executor.returned["artifacts"]))
    assert [(each["metadata"]["type"], each["url"]) for each in artifacts] == [
        ("html_report", "perfcompare/report/index.html"),
        ("markdown", "perfcompare/report/summary.md"),
        ("csv", "perfcompare/report/results.csv"),
        ("csv", "perfcompare/report/samples.csv"),
        ("json", "perfcompare/comparison.json"),
        ("junit", "perfcompare/report/junit.xml"),
    ]
    assert all((executor.logs / each["url"]).stat().st_size for each in artifacts)


def test_what_was_measured_before_a_failure_is_fetched(executor, equal_run):
    put_on_node(executor, equal_run, judged=False)

    post = executor.play("post.yaml", LOCAL)

    assert post.status == 0, post.output
    assert tree(executor.logs / "perfcompare") == tree(equal_run)
    assert "artifacts" not in executor.returned
    assert executor.returned["warnings"] == [NO_VERDICT]


def test_a_build_that_measured_nothing_is_reported_as_that(executor):
    post = executor.play("post.yaml", LOCAL)

    assert post.status == 0, post.output
    assert executor.returned == {"warnings": [NO_VERDICT]}


# perfcompare's statuses against what the two variables make of them.
@pytest.mark.parametrize(
    ("status", "variables", "passes"),
    [
        (0, {}, True),
        (1, {}, False),
        (1, {"perfcompare_regression": "success"}, True),
        (3, {}, True),
        (3, {"perfcompare_inconclusive": "failure"}, False),
        (2, {"perfcompare_regression": "success"}, False),
        (4, {"perfcompare_regression": "success"}, False),
        (70, {"perfcompare_regression": "success"}, False),
        (0, {"perfcompare_regression": "sucess"}, False),
    ],
)
def test_a_status_passes_or_fails_as_the_job_says(executor, status, variables, passes):
    playbook = executor.directory / "status.yaml"
    role = {
        "role": "perfcompare",
        "perfcompare_command": ["sh", "-c", f"exit {status}"],
    }
    play = {"hosts": "controller", "gather_facts": False, "roles": [role]}
    playbook.write_text(json.dumps([play]))

    done = executor.play(playbook, {"perfcompare_source": "/", **variables})

    assert (done.status == 0) == passes, done.output
