# SPDX-License-Identifier: Apache-2.0
"""Plan → rounds, visits and blocks, pure: balanced order."""

from dataclasses import dataclass

from perfcompare.model.plan import Plan
from perfcompare.model.variant import Variant
from perfcompare.model.visit import Phase
from perfcompare.model.workload import Workload
from perfcompare.workload.base import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Variants that are up side by side, and how the load passes between them.

    Their visits go to the store together.
    """

    variants: tuple[Variant, ...]
    """In the order of start."""
    turns: tuple[Turn, ...]
    """For each workload the warm-up of every variant, then the blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One visit to every variant."""

    number: int
    """From 1."""
    order: tuple[Variant, ...]
    groups: tuple[Group, ...]
    """One of all variants; one a variant where whole visits alternate."""


def rounds(plan: Plan) -> tuple[Round, ...]:
    """Lay *plan* out.

    A round depends on its number but not on how many there are, so a run can be
    resumed with more rounds.
    """
    return tuple(_round(plan, number) for number in range(1, plan.rounds + 1))


def balanced(variants: tuple[Variant, ...], index: int) -> tuple[Variant, ...]:
    """Return the order of *variants* at *index* (from 0) of a balanced sequence.

    A B, B A, B A, A B, …; A B C, C B A, B C A, A C B, …: each order is followed
    by its mirror image, so a linear drift cancels within each pair, and the next
    pair begins with another variant.  After n pairs each of n variants has stood
    at each position equally often.  For two variants a quadratic drift, too,
    cancels within each four orders (Thue, Morse).
    """
    count = len(variants)
    pair, mirrored = divmod(index, 2)
    start = _rotation(pair, count)
    order = variants[start:] + variants[:start]
    return order[::-1] if mirrored else order


def _rotation(pair: int, count: int) -> int:
    # With four, steps of two first: a mirror image begins with the neighbour of
    # its order's first, so steps of one would let one variant begin twice before
    # another has begun at all.
    if count == 4:
        return (0, 2, 1, 3)[pair % 4]
    return pair % count


def _round(plan: Plan, number: int) -> Round:
    order = balanced(plan.variants, number - 1)
    if plan.interleave:
        turns = _turns_in_blocks(plan, number)
        groups: tuple[Group, ...] = (Group(variants=order, turns=turns),)
    else:
        groups = tuple(
            Group(variants=(variant,), turns=_turns_in_one_piece(plan, variant))
            for variant in order
        )
    return Round(number=number, order=order, groups=groups)


def _turns_in_blocks(plan: Plan, number: int) -> tuple[Turn, ...]:
    # Each round enters the sequence one pair later, so that with any number of
    # blocks another variant has the first word.
    first = 2 * (number - 1)
    turns = []
    for workload in plan.workloads:
        order = balanced(plan.variants, first)
        turns += [_warm_up(workload, v) for v in order if workload.warm_up]
        for index, iterations in enumerate(split(workload.times, workload.blocks)):
            turns += [
                _block(workload, variant, number=index + 1, iterations=iterations)
                for variant in balanced(plan.variants, first + index)
            ]
    return tuple(turns)


def _turns_in_one_piece(plan: Plan, variant: Variant) -> tuple[Turn, ...]:
    # With nobody to pass the load to, a seam between blocks would only cost time.
    turns = []
    for workload in plan.workloads:
        turns += [_warm_up(workload, variant)] if workload.warm_up else []
        turns.append(_block(workload, variant, number=1, iterations=workload.times))
    return tuple(turns)


def split(times: int, blocks: int) -> tuple[int, ...]:
    """Split *times* iterations into *blocks* as even as can be, none of them empty.

    Fewer blocks come back when there are fewer iterations than blocks.
    """
    count = min(times, blocks)
    each, left = divmod(times, count)
    return tuple(each + (index < left) for index in range(count))


def _warm_up(workload: Workload, variant: Variant) -> Turn:
    return Turn(
        variant=variant.name.value,
        workload=workload.name,
        phase=Phase.WARM_UP,
        block=0,
        iterations=workload.warm_up,
    )


def _block(
    workload: Workload, variant: Variant, *, number: int, iterations: int
) -> Turn:
    return Turn(
        variant=variant.name.value,
        workload=workload.name,
        phase=Phase.LOAD,
        block=number,
        iterations=iterations,
    )
