# SPDX-License-Identifier: Apache-2.0
"""The power of the two tests that decide, and the rounds that give it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import optimize, special, stats

from perfcompare.analysis.compare import MIN_ROUNDS
from perfcompare.analysis.intervals import Floats, Levels

MOST_ROUNDS = 1000
"""What takes more is not worth a number."""

SPREAD_CONFIDENCE = 0.80
"""Of the interval of a spread, and so of every number that follows from it."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How sure an answer has to be."""

    power: float
    """The chance, in (0, 1), that an experiment with so many rounds decides."""
    levels: Levels


def sd_interval(sd: float, degrees: int) -> tuple[float, float]:
    """Return the 80 % interval of a standard deviation, by the chi-square.

    (n - 1) s^2 / sigma^2 is chi-square distributed on n - 1 degrees of freedom, for
    normal values: G. W. Snedecor, W. G. Cochran, "Statistical Methods".
    """
    tail = (1 - SPREAD_CONFIDENCE) / 2
    low, high = special.chdtri(degrees, [tail, 1 - tail])
    return sd * math.sqrt(degrees / low), sd * math.sqrt(degrees / high)


def rounds_to_find(shift: float, sd: float, demand: Demand) -> int | None:
    """Return the fewest rounds that find a mean of *shift*, of one round's *sd*."""

    def enough(rounds: int) -> bool:
        errors = _in_errors(shift, sd, rounds)
        return power_to_find(errors, rounds - 1, demand.levels.change) >= demand.power

    return _fewest(enough)


def rounds_to_parity(margin: float, sd: float, demand: Demand) -> int | None:
    """Return the fewest rounds that show parity where there is no change."""

    def enough(rounds: int) -> bool:
        errors = _in_errors(margin, sd, rounds)
        return (
            power_of_parity(errors, rounds - 1, demand.levels.parity / 2)
            >= demand.power
        )

    return _fewest(enough)


@lru_cache
def smallest_shift(rounds: int, demand: Demand) -> float:
    """Return the mean, in units of one round's sd, that *rounds* rounds find."""

    def lack(errors: float) -> float:
        return power_to_find(errors, rounds - 1, demand.levels.change) - demand.power

    return float(optimize.brentq(lack, 0.0, 1000.0)) / math.sqrt(rounds)


def power_to_find(errors: float, degrees: int, alpha: float) -> float:
    """Return the power of a two-sided t test, by the noncentral t distribution.

    J. Cohen, "Statistical Power Analysis for the Behavioral Sciences" (1988), 2.3.
    T is beyond t when the mean in standard errors is beyond t u, with u = s / sigma;
    the mean over u is taken by ourselves: SciPy's tail is not a number far out.

    Args:
        errors: The true mean in standard errors: the noncentrality.
        degrees: Of freedom.
        alpha: Two-sided level.
    """
    critical = float(special.stdtrit(degrees, 1 - alpha / 2))

    def outside(u: Floats) -> Floats:
        found: Floats = special.ndtr(errors - critical * u)
        return found + special.ndtr(-errors - critical * u)

    return _mean_over_spreads(outside, degrees)


def power_of_parity(
    errors: float, degrees: int, alpha: float, *, shift: float = 0.0
) -> float:
    """Return the power of two one-sided t tests, exactly.

    D. J. Schuirmann (1987), J. Pharmacokinet. Biopharm. 15, 657-680, for the tests:
    the 1 - 2 alpha interval lies within the margin.  K. F. Phillips (1990), same
    journal 18, 137-144, for the power, there by D. B. Owen's Q (1965), Biometrika 52,
    437-446; here as the same integral over u = s / sigma: given u, the mean in
    standard errors must lie within errors - t u of 0.

    Args:
        errors: The margin in standard errors.
        degrees: Of freedom.
        alpha: Level of each of the two tests.
        shift: The true mean in standard errors.
    """
    critical = float(special.stdtrit(degrees, 1 - alpha))

    def inside(u: Floats) -> Floats:
        room = np.maximum(errors - critical * u, 0.0)
        found: Floats = special.ndtr(room - shift)
        return found - special.ndtr(-room - shift)

    return _mean_over_spreads(inside, degrees, until=errors / critical)


def _mean_over_spreads(
    chance: Callable[[Floats], Floats], degrees: int, *, until: float = math.inf
) -> float:
    """Return the mean of *chance* over u = s / sigma, up to *until*.

    degrees u^2 is chi-square distributed; 200 nodes of Gauss and Legendre, over all
    that u can be, leave nothing to see in the sixth digit.
    """
    around = 12 / math.sqrt(2 * degrees)
    start, end = max(0.0, 1 - around), min(until, 1 + around)
    if end <= start:
        return 0.0
    u = start + (end - start) * (_NODES + 1) / 2
    density = 2 * degrees * u * stats.chi2.pdf(degrees * u**2, degrees)
    return float((end - start) / 2 * np.sum(_WEIGHTS * density * chance(u)))


def _in_errors(size: float, sd: float, rounds: int) -> float:
    return size * math.sqrt(rounds) / sd if sd else math.inf


def _fewest(enough: Callable[[int], bool]) -> int | None:
    """Return the least number of rounds that is *enough*, as more always are."""
    low, high = MIN_ROUNDS, MOST_ROUNDS
    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
