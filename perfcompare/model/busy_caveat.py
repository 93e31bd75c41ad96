# SPDX-License-Identifier: Apache-2.0
"""Caveats about times that the host or the sharing of waiting has a part in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyHost:
    """Others used the CPU while this workload ran, so its times are not all judged."""

    rounds: tuple[int, ...]
    """Rounds that others disturbed."""
    others_ratio: float
    """CPU that others used in the worst of them, 1 is one core."""
    limit_cores: float
    """What others may use."""
    decided: bool
    """Enough rounds were left to judge; False: more than half were disturbed."""

    def __str__(self) -> str:
        """Say how much others used, and what that costs."""
        numbers = ", ".join(str(number) for number in self.rounds)
        word = "round" if len(self.rounds) == 1 else "rounds"
        seen = (
            f"others used up to {self.others_ratio:.2f} of a core in {word} {numbers}"
            f" (limit {self.limit_cores:.2f})"
        )
        if self.decided:
            return f"busy host: {seen}; these rounds are left out of the times"
        return (
            f"undecided: busy host: {seen}; that is more than half of the rounds, and"
            " times measured beside others may show another effect"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenHost:
    """Nobody can say whether others used the CPU."""

    what: str
    """What was not counted: "CPU that others use", "steal", or both."""

    def __str__(self) -> str:
        """Say what follows."""
        return (
            f"this host does not tell {self.what}: a busy neighbour would not be"
            " noticed, and its effect on times is not known"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Redistributed:
    """The same waiting, shared out differently: one quantile paid, another gained."""

    kind: str
    """"evened out" or "spread out"."""
    slower: float
    """Probability of the quantile that got slower by most: 0.5 is the median."""
    slower_effect: float
    """target / base."""
    faster: float
    faster_effect: float
    mean_effect: float

    def __str__(self) -> str:
        """Say both sides."""
        return (
            f"{self.kind}: p{self.slower * 100:g} took {self.slower_effect - 1:+.1%},"
            f" p{self.faster * 100:g} {self.faster_effect - 1:+.1%}, and mean"
            f" ({self.mean_effect - 1:+.1%}) and rate show parity"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanUndecided:
    """A quantile changed, but nobody knows yet whether the mean did."""

    def __str__(self) -> str:
        """Say what that leaves open."""
        return (
            "the mean is undecided: this may be cost, or waiting that is shared out"
            " differently"
        )
