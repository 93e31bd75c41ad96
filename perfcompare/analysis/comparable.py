# SPDX-License-Identifier: Apache-2.0
"""Refuse rows whose two variants did not do the same work, and say why.

Errors of single rounds are seen where rows are judged.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from perfcompare.analysis.differences import is_named, options_of, plain
from perfcompare.analysis.hazards import DRIVER_OPTIONS
from perfcompare.analysis.resources import windows_of
from perfcompare.model.caveat import (
    Caveat,
    Differs,
    Uncorrected,
    Unreached,
    WithinFloor,
)
from perfcompare.model.comparison import Comparison, Contrast, Verdict
from perfcompare.model.judgement import VariantFacts
from perfcompare.model.visit import Phase, Visit

MOST_UNEQUAL = 0.05
"""Iterations of a visit may differ by this much between variants."""

_SHOWN = 3
_ABSENT = "nothing"


def comparable(
    comparisons: Iterable[Comparison],
    *,
    variants: Sequence[VariantFacts],
    iterations: Mapping[tuple[str, str], Sequence[int]],
    unreached: Sequence[Unreached] = (),
) -> tuple[Comparison, ...]:
    """Refuse to compare what measured different things; it stays as primary as it was.

    Where the drivers differ, nothing of the two variants is the same work, whatever
    the metric.  Where the number of iterations differs, only the rows of that workload
    are refused, and where the load of a variant went past its services those and all
    that is of no single workload.

    Args:
        comparisons: As `judge` returns them, before they are corrected.
        variants: With the configuration that was in effect; () is not known.
        iterations: As `judged_iterations` returns them.
        unreached: As `perfcompare.analysis.reach.unreached` returns it.
    """
    facts = {each.name: each for each in variants}
    drivers = {one: tuple(_drivers(one, facts)) for one in Contrast}
    return tuple(
        _refused(one, refusals) if refusals else one
        for one in comparisons
        for refusals in [
            (
                *drivers[one.contrast],
                *_iterations(one, iterations),
                *_past(one, unreached),
            )
        ]
    )


def judged_iterations(
    visits: Iterable[Visit],
) -> dict[tuple[str, str], tuple[int, ...]]:
    """Return the judged iterations of each visit, by workload and variant."""
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for visit in visits:
        counts: Counter[str] = Counter()
        for window in windows_of(visit, Phase.LOAD):
            counts[window.workload] += window.iterations
        for workload, count in counts.items():
            place = workload, visit.variant
            found[place] = (*found.get(place, ()), count)
    return found


def _drivers(contrast: Contrast, facts: Mapping[str, VariantFacts]) -> Iterator[Caveat]:
    sides = [facts[name] for name in contrast.variants if name in facts]
    if len(sides) < 2 or not all(side.config for side in sides):
        return
    base, target = (options_of(side) for side in sides)
    different = [
        name
        for name in sorted(base.keys() | target.keys())
        if any(is_named(name, pattern) for pattern in DRIVER_OPTIONS)
        and plain(name, base.get(name)) != plain(name, target.get(name))
    ]
    for name in different[:_SHOWN]:
        yield Differs(
            what=f"driver configuration {name}",
            base=base.get(name, _ABSENT),
            target=target.get(name, _ABSENT),
        )
    if more := different[_SHOWN:]:
        yield Differs(
            what=f"driver configuration in {len(more)} more options",
            base=f"{sum(name in base for name in more)} set",
            target=f"{sum(name in target for name in more)} set",
        )


def _iterations(
    one: Comparison, iterations: Mapping[tuple[str, str], Sequence[int]]
) -> Iterator[Caveat]:
    counts = [
        iterations.get((one.key.workload, name), ()) for name in one.contrast.variants
    ]
    if not all(counts):
        return
    base, target = (median(each) for each in counts)
    if max(base, target) > min(base, target) * (1 + MOST_UNEQUAL):
        yield Differs(
            what="the number of judged iterations of a visit",
            base=f"{base:g}",
            target=f"{target:g}",
        )


def _past(one: Comparison, unreached: Sequence[Unreached]) -> Iterator[Caveat]:
    for found in unreached:
        of_workload = one.key.workload in {"", found.workload}
        if of_workload and found.variant in one.contrast.variants:
            yield found


def _refused(one: Comparison, refusals: Sequence[Caveat]) -> Comparison:
    """Take back all that compares the two sides, and keep what shows them."""
    kept = (
        each for each in one.caveats if not isinstance(each, WithinFloor | Uncorrected)
    )
    return replace(
        one,
        effect=None,
        ci95=None,
        ci90=None,
        margin=None,
        p_value=None,
        p_adjusted=None,
        verdict=Verdict.NOT_COMPARABLE,
        detectable_effect=None,
        rounds_needed=None,
        corroboration=None,
        caveats=(*refusals, *kept),
    )
