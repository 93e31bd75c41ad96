# SPDX-License-Identifier: Apache-2.0
"""What happened on the way from base to target."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeStep:
    """One step of the passage, in Grenade's words."""

    name: str
    """create, verify pre-upgrade, shutdown, migrate, start, verify post-upgrade."""
    started_at: float
    ended_at: float
    detail: str
    """One line for people: what was created, verified or migrated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """The passage as a whole."""

    steps: tuple[UpgradeStep, ...]
    outage_seconds: float | None
    """From the stop of base until target is ready; None where nobody watched it."""
    migration_seconds: float | None
    """None where somebody else migrated."""
