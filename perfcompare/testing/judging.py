# SPDX-License-Identifier: Apache-2.0
"""Verdicts on simulated runs, by the code that judges real ones."""

from collections.abc import Iterator

from perfcompare.analysis.compare import compare
from perfcompare.analysis.metrics import METRICS
from perfcompare.model.comparison import Comparison, Contrast, Verdict
from perfcompare.model.metric import MetricKey, Sample, Threshold
from perfcompare.testing.simulation import Values


def judged(
    values: Values,
    metric: str,
    threshold: Threshold,
    *,
    rounds: int | None = None,
    looks: tuple[int, ...] = (),
) -> Iterator[Comparison]:
    """Let perfcompare judge each run's workloads, run by run.

    Args:
        values: One value a visit, in the metric's unit.
        metric: The name of the metric; workloads become "w1", "w2", …
        threshold: What is judged by.
        rounds: How many of the rounds to use; None for all.
        looks: Of a sequential experiment.
    """
    count = rounds or values.base.shape[-1]
    numbers = tuple(range(1, count + 1))
    for base, target in zip(values.base, values.target, strict=True):
        for workload, pair in enumerate(zip(base, target, strict=True), start=1):
            key = MetricKey(
                workload=f"w{workload}",
                action="",
                service="",
                metric=METRICS[metric],
            )
            samples = (
                Sample(
                    key=key,
                    variant=variant,
                    rounds=numbers,
                    values=tuple(side[:count].tolist()),
                )
                for variant, side in zip(("base", "target"), pair, strict=True)
            )
            yield compare(
                *samples, contrast=Contrast.TOTAL, threshold=threshold, looks=looks
            )


def stopped(
    values: Values, metric: str, threshold: Threshold, *, looks: tuple[int, ...]
) -> tuple[Comparison, ...]:
    """Let each workload's run end at the first of *looks* that decides, or the last.

    In the order of `judged`; all workloads are called "w1".
    """
    base, target = (
        side.reshape(-1, 1, side.shape[-1]) for side in (values.base, values.target)
    )
    last: dict[int, Comparison] = {}
    undecided = list(range(len(base)))
    for look in looks:
        left = Values(base=base[undecided], target=target[undecided])
        found = judged(left, metric, threshold, rounds=look, looks=looks)
        last |= dict(zip(undecided, found, strict=True))
        undecided = [
            place for place in undecided if last[place].verdict is Verdict.INCONCLUSIVE
        ]
    return tuple(last[place] for place in range(len(base)))
