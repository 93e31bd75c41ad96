# SPDX-License-Identifier: Apache-2.0
"""Read a run, judge it, write what was decided: where the two halves meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from perfcompare.analysis.agreement import agreements
from perfcompare.analysis.busy import doubted
from perfcompare.analysis.calibration import calibrate
from perfcompare.analysis.comparable import comparable, judged_iterations
from perfcompare.analysis.compare import compare
from perfcompare.analysis.conditions import marked_rounds
from perfcompare.analysis.corroboration import corroborated, flipped_contrasts
from perfcompare.analysis.differences import differences
from perfcompare.analysis.family import (
    acknowledged,
    adjusted,
    aside,
    exit_status,
    worst_first,
)
from perfcompare.analysis.judge import judge
from perfcompare.analysis.metrics import medians_for_means
from perfcompare.analysis.redistribution import redistributed
from perfcompare.analysis.sequential import looks_caveat, spending
from perfcompare.analysis.shapes import sampled_quantiles, shapes
from perfcompare.cli.collecting import Collected, collect, shams_of
from perfcompare.cli.ending import interrupted, outcome, seen
from perfcompare.cli.run_facts import run_facts, samples_facts
from perfcompare.cli.run_order import is_one_way, is_sham_beside, is_upgraded
from perfcompare.clock import SystemClock
from perfcompare.model.acknowledgement import Acknowledgement
from perfcompare.model.caveat import Caveat, Note, OneWay, WholeVisits
from perfcompare.model.errors import StoreError
from perfcompare.model.judgement import Judgement
from perfcompare.model.metric import Sample, Threshold
from perfcompare.report.files import write_report
from perfcompare.store import layout
from perfcompare.store.reader import Run, open_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judgement and the samples it rests on."""

    judgement: Judgement
    samples: tuple[Sample, ...]


def judge_run(
    run: Run,
    *,
    thresholds: Sequence[Threshold],
    known: Sequence[Acknowledgement] = (),
    sham: Run | None = None,
) -> Judged:
    """Judge what *run* holds.

    One visit's frames are in memory at a time.

    Args:
        run: With at least one complete round, unless it failed before.
        thresholds: They come after the plan's own.
        known: Regressions that are let pass, on the day on which the run began.
        sham: Another run, whose upgrade led from base to base: what it shows is taken
            off.

    Raises:
        StoreError: No round is complete, or a file cannot be read.
        NotComparableError: A value is no usable number, or *sham* is no sham of this.
    """
    visits = seen(run)
    collected = collect(run)
    collector, samples = collected.collector, collected.samples()
    limits = (*run.plan.thresholds, *thresholds)
    one_way = is_upgraded(run.plan) or is_one_way(visits)
    beside = one_way and is_sham_beside(visits)
    taken_off = beside or sham is not None
    facts = run_facts(run, one_way=one_way)
    rows = judge(
        samples,
        thresholds=limits,
        variants=[variant.name.value for variant in run.plan.variants],
        one_way=one_way,
        caveats=collected.workload_caveats(),
        looks=run.plan.looks,
        sham_beside=beside,
        shams=None if sham is None else shams_of(run, sham),
    )
    rows = comparable(
        rows,
        variants=facts.variants,
        iterations=judged_iterations(visits),
        unreached=collector.unreached(),
    )
    rows = doubted(rows, collected.disturbed)
    found = shapes(rows, collector.quantiles(), thresholds=limits)
    rows = redistributed(rows, found, thresholds=limits)
    rows = corroborated(
        adjusted(aside(rows, facts.controls)),
        controls=facts.controls,
        flipped=flipped_contrasts(facts.variants),
    )
    comparisons = worst_first(acknowledged(rows, known, on=_day(run.started_at)))
    judgement = Judgement(
        facts=facts,
        comparisons=comparisons,
        caveats=_caveats(run, collected, one_way=one_way and not taken_off),
        shapes=found,
        occupancy=collected.occupancy,
        agreements=agreements(
            comparisons,
            disturbed=collected.disturbed,
            ends=collector.ends(),
            workloads=run.plan.workloads,
        ),
        distributions=collector.distributions(),
        curves=collector.curves(),
        marks=collector.marks(),
        memory=collector.memory(),
        calibration=calibrate(
            samples,
            collected.halves(),
            totals=comparisons,
            thresholds=limits,
            comparing=partial(compare, looks=run.plan.looks),
        ),
        spending=spending(run.plan.looks, run.rounds_done),
        conditions=collected.conditions,
        differences=differences(facts.variants, project=facts.project),
        failure=run.failure,
        exit_status=outcome(run, comparisons),
    )
    return Judged(judgement=judgement, samples=samples)


def judge_samples(
    samples: Sequence[Sample],
    *,
    title: str,
    thresholds: Sequence[Threshold],
    known: Sequence[Acknowledgement] = (),
    on: date,
) -> Judged:
    """Judge numbers of which nothing else is known; *known* regressions as of *on*."""
    variants = tuple(dict.fromkeys(sample.variant for sample in samples))
    limits = (*medians_for_means(samples), *thresholds)
    rows = judge(samples, thresholds=limits, variants=variants, caveats={})
    found = shapes(rows, sampled_quantiles(samples), thresholds=limits)
    rows = redistributed(rows, found, thresholds=limits)
    rows = corroborated(adjusted(rows), controls=())
    comparisons = worst_first(acknowledged(rows, known, on=on))
    rounds = len({number for sample in samples for number in sample.rounds})
    unknown = Note(
        text="only the values are known: not in which order they were measured,"
        " nor where, nor which backend ran"
    )
    judgement = Judgement(
        facts=samples_facts(title=title, variants=variants, rounds=rounds),
        comparisons=comparisons,
        caveats=(unknown,),
        shapes=found,
        occupancy=(),
        agreements=(),
        distributions=(),
        curves=(),
        marks=(),
        memory=(),
        calibration=calibrate(samples, (), totals=comparisons, thresholds=limits),
        spending=None,
        conditions=(),
        differences=(),
        failure=None,
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


def write_failed(path: Path) -> Path | None:
    """Write the report of the run in *path* if it failed; return the page to open.

    Raises:
        StoreError: The run cannot be read, or a file not be written.
        NotComparableError: A value is no usable number.
    """
    run = open_run(path)
    if run.failure is None:
        return None
    return write_into_run(judge_run(run, thresholds=()), run)


def _caveats(run: Run, collected: Collected, *, one_way: bool) -> tuple[Caveat, ...]:
    if not seen(run):
        return ()
    return (
        *interrupted(run),
        *_order_caveats(run, one_way=one_way),
        *looks_caveat(run.plan.looks),
        *marked_rounds(collected.conditions),
        *collected.collector.caveats(),
    )


def _order_caveats(run: Run, *, one_way: bool) -> tuple[Caveat, ...]:
    if one_way:
        return (OneWay(),)
    return () if run.plan.interleave else (WholeVisits(),)


def today() -> date:
    """Return the day for what tells no day of its own."""
    return _day(SystemClock().now())


def _day(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, tz=UTC).date()
