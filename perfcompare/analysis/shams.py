# SPDX-License-Identifier: Apache-2.0
"""Difference in differences: what a copy of base showed, to be taken off."""

from dataclasses import dataclass

from perfcompare.analysis.basis import Sham
from perfcompare.analysis.intervals import Estimate, estimate
from perfcompare.analysis.pairs import effect_of, pair
from perfcompare.model.caveat import ShamTakenOff
from perfcompare.model.comparison import Scale
from perfcompare.model.metric import Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOff:
    """The effect of a sham, estimated and in words."""

    estimate: Estimate
    caveat: ShamTakenOff


def taken_off(sham: Sham, scale: Scale, threshold: Threshold) -> TakenOff:
    """Estimate what *sham*, of at least two rounds, seemed to change, on *scale*."""
    pairs = pair(sham.base, sham.sham, threshold, ratio=scale is Scale.RATIO)
    found = estimate(pairs.differences)
    caveat = ShamTakenOff(
        effect=effect_of(found.mean, pairs.scale),
        unit="" if pairs.scale is Scale.RATIO else sham.base.key.metric.unit.value,
        rounds=found.rounds,
    )
    return TakenOff(estimate=found, caveat=caveat)
