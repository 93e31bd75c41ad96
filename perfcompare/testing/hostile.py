# SPDX-License-Identifier: Apache-2.0
"""A finished judgement in which every word that comes from outside is hostile."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from perfcompare.model.caveat import Acknowledged, MarkedRounds, Note
from perfcompare.model.comparison import Comparison, Corroboration
from perfcompare.model.judgement import (
    Calibration,
    Judgement,
    RunFacts,
    VariantFacts,
)
from perfcompare.model.metric import MetricKey
from perfcompare.testing.judgements import regression_run

SCRIPT = "<script>alert(1)</script></style></title><!--"
HOSTILE_NAMES: Mapping[str, str] = {
    "script": SCRIPT,
    "handler": "</bdi><img src=x onerror='pwned=1'><script>pwned=1</script>",
    "quotes": "\"'><svg onload=alert(1)> `x` {{ 7*7 }} {% raw %} $x$ %s",
    "reordering": "abc\u202e\u2066 cba \u200f",
    "long": "x" * 10_000,
    "long columns": "数据 " * 4_000,
    "emoji": "👩‍🚀🏳️‍🌈 naïve",
    "control": "\x00\x07\x1b[31mred\x1b]0;title\x07\x7f\x85\x0b",
    "lines": "one\ntwo\r\nthree\ttab\u2028four",
    "half a character": "\ud800 and \udfff",
    "no character": "\ufffe\uffff\ufeff",
    "table": "a|b \\| *c* [d](e) _f_ ~g~ #h &amp; =1+1",
    "percent": "%(name)s {0} {name}",
}


@cache
def spoiled_run(name: str) -> Judgement:
    """Put *name* wherever a stranger's word can stand in a judgement."""
    run = regression_run()
    return replace(
        run,
        facts=_spoiled_facts(run.facts, name),
        comparisons=tuple(_spoiled_row(row, name) for row in run.comparisons),
        caveats=(
            Note(text=name),
            MarkedRounds(rounds=(2,), reasons=(name,), voided=True),
        ),
        shapes=tuple(replace(one, workload=name) for one in run.shapes[:1]),
        occupancy=tuple(
            replace(one, workload=name, title=name, variant=name, service=name)
            for one in run.occupancy[:2]
        ),
        agreements=tuple(
            replace(one, key=_spoiled_key(one.key, name)) for one in run.agreements
        ),
        distributions=tuple(
            replace(one, workload=name, action=name) for one in run.distributions[:1]
        ),
        curves=tuple(
            replace(one, service=name, variant=name, quantity=name)
            for one in run.curves[:1]
        ),
        marks=tuple(replace(mark, workload=name, phase=name) for mark in run.marks),
        memory=tuple(
            replace(one, service=name, variant=name, role=name, title=name)
            for one in run.memory[:1]
        ),
        calibration=run.calibration and _spoiled_calibration(run.calibration, name),
        conditions=tuple(
            replace(one, reasons=(name, name), voided=one.round == 1)
            for one in run.conditions
        ),
        differences=tuple(
            replace(one, name=name, why=name, values=tuple(name for _ in one.values))
            for one in run.differences
        ),
    )


def _spoiled_facts(facts: RunFacts, name: str) -> RunFacts:
    upgrade = facts.upgrade and replace(
        facts.upgrade,
        steps=tuple(
            replace(step, name=name, detail=name) for step in facts.upgrade.steps
        ),
    )
    return replace(
        facts,
        title=name,
        project=name,
        variants=(_spoiled_variant(facts.variants[0], name), *facts.variants[1:]),
        upgrade=upgrade,
        host=((name, name),),
        generator_packages=(name,),
        reproduce=name,
        plan=name,
    )


def _spoiled_variant(variant: VariantFacts, name: str) -> VariantFacts:
    evidence = replace(variant.evidence[0], service=name, title=name, evidence=name)
    return replace(
        variant,
        name=name,
        release=name,
        backend=name,
        packages=(name, f"{name}=={name}"),
        evidence=(evidence,),
        config=((name, f"{name}\n{name}"),),
        environment=((name, name),),
    )


def _spoiled_calibration(calibration: Calibration, name: str) -> Calibration:
    metrics = tuple(
        replace(one, key=_spoiled_key(one.key, name)) for one in calibration.metrics
    )
    return replace(calibration, variants=(name,), metrics=metrics)


def _spoiled_key(key: MetricKey, name: str) -> MetricKey:
    metric = replace(key.metric, name=name)
    return replace(key, workload=name, action=name, service=name, metric=metric)


def _spoiled_row(row: Comparison, name: str) -> Comparison:
    return replace(
        row,
        key=_spoiled_key(row.key, name),
        corroboration=Corroboration.LATENT,
        caveats=(
            Note(text=name),
            Acknowledged(reason=name, until=date(2026, 12, 31), where=name),
        ),
    )
