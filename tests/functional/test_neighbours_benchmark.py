# SPDX-License-Identifier: Apache-2.0
"""`benchmarks/neighbours.py`: its arithmetic, its burners, and a small run of it."""

import importlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest
import yaml

from perfcompare.analysis.intervals import Estimate
from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS, METRICS
from perfcompare.model.comparison import Scale, Verdict
from perfcompare.model.metric import MetricKey, Sample

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
SCRIPT = BENCHMARKS / "neighbours.py"
CACHE = ROOT / ".cache" / "tests"
OWN = ("neighbours", "truths", "biases", "burners", "tables")

TASK = """\
version: 2
title: The testbed
subtasks:
  - title: work
    scenario: {PerfcompareHttp.get: {path: /work}}
    runner: {constant: {times: 40, concurrency: 4}}
"""
PLAN = {
    "project": "testbed",
    "base": {"release": "1.0", "backend": "threading"},
    "target": {"release": "2.0", "backend": "threading"},
    "task": "task.yaml",
    "rounds": 4,
    "idle_seconds": 0.5,
    "settle_seconds": 0.1,
    "environment": {"TESTBED_LATENCY_SECONDS": 0.04},
}


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """Import the benchmark and its helpers, as Python does when it is a script."""
    sys.path.insert(0, str(BENCHMARKS))
    yield {name: importlib.import_module(name) for name in OWN}
    sys.path.remove(str(BENCHMARKS))
    for name in OWN:
        del sys.modules[name]


@pytest.fixture
def biases(modules: dict[str, ModuleType]) -> Any:
    return modules["biases"]


@pytest.fixture
def burners(modules: dict[str, ModuleType]) -> Any:
    return modules["burners"]


@pytest.fixture
def truths(modules: dict[str, ModuleType]) -> Any:
    return modules["truths"]


def key(metric: str, *, workload: str = "list", service: str = "") -> MetricKey:
    return MetricKey(
        workload=workload, action="", service=service, metric=METRICS[metric]
    )


def sample(variant: str, *values: float, of: MetricKey) -> Sample:
    rounds = tuple(range(1, len(values) + 1))
    return Sample(key=of, variant=variant, rounds=rounds, values=values)


def row(biases: Any, *differences: float, limit: float = math.log(1.05)) -> Any:
    return biases.Row(
        key=key("mean"),
        scale=Scale.RATIO,
        differences=dict(enumerate(differences, start=1)),
        limit=limit,
    )


# Two rounds without neighbours, two beside one core of them.
LEVELS = {1: 0.0, 2: 1.0, 3: 1.0, 4: 0.0}


def test_each_group_of_rounds_holds_each_level_once(modules: Any) -> None:
    levels = modules["neighbours"].balanced((0.0, 0.5, 1.0), 4, seed=1)

    groups = [levels[start : start + 3] for start in range(0, 12, 3)]
    assert [sorted(group) for group in groups] == [[0.0, 0.5, 1.0]] * 4
    assert len(set(groups)) > 1


def test_a_seed_gives_the_same_order_again(modules: Any) -> None:
    balanced = modules["neighbours"].balanced

    assert balanced((0.0, 1.0), 9, seed=3) == balanced((0.0, 1.0), 9, seed=3)
    assert balanced((0.0, 1.0), 9, seed=3) != balanced((0.0, 1.0), 9, seed=4)


def test_target_is_paired_with_base_and_a_control_is_left_out(biases: Any) -> None:
    cpu = "cpu_seconds_per_iteration"
    samples = [
        sample("base", 1.0, 2.0, of=key("mean")),
        sample("target", 1.5, 4.0, of=key("mean")),
        sample("base", 1.0, 1.0, of=key(cpu, service="database")),
        sample("target", 1.0, 1.0, of=key(cpu, service="database")),
    ]

    (found,) = biases.rows(samples, controls=frozenset({"database"}))

    assert found.key == key("mean")
    assert found.differences == pytest.approx({1: math.log(1.5), 2: math.log(2.0)})


def test_a_third_of_the_threshold_is_too_much(biases: Any) -> None:
    (ratio,) = (one.ratio for one in DEFAULT_THRESHOLDS if one.metric == "p90")
    assert ratio is not None
    (found,) = biases.rows(
        [sample(each, 1.0, 1.0, of=key("p90")) for each in ("base", "target")],
        controls=frozenset(),
    )

    assert math.expm1(found.limit) == pytest.approx(ratio / 3)


def test_an_error_rate_is_a_difference(biases: Any) -> None:
    (found,) = biases.rows(
        [
            sample("base", 0.0, 0.0, of=key("error_rate")),
            sample("target", 0.0, 0.25, of=key("error_rate")),
        ],
        controls=frozenset(),
    )

    assert found.differences == {1: 0.0, 2: 0.25}
    assert found.scale is Scale.DIFFERENCE


def test_the_effect_of_a_level_is_that_of_its_rounds(biases: Any) -> None:
    found = biases.effect(row(biases, 0.0, 0.3, 0.5, 0.2), LEVELS, 1.0)

    assert found.mean == pytest.approx(0.4)
    # sd 0.1 sqrt(2) over sqrt(2) rounds is 0.1; t of 1 degree of freedom is 12.706.
    assert found.interval(0.95) == pytest.approx((0.4 - 1.2706, 0.4 + 1.2706), rel=1e-4)


def test_one_round_of_a_level_has_no_effect(biases: Any) -> None:
    assert biases.effect(row(biases, 0.1, 0.2), {1: 0.0, 2: 1.0}, 1.0) is None


def test_the_bias_is_what_lies_between_a_level_and_the_lowest(biases: Any) -> None:
    found = biases.bias(row(biases, 0.0, 0.3, 0.5, 0.2), LEVELS, 1.0)

    assert found.mean == pytest.approx(0.4 - 0.1)
    # Errors of 0.1 on either side, each of 1 degree of freedom: 2 altogether.
    assert found.standard_error == pytest.approx(0.1 * math.sqrt(2))
    assert found.degrees == pytest.approx(2)


def test_the_lowest_level_has_no_bias(biases: Any) -> None:
    assert biases.bias(row(biases, 0.0, 0.3, 0.5, 0.2), LEVELS, 0.0) is None


@pytest.mark.parametrize(
    ("mean", "error", "expected"),
    [
        (0.02, 0.01, ""),
        # 0.06 is beyond 0.05, but 0.06 - 1.98 * 0.01 is not.
        (0.06, 0.01, "?"),
        (-0.06, 0.01, "?"),
        (0.08, 0.01, "!"),
        (-0.08, 0.01, "!"),
    ],
)
def test_a_bias_is_marked_by_how_sure_it_is(
    biases: Any, mean: float, error: float, expected: str
) -> None:
    found = Estimate(
        mean=mean, standard_error=error, degrees=100, rounds=101, method="t"
    )

    assert biases.mark(found, 0.05) == expected


def test_the_slope_is_that_of_the_line_through_all_rounds(biases: Any) -> None:
    others = {1: 0.0, 2: 0.5, 3: 1.0, 4: 1.5}

    found = biases.slope(row(biases, 0.1, 0.0, -0.1, -0.2), others)

    assert found.per_core == pytest.approx(-0.2)
    assert (found.low, found.high) == pytest.approx((-0.2, -0.2))
    assert found.reaches(0.05) == pytest.approx((0.25, 0.25))


def test_the_slope_is_as_uncertain_as_its_rounds_scatter(biases: Any) -> None:
    # Residuals of 0.1 up and down about a level line: s^2 = 0.04 / 2, Sxx = 1, and t of
    # 2 degrees of freedom is 4.3027.
    others = {1: 0.0, 2: 0.0, 3: 1.0, 4: 1.0}

    found = biases.slope(row(biases, 0.1, -0.1, 0.1, -0.1), others)

    half = 4.3027 * math.sqrt(0.02)
    assert (found.low, found.high) == pytest.approx((-half, half), rel=1e-4)


def test_what_never_moves_is_never_too_much(biases: Any) -> None:
    found = biases.slope(row(biases, 0.0, 0.0, 0.0), {1: 0.0, 2: 1.0, 3: 2.0})

    assert found.reaches(0.05) == (math.inf, math.inf)


def test_others_who_always_take_the_same_have_no_slope(biases: Any) -> None:
    assert biases.slope(row(biases, 0.1, 0.2, 0.3), {1: 1.0, 2: 1.0, 3: 1.0}) is None


def test_levels_are_read_in_order_and_nonsense_is_refused(modules: Any) -> None:
    cores = modules["tables"].cores

    assert cores("1.5,0,0.5,0") == (0.0, 0.5, 1.5)
    for nonsense in ("", "a", "-1,0", "inf", "nan"):
        with pytest.raises(ArgumentTypeError, match="no list of cores"):
            cores(nonsense)


@pytest.mark.parametrize(
    ("level", "expected"),
    [(0, ()), (0.25, (0.25,)), (1.0, (1.0,)), (1.5, (0.75, 0.75))],
)
def test_a_level_is_shared_by_as_few_burners_as_can_take_it(
    burners: Any, level: float, expected: tuple[float, ...]
) -> None:
    assert burners.shares(level) == expected


def test_a_burner_takes_its_share_at_most(burners: Any) -> None:
    with burners.Burners() as found:
        found.burn(0.3)
        (pid,) = found.pids
        process = psutil.Process(pid)
        before, begin = process.cpu_times(), time.monotonic()
        time.sleep(2)
        after, seconds = process.cpu_times(), time.monotonic() - begin

    used = after.user + after.system - before.user - before.system
    # A fifth of a second more for Python to start.
    assert 0 < used < 0.3 * seconds + 0.2


def test_no_burner_outlives_its_level(burners: Any) -> None:
    with burners.Burners() as found:
        found.burn(1.5)
        first = found.pids
        found.burn(0.5)
        second = found.pids
        assert (len(first), len(second)) == (2, 1)
        assert not any(psutil.pid_exists(pid) for pid in first)

    assert not psutil.pid_exists(second[0])


@pytest.mark.parametrize(
    ("verdict", "truth", "matters", "expected"),
    [
        (Verdict.REGRESSION, 1.0, 1.1, "false regression"),
        (Verdict.REGRESSION, 1.2, 1.1, None),
        # Less than matters, but in the right direction.
        (Verdict.REGRESSION, 1.1, 1.15, None),
        (Verdict.PARITY, 1.0, 1.1, None),
        (Verdict.PARITY, 1.2, 1.1, "false parity"),
        # At the margin itself parity is as wrong as beyond it.
        (Verdict.PARITY, 1.1, 1.1, "false parity"),
        (Verdict.PARITY, 1.1, 1.15, None),
        (Verdict.IMPROVEMENT, 1.0, 1.1, "sign flip"),
        (Verdict.IMPROVEMENT, 1.2, 1.1, "sign flip"),
        (Verdict.INCONCLUSIVE, 1.2, 1.1, None),
    ],
)
def test_a_verdict_is_wrong_where_the_truth_says_so(
    truths: Any, verdict: Verdict, truth: float, matters: float, expected: str | None
) -> None:
    assert truths.fault(verdict, math.log(truth), math.log(matters)) == expected


def judged(**changes: Any) -> dict[str, Any]:
    return {
        "contrast": "total",
        "workload": "work",
        "action": "",
        "service": "",
        "metric": "mean",
        "unit": "s",
        "scale": "ratio",
        "margin": 0.1,
        "primary": True,
        "verdict": "parity",
    } | changes


def test_what_a_run_says_is_held_against_what_was_injected(truths: Any) -> None:
    document = {
        "exit_status": {"code": 0},
        "comparisons": [
            judged(),
            judged(workload="work (1 client)", verdict="regression"),
            # The truth is about times: memory is right to stay.
            judged(workload="", service="testbed", metric="pss_peak", unit="B"),
            judged(contrast="sham", verdict="regression"),
        ],
    }

    found = truths.said(document, 1.2, {"work": 4, "work (1 client)": 1})

    assert [(one.what, one.verdict.value, one.fault) for one in found] == [
        ("exit status", "parity", "false parity"),
        ("mean, 1 client", "regression", None),
        ("mean, 4 clients", "parity", "false parity"),
        ("primary rows", "parity", "false parity"),
        ("primary rows", "regression", None),
        ("primary rows", "parity", None),
    ]


def test_every_plan_whose_truth_is_known_is_there(truths: Any) -> None:
    there = {path.stem for path in truths.PLANS.glob("*.yaml")}

    assert there >= truths.TRUTHS.keys()


def started(directory: Path, *options: str) -> subprocess.Popen[str]:
    (directory / "task.yaml").write_text(TASK)
    plan = directory / "plan.yaml"
    plan.write_text(yaml.safe_dump(PLAN))
    (directory / "tmp").mkdir()
    places = {"TMPDIR": str(directory / "tmp"), "PERFCOMPARE_CACHE": str(CACHE)}
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(plan), *options],
        env=os.environ | places,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.integration
def test_a_run_beside_neighbours_counts_them_as_others(tmp_path: Path) -> None:
    out = tmp_path / "run"
    wanted = ("--levels", "0,0.5", "--rounds-a-level", "2")
    process = started(tmp_path, "--out", str(out), *wanted)
    said, told = process.communicate()
    assert process.returncode == 0, told

    levels = json.loads((out / "neighbours.json").read_text())["levels_cores"]
    assert Counter(levels) == {0.0: 2, 0.5: 2}
    cells = [line.strip("| ").split(" | ") for line in said.splitlines()]
    assert [line[:2] for line in cells if line[:1] == ["work"]].count(
        ["work", "mean"]
    ) == 3
    # Half a core was wanted; on a busy host a burner gets less, but not nothing.
    (beside,) = (line for line in cells if line[0] == "0.5")
    assert float(beside[3]) > 0.1
    again = subprocess.run(
        [sys.executable, str(SCRIPT), "--read", str(out)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert again.stdout == said


@pytest.mark.integration
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_neighbours_and_services(
    tmp_path: Path, number: signal.Signals
) -> None:
    process = started(tmp_path, "--out", str(tmp_path / "run"), "--levels", "0.5,1.5")
    tree = psutil.Process(process.pid)
    while len(below := tree.children(recursive=True)) < 3:
        assert process.poll() is None
        time.sleep(0.05)

    process.send_signal(number)
    process.communicate()

    assert process.returncode != 0
    assert psutil.wait_procs(below, timeout=10)[1] == []
    assert list((tmp_path / "tmp").glob("*/*")) == []
