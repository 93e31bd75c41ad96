# SPDX-License-Identifier: Apache-2.0
import importlib
import os
import subprocess
import sys

import click
import pytest

from perfcompare.cli.main import VERBS, status_of, tell
from perfcompare.model.errors import DeploymentError, PlanError, Problem, StoreError


def test_every_verb_has_a_module_whose_command_bears_its_name():
    for verb, (module, _) in VERBS.items():
        command = importlib.import_module(f"perfcompare.cli.{module}").command
        assert command.name == verb


def test_help_lists_every_verb_and_the_exit_statuses(perfcompare):
    status, out, _ = perfcompare("--help")

    assert status == 0
    assert all(f"  {verb} " in out for verb in VERBS)
    assert "3 inconclusive" in out


def test_help_imports_nothing_that_is_slow():
    script = (
        "import sys; from perfcompare.cli.main import status_of\n"
        "status_of(['--help'])\n"
        "slow = {'pandas', 'numpy', 'scipy', 'matplotlib', 'rally', 'pydantic'}\n"
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_explains_itself(perfcompare, verb):
    status, out, _ = perfcompare(verb, "--help")

    assert status == 0
    assert out.startswith(f"Usage: perfcompare {verb}")


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["compare"], ["run"], ["compare", "--format", "pdf", "x"]],
)
def test_a_wrong_command_line_is_usage(perfcompare, arguments):
    status, out, err = perfcompare(*arguments)

    assert (status, out) == (2, "")
    assert "Error:" in err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PlanError((Problem(path="plan.yaml", line=3, message="no"),)), 2),
        (StoreError("no run"), 2),
        (DeploymentError("down"), 4),
        (KeyboardInterrupt(), 130),
        (click.UsageError("what"), 2),
        (ZeroDivisionError("ours"), 70),
    ],
)
def test_each_failure_has_its_documented_status(error, status):
    assert tell(error) == status


def test_only_an_internal_error_shows_a_traceback(capsys):
    tell(DeploymentError("down"))
    assert capsys.readouterr().err == "perfcompare: down\n"

    tell(ZeroDivisionError("ours"))
    assert "ZeroDivisionError: ours\nperfcompare: internal" in capsys.readouterr().err


def test_the_version_is_printed(perfcompare):
    status, out, _ = perfcompare("--version")

    assert status == 0
    assert out.strip()[0].isdigit()


def test_python_m_is_the_same_program():
    done = subprocess.run(
        [sys.executable, "-m", "perfcompare", "nonsense"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert status_of(["nonsense"]) == 2


def test_a_reader_that_leaves_does_not_change_the_verdict(slower_run, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "perfcompare", "compare", slower_run, "--out", tmp_path],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (1, "")
