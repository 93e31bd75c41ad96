# SPDX-License-Identifier: Apache-2.0
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from perfcompare.cli import checks, cloud_checks
from perfcompare.cli.checks import Finding, State
from perfcompare.cli.doctor import command
from perfcompare.cli.quiet import HostLook, Taker
from perfcompare.cli.steadiness import (
    Steadiness,
    detectable,
    foresee,
    host_noise,
    judge,
    observe,
)
from perfcompare.clock import SystemClock
from perfcompare.deployment.devstack.root import Root
from perfcompare.deployment.devstack.systemd import Systemd
from perfcompare.model.project import Cloud, Server
from perfcompare.testing.clock import FakeClock

ROOT = Path(__file__).parents[2]


def seen(
    *loops: float,
    steal_ratio: float | None = 0.0,
    others_ratio: float | None = 0.0,
    takers: tuple[Taker, ...] = (),
    load: float = 0.0,
) -> Steadiness:
    host = HostLook(
        cores=2,
        others_ratio=others_ratio,
        steal_ratio=steal_ratio,
        seen_ratio=others_ratio or 0.0,
        takers=takers,
    )
    return Steadiness(loop_seconds=loops, host=host, load=load)


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
        "detectable",
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
        "the same loop took 20 ms, sd 1.0% (3 times); steal 0.0%; others use 0.00 of 2"
        " cores; load 0.0"
    )


@pytest.mark.parametrize(
    ("steadiness", "words"),
    [
        (seen(0.018, 0.027, 0.031), "the CPU's speed wanders"),
        (seen(0.02, 0.02, 0.02, steal_ratio=0.02), "gives CPU time to others"),
        (seen(0.02, 0.02, 0.02, load=1.1), "something else runs here"),
        (seen(0.02, 0.02, 0.02, others_ratio=0.26), "something else runs here"),
        (seen(0.02, 0.02, 0.02, others_ratio=None), "would not be noticed here"),
    ],
)
def test_a_restless_host_is_a_warning_with_its_reason(steadiness, words):
    finding = judge(steadiness)

    assert finding.state is State.WARNING
    assert words in finding.remedy


def test_a_busy_host_is_told_with_who_takes_it():
    taker = Taker(name="stress", pid=4243, cpu_ratio=0.91)

    found = judge(seen(0.02, 0.02, 0.02, others_ratio=0.93, takers=(taker,))).found

    assert "others use 0.93 of 2 cores (top: stress pid 4243, 0.91); load" in found


def test_what_the_kernel_does_not_count_is_no_nought():
    found = judge(seen(0.02, 0.02, 0.02, others_ratio=None, steal_ratio=None)).found

    assert "steal is not counted here" in found
    assert "whether others use the CPU is not known" in found


def test_the_cpu_is_watched_for_as_long_as_asked():
    clock = FakeClock()

    steadiness = observe(clock, seconds=1.9)

    # A loop takes no time on this clock, the pause after it 0.2 s.
    assert clock.monotonic() == pytest.approx(2.0)
    assert len(steadiness.loop_seconds) == 10
    assert 0.0 <= (steadiness.host.steal_ratio or 0.0) <= 1.0
    assert 0.0 <= (steadiness.host.others_ratio or 0.0) <= (os.cpu_count() or 1)


def rounds_of(speeds, blocks=10):
    """Return the log-ratio of each round of AB BA that *speeds* would give."""
    logs = np.log(speeds).reshape(-1, 2 * blocks, speeds.shape[1] // (2 * blocks))
    signs = np.resize([1, -1, -1, 1], 2 * blocks)
    return (logs.mean(2) * signs).sum(1) / blocks


def wandering(random, rounds, loops, keep):
    """Return speeds of *rounds* rounds that forget all but *keep* from loop to loop."""
    speeds = np.empty((rounds, loops))
    state = random.normal(0, 0.15, rounds)
    for place in range(loops):
        speeds[:, place] = state
        fresh = random.normal(0, 0.15 * np.sqrt(1 - keep**2), rounds)
        state = keep * state + fresh
    return 0.02 * np.exp(speeds)


@pytest.mark.parametrize("keep", [0.0, 0.7, 0.95])
def test_the_hosts_part_is_the_spread_that_rounds_in_blocks_would_have(keep):
    speeds = wandering(np.random.default_rng(5), 400, 100, keep)
    noises = [host_noise(tuple(row)) for row in speeds]
    logs = np.log(speeds)

    blocks = np.mean([noise.in_blocks**2 for noise in noises if noise]) ** 0.5
    assert blocks == pytest.approx(rounds_of(speeds).std(), rel=0.15)
    visits = np.mean([noise.in_visits**2 for noise in noises if noise]) ** 0.5
    halves = logs[:, :25].mean(1) - logs[:, 25:50].mean(1)
    assert visits == pytest.approx(halves.std(), rel=0.15)


def test_a_steady_drift_disturbs_whole_visits_and_no_blocks():
    noise = host_noise(tuple(0.02 * 1.01 ** np.arange(100)))

    assert noise is not None
    assert noise.in_blocks == pytest.approx(0.0, abs=1e-9)
    # 25 loops later, 1 % a loop.
    assert noise.in_visits == pytest.approx(25 * np.log(1.01))


def test_what_a_run_could_find_is_told_for_blocks_and_whole_visits():
    loops = tuple(0.02 * np.random.default_rng(6).lognormal(0, 0.02, 100))
    found = foresee(seen(*loops))
    noise = host_noise(loops)

    assert noise is not None
    assert found.state is State.OK
    words = re.fullmatch(
        r"p50 by (.+) in blocks; by (.+) in whole visits \(4, 6, 10 rounds\)",
        found.found,
    )
    assert words is not None
    sds = (noise.in_blocks, noise.in_visits)
    for said, sd in zip(words.groups(), sds, strict=True):
        expected = [f"{detectable(sd, rounds):.1%}" for rounds in (4, 6, 10)]
        assert said.split(", ") == expected
    assert "perfcompare power says it" in found.remedy


def test_a_host_that_hides_the_usual_threshold_is_a_warning():
    loops = 0.02 * np.random.default_rng(7).lognormal(0, 0.6, 100)

    assert foresee(seen(*loops)).state is State.WARNING


def test_the_smallest_change_is_that_of_the_measured_hosts():
    # Multipliers of the sd at 4, 6 and 10 rounds: 2.13, 1.43, 1.00 (paired t test, 80 %
    # power at 5 %, two-sided; any table of G*Power).
    changes = [detectable(0.1, rounds) for rounds in (4, 6, 10)]

    assert np.log1p(changes) == pytest.approx([0.213, 0.143, 0.100], abs=5e-4)


def test_too_few_loops_say_nothing_of_what_a_run_could_find():
    found = foresee(seen(*[0.02] * 39))

    assert found.state is State.WARNING
    assert "--seconds 20" in found.remedy
    assert host_noise((0.02,) * 40) is not None


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
