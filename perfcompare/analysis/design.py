# SPDX-License-Identifier: Apache-2.0
"""How the variants of a run were measured, and what each of its rows rests on.

With a crossover C between base B and target T, release (C / B) and backend (T / C) are
parts of the total (T / B) and shall be nothing else: on the scale of differences their
sum, round by round.  So that means and trimmed means add up too, all three rest on the
rounds of the total, leave out the rounds that the total leaves out, and are ratios or
differences together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from perfcompare.analysis.basis import Basis, Sham
from perfcompare.analysis.compare import MIN_ROUNDS
from perfcompare.analysis.intervals import extremes
from perfcompare.analysis.pairs import are_ratios, check, common, pair
from perfcompare.model.caveat import UnequalSplit
from perfcompare.model.comparison import Contrast
from perfcompare.model.metric import MetricKey, Sample, Threshold

ShamSamples = Mapping[MetricKey, tuple[Sample, Sample]]
"""Base and its copy, each metric, of an experiment of their own."""

Samples = Mapping[str, Sample]
"""Of one metric, by variant; none of them empty."""

_SIDES = {"base", "target"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What is known of a run as a whole that decides how its rows are judged."""

    one_way: bool
    looks: tuple[int, ...]
    sham_beside: bool
    """The sham is measured where target is, not where base is."""
    shams: ShamSamples

    def basis(
        self, contrast: Contrast, samples: Samples, threshold: Threshold
    ) -> Basis:
        """Return what the row of *contrast* rests on, given all of its metric."""
        one_way = self.one_way and contrast is not Contrast.BACKEND
        plain = Basis(one_way=one_way, looks=self.looks)
        if contrast is Contrast.SHAM or not samples.keys() >= _SIDES:
            return plain
        for sample in samples.values():
            check(samples["base"], sample)
        sham = self._sham(samples)
        basis = _split(contrast, samples, sham, threshold)
        return replace(
            basis,
            one_way=one_way,
            looks=self.looks,
            sham=None if contrast is Contrast.BACKEND else sham,
        )

    def _sham(self, samples: Samples) -> Sham | None:
        """Return the copy of base to take off; three rounds are the least."""
        base, target = samples["base"], samples["target"]
        beside = samples.get("sham") if self.one_way and self.sham_beside else None
        if beside and len(common(base, beside, target)) >= MIN_ROUNDS:
            return Sham(base=base, sham=beside, beside=True)
        elsewhere = self.shams.get(base.key)
        if elsewhere and len(common(*elsewhere)) >= MIN_ROUNDS:
            return Sham(base=elsewhere[0], sham=elsewhere[1], beside=False)
        return None


def _split(
    contrast: Contrast, samples: Samples, sham: Sham | None, threshold: Threshold
) -> Basis:
    """Let the parts of a total rest on what the total rests on, where they can."""
    base, target = samples["base"], samples["target"]
    reference = sham.sham if sham and sham.beside else base
    crossover = samples.get("crossover")
    total = common(base, reference, target)
    elsewhere = (sham.base, sham.sham) if sham and not sham.beside else ()
    ratio = are_ratios(elsewhere)
    own = {Contrast.TOTAL: total}
    if crossover is None or not total:
        return Basis(rounds=own.get(contrast), ratio=ratio)
    if missing := set(total).difference(crossover.rounds):
        own[Contrast.RELEASE] = common(base, reference, crossover)
        unequal = UnequalSplit(rounds=tuple(sorted(missing)))
        return Basis(
            rounds=own.get(contrast),
            ratio=ratio,
            caveats=() if contrast is Contrast.TOTAL else (unequal,),
        )
    ratio = ratio and are_ratios((reference, target, crossover), total)
    chosen = pair(reference, target, threshold, rounds=total, ratio=ratio)
    return Basis(rounds=total, left_out=extremes(chosen.differences), ratio=ratio)
