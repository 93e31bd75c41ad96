# SPDX-License-Identifier: Apache-2.0
"""What the sampler costs: CPU seconds a second, against a plain loop over psutil.

20 Python processes of 100 MB with 8 threads each are watched at 2 Hz, first by the
sampler as it is shipped, then by a process that asks psutil for everything at every
look: the tree (children), memory_full_info, the switches of each thread, and the rest.

    python benchmarks/sampler.py [SECONDS]
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from perfcompare.model.target import Tree
from perfcompare.sampling.sampler import ProcessSampler

PROCESSES = 20
GOAL = 0.02
INTERVAL_SECONDS = 0.5

SERVICE = """
import os, sys, threading
ballast = [bytearray(1000) for _ in range(88_000)]
for _ in range(7):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
print("up", flush=True)
sys.stdin.read()
"""

NAIVE = """
import sys, time, psutil
pids = [int(pid) for pid in sys.argv[1:]]
print("up", flush=True)
while True:
    begin = time.monotonic()
    for pid in pids:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            process.memory_full_info()
            process.cpu_times()
            process.num_fds()
            process.ppid()
            for thread in process.threads():
                psutil.Process(thread.id).num_ctx_switches()
    time.sleep(max(0.0, 0.5 - (time.monotonic() - begin)))
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a Python process and wait until it says that it is up."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def cpu_ratio(pid: int, seconds: float) -> float:
    """Return the CPU seconds a second that *pid* uses."""
    before, begin = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - begin)


def of_sampler(services: list[subprocess.Popen[str]], seconds: float) -> float:
    trees = [Tree(owner="base", service=f"s{s.pid}", pid=s.pid) for s in services]
    with (
        tempfile.TemporaryDirectory() as scratch,
        ProcessSampler(Path(scratch)).watching(
            trees, interval_seconds=INTERVAL_SECONDS
        ) as watch,
    ):
        # The clock of the kernel ticks at 100 Hz: over 20 s that is 0.05 % of a core.
        ratio = cpu_ratio(watch.pid, seconds)
        readings = watch.finish()
    looks = len({reading.at for reading in readings})
    full = len({reading.at for reading in readings if reading.pss_bytes is not None})
    print(f"  {looks} looks, {full} of them full, {len(readings)} readings")
    return ratio


def of_naive(services: list[subprocess.Popen[str]], seconds: float) -> float:
    peer = start(NAIVE, *[service.pid for service in services])
    try:
        return cpu_ratio(peer.pid, seconds)
    finally:
        end(peer)


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    services = [start(SERVICE) for _ in range(PROCESSES)]
    measures: dict[str, Callable[[list[subprocess.Popen[str]], float], float]] = {
        "sampler": of_sampler,
        "psutil loop": of_naive,
    }
    try:
        rss = psutil.Process(services[0].pid).memory_info().rss
        print(
            f"{PROCESSES} processes of {rss / 1e6:.0f} MB and 8 threads,"
            f" {1 / INTERVAL_SECONDS:g} Hz, {seconds:g} s each,"
            f" {len(psutil.pids())} processes on the host"
        )
        found = {}
        for name, measure in measures.items():
            found[name] = measure(services, seconds)
            print(f"{name}: {found[name]:.2%} of one core")
    finally:
        for service in services:
            end(service)
    print(f"ratio to the psutil loop: {found['sampler'] / found['psutil loop']:.2f}")
    print(f"goal of {GOAL:.0%}: {'met' if found['sampler'] <= GOAL else 'MISSED'}")
    return found["sampler"] > GOAL


if __name__ == "__main__":
    sys.exit(main())
