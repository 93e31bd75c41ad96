# SPDX-License-Identifier: Apache-2.0
"""The process that Rally lives in: imports it once, forks a Rally per order.

Importing Rally with its plugins takes seconds of CPU, and one process can hold
one Rally only (its configuration and database are global).  So this process
imports, waits, and forks a child for each order that it reads from stdin: one
JSON object a line.  Orders carry passwords, which therefore never touch a disk
except in the database below the order's own directory.

When stdin ends, perfcompare has gone: then, and on SIGTERM, every Rally is killed
and waited for, so that not even a zombie is left.
"""

import ctypes
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rally import api, exceptions, plugins
from rally.common import cfg
from rally.common.db import schema
from rally.env import env_mgr
from rally.task import engine

from perfcompare.workload.messages import (
    SOCKET_VARIABLE,
    VARIANT_VARIABLE,
    Ended,
    Started,
    connect,
)
from perfcompare.workload.order import LOG, REPORT, Order, decode

_POLL_INTERVAL_SECONDS = 0.25
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class PromptConsumer(engine.ResultConsumer):
    """Rally's consumer of results, without its look for an abort every 2 s.

    Nobody can abort these tasks through the database, which is private; and
    Rally sleeps one such interval to its end after each workload.
    """

    def wait_and_abort(self) -> None:
        """Wait until the load is over."""
        self.is_done.wait()


def main() -> None:
    """Fork a Rally for each order on stdin, until it ends."""
    plugins.load()
    engine.ResultConsumer = PromptConsumer  # type: ignore[misc]
    # What was imported never becomes garbage: keep collections, which stop all
    # threads, from walking it in the middle of an iteration.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    parent = os.getpid()
    rallies: list[int] = []
    try:
        for line in sys.stdin.buffer:
            rallies = [pid for pid in rallies if os.waitpid(pid, os.WNOHANG)[0] == 0]
            rallies.append(os.fork())
            if rallies[-1] == 0:
                order = decode(line)
                _become(order, parent)
                sys.exit(_obey(order))
    finally:
        if os.getpid() == parent:
            _end(rallies)


def _end(rallies: Sequence[int]) -> None:
    """Kill what still runs; none of these ids is free before we have waited."""
    for pid in rallies:
        os.kill(pid, signal.SIGKILL)
    for pid in rallies:
        os.waitpid(pid, 0)


def _become(order: Order, parent: int) -> None:
    """Turn a fresh child into the Rally of one variant."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    directory = Path(order.directory)
    log = os.open(directory / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, number in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, number)
    os.chdir(directory)
    os.environ.update(order.environment)
    os.environ[SOCKET_VARIABLE] = order.socket
    os.environ[VARIANT_VARIABLE] = order.variant


def _obey(order: Order) -> int:
    """Run the order's task and write Rally's report; return the exit status."""
    with closing(connect(Path(order.socket))) as channel:
        channel.send(Started(variant=order.variant, pid=os.getpid()))
        try:
            report = _run(order)
        except exceptions.RallyException as error:
            channel.send(Ended(error=_reason(error)))
            return 1
        Path(REPORT).write_text(report, encoding="utf-8")
        channel.send(Ended(error=""))
    return 0


def _run(order: Order) -> str:
    """Create a database, an environment and a task; return the report."""
    # Rally's own types end here.
    rally: Any = api.API(config_file=_configuration(), skip_db_check=True)
    database: Any = schema
    _poll_often()
    logging.getLogger("rally.task.engine").addFilter(_is_short)
    database.schema_create()
    environment = env_mgr.EnvManager.create(
        name="perfcompare", spec=dict(order.platform)
    ).uuid
    # Rally 5.1.1 cannot start a task that was not created first.
    uuid = rally.task.create(deployment=environment)["uuid"]
    rally.task.start(deployment=environment, config=order.task, task=uuid)
    report: str = rally.task.export([uuid], "json")["print"]
    return report


def _configuration() -> str:
    """Write rally.conf; all that Rally says goes to stderr, which is the log."""
    path = Path("rally.conf").absolute()
    path.write_text(
        "[DEFAULT]\n"
        "use_stderr = true\n"
        # Else two lines an iteration, written by the thread that runs it.
        "default_log_levels = rally.task.runner=WARNING\n"
        "[database]\n"
        f"connection = sqlite:///{path.parent / 'rally.db'}\n",
        encoding="utf-8",
    )
    return str(path)


def _is_short(record: logging.LogRecord) -> bool:
    """Drop the workload in full, which pushes what matters out of sight."""
    return not record.getMessage().startswith("Running workload")


def _poll_often() -> None:
    """Set all intervals at which scenarios poll alike and low.

    Durations are multiples of them; the defaults are seconds.
    """
    if "openstack" not in cfg.CONF:  # rally-openstack is not installed
        return
    for option in cfg.CONF.openstack:
        if option.endswith("_prepoll_delay"):
            cfg.CONF.set_override(option, 0.0, "openstack")
        elif option.endswith("_poll_interval"):
            cfg.CONF.set_override(option, _POLL_INTERVAL_SECONDS, "openstack")


def _reason(error: exceptions.RallyException) -> str:
    """Cut the task, which Rally repeats in full, out of its message."""
    return str(error).rpartition("Reason(s):")[2].strip()


if __name__ == "__main__":
    main()
