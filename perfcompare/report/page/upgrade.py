# SPDX-License-Identifier: Apache-2.0
"""The upgrade: how long the service was away, and what took how long."""

from collections.abc import Mapping

from perfcompare.model.judgement import Judgement
from perfcompare.model.upgrade import Upgrade
from perfcompare.report.page.timeline import MOST_LANES, timeline, took
from perfcompare.report.scale import SPACE
from perfcompare.report.words import plural, printable

_RESOURCES = ("create", "verify")
"""Steps whose details tell of what was made before, and found after."""


def upgrade_section(judgement: Judgement) -> Mapping[str, object]:
    """Return what upgrade.html.j2 shows."""
    upgrade = judgement.facts.upgrade
    if upgrade is None:
        return {"upgrade": None}
    undrawn = len(upgrade.steps) - MOST_LANES
    return {
        "upgrade": {
            "outage": outage_words(upgrade),
            "outage_took": took(upgrade.outage_seconds or 0.0),
            "label": "The one step" if len(upgrade.steps) == 1 else "Resources",
            "told": step_words(upgrade),
            "timeline": timeline(upgrade),
            "most": MOST_LANES,
            "undrawn": plural(undrawn, "more step is", "more steps are")
            if undrawn > 0
            else "",
        }
    }


def outage_words(upgrade: Upgrade) -> str:
    """Say how long the service was away, and how much of that migrations took."""
    outage, migrations = upgrade.outage_seconds, upgrade.migration_seconds
    if outage is None:
        told = "How long the service was away is not known: nobody watched it"
        if migrations is not None:
            told += f"; migrations took {took(migrations)}"
        return f"{told}."
    told = f"Outage {took(outage)}, from the stop of base until target was ready"
    if migrations is None:
        return f"{told}; how much of that was migrations is not known."
    share = ""
    if 0 < migrations <= outage:
        share = f" ({migrations / outage * 100:.0f}{SPACE}%)"
    return f"{told}; of that, migrations {took(migrations)}{share}."


def step_words(upgrade: Upgrade) -> str:
    """Say what was made before the upgrade and found after it; of one step, all."""
    alone = len(upgrade.steps) == 1
    told = [
        f"{printable(step.name, limit=40)}: {printable(step.detail, limit=120)}"
        for step in upgrade.steps
        if step.detail and (alone or step.name.partition(" ")[0] in _RESOURCES)
    ]
    return "; ".join(told)
