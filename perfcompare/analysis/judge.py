# SPDX-License-Identifier: Apache-2.0
"""All samples of a run: which are compared with which, and which may not be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from perfcompare.analysis.compare import compare, not_comparable
from perfcompare.analysis.metrics import QUANTILES, threshold_for
from perfcompare.model.caveat import (
    Caveat,
    Differs,
    FailedIterations,
    FewIterations,
    Note,
)
from perfcompare.model.comparison import Comparison, Contrast
from perfcompare.model.metric import MetricKey, Sample, Threshold

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


def judge(
    samples: Sequence[Sample],
    *,
    thresholds: Sequence[Threshold],
    variants: Sequence[str],
    one_way: bool = False,
    caveats: Mapping[str, tuple[Caveat, ...]],
) -> tuple[Comparison, ...]:
    """Compare every metric in every contrast that the variants allow.

    Args:
        samples: Of all variants, in any order.
        thresholds: The plan's; the defaults come before them.
        variants: Names.
        one_way: Base was always measured before the others.  The backend can be
            flipped by a restart both ways, so its contrast is not affected.
        caveats: By workload.  What they say of failed or few iterations goes to the
            rows it is about; a `Differs` makes every row of its workload not
            comparable; anything else goes to every row.

    Returns:
        The comparisons, contrast by contrast, in the order of *samples*.

    Raises:
        NotComparableError: A sample holds something that is no usable number.
    """
    return tuple(
        _judge_row(
            pair,
            threshold_for(pair.key, thresholds, pair.rounds),
            one_way=one_way and contrast is not Contrast.BACKEND,
            caveats=caveats.get(pair.key.workload, ()),
        )
        for contrast in contrasts(variants)
        for pair in _pairs(samples, contrast)
    )


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
    one_way: bool,
    caveats: tuple[Caveat, ...],
) -> Comparison:
    about = tuple(caveat for caveat in caveats if _is_about(caveat, pair))
    refusals = (
        *(caveat for caveat in caveats if isinstance(caveat, Differs)),
        *_failures(pair),
        *(Note(text=f"no value in {variant}") for variant in pair.absent),
    )
    if refusals:
        # A service that one side does not have is a fact, not a failure to measure.
        one_sided = bool(pair.absent) and bool(pair.key.service)
        return not_comparable(
            pair.base,
            pair.target,
            contrast=pair.contrast,
            threshold=(replace(threshold, primary=False) if one_sided else threshold),
            caveats=(*refusals, *about),
        )
    compared = compare(
        pair.base,
        pair.target,
        contrast=pair.contrast,
        threshold=threshold,
        one_way=one_way,
    )
    return replace(compared, caveats=(*compared.caveats, *about))


def _failures(pair: _Pair) -> tuple[Caveat, ...]:
    """Return the rounds in which one side failed too often for other metrics."""
    if pair.key.metric.name == _ERROR_RATE:
        return ()
    base, target = pair.base_errors, pair.target_errors
    return tuple(
        Differs(
            what=f"share of failed iterations in round {number}",
            base=f"{base[number]:.1%}",
            target=f"{target[number]:.1%}",
        )
        for number in sorted(base.keys() & target.keys())
        if max(base[number], target[number]) >= HALF_FAILED
    )


def _is_about(caveat: Caveat, pair: _Pair) -> bool:
    match caveat:
        case Differs():
            return False
        case FailedIterations():
            whole = not pair.key.action and not pair.key.service
            return whole and caveat.variant in pair.contrast.variants
        case FewIterations():
            judged = QUANTILES.get(pair.key.metric.name) == caveat.quantile
            return judged and caveat.variant in pair.contrast.variants
        case _:
            return True
