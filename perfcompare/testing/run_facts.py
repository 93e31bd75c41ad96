# SPDX-License-Identifier: Apache-2.0
"""What a report shows of a run beside its comparisons, made up."""

from collections.abc import Sequence

from perfcompare.model.judgement import Distribution, RunFacts, VariantFacts
from perfcompare.model.upgrade import Upgrade, UpgradeStep
from perfcompare.model.variant import Backend
from perfcompare.model.visit import ProcessEvidence

BEGAN = 1_790_000_000.0
SERVICES = ("manila-api", "manila-scheduler", "manila-share")


def facts_of(variants: Sequence[str]) -> RunFacts:
    """Describe a Manila run in these variants."""
    return RunFacts(
        title="Manila from eventlet to threads",
        project="manila",
        started_at=BEGAN,
        ended_at=BEGAN + 2460.0,
        rounds_done=6,
        rounds_planned=6,
        interleaved=True,
        one_way=False,
        variants=tuple(_variant(name) for name in variants),
        controls=("mariadb", "rabbitmq", "keystone"),
        upgrade=_upgrade(),
        host=(
            ("CPU", "Xeon at 2.20 GHz"),
            ("cores", "2"),
            ("memory", "7.8 GiB"),
            ("virtualization", "kvm"),
            ("kernel", "Linux 6.1.0"),
        ),
        generator_packages=("rally==5.1.1", "rally-openstack==4.1.0"),
        reproduce="perfcompare run scenarios/manila/eventlet-to-threading.yaml",
        plan='{\n "project": "manila",\n "rounds": 6\n}\n',
        perfcompare_version="1.0.0",
    )


def unknown_variant(name: str) -> VariantFacts:
    """Describe a variant of which only numbers are known."""
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


def _variant(name: str) -> VariantFacts:
    old = name in {"base", "sham"}
    backend = Backend.THREADING if name == "target" else Backend.EVENTLET
    return VariantFacts(
        name=name,
        release="2026.1" if old else "2026.2",
        backend=backend.value,
        packages=(
            f"eventlet=={'0.40.4' if old else '0.41.0'}",
            f"manila=={'22.0.2' if old else '23.0.1'}",
            "oslo.config==10.1.0",
            *(() if old else ("cotyledon==2.2.0",)),
        ),
        evidence=tuple(
            ProcessEvidence(
                service=service,
                pid=4100 + at,
                title=f"/venv/bin/{service} --config-file manila.conf",
                expected=backend,
                found=backend if at else None,
                threads=53 if backend is Backend.THREADING else 1,
                evidence="hub in thread MainThread: eventlet/hubs/hub.py"
                if backend is Backend.EVENTLET
                else "ThreadPoolExecutor-0_0: concurrent/futures/thread.py",
            )
            for at, service in enumerate(SERVICES)
        ),
        config=(
            (
                "manila.conf",
                "[DEFAULT]\ndebug = false\n"
                + ("" if old else "backend = threading\n")
                + "[database]\nconnection = ***\n",
            ),
        ),
        environment=(("OS_MANILA_DISABLE_EVENTLET_PATCHING", str(not old).lower()),),
        python="CPython 3.11.7",
    )


def _upgrade() -> Upgrade:
    steps = (
        ("create", 0.0, 14.2, "2 share types, 6 shares"),
        ("verify pre-upgrade", 14.2, 15.1, "all 8 resources are there"),
        ("shutdown", 15.1, 18.9, "3 services stopped"),
        ("migrate", 18.9, 27.3, "4 migrations"),
        ("start", 27.3, 41.0, "3 services ready"),
        ("verify post-upgrade", 41.0, 42.2, "all 8 resources are there"),
    )
    return Upgrade(
        steps=tuple(
            UpgradeStep(
                name=name,
                started_at=BEGAN + start,
                ended_at=BEGAN + end,
                detail=detail,
            )
            for name, start, end, detail in steps
        ),
        outage_seconds=25.9,
        migration_seconds=8.4,
    )


def distributions_of(
    workloads: Sequence[str], variants: Sequence[str]
) -> tuple[Distribution, ...]:
    """Give every workload a heavy tail, a little heavier from variant to variant."""
    probabilities = tuple(step / 200 for step in range(201))
    return tuple(
        Distribution(
            workload=workload,
            action="",
            variant=variant,
            iterations=1200,
            probabilities=probabilities,
            durations_seconds=tuple(
                0.02 * (at + 1) * (1 + 0.1 * which) * (1 - 0.985 * share) ** -0.3
                for share in probabilities
            ),
        )
        for at, workload in enumerate(workloads)
        for which, variant in enumerate(variants)
    )
