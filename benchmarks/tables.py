# SPDX-License-Identifier: Apache-2.0
"""Markdown tables and the words in their cells."""

import argparse
import math
from collections.abc import Callable, Iterable, Sequence

from biases import Row, Slope

from perfcompare.analysis.intervals import Estimate
from perfcompare.analysis.pairs import LARGEST_LOG
from perfcompare.model.comparison import Scale
from perfcompare.model.metric import Unit

NOTHING = "-"
"""In a cell of which nothing can be said."""


def cores(text: str) -> tuple[float, ...]:
    """Parse "0,0.5,1" to levels, ascending."""
    try:
        found = tuple(sorted({float(each) for each in text.split(",")}))
    except ValueError:
        found = (-1.0,)
    if not 0 <= found[0] <= found[-1] < math.inf:
        message = f"'{text}' is no list of cores; write 0,0.5,1"
        raise argparse.ArgumentTypeError(message)
    return found


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the first cell of a row leads it."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def change(found: Estimate, row: Row) -> str:
    """Write an estimate with its 95 % interval."""
    return spread(found.mean, *found.interval(0.95), row=row)


def per_core(found: Slope, row: Row) -> str:
    """Write what one more core of others does."""
    return spread(found.per_core, found.low, found.high, row=row)


def spread(middle: float, low: float, high: float, *, row: Row) -> str:
    """Write differences as people read them: ``+6.7 % (-4.1..+18.0)``."""
    scale, form, unit = _read_as(row)
    shown = [f"{scale(each):+{form}}" for each in (middle, low, high)]
    return f"{shown[0]} {unit} ({shown[1]}..{shown[2]})"


def limit(row: Row) -> str:
    """Write how much bias is too much."""
    scale, form, unit = _read_as(row)
    return f"{scale(row.limit):{form}} {unit}"


def _read_as(row: Row) -> tuple[Callable[[float], float], str, str]:
    """Return how a difference is scaled, how written, and its unit."""
    if row.scale is Scale.RATIO:
        return lambda log: 100 * math.expm1(min(log, LARGEST_LOG)), ".1f", "%"
    if row.key.metric.unit is Unit.RATIO:
        return lambda share: 100 * share, ".1f", "points"
    return float, ".3g", row.key.metric.unit.value


def amount(number_of_cores: float) -> str:
    """Write how many cores; infinitely many are never reached."""
    return f"{number_of_cores:.2f}" if math.isfinite(number_of_cores) else "never"
