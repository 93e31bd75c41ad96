# SPDX-License-Identifier: Apache-2.0
"""Judgements of experiments that failed, as `judgements` makes those that did not."""

from dataclasses import replace

from perfcompare.model.exit_status import ExitStatus
from perfcompare.model.failure import Failure
from perfcompare.model.judgement import Judgement
from perfcompare.testing.judgements import inconclusive_run

LOG_LINES = (
    "2026-11-02 09:14:07.511 INFO manila.service [-] Starting manila-share node",
    "2026-11-02 09:14:08.020 WARNING oslo_db [-] <script>alert(1)</script> & </style>",
    *(
        f"2026-11-02 09:14:{second:02d}.100 DEBUG oslo_service [-] attempt {second}"
        for second in range(9, 42)
    ),
    "Traceback (most recent call last):\t\"quoted\" 'twice' `ticked` ```fenced```",
    '  File "/venv/lib/manila/share/manager.py", line 301, in ensure_driver_resources',
    "oslo_messaging.exceptions.MessagingTimeout: \u202ereversed\u202c [a](b) {{ 7*7 }}",
    f"long: {'x' * 1000}…",
    "2026-11-02 09:14:45.002 ERROR manila.service [-] 数据 🚀 *** Error in service",
)
"""Forty, as many as are kept; what terminals obey has been taken out of them."""


def failed_run() -> Judgement:
    """Return a run that failed in its third round: two are complete."""
    found = inconclusive_run()
    failure = Failure(
        at=(found.facts.started_at or 0.0) + 1800.0,
        activity="start",
        round=3,
        rounds=6,
        variant="target",
        service="manila-share",
        message=(
            "target was not ready 60 s after its start: manila-share does not report"
            " to be up; raise ready_timeout_seconds"
        ),
        hint="perfcompare run scenarios/manila/plan.yaml --resume --out reports/manila",
        log_lines=LOG_LINES,
        log="visits/failed-r03-target/logs/manila-share.log",
    )
    return replace(found, failure=failure, exit_status=ExitStatus.EXPERIMENT_FAILED)


def failed_early() -> Judgement:
    """Return a run whose upgrade failed: there is nothing to compare."""
    found = failed_run()
    failure = Failure(
        at=(found.facts.started_at or 0.0) + 300.0,
        activity="upgrade",
        round=0,
        rounds=6,
        variant="target",
        service="",
        message="manila-manage db sync of target ended with status 1",
        hint="perfcompare run scenarios/manila/plan.yaml --resume --out reports/manila",
        log_lines=LOG_LINES[-5:],
        log="upgrade/failed-logs",
    )
    variants = tuple(replace(variant, evidence=()) for variant in found.facts.variants)
    facts = replace(
        found.facts, rounds_done=0, variants=variants, upgrade=None, controls=()
    )
    return replace(
        found,
        facts=facts,
        comparisons=(),
        caveats=(),
        shapes=(),
        occupancy=(),
        agreements=(),
        distributions=(),
        curves=(),
        marks=(),
        memory=(),
        calibration=None,
        conditions=(),
        failure=failure,
    )
