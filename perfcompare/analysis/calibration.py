# SPDX-License-Identifier: Apache-2.0
"""A run judged again where nothing differs: how often its verdicts are false."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from perfcompare.analysis.compare import MIN_ROUNDS, compare
from perfcompare.analysis.family import adjusted, exit_status
from perfcompare.analysis.metrics import threshold_for
from perfcompare.model.comparison import Comparison, Contrast, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.judgement import Calibration, MetricCalibration
from perfcompare.model.metric import MetricKey, Sample, Threshold

MOST_RELABELINGS = 32
"""Of each metric in each variant: all sign patterns of 6 rounds, up to swapping the
sides."""

_GOLDEN = (math.sqrt(5) - 1) / 2
"""Steps of this share of a circle spread over it as evenly as steps can (Weyl)."""

_FALSE = frozenset((Verdict.REGRESSION, Verdict.IMPROVEMENT))

_Sides = tuple[Sample, Sample]


def calibrate(
    samples: Sequence[Sample],
    halves: Sequence[_Sides],
    *,
    totals: Sequence[Comparison],
    thresholds: Sequence[Threshold],
    comparing: Callable[..., Comparison] = compare,
) -> Calibration | None:
    """Judge each variant of a run against itself, with the code that judged the run.

    Nothing differs between the two sides of these comparisons, so each regression or
    improvement among them is false.  Where the blocks of each visit were split in two,
    the halves are the sides and in every round either may be base; else the rounds of
    a variant are paired with one another, so that neither side is later on the whole.
    Labels are chosen evenly, without chance: the same run gives the same answer.

    What it includes: the wander of the host between blocks (or between rounds), the
    resolution of the quantiles, outliers, the thresholds, the correction for many
    metrics.  What it does not: the two halves of a visit share its start, so what one
    start differs from the next is not in them, though each rests on half the
    iterations; pairs of rounds contain all that wanders between rounds, which in a real
    comparison cancels, but are half as many.  The first understates the noise of a
    comparison, the second overstates it.  Relabelling alone nearly keeps the level of a
    t test; what shows is how often the noise of this run passes the thresholds too.

    Args:
        samples: Of all variants, without voided rounds.
        halves: Both halves of a sample, one value a round each; () without blocks.
        totals: The run's own comparisons, controls set aside: which metrics count.
        thresholds: The plan's, as for `judge`.
        comparing: `compare`, or what stands for it where the level is another.

    Returns:
        None where no metric has 3 pairs in any variant.
    """
    resolved = {
        row.key: replace(
            threshold_for(row.key, thresholds, len(row.rounds)), primary=True
        )
        for row in totals
        if row.contrast is Contrast.TOTAL and row.primary and row.margin is not None
    }
    variants = tuple(dict.fromkeys(sample.variant for sample in samples))
    families = {
        name: tuple(
            adjusted(
                [
                    comparing(
                        base,
                        target,
                        contrast=Contrast.TOTAL,
                        threshold=resolved[base.key],
                    )
                    for base, target in sides
                ]
            )
            for sides in _relabelled(name, samples, halves, wanted=resolved)
        )
        for name in variants
    }
    return _counted({name: found for name, found in families.items() if found})


def _relabelled(
    variant: str,
    samples: Sequence[Sample],
    halves: Sequence[_Sides],
    *,
    wanted: Mapping[MetricKey, Threshold],
) -> Iterator[tuple[_Sides, ...]]:
    """Yield the sides of every metric of *variant*, one labelling after the other."""
    split = {a.key: (a, b) for a, b in halves if a.variant == variant}
    ways = [
        swapped(*split[one.key]) if one.key in split else rematched(one)
        for one in samples
        if one.variant == variant and one.key in wanted
    ]
    for number in range(max(map(len, ways), default=0)):
        yield tuple(way[number] for way in ways if number < len(way))


def swapped(first: Sample, second: Sample) -> tuple[_Sides, ...]:
    """Let in every round either half be base, in up to 32 ways.

    Up to swapping the sides as a whole, which is done in half of the ways, since a
    regression on one side is an improvement on the other.
    """
    a, b = (dict(zip(one.rounds, one.values, strict=True)) for one in (first, second))
    pairs = [(a[number], b[number]) for number in sorted(a.keys() & b.keys())]
    if len(pairs) < MIN_ROUNDS:
        return ()
    ways = _spread(2 ** (len(pairs) - 1))
    return tuple(
        _sides(
            first.key,
            [
                pair[:: -1 if way >> place & 1 else 1]
                for place, pair in enumerate(pairs)
            ],
            number,
        )
        for number, way in enumerate(ways)
    )


def rematched(sample: Sample) -> tuple[_Sides, ...]:
    """Pair the rounds of *sample* with one another, in up to 32 ways.

    Of an odd number of rounds another one is left out each time.
    """
    rounds = len(sample.values)
    if rounds // 2 < MIN_ROUNDS:
        return ()
    # A phantom makes the number even; whoever is paired with it is left out.
    places = rounds + rounds % 2
    ways = _spread(math.prod(range(places - 1, 0, -2)))
    return tuple(
        _sides(
            sample.key,
            [
                (sample.values[base], sample.values[target])
                for base, target in _balanced(_matching(way, places), rounds)
            ],
            number,
        )
        for number, way in enumerate(ways)
    )


def _matching(number: int, places: int) -> list[tuple[int, int]]:
    """Return the perfect matching of *places* that has this *number*."""
    left = list(range(places))
    pairs = []
    for choices in range(places - 1, 0, -2):
        number, chosen = divmod(number, choices)
        pairs.append((left.pop(0), left.pop(chosen)))
    return pairs


def _balanced(
    pairs: Sequence[tuple[int, int]], rounds: int
) -> Iterator[tuple[int, int]]:
    """Yield each pair as (base, target) so that neither side is later on the whole."""
    lead = 0
    real = [pair for pair in pairs if pair[1] < rounds]
    for earlier, later in sorted(real, key=lambda pair: pair[0] - pair[1]):
        gap = later - earlier
        yield (later, earlier) if lead > 0 else (earlier, later)
        lead += -gap if lead > 0 else gap


def _spread(total: int) -> list[int]:
    """Return up to 32 different numbers below *total*, evenly spread."""
    step = int(total * _GOLDEN)
    while math.gcd(step, total) != 1:
        step += 1
    return [number * step % total for number in range(min(total, MOST_RELABELINGS))]


def _sides(key: MetricKey, pairs: Sequence[tuple[float, ...]], number: int) -> _Sides:
    """Return *pairs* as two samples, the sides swapped for every other *number*."""
    base, target = zip(*pairs, strict=True)
    if number.bit_count() % 2:
        base, target = target, base
    rounds = tuple(range(1, len(pairs) + 1))
    return (
        Sample(key=key, variant="base", rounds=rounds, values=base),
        Sample(key=key, variant="target", rounds=rounds, values=target),
    )


def _counted(
    families: Mapping[str, tuple[tuple[Comparison, ...], ...]],
) -> Calibration | None:
    if not families:
        return None
    judged = [family for found in families.values() for family in found]
    rows = [row for family in judged for row in family]
    asked = Counter(row.key for row in rows)
    false = Counter(row.key for row in rows if row.verdict in _FALSE)
    alarms = [exit_status(family) is ExitStatus.REGRESSION for family in judged]
    metrics = (
        MetricCalibration(key=key, comparisons=count, false_verdicts=false[key])
        for key, count in asked.items()
    )
    return Calibration(
        comparisons=asked.total(),
        false_verdicts=false.total(),
        families=len(judged),
        false_alarms=sum(alarms),
        variants=tuple(families),
        metrics=tuple(
            sorted(metrics, key=lambda one: (-one.false_verdicts, str(one.key)))
        ),
    )
