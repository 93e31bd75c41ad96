# SPDX-License-Identifier: Apache-2.0
"""What the coordinator and a Rally tell each other: one JSON object a line.

The runner plugin imports this module inside every ``rally`` command: it stays
light and knows of nothing else in perfcompare.
"""

import json
import os
import select
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

SOCKET_VARIABLE = "PERFCOMPARE_TURNS"
"""Environment of a Rally: the coordinator's Unix socket."""
VARIANT_VARIABLE = "PERFCOMPARE_VARIANT"
"""Environment of a Rally: the variant that it loads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A Rally to the coordinator: it is up; this connection lives as long as it."""

    variant: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The runner to the coordinator: contexts are set up, the load may begin."""

    variant: str
    workload: str
    times: int
    concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The coordinator to the runner: you have the turn."""

    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The runner to the coordinator: the last iteration of the turn has ended."""

    iterations: int
    failed: int
    started_at: float
    """Epoch seconds; no iteration of the turn started earlier."""
    ended_at: float
    """Epoch seconds; no iteration of the turn was still running."""
    duration_seconds: float
    """By the monotonic clock, which shows when the wall clock was set meanwhile."""
    cpu_seconds: float
    """User and system time of this Rally in the turn, all its threads together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The coordinator to the runner: every variant has had all its turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A Rally to the coordinator: the report is written, or why there is none."""

    error: str
    """"" when all went well."""


Message = Started | Ready | Run | Done | Finish | Ended
_KINDS: dict[str, type[Message]] = {
    kind.__name__: kind for kind in (Started, Ready, Run, Done, Finish, Ended)
}


class Channel:
    """One end of a connection; messages keep their order."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""
        self._received: deque[Message] = deque()

    def fileno(self) -> int:
        """Let a selector wait for it."""
        return self._connection.fileno()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def send(self, message: Message) -> None:
        """Send *message*.

        Raises:
            ConnectionError: The other side has gone.
        """
        fields = {"is": type(message).__name__, **asdict(message)}
        self._connection.sendall(json.dumps(fields).encode() + b"\n")

    def read(self) -> tuple[Message, ...] | None:
        """Return what arrived, perhaps nothing whole yet; None: the other side left.

        Waits when nothing has arrived.
        """
        try:
            piece = self._connection.recv(65536)
        except ConnectionError:
            return None
        if not piece:
            return None
        *lines, self._buffer = (self._buffer + piece).split(b"\n")
        return tuple(_decode(line) for line in lines)

    def receive(self) -> Message | None:
        """Wait for the next message; None: the other side has gone."""
        while not self._received:
            messages = self.read()
            if messages is None:
                return None
            self._received.extend(messages)
        return self._received.popleft()

    def wait(self, seconds: float) -> bool:
        """Return whether there is something to receive within *seconds*."""
        return bool(self._received or select.select([self], [], [], seconds)[0])


def _decode(line: bytes) -> Message:
    fields = json.loads(line)
    return _KINDS[fields.pop("is")](**fields)


def listen(path: Path) -> socket.socket:
    """Return a socket that listens at *path*."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _address(path) as address:
        listener.bind(address)
    listener.listen()
    return listener


def connect(path: Path) -> Channel:
    """Connect to the socket at *path*.

    Raises:
        OSError: Nobody listens there.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(path) as address:
            connection.connect(address)
    except OSError:
        connection.close()
        raise
    return Channel(connection)


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Name *path* in the 107 bytes that an address may have, however deep it lies."""
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
