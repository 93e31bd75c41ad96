# SPDX-License-Identifier: Apache-2.0
"""Ask Rally, before anything is deployed, whether it would take the workloads."""

import json
import sys
from collections.abc import Sequence

from perfcompare import command
from perfcompare.model.errors import WorkloadError
from perfcompare.model.workload import Workload
from perfcompare.workload.generator import own_environment

# Not imported here: it imports Rally, which takes seconds.
_PROCESS = "perfcompare.workload.check_process"


def check_task(workloads: Sequence[Workload]) -> tuple[str, ...]:
    """Return what Rally has against *workloads*, one line a problem.

    Scenarios, their arguments, contexts, SLAs and hooks are looked at as far as
    that goes without a cloud.

    Raises:
        WorkloadError: Rally does not run at all.
    """
    definitions = {workload.name: workload.definition for workload in workloads}
    finished = command.run(
        [sys.executable, "-P", "-m", _PROCESS],
        env=own_environment(),
        stdin=json.dumps(definitions).encode(),
        timeout_seconds=120.0,
    )
    lines = finished.output.splitlines()
    if finished.status != 0:
        said = "\n".join(lines[-5:])
        raise WorkloadError(
            f"Rally could not check the task (status {finished.status}):\n{said}"
        )
    # Rally's own remarks may stand above.
    problems: list[str] = json.loads(lines[-1])
    return tuple(problems)
