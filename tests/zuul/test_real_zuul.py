# SPDX-License-Identifier: Apache-2.0
"""A real Zuul runs the jobs: `make test-zuul`, some ten minutes."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from perfcompare.testing.runs import make_run
from tests.zuul.cluster import Cluster, running
from tests.zuul.jobs import REPOSITORY, jobs

pytestmark = [pytest.mark.zuul, pytest.mark.timeout(2400)]

Builds = Mapping[str, dict[str, Any]]


@pytest.fixture(scope="module")
def zuul(tmp_path_factory) -> Iterator[Cluster]:
    """Start it, with a stored run for the Grenade job that has no cloud."""
    environment = REPOSITORY / "tools" / "zuul-environment.sh"
    subprocess.run([environment, "--servers"], check=True)
    stored = make_run(tmp_path_factory.mktemp("stored") / "run", rounds=6)
    # Short: a build's path holds SSH's control socket, at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="zuul-") as directory:
        try:
            with running(Path(directory), stored_run=stored) as cluster:
                yield cluster
        finally:
            keep(Path(directory))


def keep(directory: Path) -> None:
    """Keep every log and report in .cache/zuul/last, for whoever wants to look."""
    last = REPOSITORY / ".cache" / "zuul" / "last"
    shutil.rmtree(last, ignore_errors=True)
    shutil.copytree(directory / "logs", last / "builds")
    for log in directory.glob("*/*.log"):
        shutil.copy2(log, last)


@pytest.fixture(scope="module")
def builds(zuul) -> Builds:
    """Let the periodic pipeline run a project's jobs; each build by its job."""
    zuul.enqueue("openstack/testbed", "periodic")
    zuul.wait(lambda: len(zuul.get("builds?complete=true")) >= 3, seconds=1800)
    done = {build["job_name"]: build for build in zuul.get("builds")}
    for name, build in sorted(done.items()):
        lines = [f"{name}: {build['result']} in {build['duration']:.0f} s"]
        lines += [f"    {each['name']}: {each['url']}" for each in build["artifacts"]]
        print("\n".join(lines))  # noqa: T201  # what a reader of test-zuul wants to see
    return done


def opened(build: Mapping[str, Any], path: str) -> str:
    """Fetch a file of a build's logs."""
    answer = requests.get(f"{build['log_url']}{path}", timeout=60)
    answer.raise_for_status()
    answer.encoding = "utf-8"
    return answer.text


def test_the_configuration_has_no_errors(zuul):
    assert zuul.get("config-errors") == []


def test_every_job_of_ours_is_known(zuul):
    assert {job["name"] for job in zuul.get("jobs")} >= set(jobs())


def test_a_frozen_child_has_the_variables_of_all_its_parents(zuul):
    path = "pipeline/periodic-weekly/project/openstack/manila/branch/master"

    frozen = zuul.get(f"{path}/freeze-job/perfcompare-grenade-manila")

    variables = frozen["vars"]
    print(json.dumps(variables, indent=1))  # noqa: T201  # as above
    assert sorted(variables["devstack_plugins"]) == ["manila", "neutron", "perfcompare"]
    shared = variables["grenade_devstack_localrc"]["shared"]
    assert shared["DATABASE_TYPE"] == "mysql"
    assert shared["MYSQL_GATHER_PERFORMANCE"] is False
    assert shared["MANILA_ENABLED_BACKENDS"] == "alpha,beta"
    assert variables["grenade_localrc"]["SAVE_DIR"]
    assert variables["grenade_localrc"]["BASE_RUN_SMOKE"] is False
    assert frozen["timeout"] == 10800
    order = ("pre_playbooks", "playbooks", "post_playbooks")
    ran = [book for when in order for book in frozen[when]]
    assert [f"{book['project']}: {book['path']}" for book in ran] == [
        "openstack/project-config: playbooks/pre.yaml",
        "openstack/grenade: playbooks/pre.yaml",
        "openstack/perfcompare: playbooks/grenade/pre.yaml",
        "openstack/perfcompare: playbooks/grenade/run.yaml",
        "openstack/perfcompare: playbooks/post.yaml",
        "openstack/grenade: playbooks/post.yaml",
        "openstack/project-config: playbooks/post.yaml",
    ]


def test_a_service_in_which_nothing_differs_succeeds(builds):
    build = builds["testbed-local-nothing"]

    assert build["result"] == "SUCCESS", opened(build, "job-output.txt")[-4000:]


def test_a_regression_fails(builds):
    build = builds["testbed-local-latency"]

    assert build["result"] == "FAILURE", opened(build, "job-output.txt")[-4000:]
    comparison = json.loads(opened(build, "perfcompare/comparison.json"))
    assert comparison["exit_status"]["name"] == "regression"


def test_an_upgrade_is_judged_where_grenade_ran(builds):
    build = builds["testbed-grenade"]

    assert build["result"] == "SUCCESS", opened(build, "job-output.txt")[-4000:]


def test_the_answer_stands_in_what_zuul_reports(zuul, builds):
    buildset = builds["testbed-local-latency"]["buildset"]["uuid"]

    message = zuul.get(f"buildset/{buildset}")["message"]

    print(message)  # noqa: T201  # as above
    assert "perfcompare: regression: **testbed 1.0 threading" in message
    assert message.count("perfcompare: ") == len(builds)


@pytest.mark.parametrize(
    "job", ["testbed-local-nothing", "testbed-local-latency", "testbed-grenade"]
)
def test_every_artifact_of_a_build_can_be_opened(builds, job):
    build = builds[job]

    contents = {
        each["metadata"]["type"]: requests.get(each["url"], timeout=60)
        for each in build["artifacts"]
    }

    assert len(build["artifacts"]) == 6
    assert {each.status_code for each in contents.values()} == {200}
    assert contents["html_report"].text.startswith("<!DOCTYPE html>")
    assert Path(build["artifacts"][0]["url"]).name == "index.html"
