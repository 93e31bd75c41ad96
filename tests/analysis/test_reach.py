# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from perfcompare.analysis.comparable import comparable
from perfcompare.analysis.reach import TurnUse, turn_use, unreached
from perfcompare.analysis.resources import Looks
from perfcompare.model.caveat import Unreached
from perfcompare.model.comparison import Verdict
from perfcompare.model.visit import Phase, Window
from perfcompare.testing.comparisons import comparison_of, key_of
from perfcompare.testing.visits import EMPTY_VISIT


def visit(*blocks, workload="list"):
    """Return a visit with the turn from each block's start to its end."""
    return replace(
        EMPTY_VISIT,
        variant="target",
        ended_at=100.0,
        services=("api",),
        windows=tuple(
            Window(
                phase=Phase.LOAD,
                workload=workload,
                block=number,
                started_at=start,
                ended_at=end,
                iterations=10,
                generator_cpu_seconds=None,
            )
            for number, (start, end) in enumerate(blocks, start=1)
        ),
    )


def cpu(*steps):
    """Return a counter that is looked at each second and grows by *steps*."""
    return Looks(
        times=np.arange(len(steps) + 1, dtype=float),
        totals=np.concatenate([[0.0], np.cumsum(steps)]),
    )


def use(loaded, standing_by=0.02, *, iteration_seconds=0.1):
    return TurnUse(
        loaded_ratio=loaded,
        standing_by_ratio=standing_by,
        iteration_cpu_seconds=(loaded - standing_by) * iteration_seconds,
    )


def found(**uses):
    rounds = {("list", variant): seen for variant, seen in uses.items()}
    return [one.variant for one in unreached(rounds)]


def test_what_a_workload_costs_is_told_apart_from_standing_by():
    # Turns from 0 to 2 and from 5 to 7: 1.0 and 0.8 of a core; between them 0.1.
    used = cpu(1.0, 1.0, 0.1, 0.1, 0.1, 0.8, 0.8)

    seen = turn_use(visit((0.0, 2.0), (5.0, 7.0)), "list", used)

    assert seen is not None
    assert seen.loaded_ratio == pytest.approx(0.9)
    assert seen.standing_by_ratio == pytest.approx(0.1)
    # 4 s of turns beyond 0.1 of a core, over 2 blocks of 10 iterations.
    assert seen.iteration_cpu_seconds == pytest.approx(0.8 * 4 / 20)


def test_where_nothing_was_iterated_nothing_is_known():
    blocks = visit((0.0, 2.0), (5.0, 7.0))
    windows = tuple(replace(window, iterations=0) for window in blocks.windows)

    assert turn_use(replace(blocks, windows=windows), "list", cpu(*[1.0] * 7)) is None


@pytest.mark.parametrize(
    "blocks", [((0.0, 2.0),), ((0.0, 2.0), (2.2, 4.0)), ()], ids=str
)
def test_without_a_pause_nothing_is_known(blocks):
    assert turn_use(visit(*blocks), "list", cpu(1.0, 1.0, 1.0, 1.0)) is None


def test_a_variant_that_idles_under_its_load_is_not_reached():
    assert found(base=[use(1.0)] * 3, target=[use(0.021)] * 3) == ["target"]


def test_one_disturbed_round_hides_nothing():
    target = [use(0.02), use(0.9), use(0.02)]

    assert found(base=[use(1.0)] * 3, target=target) == ["target"]


@pytest.mark.parametrize(
    ("base", "target"),
    [
        (use(1.0), use(0.3)),  # a third of the work, which a release may save
        (use(0.4), use(0.07)),  # a sixth, but more than housekeeping
        (use(0.008), use(0.0, 0.0)),  # nobody can see such a load
    ],
)
def test_a_variant_that_works_less_is_reached(base, target):
    assert found(base=[base], target=[target]) == []


def test_a_variant_that_waits_for_most_of_an_iteration_is_reached():
    # The same work, but half a second asleep in each iteration: 0.06 of a core.
    waiting = use(0.06, 0.03, iteration_seconds=0.52)

    assert found(base=[waiting], target=[use(0.8, 0.02, iteration_seconds=0.02)]) == []


def test_rows_that_no_load_reached_are_refused_and_no_others():
    (past,) = unreached({("list", "base"): [use(1.0)], ("list", "target"): [use(0.02)]})
    of_load = comparison_of(key_of("p50", workload="list"), 1.0, 1.0, Verdict.PARITY)
    memory = comparison_of(key_of("pss_peak", service="api"), 1.0, 1.0, Verdict.PARITY)
    other = comparison_of(key_of("p50", workload="show"), 1.0, 1.0, Verdict.PARITY)

    rows = comparable(
        [of_load, memory, other], variants=(), iterations={}, unreached=[past]
    )

    assert [row.verdict for row in rows] == [
        Verdict.NOT_COMPARABLE,
        Verdict.NOT_COMPARABLE,
        Verdict.PARITY,
    ]
    assert rows[0].caveats == (past,)
    assert "did not reach its services" in str(past)
    assert past == Unreached(
        variant="target",
        workload="list",
        loaded_ratio=0.02,
        standing_by_ratio=0.02,
        most_ratio=1.0,
    )
