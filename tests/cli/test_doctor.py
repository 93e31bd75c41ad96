# SPDX-License-Identifier: Apache-2.0
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from perfcompare.cli import checks, cloud_checks
from perfcompare.cli.checks import Finding, State
from perfcompare.cli.doctor import command
from perfcompare.cli.steadiness import Steadiness, judge, observe
from perfcompare.clock import SystemClock
from perfcompare.deployment.devstack.root import Root
from perfcompare.deployment.devstack.systemd import Systemd
from perfcompare.model.project import Cloud, Server
from perfcompare.testing.clock import FakeClock

ROOT = Path(__file__).parents[2]


def seen(
    *loops: float, steal_ratio: float = 0.0, load: float = 0.0, cores: int = 2
) -> Steadiness:
    return Steadiness(
        loop_seconds=loops, steal_ratio=steal_ratio, load=load, cores=cores
    )


def test_every_question_is_answered_in_a_line(tmp_path):
    plan = ROOT / "scenarios" / "glance" / "demo.yaml"
    result = CliRunner().invoke(
        command,
        [str(plan), "--seconds", "0", "--cache", str(tmp_path / "cache")],
        standalone_mode=False,
    )

    asked = [
        line.split()[1] for line in result.stdout.splitlines() if not line[0].isspace()
    ]
    assert asked == [
        "system",
        "python",
        "cores",
        "memory",
        "cache",
        "scratch",
        "smaps_rollup",
        "py-spy",
        "uv",
        "interpreters",
        "loopback",
        "rally",
        "rally-openstack",
        "mariadb",
        "rabbitmq",
        "memcached",
        "steadiness",
    ]
    assert not (tmp_path / "cache").exists()


def test_a_cache_without_room_makes_a_run_impossible():
    # /proc has none.
    result = CliRunner().invoke(
        command,
        ["--seconds", "0", "--cache", "/proc/perfcompare"],
        standalone_mode=False,
    )

    assert result.return_value == 2
    assert "missing  cache" in result.stdout
    assert "→ make room, or name another directory" in result.stdout
    assert "missing: no run is possible yet" in result.stderr


def test_another_system_is_refused():
    assert checks.system("Darwin", "24.1").state is State.MISSING
    assert checks.system("Linux", "6.1").state is State.OK


@pytest.mark.parametrize(
    ("kibibytes", "state"),
    [
        (1024 * 1024 - 1, State.MISSING),
        (1024 * 1024, State.WARNING),
        (4 * 1024 * 1024 - 1, State.WARNING),
        (4 * 1024 * 1024, State.OK),
    ],
)
def test_memory_is_judged_by_what_plans_take(kibibytes, state):
    meminfo = f"MemTotal:  99999999 kB\nMemAvailable:  {kibibytes} kB\n"

    assert checks.memory(meminfo).state is state


def test_a_small_disk_is_a_warning(tmp_path):
    finding = checks.disk("scratch", tmp_path / "a" / "b", 2**60)

    assert (finding.state, finding.what) == (State.WARNING, "scratch")


def test_a_kernel_without_smaps_rollup_cannot_measure_pss(tmp_path):
    finding = checks.memory_of_processes(tmp_path / "none")

    assert finding.state is State.MISSING
    assert "Linux 4.14" in finding.remedy


def test_a_py_spy_that_is_refused_shows_its_words(tmp_path):
    py_spy = tmp_path / "py-spy"
    py_spy.write_text("#!/bin/sh\necho Permission denied; exit 1\n")
    py_spy.chmod(0o755)

    finding = checks.ptrace(py_spy, SystemClock())

    assert (finding.state, finding.found) == (State.MISSING, "Permission denied")
    assert "ptrace_scope" in finding.remedy


def test_a_missing_py_spy_is_named(tmp_path):
    assert checks.ptrace(tmp_path / "py-spy", FakeClock()) == Finding(
        state=State.MISSING,
        what="py-spy",
        found=f"no {tmp_path}/py-spy",
        remedy="pip install py-spy",
    )


def test_a_host_without_interpreters_is_a_warning(tmp_path):
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\nexit 2\n")
    uv.chmod(0o755)

    found = checks.interpreters(str(uv))
    assert found.state is State.WARNING
    assert "uv python install 3.11" in found.remedy
    assert "perfcompare downloads none" in found.remedy


def test_this_interpreter_is_one_that_perfcompare_is_tested_with():
    assert checks.python().found == sys.version.split()[0]


@pytest.mark.parametrize(
    ("needed", "state"), [(True, State.MISSING), (False, State.WARNING)]
)
def test_a_server_is_missing_only_for_a_plan_that_needs_it(needed, state):
    finding = checks.server(Server.RABBITMQ, ["apt-get install x"], needed=needed)

    assert finding.state is state
    assert finding.remedy.startswith("apt-get install x")


def test_a_calm_host_is_well():
    # ln(1.02) / 2 = 0.0099 to either side of the middle.
    finding = judge(seen(0.0200, 0.0202, 0.0204))

    assert (finding.state, finding.remedy) == (State.OK, "")
    assert finding.found == (
        "the same loop took 20 ms, sd 1.0% (3 times); steal 0.0%; load 0.0 on 2 cores"
    )


@pytest.mark.parametrize(
    ("steadiness", "words"),
    [
        (seen(0.018, 0.027, 0.031), "the CPU's speed wanders"),
        (seen(0.02, 0.02, 0.02, steal_ratio=0.02), "gives CPU time to others"),
        (seen(0.02, 0.02, 0.02, load=1.1), "something else runs here"),
    ],
)
def test_a_restless_host_is_a_warning_with_its_reason(steadiness, words):
    finding = judge(steadiness)

    assert finding.state is State.WARNING
    assert words in finding.remedy


def test_the_cpu_is_watched_for_as_long_as_asked():
    clock = FakeClock()

    steadiness = observe(clock, seconds=1.9)

    # A loop takes no time on this clock, the pause after it 0.2 s.
    assert clock.monotonic() == pytest.approx(2.0)
    assert len(steadiness.loop_seconds) == 10
    assert 0.0 <= steadiness.steal_ratio <= 1.0


def test_a_plan_for_devstack_is_asked_about_the_cloud(tmp_path):
    plan = ROOT / "scenarios" / "manila" / "grenade.yaml"
    result = CliRunner(env={"OS_AUTH_URL": ""}).invoke(
        command,
        [str(plan), "--seconds", "0", "--cache", str(tmp_path / "cache")],
        standalone_mode=False,
    )

    lines = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
    states = {line[1]: line[0] for line in lines if len(line) == 3}
    assert states["openrc"] == "missing"
    assert {"root", "units"} < states.keys()
    assert "mariadb" not in states


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """Stand in for systemctl: the units named in ``there`` are loaded."""
    program = tmp_path / "systemctl"
    program.write_text(
        "#!/bin/sh\ncase $2 in *api) echo LoadState=loaded;;"
        " *) echo LoadState=not-found;; esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("names", "state", "found"),
    [
        (("a-api", "b-api"), State.OK, "devstack@a-api, devstack@b-api"),
        (("a-api", "b-wrk"), State.WARNING, "no devstack@b-wrk"),
        (("a-wrk", "b-wrk"), State.MISSING, "none of devstack@a-wrk, devstack@b-wrk"),
    ],
)
def test_units_are_there_or_named(systemctl, names, state, found):
    cloud = Cloud(
        units={name: f"devstack@{name}" for name in names},
        service_type="svc",
        config_files=(),
        imports=(),
    )

    finding = cloud_checks.units(cloud, Systemd(Root()))

    assert (finding.state, finding.found) == (state, found)
