# SPDX-License-Identifier: Apache-2.0
from collections import Counter
from dataclasses import replace
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcompare.experiment.schedule import balanced, rounds, split
from perfcompare.model.variant import VariantName
from perfcompare.model.visit import Phase
from perfcompare.testing.plans import make_plan, make_workload, with_digest

ALL = tuple(VariantName)
SIZES = st.integers(2, 4)


@st.composite
def plans(draw, *, interleave):
    names = ALL[: draw(SIZES)]
    plan = make_plan(*names, rounds=draw(st.integers(1, 13)), interleave=interleave)
    workloads = tuple(
        make_workload(
            f"workload {index}",
            times=draw(st.integers(1, 60)),
            warm_up=draw(st.integers(0, 3)),
            blocks=draw(st.integers(1, 12)),
        )
        for index in range(draw(st.integers(1, 3)))
    )
    return with_digest(replace(plan, workloads=workloads))


def turns_of(each):
    return [turn for group in each.groups for turn in group.turns]


def letters(count, length):
    """Write the first *length* orders of *count* variants as words."""
    variants = make_plan(*ALL[:count]).variants
    return [
        "".join("ABCD"[variants.index(v)] for v in balanced(variants, index))
        for index in range(length)
    ]


@pytest.mark.parametrize(
    ("count", "orders"),
    [
        (2, "AB BA BA AB"),
        (3, "ABC CBA BCA ACB CAB BAC"),
        (4, "ABCD DCBA CDAB BADC BCDA ADCB DABC CBAD"),
    ],
)
def test_orders_come_with_their_mirror_image_and_rotate(count, orders):
    assert letters(count, 2 * count) == orders.split()
    assert letters(count, 4 * count) == orders.split() * 2


@given(count=SIZES, cycles=st.integers(1, 3))
def test_over_a_cycle_each_variant_stands_at_each_position_equally_often(count, cycles):
    seen = Counter(
        (position, letter)
        for word in letters(count, 2 * count * cycles)
        for position, letter in enumerate(word)
    )

    assert set(seen.values()) == {2 * cycles}


@given(count=SIZES, length=st.integers(1, 20))
def test_at_no_time_has_a_variant_been_first_more_than_once_too_often(count, length):
    seen = Counter(word[0] for word in letters(count, length))
    counts = [seen[letter] for letter in "ABCD"[:count]]

    assert max(counts) - min(counts) <= 1


@given(count=SIZES, pairs=st.integers(1, 8))
def test_a_linear_drift_cancels_after_each_pair_of_orders(count, pairs):
    sums = Counter[str]()
    for index, letter in enumerate("".join(letters(count, 2 * pairs))):
        sums[letter] += index

    assert len(set(sums.values())) == 1


@given(plans(interleave=True))
def test_every_variant_gets_exactly_the_times_of_each_workload(plan):
    for each in rounds(plan):
        done = Counter[tuple[str, str, Phase]]()
        for turn in turns_of(each):
            done[turn.variant, turn.workload, turn.phase] += turn.iterations

        assert done == Counter(
            {
                (variant.name.value, workload.name, phase): times
                for variant in plan.variants
                for workload in plan.workloads
                for phase, times in (
                    (Phase.WARM_UP, workload.warm_up),
                    (Phase.LOAD, workload.times),
                )
            }
        )


@given(plans(interleave=True))
def test_a_block_is_never_empty_and_the_same_for_every_variant(plan):
    for each in rounds(plan):
        blocks = Counter(
            (turn.workload, turn.block, turn.iterations) for turn in turns_of(each)
        )

        assert set(blocks.values()) == {len(plan.variants)}
        assert all(turn.iterations >= 1 for turn in turns_of(each))


@given(plans(interleave=True))
def test_each_workload_warms_every_variant_up_and_then_counts_its_blocks(plan):
    for each in rounds(plan):
        order = [name for name, _ in groupby(turns_of(each), lambda t: t.workload)]
        assert order == [workload.name for workload in plan.workloads]
        for workload in plan.workloads:
            blocks = [t.block for t in turns_of(each) if t.workload == workload.name]
            assert blocks == sorted(blocks)
            assert (blocks[0] == 0) == (workload.warm_up > 0)


@given(plans(interleave=True))
def test_a_variant_has_two_turns_running_only_across_a_seam_and_never_three(plan):
    for each in rounds(plan):
        for before, after in pairwise(turns_of(each)):
            if before.variant == after.variant:
                assert (before.workload, before.block) != (after.workload, after.block)
        for workload in plan.workloads:
            load = [
                turn.variant
                for turn in turns_of(each)
                if turn.workload == workload.name and turn.block
            ]
            assert max(len(list(run)) for _, run in groupby(load)) <= 2


@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_over_the_rounds_each_variant_has_the_first_word_equally_often(count, blocks):
    plan = make_plan(*ALL[:count], rounds=2 * count)
    workload = make_workload("list", times=60, blocks=blocks)

    first = Counter(
        turns_of(each)[0].variant
        for each in rounds(replace(plan, workloads=(workload,)))
    )

    assert set(first.values()) == {2}


@given(plans(interleave=True))
def test_variants_that_stand_side_by_side_are_one_group(plan):
    for each in rounds(plan):
        assert [group.variants for group in each.groups] == [each.order]


@given(plans(interleave=False))
def test_where_visits_alternate_each_variant_is_loaded_alone_in_one_piece(plan):
    for each in rounds(plan):
        assert tuple(group.variants for group in each.groups) == tuple(
            (variant,) for variant in each.order
        )
        for group in each.groups:
            (variant,) = group.variants
            assert {turn.variant for turn in group.turns} == {variant.name.value}
            load = [t for t in group.turns if t.phase is Phase.LOAD]
            assert [(t.workload, t.block, t.iterations) for t in load] == [
                (workload.name, 1, workload.times) for workload in plan.workloads
            ]


def test_whole_visits_alternate_as_abba():
    plan = make_plan(rounds=4, interleave=False)

    order = [variant.name for each in rounds(plan) for variant in each.order]

    base, target = VariantName.BASE, VariantName.TARGET
    assert order == [base, target, target, base, target, base, base, target]


@given(st.one_of(plans(interleave=True), plans(interleave=False)))
def test_more_rounds_do_not_change_those_before(plan):
    longer = replace(plan, rounds=plan.rounds + 3)

    assert rounds(longer)[: plan.rounds] == rounds(plan)
    assert [each.number for each in rounds(longer)] == list(range(1, plan.rounds + 4))


@pytest.mark.parametrize(
    ("times", "blocks", "sizes"),
    [
        (40, 4, (10, 10, 10, 10)),
        (10, 4, (3, 3, 2, 2)),
        (3, 8, (1, 1, 1)),
        (1, 1, (1,)),
    ],
)
def test_iterations_are_split_as_even_as_can_be(times, blocks, sizes):
    assert split(times, blocks) == sizes
