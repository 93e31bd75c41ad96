# SPDX-License-Identifier: Apache-2.0
"""All samples of a run: which are compared with which, and which may not be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from perfcompare.analysis.basis import Basis
from perfcompare.analysis.compare import compare_on, not_comparable
from perfcompare.analysis.design import Design, ShamSamples
from perfcompare.analysis.metrics import QUANTILES, SUMMED, TIMES, threshold_for
from perfcompare.model.caveat import (
    Bimodal,
    Caveat,
    Differs,
    FailedIterations,
    FewIterations,
    Note,
    NotSteady,
)
from perfcompare.model.comparison import Comparison, Contrast
from perfcompare.model.load_caveat import GeneratorBound, Saturated
from perfcompare.model.metric import ALL_SERVICES, MetricKey, Sample, Threshold

HALF_FAILED = 0.5
"""From this error rate on, the successes are too few of many to speak for them."""

_ERROR_RATE = "error_rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """The two samples of one row, and how often either side failed."""

    contrast: Contrast
    base: Sample
    target: Sample
    base_errors: Mapping[int, float]
    """Round → error rate of the row's workload; {} where none is known."""
    target_errors: Mapping[int, float]

    @property
    def key(self) -> MetricKey:
        return self.base.key

    @property
    def rounds(self) -> int:
        return len(set(self.base.rounds) & set(self.target.rounds))

    @property
    def absent(self) -> tuple[str, ...]:
        """The variants that have no value at all."""
        return tuple(one.variant for one in (self.base, self.target) if not one.values)


def contrasts(variants: Sequence[str]) -> tuple[Contrast, ...]:
    """Return the contrasts whose two variants are there."""
    return tuple(one for one in Contrast if set(one.variants) <= set(variants))


def judge(  # noqa: PLR0913 - the samples, and what is known of them as a whole
    samples: Sequence[Sample],
    *,
    thresholds: Sequence[Threshold],
    variants: Sequence[str],
    one_way: bool = False,
    caveats: Mapping[str, tuple[Caveat, ...]],
    looks: tuple[int, ...] = (),
    sham_beside: bool = False,
    shams: ShamSamples | None = None,
) -> tuple[Comparison, ...]:
    """Compare every metric in every contrast that the variants allow.

    Args:
        samples: Of all variants, in any order.
        thresholds: The plan's; the defaults come before them.
        variants: Names.
        one_way: Base was always measured before the others.  The backend can be
            flipped by a restart both ways, so its contrast is not affected.
        caveats: By workload.  What they say of failed or few iterations goes to the
            rows it is about; anything else goes to every row.
        looks: Of a sequential experiment, all that were planned.
        sham_beside: The sham was measured where target was, not where base was.  In a
            one-way run it then takes base's place against target and crossover.
        shams: Base and its copy of another experiment, whose upgrade led from base to
            base.  What they show is taken off the total and the release.

    Returns:
        The comparisons, contrast by contrast, in the order of *samples*.

    Raises:
        NotComparableError: A sample holds something that is no usable number.
    """
    design = Design(
        one_way=one_way,
        looks=looks,
        sham_beside=sham_beside,
        shams=_working(shams or {}),
    )
    by_key = _by_key(samples)
    rows = []
    for contrast in contrasts(variants):
        pairs = _pairs(samples, contrast)
        lonely = _lonely(pairs)
        for pair in pairs:
            services = lonely.get(pair.key.metric.name, ())
            counts = bool(services) and pair.key.service == ALL_SERVICES
            stands_in = _stand_in(services) if counts else ()
            limit = threshold_for(pair.key, thresholds, pair.rounds, sums=counts)
            row = _judge_row(
                pair,
                limit,
                basis=design.basis(contrast, by_key[pair.key], limit),
                caveats=(*stands_in, *caveats.get(pair.key.workload, ())),
            )
            rows.append(row)
    return tuple(rows)


def _lonely(pairs: Sequence[_Pair]) -> Mapping[str, tuple[str, ...]]:
    """Return the services that one side alone has, by metric."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name = pair.key.metric.name
        if pair.key.service and pair.absent and name in SUMMED:
            found[name] = (*found.get(name, ()), pair.key.service)
    return found


def _stand_in(services: tuple[str, ...]) -> tuple[Caveat, ...]:
    """Say why the sum over all services counts: what one side lacks cannot."""
    text = f"the sum stands in for what one side alone has: {', '.join(services)}"
    return (Note(text=text),)


def _pairs(samples: Sequence[Sample], contrast: Contrast) -> tuple[_Pair, ...]:
    sides: tuple[dict[MetricKey, Sample], ...] = tuple(
        {sample.key: sample for sample in samples if sample.variant == name}
        for name in contrast.variants
    )
    errors = [_error_rates(side.values()) for side in sides]
    return tuple(
        _Pair(
            contrast=contrast,
            base=sides[0].get(key, _nothing(key, contrast.variants[0])),
            target=sides[1].get(key, _nothing(key, contrast.variants[1])),
            base_errors=errors[0].get(key.workload, {}),
            target_errors=errors[1].get(key.workload, {}),
        )
        # A dict keeps the order of the samples; a set would not.
        for key in dict.fromkeys((*sides[0], *sides[1]))
    )


def _by_key(samples: Sequence[Sample]) -> Mapping[MetricKey, dict[str, Sample]]:
    """Return what has a value, by metric and variant; no sham that half failed."""
    sham = Contrast.SHAM.variants[1]
    failed = _failed([sample for sample in samples if sample.variant == sham])
    found: dict[MetricKey, dict[str, Sample]] = {}
    for sample in samples:
        there = found.setdefault(sample.key, {})
        broken = sample.variant == sham and sample.key.workload in failed
        if sample.values and not broken:
            there[sample.variant] = sample
    return found


def _working(shams: ShamSamples) -> ShamSamples:
    """Leave out the workloads of which half failed: they say nothing of the rest."""
    failed = {
        name for side in zip(*shams.values(), strict=True) for name in _failed(side)
    }
    return {key: both for key, both in shams.items() if key.workload not in failed}


def _failed(samples: Iterable[Sample]) -> set[str]:
    """Return the workloads of which at least half failed in any round."""
    return {
        workload
        for workload, rates in _error_rates(samples).items()
        if max(rates.values(), default=0.0) >= HALF_FAILED
    }


def _nothing(key: MetricKey, variant: str) -> Sample:
    return Sample(key=key, variant=variant, rounds=(), values=())


def _error_rates(samples: Iterable[Sample]) -> dict[str, dict[int, float]]:
    return {
        sample.key.workload: dict(zip(sample.rounds, sample.values, strict=True))
        for sample in samples
        if sample.key.metric.name == _ERROR_RATE and not sample.key.action
    }


def _judge_row(
    pair: _Pair,
    threshold: Threshold,
    *,
    basis: Basis,
    caveats: tuple[Caveat, ...],
) -> Comparison:
    about = tuple(caveat for caveat in caveats if _is_about(caveat, pair))
    refusals = (
        *_failures(pair),
        *(Note(text=f"no value in {variant}") for variant in pair.absent),
    )
    if refusals:
        return not_comparable(
            pair.base,
            pair.target,
            contrast=pair.contrast,
            threshold=replace(threshold, primary=_holds_up(pair, threshold)),
            caveats=(*refusals, *about),
        )
    compared = compare_on(
        pair.base,
        pair.target,
        contrast=pair.contrast,
        threshold=threshold,
        basis=basis,
    )
    return replace(compared, caveats=(*compared.caveats, *about))


def _holds_up(pair: _Pair, threshold: Threshold) -> bool:
    """Tell whether a refused row keeps a job from passing."""
    if pair.absent:
        # A service that one side does not have is a fact, not a failure to measure.
        return bool(threshold.primary) and not pair.key.service
    # Where both sides failed latencies may have no row at all: this one speaks for
    # them, whatever the plan thinks of error rates.
    return bool(threshold.primary) or pair.key.metric.name == _ERROR_RATE


def _failures(pair: _Pair) -> Iterator[Caveat]:
    """Yield the rounds in which too much failed for the row to mean a thing.

    An error rate is judged while one side works; where neither does, nothing was
    measured that could be the same.
    """
    base, target = pair.base_errors, pair.target_errors
    for number in sorted(base.keys() & target.keys()):
        rates = base[number], target[number]
        shown = [f"{rate:.1%}" for rate in rates]
        if min(rates) >= HALF_FAILED:
            yield Note(
                text=f"at least half of the iterations failed on both sides in round"
                f" {number}: {shown[0]} in {pair.base.variant}, {shown[1]} in"
                f" {pair.target.variant}"
            )
        elif max(rates) >= HALF_FAILED and pair.key.metric.name != _ERROR_RATE:
            yield Differs(
                what=f"share of failed iterations in round {number}",
                base=shown[0],
                target=shown[1],
            )


def _is_about(caveat: Caveat, pair: _Pair) -> bool:
    match caveat:
        case FailedIterations():
            whole = not pair.key.action
            return whole and caveat.variant in pair.contrast.variants
        case FewIterations():
            judged = QUANTILES.get(pair.key.metric.name) == caveat.quantile
            return judged and caveat.variant in pair.contrast.variants
        case Saturated():
            # Under queueing throughput is what counts: nothing to warn of.
            timed = pair.key.metric.name in TIMES - {"throughput"}
            return timed and not set(caveat.variants).isdisjoint(pair.contrast.variants)
        case GeneratorBound():
            timed = pair.key.metric.name in TIMES
            return timed and not set(caveat.variants).isdisjoint(pair.contrast.variants)
        case NotSteady() | Bimodal():
            timed = pair.key.metric.name in TIMES and not pair.key.action
            return timed and caveat.variant in pair.contrast.variants
        case _:
            return True
