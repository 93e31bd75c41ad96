# SPDX-License-Identifier: Apache-2.0
import socket
from contextlib import closing

import pytest

from perfcompare.workload.messages import (
    Channel,
    Done,
    Ended,
    Finish,
    Ready,
    Run,
    Started,
    connect,
    listen,
)


@pytest.fixture
def ends():
    left, right = socket.socketpair()
    with closing(Channel(left)) as one, closing(Channel(right)) as other:
        yield one, other


@pytest.mark.parametrize(
    "message",
    [
        Started(variant="base", pid=7),
        Ready(variant="base", workload="list", times=3, concurrency=2),
        Run(iterations=5),
        Done(
            iterations=5,
            failed=1,
            started_at=1.5,
            ended_at=2.5,
            duration_seconds=1.0,
            cpu_seconds=0.25,
        ),
        Finish(),
        Ended(error="no such scenario\nanywhere"),
    ],
)
def test_every_message_arrives_as_it_was_sent(ends, message):
    one, other = ends

    one.send(message)

    assert other.receive() == message


def test_messages_that_arrive_together_are_told_apart(ends):
    one, other = ends

    one.send(Run(iterations=1))
    one.send(Finish())

    assert [other.receive(), other.receive()] == [Run(iterations=1), Finish()]


def test_a_side_that_left_is_not_waited_for(ends):
    one, other = ends

    one.close()

    assert other.receive() is None


def test_waiting_says_whether_something_came(ends):
    one, other = ends

    before = other.wait(0)
    one.send(Finish())

    assert (before, other.wait(0)) == (False, True)


def test_a_socket_may_lie_deeper_than_an_address_can_say(tmp_path):
    deep = tmp_path / ("deep" * 40)
    deep.mkdir()

    with listen(deep / "turns") as listener, closing(connect(deep / "turns")) as client:
        client.send(Finish())
        with closing(Channel(listener.accept()[0])) as server:
            assert server.receive() == Finish()


def test_nobody_listening_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        connect(tmp_path / "turns")
