# SPDX-License-Identifier: Apache-2.0
"""What it costs to give turns: our runner and driver against Rally's own.

    python benchmarks/driver.py

prints, on a local server that answers at once: the iterations that
``perfcompare_blocks`` runs per second, its median iteration and its CPU against
``constant``, as ratios; the hand-over from one turn to the next; and what a drive
of three workloads and two variants takes beyond its load.
"""

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

from perfcompare.clock import SystemClock
from perfcompare.model.target import LoadTarget
from perfcompare.model.visit import Phase
from perfcompare.model.workload import Workload
from perfcompare.workload.base import Turn
from perfcompare.workload.rally_driver import RallyDriver

TIMES = 400
CONCURRENCY = 4
REPETITIONS = 3
VARIANTS = ("base", "target")

# Runs in a process of its own: one process can hold one Rally.
RALLY = """
import json, os, resource, sys
from rally import api, plugins
from rally.common.db import schema
from rally.env import env_mgr
plugins.load()
with open("rally.conf", "w") as conf:
    conf.write(f"[database]\\nconnection = sqlite:///{os.getcwd()}/rally.db\\n")
rally = api.API(config_file="rally.conf", skip_db_check=True)
schema.schema_create()
env_mgr.EnvManager.create(name="x", spec={})
def spent():
    own = resource.getrusage(resource.RUSAGE_SELF)
    forked = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + forked.ru_utime + forked.ru_stime
before = spent()
uuid = rally.task.create(deployment="x")["uuid"]
rally.task.start(deployment="x", task=uuid, config=json.loads(sys.argv[1]))
cpu = spent() - before
report = json.loads(rally.task.export([uuid], "json")["print"])
(workload,) = report["tasks"][0]["subtasks"][0]["workloads"]
durations = sorted(each["duration"] for each in workload["data"])
assert not any(each["error"] for each in workload["data"])
print(json.dumps({
    "per_second": len(durations) / workload["load_duration"],
    "p50_ms": durations[len(durations) // 2] * 1e3,
    "cpu_ms": cpu / len(durations) * 1e3,
}))
"""


class Handler(BaseHTTPRequestHandler):
    """Answers at once."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")


def serve(port: "multiprocessing.Queue[int]") -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.put(server.server_address[1])
    server.serve_forever()


def rally(runner: str, url: str) -> dict[str, float]:
    task = {
        "version": 2,
        "title": runner,
        "subtasks": [
            {
                "title": runner,
                "scenario": {"PerfcompareHttp.get": {"path": "/"}},
                "runner": {runner: {"times": TIMES, "concurrency": CONCURRENCY}},
            }
        ],
    }
    with tempfile.TemporaryDirectory() as directory:
        said = subprocess.run(
            [sys.executable, "-c", RALLY, json.dumps(task)],
            cwd=directory,
            env={**os.environ, "PERFCOMPARE_ENDPOINT": url},
            capture_output=True,
            check=True,
            text=True,
        )
    measured: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return measured


def compare_runners(url: str) -> None:
    names = ("constant", "perfcompare_blocks")
    rounds = [{name: rally(name, url) for name in names} for _ in range(REPETITIONS)]
    print(f"{TIMES} iterations at {CONCURRENCY}, median of {REPETITIONS}:")
    for what in ("per_second", "p50_ms", "cpu_ms"):
        theirs, ours = (
            statistics.median(each[name][what] for each in rounds) for name in names
        )
        print(
            f"  {what:<11} constant {theirs:8.2f}  perfcompare_blocks {ours:8.2f}"
            f"  ratio {ours / theirs:.2f}"
        )


def turn(variant: str, workload: Workload, phase: Phase, block: int) -> Turn:
    return Turn(
        variant=variant,
        workload=workload.name,
        phase=phase,
        block=block,
        iterations=20,
    )


def turns_of(workload: Workload) -> list[Turn]:
    """Warm up, then ten blocks of each variant in balanced order."""
    turns = [turn(name, workload, Phase.WARM_UP, 0) for name in VARIANTS]
    for block in range(1, workload.blocks + 1):
        order = VARIANTS if block % 2 else VARIANTS[::-1]
        turns += [turn(name, workload, Phase.LOAD, block) for name in order]
    return turns


def workload(name: str) -> Workload:
    definition = {"title": name, "scenario": {"PerfcompareHttp.get": {"path": "/"}}}
    return Workload(
        name=name,
        title=name,
        scenario="PerfcompareHttp.get",
        times=200,
        concurrency=CONCURRENCY,
        warm_up=20,
        blocks=10,
        definition=json.dumps(definition),
    )


def time_drives(url: str) -> None:
    workloads = [workload(name) for name in ("one", "two", "three")]
    turns = [each for workload in workloads for each in turns_of(workload)]
    environment = {"PERFCOMPARE_ENDPOINT": url}
    target = LoadTarget(platform=None, environment=environment, secrets=())

    def drive(label: str) -> list[float]:
        started = time.monotonic()
        loads = driver.drive(turns, dict.fromkeys(VARIANTS, target), check=lambda: None)
        whole = time.monotonic() - started
        windows = sorted(
            (window for load in loads.values() for window in load.windows),
            key=lambda window: window.started_at,
        )
        load = sum(window.ended_at - window.started_at for window in windows)
        print(f"  {label}: load {load:.2f} s, beyond it {whole - load:.2f} s")
        return [
            after.started_at - before.ended_at
            for before, after in pairwise(windows)
            if before.workload == after.workload
        ]

    print(f"a drive of {len(workloads)} workloads, {len(VARIANTS)} variants:")
    with tempfile.TemporaryDirectory() as scratch:
        driver = RallyDriver(
            scratch=Path(scratch), workloads=workloads, clock=SystemClock()
        )
        hand_overs = drive("Rally imported for it")
        with driver:
            hand_overs += drive("Rally imported meanwhile")
            for _ in range(REPETITIONS):
                hand_overs += drive("Rally kept imported")
    quantiles = statistics.quantiles(hand_overs, n=20)
    print(
        f"hand-over: median {statistics.median(hand_overs) * 1e3:.2f} ms,"
        f" p95 {quantiles[-1] * 1e3:.2f} ms ({len(hand_overs)} turns)"
    )


def main() -> None:
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(port,), daemon=True)
    server.start()
    try:
        url = f"http://127.0.0.1:{port.get()}"
        compare_runners(url)
        time_drives(url)
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
