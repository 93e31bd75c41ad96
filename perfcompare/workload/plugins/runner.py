# SPDX-License-Identifier: Apache-2.0
"""A Rally runner like ``constant`` that runs only while its variant has the turn."""

import os
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Literal

from rally import consts
from rally.common.utils import DequeAsQueue
from rally.exceptions import RallyException
from rally.task import runner

from perfcompare.workload.messages import (
    SOCKET_VARIABLE,
    VARIANT_VARIABLE,
    Channel,
    Done,
    Finish,
    Message,
    Ready,
    Run,
    connect,
)
from perfcompare.workload.plugins.crew import Crew

# Rally keeps the two steps of an iteration private; all its own runners use them.
_context_of = runner._get_scenario_context  # noqa: SLF001
_run_once = runner._run_scenario_once  # noqa: SLF001

Result = runner.ScenarioRunnerResult


@runner.configure(name="perfcompare_blocks")
class BlocksRunner(runner.ScenarioRunner):
    """Run iterations at constant concurrency, in turns that a coordinator gives.

    All iterations run in this process, in threads that live as long as the
    workload.  Without a coordinator in the environment there is a single turn
    of all iterations.
    """

    CONFIG_SCHEMA = {  # noqa: RUF012 (Rally declares it so)
        "type": "object",
        "$schema": consts.JSON_SCHEMA,
        "properties": {
            "workload": {
                "type": "string",
                "description": "What the coordinator calls the workload.",
            },
            "times": {
                "type": "integer",
                "minimum": 1,
                "description": "Total number of iterations.",
            },
            "concurrency": {
                "type": "integer",
                "minimum": 1,
                "description": "The number of iterations that run side by side.",
            },
            "timeout": {
                "type": "number",
                "minimum": 0,
                "description": "Seconds after which an iteration is interrupted.",
            },
        },
        "additionalProperties": False,
    }

    def _run_scenario(
        self,
        cls: type,
        method_name: Literal["run"],
        context: dict[str, Any],
        args: dict[str, Any],
    ) -> None:
        crew = Crew(
            self._iteration(cls, method_name, context, args),
            concurrency=self.config.get("concurrency", 1),
            timeout_seconds=self.config.get("timeout", 0),
            aborted=self.aborted,
        )
        path = os.environ.get(SOCKET_VARIABLE)
        with crew:
            if path is None:
                for result in crew.run(self.config.get("times", 1)):
                    self._send_result(result)
            else:
                self._take_turns(Path(path), crew)
        self._flush_results()

    def _iteration(
        self,
        cls: type,
        method_name: Literal["run"],
        context: dict[str, Any],
        args: dict[str, Any],
    ) -> Callable[[int], Result]:
        once = partial(_run_once, cls, method_name)
        events = DequeAsQueue(self.event_queue)

        def run(number: int) -> Result:
            return once(_context_of(number, context), args, events)

        return run

    def _take_turns(self, path: Path, crew: Crew) -> None:
        """Run what the coordinator asks for until it says that all is done.

        Rally checks and stores results in this process.  They are handed to it
        at the very end, when no variant is under load, because that work would
        disturb either this variant's turn or the next one's.
        """
        held: list[Result] = []
        with closing(connect(path)) as channel:
            channel.send(self._ready())
            while isinstance(message := self._next(channel), Run):
                results, done = _turn(crew, message.iterations)
                held.extend(results)
                channel.send(done)
        for result in held:
            self._send_result(result)

    def _ready(self) -> Ready:
        return Ready(
            variant=os.environ.get(VARIANT_VARIABLE, ""),
            workload=self.config.get("workload", ""),
            times=self.config.get("times", 1),
            concurrency=self.config.get("concurrency", 1),
        )

    def _next(self, channel: Channel) -> Message:
        while not channel.wait(1.0):
            if self.aborted.is_set():
                return Finish()
        message = channel.receive()
        if message is None:
            raise RallyException("perfcompare, which gives the turns, has gone")
        return message


def _turn(crew: Crew, iterations: int) -> tuple[list[Result], Done]:
    started, used = time.monotonic(), time.process_time()
    started_at = time.time()
    results = list(crew.run(iterations))
    done = Done(
        iterations=len(results),
        failed=sum(1 for result in results if result["error"]),
        started_at=started_at,
        ended_at=time.time(),
        duration_seconds=time.monotonic() - started,
        cpu_seconds=time.process_time() - used,
    )
    return results, done
