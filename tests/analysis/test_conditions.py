# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfcompare.analysis.conditions import (
    LEAST_CPU_SECONDS,
    MOVED,
    OTHERS_CORES,
    ControlCost,
    HostUse,
    host_use,
    marked_rounds,
    round_conditions,
    without,
)
from perfcompare.analysis.metrics import METRICS
from perfcompare.model.caveat import MarkedRounds
from perfcompare.model.metric import MetricKey, Sample
from perfcompare.model.target import HOST, OTHERS, STEAL
from perfcompare.model.visit import Phase, Window
from perfcompare.testing.visits import EMPTY_VISIT


def load(start, end, *, phase=Phase.LOAD):
    return Window(
        phase=phase,
        workload="list",
        block=1,
        started_at=start,
        ended_at=end,
        iterations=10,
        generator_cpu_seconds=None,
    )


def visit(*windows):
    return replace(
        EMPTY_VISIT,
        round=3,
        ended_at=100.0,
        services=("api",),
        controls=("mariadb",),
        windows=windows,
    )


def readings(**used):
    """Return readings of the host: a growth per second before and after second 50."""
    times = np.arange(0.0, 101.0)
    frames = [
        pd.DataFrame(
            {
                "at": times,
                "owner": HOST,
                "service": service,
                "pid": 0,
                "cpu_seconds": np.where(
                    times < 50, before * times, 50 * before + after * (times - 50)
                ),
            }
        )
        for service, (before, after) in used.items()
    ]
    columns = ["at", "owner", "service", "pid", "cpu_seconds"]
    return pd.concat(frames) if frames else pd.DataFrame(columns=columns)


def test_what_others_use_counts_in_the_blocks_alone():
    windows = (
        load(10.0, 20.0),
        load(60.0, 70.0),
        load(80.0, 100.0, phase=Phase.SETTLE),
    )
    found = host_use(
        visit(*windows), readings(**{STEAL: (0.1, 0.0), OTHERS: (0.0, 0.5)})
    )

    assert (found.round, found.load_seconds) == (3, 20.0)
    assert found.steal_seconds == pytest.approx(1.0)
    assert found.others_seconds == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("windows", "used"),
    [((load(10.0, 20.0),), {}), ((), {STEAL: (1.0, 1.0), OTHERS: (1.0, 1.0)})],
)
def test_where_nobody_looked_or_loaded_nothing_is_known(windows, used):
    found = host_use(visit(*windows), readings(**used))

    assert (found.steal_seconds, found.others_seconds) == (None, None)


def use(number, *, steal=0.0, others=0.0, seconds=10.0):
    return HostUse(
        round=number,
        load_seconds=seconds,
        steal_seconds=steal,
        others_seconds=others,
    )


def conditions(uses, costs=(), *, cores=2, void=False):
    return round_conditions(uses, costs, cores=cores, void=void)


def reasons(found):
    return {one.round: one.reasons for one in found if one.reasons}


def test_the_visits_of_a_round_are_taken_together():
    uses = (
        use(2, others=1.0, seconds=10.0),
        use(1, steal=0.9, others=3.0, seconds=10.0),
        use(1, steal=0.0, others=0.0, seconds=20.0),
    )
    first, second = conditions(uses, cores=3)

    assert (first.round, second.round) == (1, 2)
    assert (first.steal_ratio, first.others_ratio) == pytest.approx((0.01, 0.1))
    assert (second.steal_ratio, second.others_ratio) == pytest.approx((0.0, 0.1))


@pytest.mark.parametrize(
    ("ratio", "marked"),
    [
        (0.019, {}),
        (0.021, {1: ("the hypervisor gave 2.1% of the CPU time to others",)}),
    ],
)
def test_steal_marks_a_round_by_its_share_of_all_cpus(ratio, marked):
    assert reasons(conditions([use(1, steal=ratio * 20.0), use(2)])) == marked


@pytest.mark.parametrize(
    ("ratio", "cores", "marked"),
    [
        (OTHERS_CORES - 0.01, 2, {}),
        (OTHERS_CORES + 0.17, 2, {1: ("others used 0.42 of a core",)}),
        (OTHERS_CORES + 0.17, None, {1: ("others used 0.42 of a core",)}),
        # One core in twenty is no neighbour of 32.
        (1.5, 32, {}),
        (1.7, 32, {1: ("others used 1.70 of a core",)}),
    ],
)
def test_others_mark_a_round_by_what_they_use(ratio, cores, marked):
    uses = [use(1, others=ratio * 10.0), use(2)]

    assert reasons(conditions(uses, cores=cores)) == marked


def test_steal_is_unknown_without_the_number_of_cores():
    (found,) = conditions([use(1, steal=10.0)], cores=None)

    assert (found.steal_ratio, found.reasons) == (None, ())


def test_an_old_run_without_host_and_controls_has_no_conditions():
    uses = [use(number, steal=None, others=None) for number in (1, 2)]

    assert conditions(uses) == ()


def test_a_round_that_nobody_watched_is_unknown_and_not_marked():
    watched, unwatched = conditions([use(1), use(2, steal=None, others=None)])

    assert (watched.steal_ratio, watched.others_ratio) == (0.0, 0.0)
    assert (unwatched.steal_ratio, unwatched.others_ratio) == (None, None)


def cost(
    *values, control="mariadb", variant="base", workload="list", each=0.01, count=100
):
    key = MetricKey(
        workload=workload,
        action="",
        service=control,
        metric=METRICS["cpu_seconds_per_iteration"],
    )
    return ControlCost(
        sample=Sample(
            key=key,
            variant=variant,
            rounds=tuple(range(1, len(values) + 1)),
            values=tuple(each * value for value in values),
        ),
        iterations=count,
    )


CALM = (1.0, 1.02, 0.99, 1.01, 0.98, 1.0)
ODD = (1.0, 1.02, 1.62, 1.01, 0.98, 1.0)


def marked_by(*costs):
    rounds = max(len(each.sample.rounds) for each in costs)
    unwatched = [
        use(number, steal=None, others=None) for number in range(1, rounds + 1)
    ]
    return reasons(conditions(unwatched, costs))


def test_a_control_that_cost_more_than_in_the_other_rounds_marks_its_round():
    assert marked_by(cost(*ODD), cost(*CALM, control="keystone")) == {
        3: ("mariadb cost 1.6 times as much CPU per iteration as in the other rounds",)
    }


def test_a_control_that_moved_for_one_variant_alone_says_for_which():
    told = "mariadb cost 1.6 times as much CPU per iteration for target as in the other"

    assert marked_by(cost(*ODD, variant="target"), cost(*CALM)) == {
        3: (f"{told} rounds",)
    }


def test_a_control_that_moved_for_all_variants_is_one_reason():
    found = marked_by(cost(*ODD, variant="target"), cost(*ODD))

    assert found == marked_by(cost(*ODD))


def test_a_control_that_cost_much_less_was_not_the_same_either():
    assert marked_by(cost(1.0, 0.5, 1.0, 1.0)) == {
        2: ("mariadb cost 0.5 times as much CPU per iteration as in the other rounds",)
    }


def test_a_control_may_cost_one_variant_more_in_every_round():
    doubled = [2 * value for value in CALM]

    assert marked_by(cost(*CALM), cost(*doubled, variant="target")) == {}


@pytest.mark.parametrize(("factor", "told"), [(MOVED - 0.02, False), (1.52, True)])
def test_a_control_must_have_moved_by_half(factor, told):
    assert bool(marked_by(cost(1.0, factor, 1.0, 1.0, 1.0))) is told


def test_a_restless_control_must_have_moved_beyond_its_own_spread():
    # ln of the others: 0, ±0.2, ±0.2; their MAD is 0.2, five of its sd are 1.48.
    others = [np.exp(shift) for shift in (-0.2, 0.2, 0.0, 0.2, -0.2)]

    assert marked_by(cost(*others, np.exp(1.45))) == {}
    assert list(marked_by(cost(*others, np.exp(1.55)))) == [6]


def test_one_odd_workload_of_three_is_not_the_control():
    odd = cost(*ODD, workload="create")

    assert marked_by(cost(*CALM), odd, cost(*CALM, workload="show")) == {}


@pytest.mark.parametrize(("rounds", "told"), [(4, True), (3, False)])
def test_among_three_rounds_none_is_the_odd_one(rounds, told):
    assert bool(marked_by(cost(*(1.0, 2.0, 1.0, 1.0)[:rounds]))) is told


def test_what_costs_nearly_nothing_moves_by_the_steps_of_the_clock():
    steps = (1.0, 1.0, 2.0, 1.0)
    count = LEAST_CPU_SECONDS / 0.01

    assert marked_by(cost(*steps, count=count * 0.9)) == {}
    assert list(marked_by(cost(*steps, count=count * 1.1))) == [3]


def test_a_control_that_did_nothing_in_a_round_marks_it():
    assert list(marked_by(cost(1.0, 1.0, 0.0, 1.0, 1.0))) == [3]


def test_a_control_that_was_not_there_in_a_round_marks_nothing():
    (missed,) = without((cost(*CALM, 2.0).sample,), {1})
    found = marked_by(
        ControlCost(sample=missed, iterations=100),
        cost(*CALM, 1.0, variant="target"),
    )

    assert list(found) == [7]


@pytest.mark.parametrize(
    ("sd", "most"),
    # The controls of measured clouds have 1 to 11 %, CPU seconds of equal work up to
    # 15 % where whole visits alternate.
    [(0.10, 0.01), (0.15, 0.06)],
)
def test_controls_that_only_wander_seldom_mark_any_of_six_rounds(sd, most):
    random = np.random.default_rng(23)
    marked = [
        bool(marked_by(cost(*np.exp(random.normal(0, sd, 6))))) for _ in range(400)
    ]

    assert np.mean(marked) <= most


NOISY = 10 * (OTHERS_CORES + 0.17)


def test_marked_rounds_are_voided_where_the_plan_says_so():
    uses = [use(1), use(2, others=NOISY), use(3), use(4, steal=1.0)]

    assert [one.voided for one in conditions(uses, void=True)] == [
        False,
        True,
        False,
        True,
    ]
    assert not any(one.voided for one in conditions(uses, void=False))


def test_nothing_is_voided_where_more_than_half_of_the_rounds_are_marked():
    uses = [use(1), use(2, others=NOISY), use(3, others=NOISY)]
    found = conditions(uses, void=True)

    why = "not voided, as 2 of 3 rounds are marked"
    assert not any(one.voided for one in found)
    assert reasons(found) == {
        2: ("others used 0.42 of a core", why),
        3: ("others used 0.42 of a core", why),
    }


def test_marked_rounds_are_told_with_their_reasons():
    uses = [use(1), use(2, others=NOISY, steal=0.82), use(3, others=NOISY), use(4)]
    both = (
        "the hypervisor gave 4.1% of the CPU time to others, others used 0.42 of a core"
    )

    assert marked_rounds(conditions(uses, void=True)) == (
        MarkedRounds(
            rounds=(2, 3), reasons=(both, "others used 0.42 of a core"), voided=True
        ),
    )
    assert not marked_rounds(conditions(uses))[0].voided


def test_a_calm_run_has_nothing_to_tell():
    assert marked_rounds(conditions([use(1), use(2)])) == ()


def test_voided_rounds_are_left_out_of_every_sample():
    full = cost(1.0, 2.0, 3.0, each=1.0).sample
    alone = Sample(key=full.key, variant="target", rounds=(2,), values=(9.0,))
    rest = Sample(key=full.key, variant="base", rounds=(1, 3), values=(1.0, 3.0))

    assert without((full, alone), {2}) == (rest,)
    assert without((full, alone), ()) == (full, alone)
