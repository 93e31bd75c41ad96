# SPDX-License-Identifier: Apache-2.0
"""How many rounds: a number, or a range with looks in between."""

from dataclasses import dataclass

from perfcompare.model.plan import DeploymentKind
from perfcompare.plan.document import (
    LOOK_EVERY,
    QUICK_ROUNDS,
    PlanDocument,
    RoundsDocument,
)
from perfcompare.plan.report import Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What `Plan.rounds` and `Plan.looks` shall be."""

    most: int
    looks: tuple[int, ...]


def resolve_rounds(
    document: PlanDocument, *, rounds: int | None, quick: bool
) -> Rounds:
    """Return the rounds of *document*; the command line's are fixed, and win."""
    wanted = document.rounds
    most = wanted.max if isinstance(wanted, RoundsDocument) else wanted
    if rounds is not None:
        return Rounds(most=rounds, looks=())
    if quick:
        return Rounds(most=min(most, QUICK_ROUNDS), looks=())
    if isinstance(wanted, RoundsDocument):
        looks = (*range(wanted.min, wanted.max, LOOK_EVERY), wanted.max)
        return Rounds(most=most, looks=looks)
    return Rounds(most=most, looks=())


def check_rounds(
    document: PlanDocument, kind: DeploymentKind | None, problems: Problems
) -> None:
    """Note a range that is none, and one where nobody could stop."""
    wanted = document.rounds
    if not isinstance(wanted, RoundsDocument):
        return
    if wanted.min >= wanted.max:
        problems.add(
            ("rounds", "min"),
            f"rounds.min {wanted.min} is not below rounds.max {wanted.max}; give a"
            " smaller min, or write rounds as one number",
        )
    if kind is DeploymentKind.DEVSTACK:
        problems.add(
            ("rounds",),
            "a range of rounds has no meaning with deployment: devstack, where every"
            " round of base is over before target is there; write one number",
        )
