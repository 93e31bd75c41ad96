# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from perfcompare.cli.main import status_of
from tests.zuul.executor import STUB_ROLES
from tests.zuul.jobs import REPOSITORY, jobs, variables_of

ZUUL_D = sorted((REPOSITORY / "zuul.d").glob("*.yaml"))
PLAYBOOKS = sorted((REPOSITORY / "playbooks").rglob("*.yaml"))


def output_of(*command: object, **environment: str) -> str:
    """Run a checker; its output, once it is content."""
    done = subprocess.run(
        [str(each) for each in command],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_yamllint_finds_nothing(zuul_environment):
    lint = zuul_environment / "lint/bin/yamllint"
    files = ("zuul.d", "playbooks", "roles", "tests/zuul", ".yamllint", ".ansible-lint")

    assert output_of(lint, "--strict", *files) == ""


def test_ansible_lint_finds_nothing_without_network(zuul_environment):
    ansible = "ansible/11/lib/python3.11/site-packages"

    said = output_of(
        zuul_environment / "lint/bin/ansible-lint",
        "--offline",
        "--nocolor",
        "playbooks",
        "roles",
        ANSIBLE_COLLECTIONS_PATH=str(zuul_environment / ansible),
    )

    assert "Passed: 0 failure(s), 0 warning(s)" in said


def test_zuul_itself_accepts_the_form_of_every_stanza(zuul_environment):
    python = zuul_environment / "venv/bin/python"

    said = output_of(python, Path(__file__).with_name("schema_of_zuul.py"), *ZUUL_D)

    assert {line.split()[2] for line in said.splitlines() if ": job " in line} == {
        *jobs()
    }


def test_every_playbook_that_a_job_names_is_there():
    named = {str(job[when]) for job in jobs().values() for when in job if "run" in when}

    assert named == {str(path.relative_to(REPOSITORY)) for path in PLAYBOOKS}


def roles_named() -> Iterator[str]:
    for path in PLAYBOOKS:
        for play in yaml.safe_load(path.read_text()):
            for role in play.get("roles", []):
                yield role if isinstance(role, str) else role["role"]


def test_every_role_is_ours_or_has_a_stub():
    ours = {path.name for path in (REPOSITORY / "roles").iterdir()}
    stubs = {path.name for path in STUB_ROLES.iterdir()}

    assert set(roles_named()) == ours | stubs


@pytest.mark.parametrize(
    "job", [job for job in jobs() if "perfcompare_plan" in variables_of(job)]
)
def test_the_plan_of_every_job_loads(job):
    plan = variables_of(job)["perfcompare_plan"]

    assert status_of(["validate", str(REPOSITORY / str(plan))]) == 0


def test_no_job_wants_more_time_than_a_tenant_allows_by_default():
    assert all(int(str(job.get("timeout", 0))) <= 10800 for job in jobs().values())


def test_a_child_keeps_what_its_parent_says():
    manila = variables_of("perfcompare-grenade-manila")

    assert manila["grenade_devstack_localrc"] == {
        "shared": {
            "MYSQL_GATHER_PERFORMANCE": False,
            "ENABLE_DEBUG_LOG_LEVEL": False,
            **jobs_own_localrc("perfcompare-grenade-manila"),
        }
    }


def jobs_own_localrc(name: str) -> dict[str, object]:
    variables = jobs()[name]["vars"]
    assert isinstance(variables, dict)
    return dict(variables["grenade_devstack_localrc"]["shared"])
