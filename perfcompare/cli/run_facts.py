# SPDX-License-Identifier: Apache-2.0
"""What a report says about a run as a whole, put together from its files."""

from collections.abc import Sequence

from perfcompare.model.judgement import RunFacts, VariantFacts
from perfcompare.model.plan import Plan
from perfcompare.model.provenance import Host, Origin
from perfcompare.model.variant import Variant
from perfcompare.store import codec
from perfcompare.store.reader import Run


def run_facts(run: Run, *, one_way: bool) -> RunFacts:
    """Say what is known of *run*; *one_way*: base was always before target."""
    provenance = run.provenance
    origins = {each.variant: each for each in provenance.variants} if provenance else {}
    return RunFacts(
        title=run.plan.title,
        project=run.plan.project,
        started_at=run.started_at,
        ended_at=run.ended_at,
        rounds_done=run.rounds_done,
        rounds_planned=run.rounds_planned,
        interleaved=run.plan.interleave,
        one_way=one_way,
        variants=tuple(
            _variant_facts(variant, origins.get(variant.name.value), run)
            for variant in run.plan.variants
        ),
        controls=tuple(
            dict.fromkeys(name for visit in run.measured for name in visit.controls)
        ),
        upgrade=run.upgrade,
        host=_host(provenance.host) if provenance else (),
        generator_packages=provenance.generator_packages if provenance else (),
        reproduce=provenance.command_line if provenance else "",
        # Of imported results there is none: what stands in its place was made up.
        plan=codec.dump(run.plan, Plan).decode() if provenance else "",
        perfcompare_version=run.perfcompare_version,
    )


def _variant_facts(variant: Variant, origin: Origin | None, run: Run) -> VariantFacts:
    evidence = [each.evidence for each in run.measured if each.variant == variant.name]
    # Of imported results nobody knows what ran: the plan's backend is a placeholder.
    # They never fail.
    known = any(evidence) or (origin and origin.packages) or run.failure
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


def samples_facts(*, title: str, variants: Sequence[str], rounds: int) -> RunFacts:
    """Say of numbers what little is known of them."""
    return RunFacts(
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
        plan="",
        perfcompare_version="",
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
