# SPDX-License-Identifier: Apache-2.0
"""A visit of which nothing is known, for tests that say what matters."""

from perfcompare.model.visit import Visit

EMPTY_VISIT = Visit(
    round=1,
    variant="base",
    position=0,
    started_at=0.0,
    ended_at=1.0,
    ready_seconds=None,
    services=(),
    controls=(),
    windows=(),
    stops=(),
    evidence=(),
    counters=(),
    overhead_seconds=None,
    caveats=(),
)
"""`dataclasses.replace` makes a visit of it."""
