# SPDX-License-Identifier: Apache-2.0
"""Tests of what clients see of the testbed's switches, on real processes."""

import http.client
import os
import socket
import statistics
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from perfcompare.clock import SystemClock
from perfcompare.deployment.local.venvs import Venvs
from perfcompare.model.variant import Backend
from perfcompare.projects.testbed import TESTBED

pytestmark = pytest.mark.integration
CACHE = Path(__file__).parents[2] / ".cache" / "tests"
CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What clients in a closed loop saw, and what it cost the service."""

    durations: tuple[float, ...]
    elapsed: float
    cpu: float

    @property
    def mean(self) -> float:
        return statistics.fmean(self.durations)

    def decile(self, number: int) -> float:
        return statistics.quantiles(self.durations, n=10)[number - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A testbed that serves."""

    port: int
    master: psutil.Process

    def load(self, *, clients: int, times: int) -> Loaded:
        """Let *clients* ask for work *times* times each."""
        durations: list[float] = []

        def ask() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            for _ in range(times):
                start = CLOCK.monotonic()
                connection.request("GET", "/work")
                connection.getresponse().read()
                durations.append(CLOCK.monotonic() - start)
            connection.close()

        threads = [threading.Thread(target=ask) for _ in range(clients)]
        cpu, start = self._cpu(), CLOCK.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(durations) == clients * times
        return Loaded(
            durations=tuple(durations),
            elapsed=CLOCK.monotonic() - start,
            cpu=self._cpu() - cpu,
        )

    def _cpu(self) -> float:
        (worker,) = self.master.children()
        times = worker.cpu_times()
        return float(times.user + times.system)


Serve = Callable[..., Instance]


@pytest.fixture(scope="module")
def program() -> Iterator[Path]:
    venvs = Venvs(CACHE, clock=CLOCK, progress=lambda _: None)
    yield venvs.build(TESTBED.releases[0].packages).path / "bin/perfcompare-testbed"
    venvs.close()


@pytest.fixture(params=list(Backend))
def serve(
    request: pytest.FixtureRequest, program: Path, tmp_path: Path
) -> Iterator[Serve]:
    """Start a testbed on the backend of the test: ``serve(WORKERS=1)``."""
    with ExitStack() as stack:

        def start(**truth: object) -> Instance:
            switches = {f"TESTBED_{key}": str(value) for key, value in truth.items()}
            backend = {"TESTBED_BACKEND": request.param.value}
            database = f"sqlite:///{tmp_path}/items"
            return stack.enter_context(
                serving(
                    [str(program), "serve", "--database", database], switches | backend
                )
            )

        yield start


@contextmanager
def serving(argv: list[str], environment: dict[str, str]) -> Iterator[Instance]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*argv, "--port", str(port)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    with process, process.stdout:
        # "serving on …": it listens already.
        assert process.stdout.readline()
        yield Instance(port=port, master=psutil.Process(process.pid))
        process.terminate()


def test_an_unfair_queue_has_the_same_mean_and_a_wider_spread(serve: Serve) -> None:
    fair = serve(WORKERS=1).load(clients=4, times=30)
    unfair = serve(WORKERS=1, QUEUE="unfair").load(clients=4, times=30)

    assert unfair.mean / fair.mean == pytest.approx(1, abs=0.25)
    # Mostly 2 services instead of 4, and sometimes 8.
    assert unfair.decile(5) / fair.decile(5) < 0.8
    assert unfair.decile(9) / fair.decile(9) > 1.3


def test_a_client_that_is_alone_meets_no_queue(serve: Serve) -> None:
    free = serve().load(clients=1, times=30)
    unfair = serve(WORKERS=1, QUEUE="unfair").load(clients=1, times=30)

    assert unfair.decile(5) / free.decile(5) < 1.6


def test_no_more_requests_than_workers_are_in_service_at_once(serve: Serve) -> None:
    latency = 0.02
    bounded = serve(WORKERS=2, LATENCY_SECONDS=latency).load(clients=4, times=10)
    free = serve(LATENCY_SECONDS=latency).load(clients=4, times=10)

    # No sleep is shorter than it was asked to be, whatever else the host does.
    assert bounded.elapsed >= 40 * latency / 2
    assert free.elapsed / bounded.elapsed < 0.8


def test_injected_cpu_time_is_burnt_on_one_core(serve: Serve) -> None:
    cpu = 0.01
    burning = serve(CPU_SECONDS=cpu, LATENCY_SECONDS=0).load(clients=4, times=20)
    idle = serve(LATENCY_SECONDS=0).load(clients=4, times=20)

    # The kernel counts in ticks.
    assert burning.cpu == pytest.approx(80 * cpu + idle.cpu, rel=0.3)
    assert burning.elapsed >= 0.95 * 80 * cpu


def test_an_answer_ends_its_connection_where_that_is_injected(serve: Serve) -> None:
    port = serve(CLOSE=1).port
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /work HTTP/1.1\r\nHost: testbed\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))

    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert answer.endswith(b'{"seconds": 0.01}')


def test_a_new_connection_costs_what_is_injected_and_a_kept_one_nothing(
    serve: Serve,
) -> None:
    truth = {"LATENCY_SECONDS": 0.01, "ACCEPT_SECONDS": 0.04}
    kept = serve(**truth).load(clients=1, times=20)
    closed = serve(**truth, CLOSE=1).load(clients=1, times=20)

    assert min(closed.durations) >= 0.05
    assert kept.decile(5) / closed.decile(5) < 0.6
