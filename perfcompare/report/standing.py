# SPDX-License-Identifier: Apache-2.0
"""What a row counts as, once all metrics that were asked are seen together."""

from perfcompare.model.caveat import Acknowledged, Uncorrected
from perfcompare.model.comparison import Comparison, Verdict


def standing(comparison: Comparison) -> Verdict:
    """Return the verdict that people are shown, which the exit status rests on.

    The row's own, but for a change that did not survive the correction for many
    metrics: that is as undecided as any other.  CSV and JSON keep the row's own.
    """
    if uncorrected(comparison):
        return Verdict.INCONCLUSIVE
    return comparison.verdict


def uncorrected(comparison: Comparison) -> Uncorrected | None:
    """Return the caveat that takes the row's own verdict back, if it has one."""
    found = (one for one in comparison.caveats if isinstance(one, Uncorrected))
    return next(found, None)


def taken_back(comparison: Comparison) -> str:
    """Say what the row is by itself and why it does not count; "" when it does."""
    why = uncorrected(comparison)
    return f"{comparison.verdict} by itself, which {why}" if why else ""


def acknowledged(comparison: Comparison) -> Acknowledged | None:
    """Return the caveat that lets a known regression pass, if the row has one.

    Its standing stays a regression; only the exit status and the order forgive it.
    """
    found = (one for one in comparison.caveats if isinstance(one, Acknowledged))
    return next(found, None)
