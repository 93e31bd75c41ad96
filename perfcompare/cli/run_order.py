# SPDX-License-Identifier: Apache-2.0
"""What a run's plan and the order of its visits say about what may be compared."""

from collections.abc import Sequence

from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.variant import VariantName
from perfcompare.model.visit import Visit


def is_upgraded(plan: Plan) -> bool:
    """Tell whether a cloud went from base to target, which no cloud goes back."""
    base, target = plan.variants[:2]
    return plan.deployment is DeploymentKind.DEVSTACK and base.release != target.release


def is_one_way(visits: Sequence[Visit]) -> bool:
    """Tell whether every visit to base began before any to another variant."""
    base = [v.started_at for v in visits if v.variant == VariantName.BASE]
    other = [v.started_at for v in visits if v.variant == VariantName.TARGET]
    several = len(base) > 1 and len(other) > 1
    return several and max(base) < min(other)


def is_sham_beside(visits: Sequence[Visit]) -> bool:
    """Tell whether the sham was measured where target was: after all of base."""
    base = [v.started_at for v in visits if v.variant == VariantName.BASE]
    sham = [v.started_at for v in visits if v.variant == VariantName.SHAM]
    return bool(base and sham) and max(base) < min(sham)
