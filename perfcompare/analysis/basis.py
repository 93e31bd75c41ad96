# SPDX-License-Identifier: Apache-2.0
"""What a comparison rests on beside the two samples that it shows."""

from dataclasses import dataclass

from perfcompare.model.caveat import Caveat
from perfcompare.model.metric import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Sham:
    """A copy of base that went the same way as target, and base itself."""

    base: Sample
    sham: Sample
    beside: bool
    """In the rounds of target: the sham then stands where base would.  Else it was
    measured in an experiment of its own, and its effect is taken off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """All that `perfcompare.analysis.compare.compare_on` is told beside samples."""

    one_way: bool = False
    """Base was always measured first; parity is then never claimed without a sham."""
    looks: tuple[int, ...] = ()
    """Of a sequential experiment: levels allow for all of them."""
    rounds: tuple[int, ...] | None = None
    """To pair, of those that both have; None is all."""
    left_out: tuple[int, ...] | None = None
    """Places among the pairs that are trimmed, as the total chose them; None leaves
    the choice to this comparison."""
    ratio: bool = True
    """False: a value elsewhere is not positive, so nothing here is a ratio either."""
    sham: Sham | None = None
    caveats: tuple[Caveat, ...] = ()


PLAIN = Basis()
"""Nothing but two samples."""
