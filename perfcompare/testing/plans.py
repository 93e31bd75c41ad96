# SPDX-License-Identifier: Apache-2.0
"""A small plan, and its parts, for whoever needs one."""

import hashlib
import json
from dataclasses import replace

from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.variant import Backend, Packages, Variant, VariantName
from perfcompare.model.workload import Workload

LIST = "list things"
CREATE = "create and delete a thing"

_ROLES = {
    VariantName.BASE: ("2026.1", Backend.EVENTLET),
    VariantName.TARGET: ("2026.2", Backend.THREADING),
    VariantName.CROSSOVER: ("2026.2", Backend.EVENTLET),
    VariantName.SHAM: ("2026.1", Backend.EVENTLET),
}


def make_variant(name: VariantName) -> Variant:
    """Return the variant that has the role *name*."""
    release, backend = _ROLES[name]
    packages = Packages(
        requirements=(f"thing=={release}",),
        uploaded_before=None,
        uploaded_before_each={},
        python="3.11",
    )
    return Variant(
        name=name,
        release=release,
        backend=backend,
        packages=packages,
        environment={"THING_BACKEND": backend.value},
        config={"thing.conf": {"DEFAULT": {"workers": "1"}}},
        uwsgi={},
    )


def make_workload(
    name: str, *, times: int, concurrency: int = 1, warm_up: int = 2, blocks: int = 4
) -> Workload:
    """Return a workload of nothing in particular."""
    return Workload(
        name=name,
        title=name,
        scenario="Things.act",
        times=times,
        concurrency=concurrency,
        warm_up=warm_up,
        blocks=blocks,
        definition=json.dumps({"title": name}, sort_keys=True),
    )


def make_plan(*names: VariantName, rounds: int = 4, interleave: bool = True) -> Plan:
    """Return a plan with the variants *names* (default: base and target).

    Change anything else by `dataclasses.replace` and `with_digest`.
    """
    plan = Plan(
        title="things: 2026.1 on eventlet, 2026.2 on threading",
        path="scenarios/thing/plan.yaml",
        project="thing",
        deployment=DeploymentKind.LOCAL,
        variants=tuple(
            make_variant(name)
            for name in names or (VariantName.BASE, VariantName.TARGET)
        ),
        workloads=(
            make_workload(LIST, times=40, concurrency=2, warm_up=4),
            make_workload(CREATE, times=20),
        ),
        rounds=rounds,
        looks=(),
        interleave=interleave,
        idle_seconds=5.0,
        settle_seconds=3.0,
        interval_seconds=0.5,
        ready_timeout_seconds=60.0,
        stop_grace_seconds=10.0,
        void_marked_rounds=False,
        thresholds=(),
        digest="",
    )
    return with_digest(plan)


def with_digest(plan: Plan) -> Plan:
    """Return *plan* with the digest that belongs to it; rounds may be added later."""
    measured = replace(
        plan, title="", path="", rounds=0, looks=(), thresholds=(), digest=""
    )
    digest = hashlib.sha256(repr(measured).encode()).hexdigest()
    return replace(plan, digest=digest)
