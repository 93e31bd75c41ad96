# SPDX-License-Identifier: Apache-2.0
"""wrk, an event-driven load tool that shares nothing with Rally, and what it says."""

import re
import shutil
from dataclasses import dataclass

from perfcompare import command
from perfcompare.model.errors import WorkloadError

_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_TIME = r"([\d.]+)(us|ms|s|m|h)\b"
_TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What wrk saw of one service."""

    rate: float
    """Requests per second."""
    mean: float
    """Seconds, as all below."""
    p50: float
    p90: float
    p99: float


METRICS = ("rate", "mean", "p50", "p90", "p99")
"""The fields of `Load`."""


def is_installed() -> bool:
    return shutil.which("wrk") is not None


def load(url: str, *, concurrency: int, seconds: int) -> Load:
    """Load *url* from *concurrency* connections, each with one request at a time.

    Raises:
        WorkloadError: wrk failed, or a request did.
    """
    argv = ["wrk", "-t1", f"-c{concurrency}", f"-d{seconds}s", "--latency", url]
    finished = command.run(argv, timeout_seconds=seconds + _TIMEOUT_SECONDS)
    if finished.status:
        raise WorkloadError(f"{' '.join(argv)}: {finished.output.strip()}")
    return parse(finished.output)


def parse(output: str) -> Load:
    """Read what ``wrk --latency`` prints.

    Raises:
        WorkloadError: A request failed, or something is not there.
    """
    failed = re.search(r"^ *(Non-2xx .*|Socket errors: .*)$", output, re.MULTILINE)
    if failed:
        raise WorkloadError(f"wrk: {failed[1]}")
    return Load(
        rate=float(_found(r"^Requests/sec: +([\d.]+)$", output)[1]),
        mean=_time(rf"^ +Latency +{_TIME}", output),
        p50=_time(rf"^ +50% +{_TIME}", output),
        p90=_time(rf"^ +90% +{_TIME}", output),
        p99=_time(rf"^ +99% +{_TIME}", output),
    )


def _time(pattern: str, output: str) -> float:
    found = _found(pattern, output)
    return float(found[1]) * _SECONDS[found[2]]


def _found(pattern: str, output: str) -> re.Match[str]:
    found = re.search(pattern, output, re.MULTILINE)
    if found is None:
        raise WorkloadError(f"wrk: no {pattern!r} in what it says: {output!r}")
    return found
