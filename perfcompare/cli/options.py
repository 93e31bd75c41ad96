# SPDX-License-Identifier: Apache-2.0
"""What several verbs take: thresholds, and who asks for them."""

from typing import TYPE_CHECKING

import click

from perfcompare.cli.printing import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from perfcompare.model.acknowledgement import Acknowledgement
    from perfcompare.model.comparison import Comparison
    from perfcompare.plan.document import ThresholdDocument

THRESHOLD_HELP = (
    "METRIC=PERCENT%[,FLOOR]: how far a metric may move before it matters, and the"
    " smallest absolute change that does, in base units (s, B). METRIC is a name"
    " (p50) or a glob over workload/action/service/metric. What is not said stays as"
    " the plan has it. May be repeated."
)

KNOWN_HELP = (
    "A YAML file of known regressions (metric, reason, until) that are let pass until"
    " their day; docs/known.md."
)

WAIT_HELP = (
    "Where others keep the CPU busy, wait for quiet before the first round, at most so"
    " long; 0 goes on at once and says who they are."
)


def parse_known(path: "Path | None") -> "tuple[Acknowledgement, ...]":
    """Read the file of known regressions; () without one.

    Raises:
        PlanError: With everything that is wrong with it.
    """
    from perfcompare.plan.known import load_known

    return () if path is None else load_known(path)


def tell_unused(
    comparisons: "Iterable[Comparison]", known: "Sequence[Acknowledgement]"
) -> None:
    """Say which entries name no regression: they can go, or are misspelt."""
    from perfcompare.analysis.family import unused

    for entry in unused(comparisons, known):
        say(f"{entry.where}: '{entry.metric}' names no regression of this run")


def parse_thresholds(
    texts: tuple[str, ...],
) -> "tuple[tuple[str, ThresholdDocument], ...]":
    """Parse ``--threshold`` options to globs and what is wanted of what they name.

    What they leave out stays as it is in force: `perfcompare.plan.thresholds.inherit`.

    Raises:
        click.BadParameter: One of them is no threshold, or names no metric.
    """
    # pydantic and scipy take most of a second to import; --help needs neither.
    from perfcompare.analysis.metrics import DEFAULT_THRESHOLDS
    from perfcompare.plan.document import ThresholdDocument
    from perfcompare.plan.thresholds import complaint

    wanted = {}
    for text in texts:
        metric, equals, value = text.rpartition("=")
        ratio, comma, floor = value.partition(",")
        if not equals or not metric:
            raise click.BadParameter(
                f"'{text}' is no threshold; write METRIC=PERCENT%, as in p50=10%",
                param_hint="--threshold",
            )
        if wrong := complaint(metric, DEFAULT_THRESHOLDS, ()):
            raise click.BadParameter(wrong, param_hint="--threshold")
        given = {"ratio": _ratio(ratio, text)}
        if comma:
            given["floor"] = _number(floor, text)
        wanted[metric] = ThresholdDocument.model_validate(given)
    return tuple(wanted.items())


def _ratio(text: str, whole: str) -> float:
    scale = 100 if text.endswith("%") else 1
    ratio = _number(text.removesuffix("%"), whole) / scale
    if not 0 < ratio <= 1:
        raise click.BadParameter(
            f"'{text}' in '{whole}' is not above 0 % and at most 100 %",
            param_hint="--threshold",
        )
    return ratio


def _number(text: str, whole: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    # Also refuses NaN, which is no less than anything.
    if not 0 <= number < float("inf"):
        raise click.BadParameter(
            f"'{text}' in '{whole}' is no positive number; write METRIC=PERCENT%",
            param_hint="--threshold",
        )
    return number
