# SPDX-License-Identifier: Apache-2.0
"""Read a run, judge it, write what was decided: where the two halves meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perfcompare.analysis.collect import Collector
from perfcompare.analysis.family import adjusted, aside, exit_status, worst_first
from perfcompare.analysis.judge import judge
from perfcompare.model.caveat import Caveat, Note, OneWay, WholeVisits
from perfcompare.model.errors import StoreError
from perfcompare.model.judgement import Judgement, RunFacts, VariantFacts
from perfcompare.model.metric import Sample, Threshold
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.provenance import Host, Origin
from perfcompare.model.variant import Variant, VariantName
from perfcompare.model.visit import Visit
from perfcompare.report.files import write_report
from perfcompare.store import layout
from perfcompare.store.reader import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judgement and the samples it rests on."""

    judgement: Judgement
    samples: tuple[Sample, ...]


def judge_run(run: Run, *, thresholds: Sequence[Threshold]) -> Judged:
    """Judge what *run* holds; *thresholds* come after the plan's own.

    One visit's frames are in memory at a time.

    Raises:
        StoreError: No round is complete, or a file cannot be read.
        NotComparableError: A value is no usable number.
    """
    collector = Collector()
    for visit in run.visits:
        collector.add(visit, run.iterations(visit), run.readings(visit))
    samples = collector.samples()
    one_way = _is_upgraded(run.plan) or is_one_way(run.visits)
    facts = _facts(run, one_way=one_way)
    rows = judge(
        samples,
        thresholds=(*run.plan.thresholds, *thresholds),
        variants=[variant.name.value for variant in run.plan.variants],
        one_way=one_way,
        caveats=collector.workload_caveats(),
    )
    comparisons = worst_first(adjusted(aside(rows, facts.controls)))
    judgement = Judgement(
        facts=facts,
        comparisons=comparisons,
        caveats=(*_order_caveats(run, one_way=one_way), *collector.caveats()),
        distributions=collector.distributions(),
        curves=collector.curves(),
        marks=collector.marks(),
        calibration=None,
        spending=None,
        conditions=(),
        differences=(),
        exit_status=exit_status(comparisons),
    )
    return Judged(judgement=judgement, samples=samples)


def judge_samples(
    samples: Sequence[Sample], *, title: str, thresholds: Sequence[Threshold]
) -> Judged:
    """Judge numbers of which nothing else is known."""
    variants = tuple(dict.fromkeys(sample.variant for sample in samples))
    rows = judge(samples, thresholds=thresholds, variants=variants, caveats={})
    comparisons = worst_first(adjusted(rows))
    rounds = len({number for sample in samples for number in sample.rounds})
    facts = RunFacts(
        title=title,
        project="",
        started_at=None,
        ended_at=None,
        rounds_done=rounds,
        rounds_planned=rounds,
        interleaved=False,
        one_way=False,
        variants=tuple(_unknown_variant(name) for name in variants),
        controls=(),
        upgrade=None,
        host=(),
        generator_packages=(),
        reproduce="",
        perfcompare_version="",
    )
    unknown = Note(
        text="only the values are known: not in which order they were measured,"
        " nor where, nor which backend ran"
    )
    judgement = Judgement(
        facts=facts,
        comparisons=comparisons,
        caveats=(unknown,),
        distributions=(),
        curves=(),
        marks=(),
        calibration=None,
        spending=None,
        conditions=(),
        differences=(),
        exit_status=exit_status(comparisons),
    )
    return Judged(judgement=judgement, samples=tuple(samples))


def write_judged(judged: Judged, *, directory: Path, comparison: Path) -> None:
    """Write the report and ``comparison.json``.

    Raises:
        StoreError: A file cannot be written.
    """
    try:
        write_report(
            judged.judgement,
            judged.samples,
            directory=directory,
            comparison=comparison,
        )
    except OSError as error:
        raise StoreError(
            f"the report cannot be written: {error.filename}: {error.strerror};"
            " name another place with --out"
        ) from error


def write_into_run(judged: Judged, run: Run) -> Path:
    """Write the report where a run keeps it; return the page to open."""
    directory = run.path / layout.REPORT
    comparison = run.path / layout.COMPARISON_FILE
    write_judged(judged, directory=directory, comparison=comparison)
    return directory / "index.html"


def _is_upgraded(plan: Plan) -> bool:
    """Tell whether a cloud went from base to target, which no cloud goes back."""
    base, target = plan.variants[:2]
    return plan.deployment is DeploymentKind.DEVSTACK and base.release != target.release


def is_one_way(visits: Sequence[Visit]) -> bool:
    """Tell whether every visit to base began before any to another variant."""
    base = [v.started_at for v in visits if v.variant == VariantName.BASE]
    other = [v.started_at for v in visits if v.variant == VariantName.TARGET]
    several = len(base) > 1 and len(other) > 1
    return several and max(base) < min(other)


def _order_caveats(run: Run, *, one_way: bool) -> tuple[Caveat, ...]:
    if one_way:
        return (OneWay(),)
    return () if run.plan.interleave else (WholeVisits(),)


def _facts(run: Run, *, one_way: bool) -> RunFacts:
    provenance = run.provenance
    origins = {each.variant: each for each in provenance.variants} if provenance else {}
    return RunFacts(
        title=run.plan.title,
        project=run.plan.project,
        started_at=run.started_at,
        ended_at=run.ended_at,
        rounds_done=run.rounds_done,
        rounds_planned=run.plan.rounds,
        interleaved=run.plan.interleave,
        one_way=one_way,
        variants=tuple(
            _variant_facts(variant, origins.get(variant.name.value), run.visits)
            for variant in run.plan.variants
        ),
        controls=tuple(
            dict.fromkeys(name for visit in run.visits for name in visit.controls)
        ),
        upgrade=run.upgrade,
        host=_host(provenance.host) if provenance else (),
        generator_packages=provenance.generator_packages if provenance else (),
        reproduce=provenance.command_line if provenance else "",
        perfcompare_version=run.perfcompare_version,
    )


def _variant_facts(
    variant: Variant, origin: Origin | None, visits: Sequence[Visit]
) -> VariantFacts:
    evidence = [each.evidence for each in visits if each.variant == variant.name]
    # Of imported results nobody knows what ran: the plan's backend is a placeholder.
    known = any(evidence) or (origin is not None and origin.packages)
    return VariantFacts(
        name=variant.name.value,
        release=variant.release,
        backend=variant.backend.value if known else "",
        packages=origin.packages if origin else (),
        evidence=evidence[-1] if evidence else (),
        config=origin.config if origin else (),
        environment=origin.environment if origin else (),
        python=origin.python if origin else "",
    )


def _unknown_variant(name: str) -> VariantFacts:
    return VariantFacts(
        name=name,
        release="",
        backend="",
        packages=(),
        evidence=(),
        config=(),
        environment=(),
        python="",
    )


def _host(host: Host) -> tuple[tuple[str, str], ...]:
    gib = 2**30
    memory = host.memory_bytes
    return (
        ("CPU", host.cpu_model or "unknown"),
        ("cores", str(host.cores)),
        ("memory", "unknown" if memory is None else f"{memory / gib:.1f} GiB"),
        ("kernel", host.kernel),
        ("virtualization", host.virtualization or "unknown"),
        ("clock source", host.clock_source or "unknown"),
        ("load at start", f"{host.load_at_start:.2f}"),
        ("perfcompare runs on", host.python),
    )
