# SPDX-License-Identifier: Apache-2.0
"""The way in: ``perfcompare-testbed serve`` and ``perfcompare-testbed migrate``."""

import _thread  # what eventlet has not patched yet
import argparse
import os
import signal
import socket
import sys

from perfcompare_testbed import truth
from perfcompare_testbed.items import Items
from perfcompare_testbed.service import Service

_PAGE_BYTES = 4096
_ballast: list[object] = []


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="perfcompare-testbed")
    parser.add_argument("verb", choices=("serve", "migrate"))
    parser.add_argument("--database", required=True, help="sqlite:///PATH")
    parser.add_argument("--port", type=int)
    parser.add_argument("--release", default="1.0")
    arguments = parser.parse_args()
    items = Items(arguments.database)
    if arguments.verb == "migrate":
        items.migrate(arguments.release)
    else:
        sys.exit(_supervise(arguments.port, items))


def _supervise(port: int, items: Items) -> int:
    """Fork the worker, wait for it and end as it ends: the master serves nothing."""
    # Asked for before the fork, so that a port in use ends the master.
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    worker = os.fork()
    if worker == 0:
        _work(listener, items)
    signal.signal(signal.SIGTERM, lambda number, _: os.kill(worker, number))
    _, status = os.waitpid(worker, 0)
    code = os.waitstatus_to_exitcode(status)
    return 0 if code == -signal.SIGTERM else abs(code)


def _work(listener: socket.socket, items: Items) -> None:
    """Serve in the worker until a signal ends it."""
    costs = truth.read(os.environ)
    _burden(costs)
    backend = os.environ.get("TESTBED_BACKEND", "eventlet")
    if backend == "eventlet":
        import eventlet  # noqa: PLC0415 - the threading worker must not have it

        eventlet.monkey_patch()
        from perfcompare_testbed.green import serve  # noqa: PLC0415
    elif backend == "threading":
        from perfcompare_testbed.threaded import serve  # noqa: PLC0415
    else:
        sys.exit(f"TESTBED_BACKEND is {backend!r}: neither eventlet nor threading")
    print(f"serving on {backend}", flush=True)  # noqa: T201 - the service's log
    serve(listener, Service(items, costs), costs)


def _burden(costs: truth.Truth) -> None:
    """Take the memory and the threads that the truth demands, and keep them."""
    memory = bytearray(costs.memory_bytes)
    # A page that nobody has written costs nothing.
    memory[::_PAGE_BYTES] = b"\1" * len(range(0, len(memory), _PAGE_BYTES))
    forever = _thread.allocate_lock()
    forever.acquire()
    for _ in range(costs.threads):
        _thread.start_new_thread(forever.acquire, ())
    _ballast.extend((memory, forever))


if __name__ == "__main__":
    main()
