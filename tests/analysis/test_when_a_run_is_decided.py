# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from perfcompare.analysis.sequential import decided, looks_caveat, undecided
from perfcompare.model.comparison import Contrast, Verdict
from perfcompare.testing.comparisons import comparison_of, informational, key_of


def row(verdict, **changes):
    return replace(comparison_of(key_of("p50"), 0.1, 0.1, verdict), **changes)


PARITY = row(Verdict.PARITY)
OPEN = row(Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (PARITY, True),
        (OPEN, False),
        (row(Verdict.REGRESSION), True),
        (row(Verdict.IMPROVEMENT), True),
        # What does not survive the correction may with more rounds.
        (row(Verdict.REGRESSION, p_adjusted=0.051), False),
        (row(Verdict.IMPROVEMENT, p_adjusted=None), False),
        # What cannot be compared never will be.
        (row(Verdict.NOT_COMPARABLE), True),
        (informational(OPEN), True),
        (replace(OPEN, contrast=Contrast.RELEASE), True),
    ],
)
def test_every_primary_comparison_of_the_total_has_to_be_decided(last, expected):
    assert decided((PARITY, last)) is expected


@pytest.mark.parametrize("rows", [(), (informational(PARITY),)])
def test_nothing_that_counts_decides_nothing(rows):
    assert not decided(rows)


def test_the_undecided_are_counted_among_the_primary():
    assert undecided((PARITY, OPEN, OPEN, informational(OPEN))) == (2, 3)


def test_the_looks_are_told_once_with_the_level_of_each():
    (caveat,) = looks_caveat((4, 6, 8, 10))

    assert str(caveat).startswith("looks planned after 4, 6, 8, 10 rounds: every")
    assert "at 1.60% instead of 5 %" in str(caveat)


def test_a_fixed_number_of_rounds_needs_no_word():
    assert looks_caveat(()) == ()
