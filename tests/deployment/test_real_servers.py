# SPDX-License-Identifier: Apache-2.0
"""Tests of the private servers, for real; clients come from keystone's environment."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.command import Process
from perfcompare.deployment.httpclient import HttpApi
from perfcompare.deployment.local.keystone import KEYSTONE_PACKAGES, Keystone
from perfcompare.deployment.local.mariadb import MariaDB
from perfcompare.deployment.local.memcached import Memcached
from perfcompare.deployment.local.ports import listens
from perfcompare.deployment.local.rabbitmq import RabbitMQ
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.server import LocalServer
from perfcompare.deployment.local.venvs import Venv, Venvs
from perfcompare.model.errors import DeploymentError

pytestmark = pytest.mark.integration

CLOCK = SystemClock()
SECRETS = Secrets()


@dataclass(frozen=True, kw_only=True)
class Started:
    """What the start of a server brought about."""

    processes: tuple[Process, ...]
    addresses: tuple[tuple[str, int], ...]
    """Where they listen."""


STARTED: dict[str, Started] = {}


def below_us() -> Mapping[int, Process]:
    table = command.processes()
    return {pid: table[pid] for pid in command.family({os.getpid()}, table)}


def open_files(pid: int) -> Iterator[str]:
    """Yield what *pid* has open; a busy server closes some while we look."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                yield str(link.readlink())


def listening(processes: Mapping[int, Process]) -> tuple[tuple[str, int], ...]:
    """Read who listens where from /proc, as proc_pid_net(5) describes it."""
    names = (name for pid in processes for name in open_files(pid))
    inodes = {name.removeprefix("socket:[").removesuffix("]") for name in names}
    found = []
    for file, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{file}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] != "0A" or fields[9] not in inodes:
                continue
            words, _, port = fields[1].partition(":")
            packed = b"".join(
                bytes.fromhex(words[at : at + 8])[::-1]
                for at in range(0, len(words), 8)
            )
            found.append((socket.inet_ntop(family, packed), int(port, 16)))
    return tuple(found)


@contextmanager
def leaving_nothing(server: LocalServer) -> Iterator[None]:
    """Run *server*; afterwards its processes are gone and its ports are closed."""
    before = {process.name for process in below_us().values()}
    with server:
        new = {pid: p for pid, p in below_us().items() if p.name not in before}
        addresses = listening(new)
        started = Started(processes=tuple(new.values()), addresses=addresses)
        STARTED[server.name] = started
        assert server.tree.pid in new
        yield
    assert command.still_there(started.processes, command.processes()) == ()
    assert not [port for _, port in addresses if listens(port)]


@pytest.fixture(scope="module")
def venv() -> Venv:
    cache = Path(__file__).parents[2] / ".cache" / "tests"
    return Venvs(cache, clock=CLOCK, progress=print).build(KEYSTONE_PACKAGES)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a place as deep as a user may have; sockets' paths end at 107 bytes."""
    return tmp_path_factory.mktemp("scratch") / ("deep" * 20)


@pytest.fixture(scope="module")
def mariadb(scratch: Path) -> Iterator[MariaDB]:
    server = MariaDB(scratch / "mariadb", secrets=SECRETS, clock=CLOCK)
    with leaving_nothing(server):
        yield server


@pytest.fixture(scope="module")
def rabbitmq(scratch: Path) -> Iterator[RabbitMQ]:
    server = RabbitMQ(scratch / "rabbitmq", secrets=SECRETS, clock=CLOCK)
    with leaving_nothing(server):
        yield server


@pytest.fixture(scope="module")
def memcached(scratch: Path) -> Iterator[Memcached]:
    server = Memcached(scratch / "memcached", secrets=SECRETS, clock=CLOCK)
    with leaving_nothing(server):
        yield server


@pytest.fixture(scope="module")
def keystone(scratch: Path, venv: Venv, mariadb: MariaDB) -> Iterator[Keystone]:
    server = Keystone(
        scratch / "keystone", venv=venv, database=mariadb, secrets=SECRETS, clock=CLOCK
    )
    with leaving_nothing(server):
        yield server


@pytest.fixture(params=["mariadb", "rabbitmq", "memcached", "keystone"])
def server(request: pytest.FixtureRequest) -> LocalServer:
    found: LocalServer = request.getfixturevalue(request.param)
    return found


def test_a_server_listens_on_loopback_alone(server: LocalServer) -> None:
    addresses = {address for address, _ in STARTED[server.name].addresses}

    assert addresses
    assert addresses <= {"127.0.0.1", "::1"}


def command_line(pid: int) -> str:
    """Return it, or "" for one that has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def gives_away(path: Path) -> bool:
    """Tell whether others may read a secret in *path*, which may vanish meanwhile."""
    with suppress(FileNotFoundError):
        status = path.stat()
        if path.is_file() and status.st_mode & 0o077 and status.st_size < 100_000:
            return any(each.encode() in path.read_bytes() for each in SECRETS.values)
    return False


def test_no_password_stands_on_a_command_line_or_in_an_open_file(
    server: LocalServer,
) -> None:
    command_lines = [command_line(each.pid) for each in STARTED[server.name].processes]
    shared = [path for path in server._directory.rglob("*") if gives_away(path)]

    assert any(command_lines)
    assert not [line for line in command_lines if SECRETS.redact(line) != line]
    assert shared == []
    assert server._directory.stat().st_mode & 0o077 == 0


def sql(venv: Venv, url: str, *statements: str) -> list[str]:
    """Execute *statements* as a service does; return the rows of the last."""
    program = (
        "import json, sys, sqlalchemy\n"
        "url, statements = json.load(sys.stdin)\n"
        "with sqlalchemy.create_engine(url).begin() as connection:\n"
        "    for each in statements:\n"
        "        result = connection.execute(sqlalchemy.text(each))\n"
        "    if result.returns_rows:\n"
        "        for row in result: print(*row)\n"
    )
    return client(venv, program, [url, statements])


def client(venv: Venv, program: str, given: object) -> list[str]:
    finished = command.run(
        [str(venv.python), "-c", program], stdin=json.dumps(given).encode()
    )
    assert finished.status == 0, finished.output
    return finished.output.splitlines()


def test_a_restored_mariadb_database_is_what_it_was_at_the_snapshot(
    mariadb: MariaDB, venv: Venv, tmp_path: Path
) -> None:
    mariadb.create("manila_base")
    sql(
        venv,
        mariadb.url("manila_base"),
        "create table types (id int primary key, name varchar(255) unique)",
        "create table shares (id int primary key auto_increment, type_id int,"
        " foreign key (type_id) references types (id))",
        "insert into types values (1, 'größer; or ''quoted''')",
        "insert into shares (type_id) values (1), (1)",
    )
    mariadb.snapshot("manila_base", tmp_path / "copy")
    sql(venv, mariadb.url("manila_base"), "delete from shares", "drop table shares")

    mariadb.restore("manila_base", tmp_path / "copy")
    mariadb.restore("manila_target", tmp_path / "copy")

    query = "select count(*), min(name) from shares join types on type_id = types.id"
    expected = ["2 größer; or 'quoted'"]
    assert sql(venv, mariadb.url("manila_base"), query) == expected
    assert sql(venv, mariadb.url("manila_target"), query) == expected


def test_creating_empties_a_mariadb_database_and_dropping_removes_it(
    mariadb: MariaDB, venv: Venv
) -> None:
    mariadb.create("cinder")
    sql(venv, mariadb.url("cinder"), "create table volumes (id int)")
    mariadb.create("cinder")

    assert sql(venv, mariadb.url("cinder"), "show tables") == []
    mariadb.drop("cinder")
    mariadb.drop("cinder")
    mariadb.create("nova")
    others = sql(venv, mariadb.url("nova"), "show databases")
    assert "nova" in others
    assert "cinder" not in others


def statements_of(mariadb: MariaDB, venv: Venv, name: str, *statements: str) -> int:
    """Execute them; return how many were counted, those of the connection too."""
    before = mariadb.statements(name)
    sql(venv, mariadb.url(name), *statements)
    after = mariadb.statements(name)
    assert before is not None
    assert after is not None
    return after - before


def test_statements_are_counted_exactly_and_for_one_database_alone(
    mariadb: MariaDB, venv: Venv, tmp_path: Path
) -> None:
    for name in ("glance_base", "glance_target"):
        mariadb.create(name)
        sql(venv, mariadb.url(name), "create table images (id int primary key, n int)")
    work = [
        statement
        for number in range(5)
        for statement in (
            f"insert into images values ({number}, 0)",
            f"select * from images where id = {number}",
            "update images set n = n + 1",
            f"delete from images where id = {number}",
            "commit",
        )
    ]
    connecting = statements_of(mariadb, venv, "glance_base", "select 1")
    target = mariadb.statements("glance_target")

    counted = statements_of(mariadb, venv, "glance_base", "select 1", *work)

    assert counted - connecting == len(work) == 25
    assert mariadb.statements("glance_target") == target
    # What perfcompare does to a database is not its service's doing.
    before = mariadb.statements("glance_base")
    mariadb.snapshot("glance_base", tmp_path / "copy")
    mariadb.restore("glance_base", tmp_path / "copy")
    assert mariadb.statements("glance_base") == before


def test_a_database_that_nobody_has_used_has_no_statements(mariadb: MariaDB) -> None:
    mariadb.create("unused")

    assert mariadb.statements("unused") == 0


def test_mariadb_says_what_is_wrong_without_its_password(
    mariadb: MariaDB, tmp_path: Path
) -> None:
    with pytest.raises(DeploymentError, match="Unknown database 'nowhere'"):
        mariadb.snapshot("nowhere", tmp_path / "copy")
    with pytest.raises(DeploymentError, match="no snapshot of database nowhere"):
        mariadb.restore("nowhere", tmp_path / "missing")


PUBLISH = (
    "import json, sys, kombu\n"
    "for url in json.load(sys.stdin):\n"
    "    with kombu.Connection(url) as connection:\n"
    "        connection.SimpleQueue('q').put('message')\n"
)
COUNT = (
    "import json, sys, kombu\n"
    "for url in json.load(sys.stdin):\n"
    "    with kombu.Connection(url) as connection:\n"
    "        print(connection.SimpleQueue('q').qsize())\n"
)


def test_a_reset_virtual_host_has_lost_its_messages_and_no_other_has(
    rabbitmq: RabbitMQ, venv: Venv
) -> None:
    transports = [rabbitmq.create_vhost("one"), rabbitmq.create_vhost("two")]
    urls = [each.replace("rabbit://", "amqp://") for each in transports]
    client(venv, PUBLISH, urls)
    assert client(venv, COUNT, urls) == ["1", "1"]

    rabbitmq.reset_vhost("one")

    assert client(venv, COUNT, urls) == ["0", "1"]


# Ten that wait in the queue first, then five that go straight to a waiting consumer,
# which acknowledges them as oslo.messaging's do.
EXCHANGE = (
    "import json, sys, kombu\n"
    "with kombu.Connection(json.load(sys.stdin)) as connection:\n"
    "    queue = connection.SimpleQueue('waiting')\n"
    "    for number in range(10): queue.put(number)\n"
    "    for number in range(10): queue.get(timeout=20).ack()\n"
    "    direct = kombu.Queue('d', kombu.Exchange('d'), routing_key='d')\n"
    "    take = lambda body, message: message.ack()\n"
    "    channel = connection.channel()\n"
    "    with kombu.Consumer(channel, [direct], callbacks=[take]):\n"
    "        producer = connection.Producer()\n"
    "        for number in range(5):\n"
    "            producer.publish(number, exchange='d', routing_key='d')\n"
    "            connection.drain_events(timeout=20)\n"
)


def test_messages_are_counted_exactly_and_for_one_virtual_host_alone(
    rabbitmq: RabbitMQ, venv: Venv
) -> None:
    urls = {}
    for name in ("manila_base", "manila_target"):
        rabbitmq.reset_vhost(name)
        urls[name] = rabbitmq.create_vhost(name).replace("rabbit://", "amqp://")
    client(venv, PUBLISH, [urls["manila_target"]])

    client(venv, EXCHANGE, urls["manila_base"])

    assert rabbitmq.messages("manila_base") == 15
    assert rabbitmq.messages("manila_target") == 1
    client(venv, EXCHANGE, urls["manila_base"])
    assert rabbitmq.messages("manila_base") == 30


QUORUM = (
    "import json, sys, kombu\n"
    "with kombu.Connection(json.load(sys.stdin)) as connection:\n"
    "    kombu.Queue('q', durable=True, queue_arguments={'x-queue-type': 'quorum'},\n"
    "                channel=connection.channel()).declare()\n"
)


def test_a_queue_that_does_not_number_leaves_messages_uncounted(
    rabbitmq: RabbitMQ, venv: Venv
) -> None:
    rabbitmq.reset_vhost("quorum")
    assert rabbitmq.messages("quorum") == 0

    url = rabbitmq.create_vhost("quorum").replace("rabbit://", "amqp://")
    client(venv, QUORUM, url)

    assert rabbitmq.messages("quorum") is None


def test_a_virtual_host_is_made_by_a_reset_and_kept_by_a_second_creation(
    rabbitmq: RabbitMQ, venv: Venv
) -> None:
    rabbitmq.reset_vhost("three")
    url = rabbitmq.create_vhost("three").replace("rabbit://", "amqp://")
    client(venv, PUBLISH, [url])
    rabbitmq.create_vhost("three")

    assert client(venv, COUNT, [url]) == ["1"]
    with pytest.raises(DeploymentError, match="is no name of a virtual host"):
        rabbitmq.create_vhost('"), halt().')


def test_memcached_keeps_what_it_is_given(memcached: Memcached) -> None:
    host, _, port = memcached.address.partition(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(b"set a 0 0 1\r\n1\r\nget a\r\n")
        answer = connection.makefile("rb")

        assert [answer.readline() for _ in range(3)] == [
            b"STORED\r\n",
            b"VALUE a 0 1\r\n",
            b"1\r\n",
        ]


def test_keystone_gives_every_variant_a_region_of_its_own(keystone: Keystone) -> None:
    ports = {"RegionBase": 1, "RegionTarget": 2}
    for region, port in ports.items():
        register(keystone, region, f"http://127.0.0.1:{port}/v2")
    register(keystone, "RegionBase", "http://127.0.0.1:3/v2")

    found = endpoints(keystone, service_type="sharev2")
    assert found["RegionBase"] == {"http://127.0.0.1:3/v2"}
    assert found["RegionTarget"] == {"http://127.0.0.1:2/v2"}


def test_the_service_user_has_the_roles_that_middleware_asks_for(
    keystone: Keystone,
) -> None:
    register(keystone, "RegionOne", "http://127.0.0.1:4/v2")

    token = issue(keystone, "manila", SECRETS.password("manila"), "service")
    assert {role["name"] for role in token["roles"]} >= {"admin", "service"}


def test_rally_is_told_how_to_become_the_administrator(keystone: Keystone) -> None:
    spec: Any = keystone.platform("RegionBase")["existing@openstack"]
    admin = spec["admin"]

    assert spec["auth_url"] == keystone.url
    assert spec["region_name"] == "RegionBase"
    token = issue(keystone, admin["username"], admin["password"], admin["project_name"])
    assert "admin" in {role["name"] for role in token["roles"]}


def test_the_administrators_token_is_issued_once(keystone: Keystone) -> None:
    assert keystone.token() == keystone.token()
    projects: Any = as_admin(keystone).get("/projects")
    assert "admin" in {each["name"] for each in projects["projects"]}


def register(keystone: Keystone, region: str, endpoint: str) -> None:
    keystone.register(
        user="manila",
        service_types=("shared-file-system", "sharev2"),
        region=region,
        endpoint=endpoint,
    )


def as_admin(keystone: Keystone) -> HttpApi:
    return HttpApi(keystone.url, headers=lambda: {"X-Auth-Token": keystone.token()})


def endpoints(keystone: Keystone, *, service_type: str) -> Mapping[str, set[str]]:
    services: Any = as_admin(keystone).get(f"/services?type={service_type}")
    (service,) = services["services"]
    listed: Any = as_admin(keystone).get(f"/endpoints?service_id={service['id']}")
    found: dict[str, set[str]] = {}
    for each in listed["endpoints"]:
        found.setdefault(each["region_id"], set()).add(each["url"])
    return found


def issue(keystone: Keystone, user: str, password: str, project: str) -> Any:
    domain = {"id": "default"}
    identity = {
        "methods": ["password"],
        "password": {"user": {"name": user, "domain": domain, "password": password}},
    }
    scope = {"project": {"name": project, "domain": domain}}
    answer = requests.post(
        f"{keystone.url}/auth/tokens",
        json={"auth": {"identity": identity, "scope": scope}},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]
