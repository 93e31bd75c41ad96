# SPDX-License-Identifier: Apache-2.0
"""A RabbitMQ of our own, with a virtual host for each variant."""

import re
import socket
from collections.abc import Mapping
from pathlib import Path

from perfcompare import command
from perfcompare.clock import Clock
from perfcompare.command import Daemon
from perfcompare.deployment.local.ports import free_port, listens
from perfcompare.deployment.local.requirements import binary
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.server import LocalServer
from perfcompare.model.errors import DeploymentError

_USER = "perfcompare"
_NODE = "perfcompare@localhost"
_AMQP_HEADER = b"AMQP\x00\x00\x09\x01"
_STATUS = "backing_queue_status"
_LOOPBACK = "{127,0,0,1}"


class RabbitMQ(LocalServer):
    """Private broker: own node, cookie, ports and port mapper (epmd).

    Erlang's port mapper normally outlives what started it; ours is started first
    and by us, in the foreground, so that it can be stopped like the rest.
    """

    name = "rabbitmq"

    def __init__(self, scratch: Path, *, secrets: Secrets, clock: Clock) -> None:
        super().__init__(scratch, secrets=secrets, clock=clock)
        self._port = 0
        self._mapper_port = 0
        self._mapper: Daemon | None = None

    def create_vhost(self, name: str) -> str:
        """Make virtual host *name*, unless it is there; return its transport URL."""
        self._evaluate(_create(_checked(name)))
        password = self._secrets.password("rabbitmq")
        return f"rabbit://{_USER}:{password}@127.0.0.1:{self._port}/{name}"

    def reset_vhost(self, name: str) -> None:
        """Make virtual host *name* empty: no message, queue or exchange survives."""
        delete = (
            f'case rabbit_vhost:exists(<<"{_checked(name)}">>) of'
            f' true -> rabbit_vhost:delete(<<"{name}">>, <<"{_USER}">>);'
            " false -> ok end"
        )
        self._evaluate(f"{delete}, {_create(name)}")

    def messages(self, name: str) -> int | None:
        """Return how many messages have come into the queues that *name* has now.

        A queue numbers what it takes in, but for a message that goes straight on to a
        consumer that acknowledges none (oslo.messaging's acknowledge all), so nothing
        has to be counted meanwhile: asking takes some 0.03 s, whatever the load was.
        None where a queue is of a kind that does not number (quorum, stream).
        """
        queues = f'rabbit_amqqueue:info_all(<<"{_checked(name)}">>, [{_STATUS}])'
        said = self._ask(
            "lists:sum([proplists:get_value(next_seq_id, Status)"
            f" || [{{{_STATUS}, Status}}] <- {queues}])"
        )
        count = re.fullmatch(r"{ok, (\d+)}", said)
        return int(count[1]) if count else None

    def _start(self) -> None:
        self._port, self._mapper_port = free_port(), free_port()
        self._write_private(".erlang.cookie", self._secrets.password("erlang-cookie"))
        # Owner-only is what Erlang asks of a cookie; it reads, never writes it.
        (self._directory / ".erlang.cookie").chmod(0o400)
        self._write_private("rabbitmq.conf", self._configuration())
        (self._directory / "enabled_plugins").write_text("[].\n")
        self._mapper = command.start(
            [binary("epmd"), "-port", str(self._mapper_port), "-address", "127.0.0.1"],
            log=self._directory / "epmd.log",
            env=self._environment(),
            cwd=self._directory,
        )
        self._await_mapper()
        self._launch([binary("rabbitmq-server")], env=self._server_environment())
        self._await(self._serves)

    def _stop(self) -> None:
        super()._stop()
        mapper, self._mapper = self._mapper, None
        if mapper is not None:
            mapper.terminate(grace_seconds=5.0, clock=self._clock)

    def _await_mapper(self) -> None:
        deadline = self._clock.monotonic() + 10.0
        while not listens(self._mapper_port):
            if self._clock.monotonic() > deadline:
                raise DeploymentError(
                    f"epmd does not listen on 127.0.0.1:{self._mapper_port} 10 s"
                    f" after its start; see {self._directory / 'epmd.log'}"
                )
            self._clock.sleep(0.02)

    def _serves(self) -> bool:
        """Say whether the broker greets a client: it listens some time before."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), 2.0) as client:
                client.sendall(_AMQP_HEADER)
                # A method frame: connection.start.
                return client.recv(1) == b"\x01"
        except OSError:
            return False

    def _configuration(self) -> str:
        return (
            f"listeners.tcp.1 = 127.0.0.1:{self._port}\n"
            f"default_user = {_USER}\n"
            f"default_pass = {self._secrets.password('rabbitmq')}\n"
            "log.console = true\n"
            "log.console.level = warning\n"
            "log.file = false\n"
        )

    def _server_environment(self) -> Mapping[str, str]:
        at = self._directory
        return self._environment(
            # The script then becomes the virtual machine, instead of its parent.
            detached="1",
            ERL_EPMD_PORT=str(self._mapper_port),
            ERL_EPMD_ADDRESS="127.0.0.1",
            RABBITMQ_NODENAME=_NODE,
            RABBITMQ_NODE_IP_ADDRESS="127.0.0.1",
            RABBITMQ_NODE_PORT=str(self._port),
            RABBITMQ_DIST_PORT=str(free_port()),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=(
                f"-kernel inet_dist_use_interface {_LOOPBACK}"
            ),
            # Each of these has a default in /etc or /var that is the system's own.
            RABBITMQ_CONF_ENV_FILE=str(at / "rabbitmq-env.conf"),
            RABBITMQ_CONFIG_FILE=str(at / "rabbitmq"),
            RABBITMQ_CONFIG_FILES=str(at / "conf.d"),
            RABBITMQ_ADVANCED_CONFIG_FILE=str(at / "advanced"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(at / "enabled_plugins"),
            RABBITMQ_FEATURE_FLAGS_FILE=str(at / "feature_flags"),
            RABBITMQ_MNESIA_BASE=str(at / "mnesia"),
            RABBITMQ_LOG_BASE=str(at / "log"),
            RABBITMQ_PID_FILE=str(at / "pid"),
        )

    def _evaluate(self, expression: str) -> None:
        """Have Erlang done in the broker, which says ok."""
        said = self._ask(expression)
        if said != "{ok, ok}":
            raise DeploymentError(
                f"rabbitmq refused {expression}: {self._secrets.redact(said)};"
                f" its last log lines:\n{self._last_lines()}"
            )

    def _ask(self, expression: str) -> str:
        """Evaluate Erlang in the broker; rabbitmqctl takes seconds for the same."""
        said = self._run(
            [binary("erl_call"), "-sname", _NODE, "-e"],
            env=self._environment(ERL_EPMD_PORT=str(self._mapper_port)),
            stdin=f"{expression}.\n".encode(),
        )
        return said.strip()


def _create(name: str) -> str:
    vhost, user = f'<<"{name}">>', f'<<"{_USER}">>'
    return (
        f"case rabbit_vhost:exists({vhost}) of true -> ok;"
        f" false -> ok = rabbit_vhost:add({vhost}, {user}) end,"
        " ok = rabbit_auth_backend_internal:set_permissions("
        f'{user}, {vhost}, <<".*">>, <<".*">>, <<".*">>, {user})'
    )


def _checked(name: str) -> str:
    """Return *name*, which goes into URLs and into Erlang unquoted."""
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        raise DeploymentError(
            f"{name!r} is no name of a virtual host: letters, digits, _ . - only"
        )
    return name
