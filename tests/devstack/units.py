# SPDX-License-Identifier: Apache-2.0
"""What systemd, the kernel and the broker say of the units in the container."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from perfcompare.deployment.local.requirements import binary
from perfcompare.deployment.local.servers import Servers
from tests.devstack.container import Container

UNITS = ("m-api", "m-shr", "m-sch", "m-dat")
"""In the order in which DevStack starts them."""
DAEMONS = {
    "m-shr": "manila-share",
    "m-sch": "manila-scheduler",
    "m-dat": "manila-data",
}

SYSTEM = "/etc/systemd/system"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The units and the processes of the container at one moment."""

    main_pids: Mapping[str, int]
    """0 for a unit that does not run."""
    groups: Mapping[str, frozenset[int]]
    """The processes in the control group of each unit."""
    parents: Mapping[int, int]
    """Of every process of the container."""
    threads: Mapping[int, int]
    """The number of them in every process."""

    def family(self, name: str) -> frozenset[int]:
        """Return the main process of the unit *name* and its descendants."""
        found = {self.main_pids[name]} - {0}
        while more := {p for p, up in self.parents.items() if up in found} - found:
            found |= more
        return frozenset(found)

    def threads_of(self, name: str) -> tuple[int, ...]:
        """Return the number of threads of each process of the unit *name*."""
        return tuple(self.threads.get(pid, 0) for pid in self.groups[name])

    def is_whole(self) -> bool:
        """Say whether manila-share has a worker for each of its backends."""
        return len(self.family("m-shr")) == 3

    def strays(self, consumers: Iterable[tuple[str, int]]) -> frozenset[int]:
        """Return what an earlier start has left behind, in units or at queues.

        These are processes that do not descend from the main one of their unit, and
        consumers whose process is gone or belongs to no unit.
        """
        listening = frozenset(pid for _, pid in consumers)
        families = frozenset[int]().union(*map(self.family, UNITS))
        return listening.union(*self.groups.values()) - families

    def is_on_threads(self) -> bool:
        """Say whether every daemon has a process with many threads."""
        return all(max(self.threads_of(name), default=0) > 5 for name in DAEMONS)


class Units:
    """The units of a cloud, to look at and to meddle with."""

    def __init__(self, container: Container, *, servers: Servers) -> None:
        self.container = container
        self._servers = servers

    def systemctl(self, verb: str, name: str, *more: str) -> str:
        """Run systemctl *verb* on the unit *name*."""
        return self.container.do("systemctl", verb, unit(name), *more)

    def show(self, name: str, prop: str) -> str:
        """Return the property *prop* of the unit *name*."""
        return self.systemctl("show", name, "--value", f"--property={prop}").strip()

    def now(self) -> Moment:
        """Look at all units and processes."""
        said = self.container.do("sh", "-c", _NOW, "sh", *map(unit, UNITS))
        shown, members, table = said.split("--\n")
        mains, groups = {}, {}
        for name, block in zip(UNITS, shown.strip().split("\n\n"), strict=True):
            values = dict(line.split("=", 1) for line in block.splitlines())
            mains[name] = int(values["MainPID"])
            groups[name] = values["ControlGroup"]
        pairs = [line.split() for line in members.splitlines()]
        rows = [tuple(map(int, line.split())) for line in table.splitlines()]
        return Moment(
            main_pids=mains,
            groups={
                name: frozenset(int(pid) for where, pid in pairs if where == group)
                for name, group in groups.items()
            },
            parents={pid: parent for pid, parent, _ in rows},
            threads={pid: threads for pid, _, threads in rows},
        )

    def consumers(self) -> tuple[tuple[str, int], ...]:
        """Return queue and pid (the container's) of every consumer in the broker."""
        broker = self._servers._broker
        assert broker is not None
        said = broker._run(
            [binary("erl_call"), "-sname", "perfcompare@localhost", "-e"],
            env=broker._environment(ERL_EPMD_PORT=str(broker._mapper_port)),
            stdin=_CONSUMERS.encode(),
        )
        # {ok, "QUEUE manila-share:PID:UUID|…"}
        found = re.findall(r"([^\s|\"]+) ([\w-]+):(\d+):", said)
        return tuple((queue, int(pid)) for queue, _, pid in found)

    def strays(self) -> frozenset[int]:
        """Return what an earlier start has left behind, in units or at queues."""
        listening = self.consumers()
        return self.now().strays(listening)

    def drop_ins(self) -> tuple[str, ...]:
        """Return every drop-in of our units, of whomever."""
        said = self.container.do(
            "find", SYSTEM, "/run/systemd/system", "-name", "*.conf"
        )
        return tuple(line for line in said.split() if "devstack@" in line)

    def add_drop_in(self, name: str, text: str, *, file: str = "test.conf") -> None:
        """Give the unit *name* a drop-in, and let systemd read it."""
        self.container.write(f"{SYSTEM}/{unit(name)}.d/{file}", text)
        self.container.do("systemctl", "daemon-reload")


# Three parts: the units as systemd shows them; who is in their control groups, read in
# systemd's own hierarchy (a named one of version 1, or the only one); all processes.
_NOW = """
systemctl show -p MainPID -p ControlGroup "$@"
echo --
for group in $(systemctl show --value -p ControlGroup "$@"); do
    for mount in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
        if [ -e "$mount$group/cgroup.procs" ]; then
            while read -r pid; do echo "$group $pid"; done <"$mount$group/cgroup.procs"
            break
        fi
    done
done
echo --
ps -e -o pid=,ppid=,nlwp=
"""

# Who listens to which queue, from the broker itself: a consumer has a channel, that has
# a connection, and its client says in connection_name who it is.  Each may end while
# it is asked.
_CONSUMERS = """
Client = fun(Channel) ->
  [{connection, Pid}] = rabbit_channel:info(Channel, [connection]),
  [{client_properties, Table}] = rabbit_reader:info(Pid, [client_properties]),
  {_, _, Name} = lists:keyfind(<<"connection_name">>, 1, Table), Name end,
lists:flatten([io_lib:format("~s ~s|", [
  element(4, proplists:get_value(queue_name, Consumer)),
  try Client(proplists:get_value(channel_pid, Consumer)) catch _:_ -> "gone" end])
  || Consumer <- rabbit_amqqueue:consumers_all(<<"manila_one">>)]).
"""


def unit(name: str) -> str:
    """Return the full name of a unit."""
    return f"devstack@{name}.service"
