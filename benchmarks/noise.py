# SPDX-License-Identifier: Apache-2.0
"""How restless were these runs: the spread of the rounds' log-ratios.

    python benchmarks/noise.py RUN…

For each contrast and each p50 and p90 of a whole workload: the effect, the standard
deviation over rounds of ln(target / base), and the smallest effect that 4, 6 and 10
rounds of this spread would show (two-sided 5 %, 80 % power).
"""

import math
import sys
from pathlib import Path

import numpy as np
from scipy import stats

from perfcompare.cli.judging import judge_run
from perfcompare.model.comparison import Comparison
from perfcompare.store.reader import open_run


def main(paths: list[str]) -> None:
    print(f"{'run':<22}{'contrast':<10}{'metric':<34}{'R':>3}{'ratio':>8}", end="")
    print(f"{'sd':>8}{'R=4':>8}{'R=6':>8}{'R=10':>8}")
    for path in paths:
        run = open_run(Path(path))
        judgement = judge_run(run, thresholds=()).judgement
        for row in sorted(judgement.comparisons, key=lambda each: str(each.key)):
            if row.key.metric.name in {"p50", "p90"} and not row.key.action:
                print_row(run.path.name, row)


def print_row(name: str, row: Comparison) -> None:
    if len(row.base.values) < 3:
        return
    differences = np.log(row.target.values) - np.log(row.base.values)
    sd = float(np.std(differences, ddof=1))
    print(f"{name:<22}{row.contrast.value:<10}{row.key!s:<34}", end="")
    print(
        f"{len(differences):>3}{math.exp(differences.mean()):>8.3f}{sd:>8.3f}", end=""
    )
    for rounds in (4, 6, 10):
        print(f"{math.expm1(detectable(sd, rounds)):>8.1%}", end="")
    print()


def detectable(sd: float, rounds: int) -> float:
    """Return the log-ratio that *rounds* rounds show, the sd taken as known."""
    quantiles = stats.t.ppf(0.975, rounds - 1) + stats.t.ppf(0.8, rounds - 1)
    return float(quantiles * sd / math.sqrt(rounds))


if __name__ == "__main__":
    main(sys.argv[1:])
