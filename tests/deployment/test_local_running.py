# SPDX-License-Identifier: Apache-2.0
"""Tests of a variant that runs, on a real HTTP service of a few lines."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from perfcompare.clock import SystemClock
from perfcompare.deployment.httpclient import HttpApi
from perfcompare.deployment.local.ports import free_port
from perfcompare.deployment.local.running import LocalRunning, summary
from perfcompare.deployment.local.services import Instance
from perfcompare.deployment.starting import Patience
from perfcompare.model.errors import DeploymentError
from perfcompare.model.project import ApiClient, Project, Service
from perfcompare.model.target import LoadTarget
from perfcompare.model.variant import Variant
from perfcompare.model.visit import Counter, Stop

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == '/health' else 404)
        self.send_header('Content-Length', '2')
        self.end_headers()
        self.wfile.write(b'ok')
print('the password is hush')
http.server.HTTPServer(('127.0.0.1', {port}), Handler).serve_forever()
"""

Until = Callable[[Callable[[], bool]], None]


class Deployed:
    """A service of one program and the patience to start it."""

    def __init__(
        self,
        instance: Instance,
        *,
        ready_seconds: float,
        check_servers: Callable[[], None],
        counters: tuple[Counter, ...],
    ) -> None:
        self.port = instance.values["port"]
        self.running = LocalRunning(
            instance,
            check_servers=check_servers,
            count=lambda: counters,
            patience=Patience(ready_seconds=ready_seconds, stop_seconds=10),
            clock=SystemClock(),
        )

    def start(self) -> LocalRunning:
        api = HttpApi(f"http://127.0.0.1:{self.port}")
        target = LoadTarget(platform=None, environment={}, secrets=())
        self.running.start(target, health=api, api=api)
        return self.running


@pytest.fixture
def deployed(
    project: Callable[..., Project],
    variant: Callable[..., Variant],
    service: Callable[..., Service],
    values: dict[str, str],
    tmp_path: Path,
) -> Iterator[Callable[..., Deployed]]:
    made = []

    def deploy(
        program: str = SERVER,
        *,
        ready_seconds: float = 20,
        check_servers: Callable[[], None] = lambda: None,
        more: tuple[Service, ...] = (),
        counters: tuple[Counter, ...] = (),
        **changes: Any,
    ) -> Deployed:
        port = str(free_port())
        instance = Instance(
            project=project(
                service("svc", program.replace("{port}", port)), *more, **changes
            ),
            variant=variant(),
            root=tmp_path,
            values={**values, "port": port},
            redact=lambda text: text.replace("hush", "***"),
        )
        instance.configure()
        made.append(
            Deployed(
                instance,
                ready_seconds=ready_seconds,
                check_servers=check_servers,
                counters=counters,
            )
        )
        return made[-1]

    yield deploy
    for each in made:
        each.running.abandon()


def test_ready_is_when_health_answers_and_nothing_is_missing(
    deployed: Callable[..., Deployed],
) -> None:
    answers = ["no worker yet", ""]
    asked_at = []

    def ready(api: ApiClient, started_at: float) -> str:
        assert api.get("/health") == "ok"
        asked_at.append(started_at)
        return answers.pop(0)

    before = SystemClock().now()
    running = deployed(ready=ready).start()

    assert 0 < running.ready_seconds < 20
    assert before <= asked_at[0] < SystemClock().now()
    assert answers == []


def test_a_service_that_awaits_something_is_started_after_it(
    deployed: Callable[..., Deployed],
    service: Callable[..., Service],
    values: dict[str, str],
) -> None:
    started = Path(values["log"]) / "late.log"
    seen = []

    def first(api: ApiClient, _started_at: float) -> str:
        assert api.get("/health") == "ok"
        seen.append(started.exists())
        return "" if len(seen) == 3 else "not yet"

    late = service("late", "import time; time.sleep(60)")
    other = deployed(awaits={"late": first}, more=(late,))
    running = other.start()

    assert seen == [False, False, False]
    assert started.exists()
    assert [tree.service for tree in running.trees] == ["svc", "late"]


def test_trees_name_the_variant_and_the_root(
    deployed: Callable[..., Deployed],
) -> None:
    (tree,) = deployed().start().trees

    assert (tree.owner, tree.service) == ("base", "svc")
    os.kill(tree.pid, 0)


def test_one_that_never_answers_is_an_error_with_seconds_and_log(
    deployed: Callable[..., Deployed],
) -> None:
    program = "print('waiting for hush'); import time; time.sleep(60)"

    with pytest.raises(DeploymentError) as raised:
        deployed(program, ready_seconds=2).start()

    message = str(raised.value)
    assert "base was not ready 2 s after its start" in message
    assert "/health" in message
    assert message.endswith("svc:\n  waiting for ***")


def test_one_that_stays_incomplete_is_an_error_that_says_what_is_missing(
    deployed: Callable[..., Deployed],
) -> None:
    with pytest.raises(DeploymentError, match="pools: none"):
        deployed(ready_seconds=2, ready=lambda *_: "pools: none").start()


def test_one_that_ends_while_starting_is_an_error_with_its_last_lines(
    deployed: Callable[..., Deployed],
) -> None:
    with pytest.raises(
        DeploymentError,
        match=r"svc of base ended with status 3; its last log lines:\n  no hope",
    ):
        deployed("print('no hope'); raise SystemExit(3)").start()


def test_one_that_dies_later_is_found_and_the_signal_is_named(
    deployed: Callable[..., Deployed], until: Until
) -> None:
    running = deployed().start()
    running.check_alive()
    os.kill(running.trees[0].pid, signal.SIGKILL)

    def died() -> bool:
        try:
            running.check_alive()
        except DeploymentError as error:
            return "svc of base was ended by signal 9" in str(error)
        return False

    until(died)


def test_a_server_that_has_died_is_reported_first(
    deployed: Callable[..., Deployed],
) -> None:
    dead: list[str] = []

    def check_servers() -> None:
        if dead:
            raise DeploymentError("mariadb was ended")

    running = deployed(check_servers=check_servers).start()
    running.check_alive()
    dead.append("mariadb")

    with pytest.raises(DeploymentError, match="mariadb was ended"):
        running.check_alive()


def test_stop_is_done_once_and_remembered(
    deployed: Callable[..., Deployed],
) -> None:
    running = deployed().start()

    stops = running.stop()

    assert [each.service for each in stops] == ["svc"]
    assert running.stop() is stops
    running.check_alive()


def test_logs_are_there_after_the_stop_without_secrets(
    deployed: Callable[..., Deployed],
) -> None:
    running = deployed().start()
    running.stop()

    assert running.logs()["svc.log"].startswith(b"the password is ***\n")


def test_a_summary_names_the_slowest_and_the_killed() -> None:
    stops = (
        Stop(service="a", stop_seconds=0.25, killed=False, orphans=0),
        Stop(service="b", stop_seconds=30.02, killed=True, orphans=1),
    )

    assert summary(stops) == "2 stopped within 30.0 s, killed: b"


def test_a_variant_says_what_its_servers_count(
    deployed: Callable[..., Deployed],
) -> None:
    counted = Counter(name="sql_statements", service="mariadb", value=7.0)

    assert deployed(counters=(counted,)).start().counters() == (counted,)
