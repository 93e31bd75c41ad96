# SPDX-License-Identifier: Apache-2.0
import dataclasses
import importlib
import pkgutil

import pytest

from perfcompare import model
from perfcompare.model.caveat import (
    BusyWhileIdle,
    Differs,
    FailedIterations,
    FewIterations,
    FewRounds,
    Killed,
    MissingRounds,
    Note,
    OneWay,
    Uncorrected,
    WholeVisits,
    WithinFloor,
)
from perfcompare.model.comparison import Contrast
from perfcompare.model.errors import PlanError, Problem
from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.metric import Better, Metric, MetricKey, Unit
from perfcompare.model.project import Project


@pytest.mark.parametrize(
    ("caveat", "words"),
    [
        (
            FewRounds(rounds=2, needed=3),
            "2 rounds; at least 3 can show a difference",
        ),
        (
            MissingRounds(rounds=(2, 5)),
            "no value on one side in round 2, 5: left out of the pairs",
        ),
        (
            FailedIterations(variant="base", failed=3, total=300, most_common="Boom"),
            "base: 3 of 300 iterations failed (Boom)",
        ),
        (
            Killed(variant="base", service="data", rounds=(4, 6), grace_seconds=30.0),
            "base: data ignored SIGTERM for 30 s in round 4, 6 and was killed",
        ),
        (
            OneWay(),
            (
                "base was always measured before target: what drifted in between looks"
                " like an effect, and parity cannot be claimed"
            ),
        ),
        (
            WholeVisits(),
            (
                "whole visits alternated instead of short blocks: on a restless host"
                " that is 3 to 5 times more noise"
            ),
        ),
        (
            BusyWhileIdle(variant="target", cpu_ratio=0.071),
            "target used 7.1% of a core while it had no turn",
        ),
        (
            FewIterations(variant="base", iterations=100, quantile=0.95),
            "base: about 5 of 100 iterations of a round lie beyond p95",
        ),
        (
            WithinFloor(floor=0.005, unit="s", ratio=0.15),
            (
                "parity because the change is below the floor of 5 ms; it is not shown"
                " to be within 15%"
            ),
        ),
        (
            WithinFloor(floor=2.0, unit="count", ratio=0.25),
            (
                "parity because the change is below the floor of 2 count; it is not"
                " shown to be within 25%"
            ),
        ),
        (
            Uncorrected(metrics=48, p_adjusted=0.0551),
            (
                "does not survive the correction for 48 metrics (adjusted p 0.055), so"
                " it counts as undecided"
            ),
        ),
        (
            Differs(what="concurrency", base="4", target="8"),
            "concurrency differs: 4 in base, 8 in target",
        ),
        (Note(text="it rained"), "it rained"),
    ],
)
def test_a_caveat_says_its_numbers(caveat, words):
    assert str(caveat) == words


def test_a_key_joins_the_parts_that_apply():
    p50 = Metric(name="p50", unit=Unit.SECONDS, better=Better.LOWER)

    assert str(MetricKey(workload="list", action="", service="", metric=p50)) == (
        "list/p50"
    )
    assert str(MetricKey(workload="list", action="get", service="x", metric=p50)) == (
        "list/get/x/p50"
    )


def test_a_contrast_knows_its_variants():
    assert {contrast: contrast.variants for contrast in Contrast} == {
        Contrast.TOTAL: ("base", "target"),
        Contrast.RELEASE: ("base", "crossover"),
        Contrast.BACKEND: ("crossover", "target"),
        Contrast.SHAM: ("base", "sham"),
    }


def test_a_plan_error_lists_every_problem_as_a_compiler_does():
    error = PlanError(
        (
            Problem(path="plan.yaml", line=3, message="no such release"),
            Problem(path="plan.yaml", line=None, message="is empty"),
        )
    )

    assert str(error) == "plan.yaml:3: no such release\nplan.yaml: is empty"
    assert error.exit_status is ExitStatus.USAGE


def nouns():
    """Return what is measured and decided; a project is written by hand."""
    for module in pkgutil.iter_modules(model.__path__):
        found = importlib.import_module(f"{model.__name__}.{module.name}")
        for thing in vars(found).values():
            own = getattr(thing, "__module__", "") == found.__name__
            if own and dataclasses.is_dataclass(thing) and thing is not Project:
                yield thing


@pytest.mark.parametrize("noun", tuple(nouns()), ids=lambda noun: noun.__name__)
def test_a_noun_cannot_change_and_no_field_of_it_can_be_forgotten(noun):
    assert noun.__dataclass_params__.frozen
    assert "__slots__" in vars(noun)
    for field in dataclasses.fields(noun):
        assert field.kw_only
        assert field.default is field.default_factory is dataclasses.MISSING
