# SPDX-License-Identifier: Apache-2.0
"""Looking at one experiment more than once, and how to pay for it.

Whoever looks after 4, 6, 8 and 10 rounds and stops at the first that is significant
at 5 % is wrong in 11 % of all cases.  So each look is taken at the same stricter level,
chosen such that all of them together are wrong in 5 %: S. J. Pocock (1977), "Group
sequential methods in the design and analysis of clinical trials", Biometrika 64,
191-199.  The intervals at that level hold for all looks together, whichever was the
last and why: C. Jennison, B. W. Turnbull (1989), "Interim analyses: the repeated
confidence interval approach", J. R. Stat. Soc. B 51, 305-361.
"""

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from scipy import optimize, special

from perfcompare.analysis.family import FALSE_DISCOVERY_RATE
from perfcompare.analysis.intervals import ONE_LOOK, Floats, Levels
from perfcompare.model.caveat import SequentialLooks
from perfcompare.model.comparison import Comparison, Contrast, Verdict
from perfcompare.model.judgement import Spending

SPENT = 0.8
"""Of an error rate, what is planned with; the rest covers what the theory leaves out.

It is of data whose variance is known.  Student's t at successive looks is less alike,
and the trimmed mean takes over at 8 rounds: of 150 000 simulated experiments without
effect and with looks at 4, 6, 8, 10 Pocock's levels are wrong in 5.8 % for 5 (normal
differences), with seven looks from 3 to 15 in 6.0 %.  Planned with 4 % they are wrong
in 4.7 and 4.9 %.
"""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)
"""Of the quadrature; 48 give the same eleven digits at looks 4, 6, 8, 10."""

_FARTHEST = 12.0
"""Standard errors within which the sums are followed; 1e-33 lies beyond."""


@lru_cache(maxsize=4096)
def crossing(bound: float, looks: tuple[int, ...]) -> float:
    """Return the chance that nothing looks like something at any of *looks*.

    It is P(|Z_k| >= *bound* for a k) where Z_k = S_k / sqrt(n_k) and S_k is a sum of
    n_k independent standard normal steps: P. Armitage, C. K. McPherson, B. C. Rowe
    (1969), "Repeated significance tests on accumulating data", J. R. Stat. Soc. A 132,
    235-244.  The density f_k of S_k where no look has crossed yet comes from the one
    before it by numerical integration, and the chance to cross first at look k from
    f_(k-1) and the tails of the step between; all terms are positive, so small chances
    are as exact as large ones.

    Args:
        bound: In standard errors, the same at every look; not negative.
        looks: Numbers of rounds, ascending; () crosses nothing.
    """
    if not looks:
        return 0.0
    total = float(2 * special.ndtr(-bound))
    reach = min(bound, _FARTHEST)
    seen = looks[0]
    at, width = _grid(reach * math.sqrt(seen))
    density = _normal(at, seen)
    for look in looks[1:]:
        step, edge = look - seen, bound * math.sqrt(look)
        tails = special.ndtr((at - edge) / math.sqrt(step))
        tails += special.ndtr((-at - edge) / math.sqrt(step))
        total += float(np.sum(width * density * tails))
        here, narrow = _grid(reach * math.sqrt(look))
        density = _normal(here[:, None] - at[None, :], step) @ (width * density)
        at, width, seen = here, narrow, look
    return min(total, 1.0)


@lru_cache
def level(alpha: float, looks: tuple[int, ...]) -> float:
    """Return the two-sided level of each of *looks* that makes *alpha* of them all.

    Without looks, or with one, that is *alpha* itself.
    """
    if len(looks) < 2:
        return alpha

    def excess(bound: float) -> float:
        return crossing(bound, looks) - alpha

    fewest, most = _bound(alpha), _bound(alpha / len(looks))
    return float(2 * special.ndtr(-optimize.brentq(excess, fewest, most, xtol=1e-10)))


def levels(looks: tuple[int, ...]) -> Levels:
    """Return the levels of every single look: those of `ONE_LOOK` for one."""
    if len(looks) < 2:
        return ONE_LOOK
    return Levels(
        change=level(SPENT * ONE_LOOK.change, looks),
        parity=level(SPENT * ONE_LOOK.parity, looks),
    )


def repeated(p_value: float, looks: tuple[int, ...]) -> float:
    """Return the p-value that allows for *looks*: at most alpha where a look decides.

    It is the chance that any look of an experiment without effect shows as small a
    *p_value* as this one.
    """
    if len(looks) < 2 or not 0 < p_value < 1:
        return p_value
    return min(crossing(_bound(p_value), looks) / SPENT, 1.0)


def spending(looks: tuple[int, ...], rounds_done: int) -> Spending | None:
    """Say what the looks up to *rounds_done* have cost; None without *looks*."""
    if not looks:
        return None
    each = levels(looks).change
    done = tuple(look for look in looks if look <= rounds_done)
    spent = repeated(each, done) if done else 0.0
    return Spending(
        planned=looks, done=done, alpha=ONE_LOOK.change, level=each, spent=spent
    )


def looks_caveat(looks: tuple[int, ...]) -> tuple[SequentialLooks, ...]:
    """Return what a report says once about every interval; () without *looks*."""
    if not looks:
        return ()
    return (SequentialLooks(looks=looks, level=levels(looks).change),)


def undecided(comparisons: Iterable[Comparison]) -> tuple[int, int]:
    """Return how many primary comparisons of the total more rounds may still decide.

    And how many primary ones there are.  What cannot be compared, no round will change.

    Args:
        comparisons: As `perfcompare.analysis.family.adjusted` returns them.
    """
    primary = [
        one for one in comparisons if one.primary and one.contrast is Contrast.TOTAL
    ]
    return sum(not _is_settled(one) for one in primary), len(primary)


def decided(comparisons: Iterable[Comparison]) -> bool:
    """Tell whether a sequential experiment may end.

    Where nothing at all is primary nothing is decided: some metrics become primary
    with more rounds.
    """
    left, primary = undecided(comparisons)
    return primary > 0 and left == 0


def _is_settled(one: Comparison) -> bool:
    if one.verdict in {Verdict.REGRESSION, Verdict.IMPROVEMENT}:
        survives = one.p_adjusted is not None
        return survives and (one.p_adjusted or 0.0) <= FALSE_DISCOVERY_RATE
    return one.verdict is not Verdict.INCONCLUSIVE


def _bound(alpha: float) -> float:
    return float(-special.ndtri(alpha / 2))


def _grid(reach: float) -> tuple[Floats, Floats]:
    return _NODES * reach, _WEIGHTS * reach


def _normal(at: Floats, variance: float) -> Floats:
    return np.exp(-(at**2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)
