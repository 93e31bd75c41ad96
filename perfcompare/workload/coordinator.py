# SPDX-License-Identifier: Apache-2.0
"""Gives the turns: one variant loads its service, the others stand by."""

import selectors
import socket
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Self

from perfcompare.clock import Clock
from perfcompare.model.errors import WorkloadError
from perfcompare.model.visit import Window
from perfcompare.workload.base import Turn
from perfcompare.workload.messages import (
    Channel,
    Done,
    Ended,
    Finish,
    Message,
    Ready,
    Run,
    Started,
    listen,
)

_CHECK_SECONDS = 1.0

ITERATION_SECONDS = 30.0
"""What one iteration of a turn may take, all of them one after the other."""


@dataclass(slots=True, kw_only=True)
class Peer:
    """What is known of one variant's Rally at this moment."""

    variant: str
    life: Channel | None = None
    """Open from its start to its end."""
    turns: Channel | None = None
    """To the runner of the workload at hand."""
    ready: Ready | None = None
    """The workload that waits for turns."""
    done: Done | None = None
    """How the turn at hand ended; None while it runs."""
    ended: Ended | None = None
    lost: bool = False
    """A connection closed that should not have."""


class Coordinator:
    """Listens for Rallies and carries turns out; a context manager.

    Args:
        path: Where to listen.
        variants: Each has one Rally.
        clock: Times the limits, not the load.
        check: Raises when going on makes no sense; called at every hand-over and
            once a second.
        limit_seconds: For a turn, for contexts to set up, for Rally to finish.
    """

    def __init__(
        self,
        path: Path,
        variants: Iterable[str],
        *,
        clock: Clock,
        check: Callable[[], None],
        limit_seconds: float,
    ) -> None:
        self._peers = {variant: Peer(variant=variant) for variant in variants}
        self._owners: dict[Channel, Peer] = {}
        self._clock = clock
        self._check = check
        self._checked_at = clock.monotonic()
        self._limit_seconds = limit_seconds
        self._listener = listen(path)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        """Listen."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Hang up on everybody, those included who have not spoken yet."""
        for key in tuple(self._selector.get_map().values()):
            if isinstance(key.fileobj, Channel | socket.socket):
                key.fileobj.close()
        self._selector.close()

    def carry_out(self, turns: Sequence[Turn]) -> Mapping[str, tuple[Window, ...]]:
        """Give *turns* in order; return each variant's windows, one a turn.

        Returns when every Rally has written its report.

        Raises:
            WorkloadError: A Rally died, refused its task, or took too long.
        """
        windows: defaultdict[str, list[Window]] = defaultdict(list)
        for workload, group in groupby(turns, key=lambda turn: turn.workload):
            self._await_ready(workload)
            for turn in group:
                windows[turn.variant].append(self._give(turn))
            self._finish()
        self._wait(
            lambda peer: peer.ended is not None, what="write its report", early=False
        )
        return {variant: tuple(each) for variant, each in windows.items()}

    def _await_ready(self, workload: str) -> None:
        self._wait(lambda peer: peer.ready is not None, what=f"set up {workload}")
        for peer in self._peers.values():
            if peer.ready is not None and peer.ready.workload != workload:
                raise WorkloadError(
                    f"Rally of {peer.variant} went on to {peer.ready.workload} without"
                    f" running {workload}: its contexts could not be set up"
                )

    def _give(self, turn: Turn) -> Window:
        self._look()
        peer = self._peers[turn.variant]
        peer.done = None
        self._send(peer, Run(iterations=turn.iterations))
        what = f"end its turn ({turn.workload}, {turn.phase}, block {turn.block})"
        self._wait(
            lambda each: each is not peer or each.done is not None,
            what=what,
            iterations=turn.iterations,
        )
        done: Done | None = peer.done
        if done is None or done.iterations != turn.iterations:
            raise WorkloadError(
                f"Rally of {turn.variant} ran {done.iterations if done else 0} of"
                f" {turn.iterations} iterations ({turn.workload}, block {turn.block})"
            )
        return Window(
            phase=turn.phase,
            workload=turn.workload,
            block=turn.block,
            started_at=done.started_at,
            ended_at=done.ended_at,
            iterations=done.iterations,
            generator_cpu_seconds=done.cpu_seconds,
        )

    def _finish(self) -> None:
        for peer in self._peers.values():
            peer.ready = None
            self._send(peer, Finish())

    def _send(self, peer: Peer, message: Message) -> None:
        try:
            if peer.turns is not None:
                peer.turns.send(message)
        except ConnectionError:
            peer.lost = True

    def _wait(
        self,
        until: Callable[[Peer], bool],
        *,
        what: str,
        early: bool = True,
        iterations: int = 0,
    ) -> None:
        """Listen until all peers are as wanted; longer for many *iterations*.

        *early*: a Rally that ends while we wait has ended too early.
        """
        limit_seconds = max(self._limit_seconds, iterations * ITERATION_SECONDS)
        deadline = self._clock.monotonic() + limit_seconds
        while True:
            for peer in self._peers.values():
                _raise_if_gone(peer, what, early=early)
            missing = [each for each in self._peers.values() if not until(each)]
            if not missing:
                return
            if self._clock.monotonic() > deadline:
                names = ", ".join(peer.variant for peer in missing)
                raise WorkloadError(
                    f"Rally of {names} took more than"
                    f" {limit_seconds:g} s to {what}; its log says at what it waits"
                )
            self._listen()

    def _listen(self) -> None:
        for key, _ in self._selector.select(_CHECK_SECONDS):
            if isinstance(key.fileobj, socket.socket):
                channel = Channel(key.fileobj.accept()[0])
                self._selector.register(channel, selectors.EVENT_READ)
            elif isinstance(key.fileobj, Channel):
                self._hear(key.fileobj)
        if self._clock.monotonic() - self._checked_at >= _CHECK_SECONDS:
            self._look()

    def _look(self) -> None:
        self._checked_at = self._clock.monotonic()
        self._check()

    def _hear(self, channel: Channel) -> None:
        messages = channel.read()
        if messages is None:
            self._hung_up(channel)
            return
        for message in messages:
            self._take(channel, message)

    def _take(self, channel: Channel, message: Message) -> None:
        match message:
            case Started():
                self._owners[channel] = self._peers[message.variant]
                self._owners[channel].life = channel
            case Ready():
                peer = self._owners[channel] = self._peers[message.variant]
                peer.turns, peer.ready = channel, message
            case Done():
                self._owners[channel].done = message
            case Ended():
                self._owners[channel].ended = message
            case Run() | Finish():
                raise WorkloadError(f"a Rally sent {message}, which only we may send")

    def _hung_up(self, channel: Channel) -> None:
        peer = self._owners.get(channel)
        if peer is not None and channel is peer.turns:
            # After Finish there is nothing left to be ready for.
            peer.lost = peer.lost or peer.ready is not None
            peer.turns = None
        elif peer is not None:
            peer.lost = peer.lost or peer.ended is None
        self._forget(channel)

    def _forget(self, channel: Channel) -> None:
        self._selector.unregister(channel)
        self._owners.pop(channel, None)
        channel.close()


def _raise_if_gone(peer: Peer, what: str, *, early: bool) -> None:
    if peer.ended is not None and peer.ended.error:
        raise WorkloadError(f"Rally of {peer.variant}: {peer.ended.error}")
    if peer.lost:
        raise WorkloadError(
            f"Rally of {peer.variant} gave up or was killed when it should {what}"
        )
    if peer.ended is not None and early:
        raise WorkloadError(f"Rally of {peer.variant} ended when it should {what}")
