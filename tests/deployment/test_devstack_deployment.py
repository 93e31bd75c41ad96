# SPDX-License-Identifier: Apache-2.0
"""Tests of a cloud's units on a stand-in for systemctl; its processes are real.

A real systemd is asked in tests/devstack.
"""

import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.deployment.devstack.access import Access
from perfcompare.deployment.devstack.deployment import DevstackDeployment, recover
from perfcompare.deployment.devstack.root import Root
from perfcompare.deployment.devstack.systemd import KillMode, Systemd
from perfcompare.model.errors import DeploymentError
from perfcompare.model.plan import DeploymentKind
from perfcompare.model.project import Cloud, Project, Service
from perfcompare.model.variant import Backend, Variant, VariantName
from perfcompare.testing.plans import make_plan

PROGRAM = """
import os, sys, time
from concurrent.futures import ThreadPoolExecutor
if os.environ.get("BACKEND") == "eventlet" and not os.environ.get("IGNORES"):
    from eventlet.hubs import hub
    hub.run()
pool = ThreadPoolExecutor(2)
pool.submit(time.sleep, 0)
time.sleep(120)
"""
HUB = "import time\ndef run():\n    time.sleep(120)\n"
CONFIG = """\
# a comment
[DEFAULT]
debug = True
transport_url = rabbit://stackrabbit:hush@127.0.0.1:5672/
[database]
connection=mysql+pymysql://root:hush@127.0.0.1/svc?charset=utf8&plugin=dbcounter
[keystone_authtoken]
password=hush
"""


class Keystone(BaseHTTPRequestHandler):
    """Keystone and the service at one address."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        url = f"http://127.0.0.1:{self.connection.getsockname()[1]}/svc/v2"
        endpoint = {"interface": "public", "region_id": "RegionOne", "url": url}
        catalog = [{"type": "svc", "endpoints": [endpoint]}]
        self._answer(201, {"token": {"catalog": catalog}})

    def do_GET(self) -> None:
        self._answer(200 if self.path == "/svc/health" else 404, {})

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("X-Subject-Token", "a-token")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


class Host:
    """A host with a service manager."""

    def __init__(self, home: Path) -> None:
        self.home = home
        for name in ("units", "run", "cgroup", "bin"):
            (home / name).mkdir()

    def unit(self, name: str, **changes: Any) -> None:
        unit: dict[str, Any] = {
            "argv": [sys.executable, "-c", PROGRAM],
            "environment": {},
            "enabled": True,
        } | changes
        unit["environment"]["PYTHONPATH"] = str(self.home / "site-packages")
        self._path(name).write_text(json.dumps(unit))

    def change(self, name: str, **changes: Any) -> None:
        self._path(name).write_text(json.dumps(self.state(name) | changes))

    def state(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._path(name).read_text())
        return found

    def _path(self, name: str) -> Path:
        return self.home / "units" / f"{name}.json"

    def runs(self, name: str) -> bool:
        pid = self.state(name).get("pid")
        process = command.processes().get(pid or 0)
        return process is not None and not process.ended

    def calls(self, verb: str) -> list[str]:
        lines = (self.home / "calls").read_text().splitlines()
        return [line for line in lines if line.startswith(verb)]

    def drop_ins(self) -> list[str]:
        return [path.name for path in (self.home / "run").glob("*/*")]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    made = Host(tmp_path)
    hub = tmp_path / "site-packages" / "eventlet" / "hubs" / "hub.py"
    hub.parent.mkdir(parents=True)
    hub.write_text(HUB)
    program = Path(__file__).with_name("systemctl.py")
    for name in ("systemctl", "journalctl"):
        path = tmp_path / "bin" / name
        path.write_text(
            f"#!{sys.executable}\nimport runpy, sys\nrunpy.run_path({str(program)!r})\n"
        )
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("STAND_IN", str(tmp_path))
    # As a WSGI application, it never patches.
    made.unit("devstack@s-api", environment={"IGNORES": "1"})
    made.unit("devstack@s-worker")
    made.unit("mysql", argv=[sys.executable, "-c", "import time; time.sleep(120)"])
    for name in ("devstack@s-api", "devstack@s-worker", "mysql"):
        command.run([str(tmp_path / "bin" / "systemctl"), "start", name])
    yield made
    for path in (tmp_path / "units").glob("*.json"):
        made.change(path.stem, stays=False)
        command.run([str(tmp_path / "bin" / "systemctl"), "stop", path.stem])


@pytest.fixture
def keystone() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Keystone)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cloud(
    host: Host,
    keystone: str,
    project: Callable[..., Project],
    service: Callable[..., Service],
) -> Callable[..., DevstackDeployment]:
    """Make the deployment: ``cloud(units={…}, ready=…)``."""
    config = host.home / "svc.conf"
    config.write_text(CONFIG)
    units = {"svc-api": "devstack@s-api", "svc-worker": "devstack@s-worker"}
    says = {
        "OS_AUTH_URL": keystone,
        "OS_USERNAME": "admin",
        "OS_PASSWORD": "hush",
        "OS_PROJECT_NAME": "admin",
    }

    def make(
        units: Mapping[str, str] = units, ready_seconds: float = 20.0, **changes: Any
    ) -> DevstackDeployment:
        api = service("svc-api", backend=Backend.THREADING, wsgi="svc.wsgi")
        has = Cloud(
            units=units,
            service_type="svc",
            config_files=(str(config), str(host.home / "absent.conf")),
            imports=(),
        )
        plan = replace(
            make_plan(),
            deployment=DeploymentKind.DEVSTACK,
            ready_timeout_seconds=ready_seconds,
            stop_grace_seconds=3.0,
        )
        return DevstackDeployment(
            plan,
            project(
                api, service("svc-worker"), cloud=has, endpoint_path="/v2", **changes
            ),
            access=Access.from_environment(says),
            systemd=Systemd(
                Root(), drop_ins=host.home / "run", cgroups=host.home / "cgroup"
            ),
            clock=SystemClock(),
            progress=lambda _: None,
        )

    return make


@pytest.fixture
def flipped(variant: Callable[..., Variant]) -> Callable[[Backend], Variant]:
    """Make a variant of the cloud."""

    def make(backend: Backend) -> Variant:
        return variant(VariantName.TARGET, backend=backend, release="master")

    return make


Make = Callable[..., DevstackDeployment]
Flip = Callable[[Backend], Variant]


def test_each_visit_flips_the_backend_and_proves_it(cloud: Make, flipped: Flip) -> None:
    found = []
    with cloud() as deployment:
        for backend in (Backend.EVENTLET, Backend.THREADING, Backend.EVENTLET):
            with deployment.up(flipped(backend)) as running:
                evidence = running.verify_backend()
                found.append({each.service: each.found for each in evidence})

    assert [each["svc-worker"] for each in found] == [
        *(Backend.EVENTLET, Backend.THREADING, Backend.EVENTLET)
    ]


def test_the_units_are_given_back_as_they_were(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    before = host.state("devstack@s-worker")["pid"]
    with cloud() as deployment, deployment.up(flipped(Backend.THREADING)):
        assert host.drop_ins() == ["zz-perfcompare.conf"] * 2
        assert host.state("devstack@s-worker")["pid"] != before

    assert host.drop_ins() == []
    assert host.runs("devstack@s-worker")
    assert host.runs("devstack@s-api")
    # The last stop happens while the drop-in still ends the whole control group.
    order = host.calls("daemon-reload")
    assert len(order) == 2


def test_what_comes_next_finds_services_that_are_ready(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    asked: list[list[str]] = []

    def ready(_api: object, _started_at: float) -> str:
        asked.append(host.drop_ins())
        return ""

    with cloud(ready=ready) as deployment, deployment.up(flipped(Backend.THREADING)):
        assert asked == [["zz-perfcompare.conf"] * 2]

    assert asked[1:] == [[]]


def test_whoever_stops_it_need_not_wait_for_that(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    asked: list[list[str]] = []

    def ready(_api: object, _started_at: float) -> str:
        asked.append(host.drop_ins())
        return ""

    with (
        pytest.raises(KeyboardInterrupt),
        cloud(ready=ready) as deployment,
        deployment.up(flipped(Backend.THREADING)),
    ):
        raise KeyboardInterrupt

    assert len(asked) == 1
    assert host.runs("devstack@s-worker")


def test_uwsgi_alone_is_stopped_by_its_master(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    with cloud() as deployment, deployment.up(flipped(Backend.THREADING)):
        modes = {
            path.parent.name: re.findall("KillMode=(.*)", path.read_text())
            for path in (host.home / "run").glob("*/*")
        }

    assert modes == {
        "devstack@s-api.service.d": ["mixed"],
        "devstack@s-worker.service.d": ["control-group"],
    }


def test_a_look_alone_changes_nothing(cloud: Make, host: Host) -> None:
    with cloud() as deployment:
        controls = deployment.controls()

    assert [(tree.owner, tree.service) for tree in controls] == [("control", "mariadb")]
    assert host.calls("stop") == []
    assert host.calls("daemon-reload") == []


def test_a_unit_that_was_stopped_stays_so_unless_it_is_enabled(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    command.run(["systemctl", "stop", "devstack@s-worker"])
    host.unit("devstack@s-worker", enabled=False)

    with cloud() as deployment, deployment.up(flipped(Backend.THREADING)):
        assert host.runs("devstack@s-worker")

    assert not host.runs("devstack@s-worker")


def test_a_failure_in_a_visit_gives_the_units_back_too(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        cloud() as deployment,
        deployment.up(flipped(Backend.EVENTLET)),
    ):
        raise KeyboardInterrupt

    assert host.drop_ins() == []
    assert host.runs("devstack@s-worker")


def test_a_service_that_ignores_its_variable_is_found_out(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    command.run(["systemctl", "stop", "devstack@s-worker"])
    host.unit("devstack@s-worker", environment={"IGNORES": "1"})

    with (
        cloud() as deployment,
        deployment.up(flipped(Backend.EVENTLET)) as running,
        pytest.raises(
            DeploymentError, match=r"svc-worker.*should run eventlet and runs threading"
        ),
    ):
        running.verify_backend()


def test_what_an_earlier_start_left_in_the_group_is_refused(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    stranger = os.getpid()
    command.run(["systemctl", "stop", "devstack@s-worker"])
    host.unit("devstack@s-worker", strangers=[str(stranger)])

    with (
        pytest.raises(DeploymentError, match=f"do not descend.*: {stranger}; an earl"),
        cloud() as deployment,
        deployment.up(flipped(Backend.THREADING)),
    ):
        pass


def test_a_service_that_dies_is_told_with_its_last_words(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    with cloud() as deployment, deployment.up(flipped(Backend.THREADING)) as running:
        running.check_alive()
        command.run(["systemctl", "stop", "devstack@s-worker"])

        with pytest.raises(DeploymentError) as caught:
            running.check_alive()

    assert "svc-worker of target (devstack@s-worker) has died" in str(caught.value)
    assert "the password is ***" in str(caught.value)


def test_a_unit_that_does_not_start_shows_its_journal(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    command.run(["systemctl", "stop", "devstack@s-api"])
    host.unit("devstack@s-api", refuses=True, enabled=False)

    with (
        cloud() as deployment,
        pytest.raises(
            DeploymentError, match="start devstack@s-api ended with status 1"
        ),
        deployment.up(flipped(Backend.THREADING)),
    ):
        pass

    assert (
        b"password is ***"
        in deployment.last_logs(flipped(Backend.EVENTLET))["svc-api.log"]
    )


def test_a_unit_that_ends_at_once_is_named(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    command.run(["systemctl", "stop", "devstack@s-api"])
    host.unit("devstack@s-api", argv=["/bin/true"], enabled=False)

    with (
        cloud(ready_seconds=1.0) as deployment,
        pytest.raises(DeploymentError, match=r"svc-api.*(ended at once|has died)"),
        deployment.up(flipped(Backend.THREADING)),
    ):
        pass


def test_a_stop_that_had_to_kill_is_remembered(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    command.run(["systemctl", "stop", "devstack@s-worker"])
    host.unit("devstack@s-worker", ends="timeout")

    with cloud() as deployment, deployment.up(flipped(Backend.THREADING)) as running:
        stops = running.stop()

    assert {each.service: each.killed for each in stops} == {
        "svc-worker": True,
        "svc-api": False,
    }


def test_what_survives_its_own_stop_ends_the_experiment(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    with cloud() as deployment, deployment.up(flipped(Backend.THREADING)) as running:
        pid = host.state("devstack@s-worker")["pid"]
        host.change("devstack@s-worker", stays=True)

        with pytest.raises(DeploymentError, match=f"was stopped and left pid {pid}"):
            running.stop()

        os.kill(pid, 9)


def test_a_service_without_a_unit_is_said_to_be_unwatched(
    cloud: Make, flipped: Flip
) -> None:
    units = {"svc-api": "devstack@s-api", "svc-worker": "devstack@s-none"}

    with cloud(units) as deployment, deployment.up(flipped(Backend.THREADING)) as up:
        services = [tree.service for tree in up.trees]
        said = [str(each) for each in up.caveats]

    assert services == ["svc-api"]
    assert "svc-worker has no unit in this cloud and was not watched" in said


def test_a_host_without_the_project_is_refused(cloud: Make) -> None:
    with (
        pytest.raises(DeploymentError, match="no unit of Service is here: devstack@n"),
        cloud({"svc-api": "devstack@none"}),
    ):
        pass


def test_what_disturbs_a_measurement_is_said(cloud: Make, flipped: Flip) -> None:
    with cloud() as deployment, deployment.up(flipped(Backend.THREADING)) as running:
        debug, counter = map(str, running.caveats)

    assert debug.startswith("debug logging is on in ")
    assert "has DevStack's dbcounter in its database URL" in counter


def test_the_makeup_is_read_from_what_the_units_run(cloud: Make, flipped: Flip) -> None:
    with cloud(name="pytest") as deployment:
        made_of = deployment.provenance(flipped(Backend.EVENTLET))

    assert made_of.python == ".".join(map(str, sys.version_info[:3]))
    assert any(each.startswith("pytest==") for each in made_of.packages)
    assert made_of.environment == {"BACKEND": "eventlet"}
    (text,) = made_of.config.values()
    assert "hush" not in text
    assert "a comment" not in text
    assert "debug = True" in text


def test_uwsgi_of_the_system_runs_from_the_environment_that_it_is_told(
    cloud: Make, flipped: Flip, host: Host
) -> None:
    told = ["uwsgi", "--ini", "x.ini", "--venv", sys.prefix]
    for name in ("devstack@s-api", "devstack@s-worker"):
        host.change(name, argv=["/bin/true"], arguments=told)

    with cloud(name="pytest") as deployment:
        made_of = deployment.provenance(flipped(Backend.EVENTLET))

    assert any(each.startswith("pytest==") for each in made_of.packages)


def test_an_environment_without_the_project_is_not_taken_for_its_own(
    cloud: Make, flipped: Flip
) -> None:
    with (
        cloud() as deployment,
        pytest.raises(DeploymentError, match=r"has svc installed; looked at .*python"),
    ):
        deployment.provenance(flipped(Backend.EVENTLET))


def test_the_load_gets_in_as_the_administrator(cloud: Make, flipped: Flip) -> None:
    with cloud() as deployment, deployment.up(flipped(Backend.THREADING)) as running:
        target = running.load_target

    assert target.secrets == ("hush", "a-token")
    assert target.platform is not None
    spec: Any = target.platform["existing@openstack"]
    assert spec["region_name"] == "RegionOne"
    assert spec["admin"]["user_domain_name"] == "Default"


def test_what_a_killed_run_left_altered_is_given_back(host: Host) -> None:
    systemd = Systemd(Root(), drop_ins=host.home / "run", cgroups=host.home / "cgroup")
    systemd.alter(
        "devstack@s-worker",
        {"BACKEND": "eventlet"},
        kill_mode=KillMode.CONTROL_GROUP,
        grace_seconds=3.0,
    )
    before = host.state("devstack@s-worker")["pid"]

    recovered = recover(systemd)

    assert recovered == ("devstack@s-worker.service",)
    assert host.drop_ins() == []
    assert host.runs("devstack@s-worker")
    assert host.state("devstack@s-worker")["pid"] != before
    assert recover(systemd) == ()
