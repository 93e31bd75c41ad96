# SPDX-License-Identifier: Apache-2.0
"""`benchmarks/independent.py`: what wrk says, and how it is held against ours."""

import importlib
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from perfcompare.model.errors import WorkloadError

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
SCRIPT = BENCHMARKS / "independent.py"
CACHE = ROOT / ".cache" / "tests"
OWN = ("independent", "wrk")

# wrk 4.1.0 on a local server.
SAID = """\
Running 1s test @ http://127.0.0.1:8999/
  1 threads and 1 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   816.99us    0.87ms  11.81ms   93.70%
    Req/Sec     1.22k   260.88     1.69k    72.73%
  Latency Distribution
     50%  594.00us
     75%  783.00us
     90%    1.29ms
     99%    1.02s
  1334 requests in 1.10s, 677.42KB read
Requests/sec:   1212.94
Transfer/sec:    615.95KB
"""


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """Import the benchmark and its helper, as Python does when it is a script."""
    sys.path.insert(0, str(BENCHMARKS))
    yield {name: importlib.import_module(name) for name in OWN}
    sys.path.remove(str(BENCHMARKS))
    for name in OWN:
        del sys.modules[name]


@pytest.fixture
def independent(modules: dict[str, ModuleType]) -> Any:
    return modules["independent"]


@pytest.fixture
def wrk(modules: dict[str, ModuleType]) -> Any:
    return modules["wrk"]


def pairs(independent: Any, wrk: Any, *ratios: float) -> list[Any]:
    """Return pairs of which base takes a second and target so many times that."""
    return [
        independent.Pair(
            clients=1,
            base=wrk.Load(**dict.fromkeys(wrk.METRICS, 1.0)),
            target=wrk.Load(**dict.fromkeys(wrk.METRICS, ratio)),
        )
        for ratio in ratios
    ]


def test_what_wrk_says_is_read_in_seconds(wrk: Any) -> None:
    assert asdict(wrk.parse(SAID)) == pytest.approx(
        {"rate": 1212.94, "mean": 816.99e-6, "p50": 594e-6, "p90": 1.29e-3, "p99": 1.02}
    )


@pytest.mark.parametrize(
    "line",
    [
        "  Non-2xx or 3xx responses: 1334",
        "  Socket errors: connect 0, read 3, write 0, timeout 0",
    ],
)
def test_failed_requests_are_no_measurement(wrk: Any, line: str) -> None:
    with pytest.raises(WorkloadError, match=line.strip()):
        wrk.parse(f"{SAID}{line}\n")


def test_output_of_another_tool_is_refused(wrk: Any) -> None:
    with pytest.raises(WorkloadError, match="Requests/sec"):
        wrk.parse("Usage: wrk <options> <url>")


def test_the_effect_is_the_geometric_mean_over_pairs(
    independent: Any, wrk: Any
) -> None:
    found = independent.effect(pairs(independent, wrk, 1.0, 4.0), "mean")

    assert found.ratio == pytest.approx(2.0)
    # The logs are ln 2 apart from their mean, which is their standard error too; t of
    # 1 degree of freedom is 12.706.
    assert math.log(found.high / found.ratio) == pytest.approx(
        12.706 * math.log(2), rel=1e-4
    )
    assert found.ratio / found.low == pytest.approx(found.high / found.ratio)


def test_one_pair_has_no_interval(independent: Any, wrk: Any) -> None:
    assert independent.effect(pairs(independent, wrk, 1.1), "mean") is None


@pytest.mark.parametrize(
    ("theirs", "inside", "overlap"),
    [
        ((1.2, 1.15, 1.25), "yes", "yes"),
        ((1.4, 1.25, 1.6), "**no**", "yes"),
        ((1.5, 1.4, 1.6), "**no**", "**no**"),
        ((0.9, 0.8, 0.95), "**no**", "**no**"),
    ],
)
def test_an_effect_is_looked_for_in_our_interval(
    independent: Any, theirs: tuple[float, float, float], inside: str, overlap: str
) -> None:
    own = independent.Effect(ratio=1.2, low=1.1, high=1.3)
    other = independent.Effect(ratio=theirs[0], low=theirs[1], high=theirs[2])

    assert independent.compared(other, own)[1:] == [inside, overlap]


def test_a_workload_that_we_did_not_measure_is_not_compared(independent: Any) -> None:
    theirs = independent.Effect(ratio=1.2, low=1.1, high=1.3)

    assert independent.compared(theirs, None) == ["-", "-", "-"]


def test_our_intervals_are_those_of_whole_workloads(
    independent: Any, tmp_path: Path
) -> None:
    whole = {
        "contrast": "total",
        "workload": "list images",
        "action": "",
        "service": "",
        "metric": "p50",
        "scale": "ratio",
        "effect": 1.2,
        "ci95": [1.1, 1.3],
    }
    rows = [
        whole | {"contrast": "sham", "effect": 1.0},
        whole | {"action": "glance.list", "effect": 1.5},
        whole | {"metric": "p90", "effect": None, "ci95": None},
        whole,
    ]
    (tmp_path / "comparison.json").write_text(json.dumps({"comparisons": rows}))

    assert independent.ours(tmp_path) == {
        ("list images", "p50"): independent.Effect(ratio=1.2, low=1.1, high=1.3)
    }


@pytest.mark.integration
@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_wrk_loads_both_variants_and_leaves_nothing(tmp_path: Path) -> None:
    task = {"title": "work", "scenario": {"PerfcompareHttp.get": {"path": "/work"}}}
    task["runner"] = {"constant": {"times": 40, "concurrency": 4}}
    whole = {"version": 2, "title": "Testbed", "subtasks": [task]}
    (tmp_path / "task.yaml").write_text(yaml.safe_dump(whole))
    plan = {
        "project": "testbed",
        "base": {"release": "1.0", "backend": "threading"},
        "target": {"release": "2.0", "backend": "threading"},
        "task": "task.yaml",
    }
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(plan))
    (tmp_path / "tmp").mkdir()
    argv = [sys.executable, str(SCRIPT), str(tmp_path / "plan.yaml")]
    argv += ["--pairs", "2", "--seconds", "1", "--path", "/work"]
    argv += ["--out", str(tmp_path / "wrk.json"), "--cache", str(CACHE)]

    found = subprocess.run(
        argv,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp")},
    )

    kept = json.loads((tmp_path / "wrk.json").read_text())
    assert [pair["clients"] for pair in kept] == [1, 4, 1, 4]
    # Every request is made to take 10 ms.
    assert all(
        pair[side]["p50"] > 0.009 for pair in kept for side in ("base", "target")
    )
    assert len(found.stdout.splitlines()) == 2 + 2 * 5
    assert list((tmp_path / "tmp").glob("*/*")) == []
