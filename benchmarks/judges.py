# SPDX-License-Identifier: Apache-2.0
"""How the rules of other tools judge the same simulated services.

    python benchmarks/judges.py [--repetitions 400]

Prints two Markdown tables.  In the first every run is a job that lands on a node of its
own, as most people measure; in the second both sides of a round share a node, as
perfcompare measures.  So what the design brings and what the rule brings can be told
apart.  pyperf, asv and Apache Otava judge by their own code where they are installed:

    make peers && .venv-peers/bin/python benchmarks/judges.py
"""

import argparse
import importlib.util
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
from perfcompare.model.comparison import Comparison, Verdict
from perfcompare.model.metric import Threshold
from perfcompare.testing.judging import judged, stopped
from perfcompare.testing.simulation import (
    CI,
    LAB,
    NOISY,
    Layout,
    Runs,
    Shift,
    simulate,
)

ENVIRONMENTS = (LAB, CI, NOISY)
SHIFTS = (1.0, 1.1, 1.2)
RUNS = 10
LOOKS = (4, 6, 8, 10)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a judge said of each repetition."""

    slower: Flags
    faster: Flags
    same: Flags | None
    """None where the tool has no such verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A rule, and what it looks at."""

    name: str
    runs: str
    """A side."""
    rule: Callable[[Runs], Said]
    needs: str | None
    """The module that holds it; None where it is stated here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares of repetitions, one an environment."""

    false_alarms: tuple[float, ...]
    """Of either sign, where nothing changed."""
    found: dict[float, tuple[float, ...]]
    """Shift → called slower."""
    parity: tuple[float, ...] | None
    """Called the same where nothing changed."""


def one_call_set(runs: Runs) -> tuple[Floats, Floats]:
    """Return the calls of the first run of each side: repetition, call."""
    return runs.base[:, 0, 0], runs.target[:, 0, 0]


def run_medians(runs: Runs, count: int) -> tuple[Floats, Floats]:
    """Return the medians of the first runs of each side: repetition, run."""
    values = runs.quantile(0.50)
    return values.base[:, 0, :count], values.target[:, 0, :count]


def signed(significant: Flags, base: Floats, target: Floats) -> Said:
    """Give a two-sided finding the direction of two averages."""
    return Said(
        slower=significant & (target > base),
        faster=significant & (target < base),
        same=None,
    )


def threshold_on(statistic: Callable[[Floats], Floats]) -> Callable[[Runs], Said]:
    """More than 10 % between one number of one run a side: what people script."""

    def rule(runs: Runs) -> Said:
        base, target = (statistic(side) for side in one_call_set(runs))
        return signed(np.maximum(target / base, base / target) > 1.1, base, target)

    return rule


def mann_whitney(base: Floats, target: Floats, method: str) -> tuple[Floats, Floats]:
    """Return p-value and Cliff's delta of each repetition."""
    found = stats.mannwhitneyu(target, base, axis=1, method=method)
    pairs = base.shape[1] * target.shape[1]
    return found.pvalue, 2 * found.statistic / pairs - 1


def benchstat(count: int) -> Callable[[Runs], Said]:
    """golang.org/x/perf: exact Mann-Whitney at 5 % on one value a run."""

    def rule(runs: Runs) -> Said:
        base, target = run_medians(runs, count)
        p_values, delta = mann_whitney(base, target, "exact")
        return signed(p_values < 0.05, np.zeros_like(delta), delta)

    return rule


def perfherder(choose: Callable[[Runs], tuple[Floats, Floats]]) -> Callable:
    """Mozilla PerfCompare: Mann-Whitney at 5 %, and Cliff's delta at least 0.15."""

    def rule(runs: Runs) -> Said:
        p_values, delta = mann_whitney(*choose(runs), "auto")
        clear = (p_values <= 0.05) & (abs(delta) >= 0.15)
        return signed(clear, np.zeros_like(delta), delta)

    return rule


def asv_stated(runs: Runs) -> Said:
    """Airspeed velocity: Mann-Whitney at 0.2 % and medians a factor 1.1 apart."""
    base, target = one_call_set(runs)
    p_values, _ = mann_whitney(base, target, "asymptotic")
    before, after = np.median(base, axis=1), np.median(target, axis=1)
    far = np.maximum(after / before, before / after) > 1.1
    return signed((p_values < 0.002) & far, before, after)


def asv_itself(runs: Runs) -> Said:
    """Let asv compare two results with their samples."""
    from asv.commands.compare import _is_result_better
    from asv_runner.statistics import compute_stats

    def better(one: Floats, other: Floats) -> bool:
        sides = []
        for samples in (one.tolist(), other.tolist()):
            result, details = compute_stats(samples, 1)
            sides.append((result, (details, samples)))
        (a, a_details), (b, b_details) = sides
        return bool(_is_result_better(a, b, a_details, b_details, 1.1))

    pairs = list(zip(*one_call_set(runs), strict=True))
    return Said(
        slower=np.array([better(base, target) for base, target in pairs]),
        faster=np.array([better(target, base) for base, target in pairs]),
        same=None,
    )


def pyperf_itself(runs: Runs) -> Said:
    """Let pyperf compare two sets of values: Student's t at 5 %."""
    from pyperf._utils import is_significant

    base, target = one_call_set(runs)
    significant = [
        is_significant(one, other)[0]
        for one, other in zip(base.tolist(), target.tolist(), strict=True)
    ]
    return signed(np.array(significant), base.mean(axis=1), target.mean(axis=1))


def otava_itself(runs: Runs) -> Said:
    """Let Otava look for change points in ten runs before and ten after."""
    from otava.analysis import compute_change_points

    slower, faster = [], []
    for series in np.concatenate(run_medians(runs, RUNS), axis=1):
        points, _ = compute_change_points(series, max_pvalue=0.001)
        slower.append(any(p.stats.mean_2 > p.stats.mean_1 for p in points))
        faster.append(any(p.stats.mean_2 < p.stats.mean_1 for p in points))
    return Said(slower=np.array(slower), faster=np.array(faster), same=None)


def ours(rounds: int, ratio: float = 0.10) -> Callable[[Runs], Said]:
    """Our verdict on the mean, with its default floor of 2 ms."""
    return lambda runs: said(
        judged(runs.metric("mean"), "mean", default(ratio), rounds=rounds)
    )


def ours_looking(runs: Runs) -> Said:
    """Our verdict with rounds from 4 to 10, as many as it takes."""
    return said(stopped(runs.metric("mean"), "mean", default(0.10), looks=LOOKS))


def default(ratio: float) -> Threshold:
    floor = next(one.floor for one in DEFAULT_THRESHOLDS if one.metric == "mean")
    return Threshold(metric="mean", ratio=ratio, floor=floor, primary=True)


def said(comparisons: Iterable[Comparison]) -> Said:
    verdicts = np.array([one.verdict.value for one in comparisons])
    return Said(
        slower=verdicts == Verdict.REGRESSION.value,
        faster=verdicts == Verdict.IMPROVEMENT.value,
        same=verdicts == Verdict.PARITY.value,
    )


JUDGES = tuple(
    Judge(name=name, runs=runs, rule=rule, needs=needs)
    for name, runs, rule, needs in (
        ("mean differs > 10 %", "1", threshold_on(lambda a: a.mean(axis=1)), None),
        (
            "p95 differs > 10 %",
            "1",
            threshold_on(lambda a: np.quantile(a, 0.95, axis=1)),
            None,
        ),
        ("pyperf, own code", "1", pyperf_itself, "pyperf"),
        ("asv, own code", "1", asv_itself, "asv"),
        ("asv's rule", "1", asv_stated, None),
        ("Mozilla's rule, replicates", "1", perfherder(one_call_set), None),
        (
            "Mozilla's rule, runs",
            "10",
            perfherder(lambda runs: run_medians(runs, RUNS)),
            None,
        ),
        ("benchstat's rule", "6", benchstat(6), None),
        ("benchstat's rule", "10", benchstat(10), None),
        ("Otava, own code", "10", otava_itself, "otava"),
        ("perfcompare", "6", ours(6), None),
        ("perfcompare", "10", ours(10), None),
        ("perfcompare, looking", "4-10", ours_looking, None),
        ("perfcompare, margin 5 %", "10", ours(10, 0.05), None),
    )
)


def measure(*, shared_nodes: bool, repetitions: int) -> dict[Judge, Rates | None]:
    """Ask every judge; None for one that is not installed."""
    asked = [judge for judge in JUDGES if installed(judge)]
    layout = Layout(rounds=RUNS, workloads=1, shared_nodes=shared_nodes)
    answers: dict[tuple[Judge, float], list[Said]] = {}
    for place, environment in enumerate(ENVIRONMENTS):
        for shift in SHIFTS:
            runs = simulate(
                environment,
                layout,
                shift=Shift(duration=shift, slow_share=1.0),
                repetitions=repetitions,
                random=np.random.default_rng([place, int(100 * shift)]),
            )
            for judge in asked:
                answers.setdefault((judge, shift), []).append(judge.rule(runs))
    return {
        judge: rates_of({shift: answers[judge, shift] for shift in SHIFTS})
        if judge in asked
        else None
        for judge in JUDGES
    }


def installed(judge: Judge) -> bool:
    return judge.needs is None or importlib.util.find_spec(judge.needs) is not None


def rates_of(said_of: dict[float, list[Said]]) -> Rates:
    null = said_of[1.0]
    parities = [float(np.mean(one.same)) for one in null if one.same is not None]
    return Rates(
        false_alarms=tuple(float(np.mean(s.slower | s.faster)) for s in null),
        found={
            shift: tuple(float(np.mean(one.slower)) for one in said_of[shift])
            for shift in SHIFTS[1:]
        },
        parity=tuple(parities) or None,
    )


def print_table(rates: dict[Judge, Rates | None]) -> None:
    print("| judge | runs a side | false alarms | +10 % | +20 % | parity at 0 |")
    print("|---|---|---|---|---|---|")
    for judge, found in rates.items():
        cells = ("not installed", "", "", "")
        if found is not None:
            cells = (
                percent(found.false_alarms),
                percent(found.found[1.1]),
                percent(found.found[1.2]),
                percent(found.parity) if found.parity else "—",
            )
        print(f"| {judge.name} | {judge.runs} | {' | '.join(cells)} |")


def percent(shares: tuple[float, ...]) -> str:
    return " / ".join(
        f"{100 * share:.{1 if share < 0.0995 else 0}f}" for share in shares
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=400)
    repetitions = parser.parse_args().repetitions
    for shared, title in (
        (False, "Every run a job on a node of its own"),
        (True, "Both sides of a round on one node"),
    ):
        print(f"\n{title} (percent of {repetitions}: lab / ci / noisy)\n")
        print_table(measure(shared_nodes=shared, repetitions=repetitions))
    print(f"\nMonte-Carlo standard errors: {errors(repetitions)}")


def errors(repetitions: int) -> str:
    return ", ".join(
        f"{100 * math.sqrt(share * (1 - share) / repetitions):.1f} at {share:.0%}"
        for share in (0.01, 0.05, 0.50)
    )


if __name__ == "__main__":
    main()
