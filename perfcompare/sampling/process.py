# SPDX-License-Identifier: Apache-2.0
"""The sampler's own process: look, write, wait; ends when its stdin does.

The first line of stdin is the `Order`, as JSON.  The end of stdin, which also comes
when perfcompare dies, asks for one last full look; SIGTERM ends it without.
"""

import json
import os
import select
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from perfcompare.clock import SystemClock
from perfcompare.model.errors import SamplingError
from perfcompare.model.target import Tree
from perfcompare.sampling.host import Host
from perfcompare.sampling.processes import Watcher
from perfcompare.sampling.readings import encode

FULL_EVERY = 4
"""Every fourth look is a full one.  USS and PSS of a process of 100 MB take some 0.4
to 0.7 ms: at every look of 2 Hz, 20 processes would cost 2 % of a core for these alone.
"""

FULL_FIRST = 8
"""Looks that are all full, at the beginning: the idle phase is short, and the memory of
an idle service is judged.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to watch, how often, and where to write it."""

    trees: tuple[Tree, ...]
    run_pid: int
    """perfcompare itself: what it has started is none of the host's others."""
    interval_seconds: float
    path: str

    def to_line(self) -> bytes:
        """Return it as a line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Read what `to_line` wrote."""
        order = json.loads(line)
        trees = tuple(Tree(**tree) for tree in order.pop("trees"))
        return cls(trees=trees, **order)


def watch(order: Order, *, wait: Callable[[float], bool]) -> None:
    """Look every ``interval_seconds`` until *wait* (seconds) says that it is time.

    The first looks and the last one are full.  The file appears when the first one is
    taken.  A look that is late does not move the next one; looks that were missed are
    not made up for.
    """
    clock = SystemClock()
    watcher = Watcher(order.trees, host=Host(order.run_pid))

    def look(*, full: bool) -> bytes:
        return encode(watcher.look(at=clock.now(), full=full), order.trees)

    begin = clock.monotonic()
    first = look(full=True)
    with Path(order.path).open("ab", buffering=0) as out:
        out.write(first)
        number = 0
        while not wait(_until_next(clock.monotonic() - begin, order.interval_seconds)):
            number += 1
            full = number < FULL_FIRST or number % FULL_EVERY == 0
            out.write(look(full=full))
        out.write(look(full=True))


def _until_next(passed_seconds: float, interval_seconds: float) -> float:
    """Return the seconds until the next multiple of the interval."""
    return interval_seconds - passed_seconds % interval_seconds


def _stdin_ended(timeout_seconds: float) -> bool:
    """Wait for the end of stdin, at most *timeout_seconds*; tell whether it came."""
    readable, _, _ = select.select([0], [], [], timeout_seconds)
    return bool(readable) and os.read(0, 1) == b""


def main() -> int:
    """Carry out the order on stdin; return the exit status."""
    try:
        watch(Order.from_line(sys.stdin.buffer.readline()), wait=_stdin_ended)
    except SamplingError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
