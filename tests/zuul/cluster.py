# SPDX-License-Identifier: Apache-2.0
"""A whole Zuul on this host: its services, its database, ZooKeeper, a node, git.

Everything listens on loopback, lives below one directory, and ends with the context.
"""

import configparser
import contextlib
import functools
import http.server
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from perfcompare.clock import SystemClock
from perfcompare.deployment.local.mariadb import MariaDB
from perfcompare.deployment.local.ports import free_port
from perfcompare.deployment.local.secrets import Secrets
from tests.zuul.repositories import NAMES, Repositories, run
from tests.zuul.servers import BINARIES, ENVIRONMENT, Node, Service, ZooKeeper

TENANT = "openstack"
HOST = "opendev.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running Zuul, through its REST API and its client."""

    directory: Path
    web_port: int

    def get(self, path: str) -> Any:
        """Ask the REST API of the tenant."""
        url = f"http://127.0.0.1:{self.web_port}/api/tenant/{TENANT}/{path}"
        answer = requests.get(url, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def wait(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until *ready* says so."""
        clock = SystemClock()
        deadline = clock.monotonic() + seconds
        while not ready():
            if clock.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s; see {self.directory}")
            clock.sleep(1.0)

    def knows_its_tenant(self) -> bool:
        """Say whether the configuration has been loaded."""
        try:
            return bool(self.get("jobs"))
        except requests.RequestException:
            return False

    def enqueue(self, project: str, pipeline: str) -> None:
        """Let *pipeline* run its jobs on a project's master."""
        token = run(
            *(BINARIES / "zuul-admin", "-c", self.directory / "zuul.conf"),
            *("create-auth-token", "--auth-config", "zuul_operator"),
            *("--tenant", TENANT, "--user", "test", "--expires-in", 3600),
        )
        url = f"http://127.0.0.1:{self.web_port}"
        run(
            *(BINARIES / "zuul-client", "--zuul-url", url),
            *("--auth-token", token.split()[-1], "enqueue-ref"),
            *("--tenant", TENANT, "--pipeline", pipeline, "--project", project),
            *("--ref", "refs/heads/master"),
        )


@contextlib.contextmanager
def running(directory: Path, *, stored_run: Path) -> Iterator[Cluster]:
    """Start everything, in order; end it in the reverse, whatever happens."""
    clock, secrets = SystemClock(), Secrets()
    node = Node(directory / "node", port=free_port())
    database = MariaDB(directory / "mariadb", secrets=secrets, clock=clock)
    zookeeper = ZooKeeper(directory / "zookeeper", secrets=secrets, clock=clock)
    web_port = free_port()
    git = Repositories(directory=directory / "git")
    git.make(stored_run=stored_run, node_port=node.port)
    with contextlib.ExitStack() as stack:
        for server in (database, zookeeper, node):
            stack.enter_context(server)
        database.create("zuul")
        logs = stack.enter_context(_served(directory / "logs"))
        _configure(
            directory,
            {
                "zookeeper": zookeeper.client,
                "database": {"dburi": database.url("zuul")},
                "web": {"port": web_port, "root": f"http://127.0.0.1:{web_port}"},
                "executor": {"private_key_file": node.key},
                "keystore": {"password": secrets.password("keystore")},
                "auth zuul_operator": {"secret": secrets.password("operator")},
            },
            logs,
        )
        for name in ("executor", "scheduler", "launcher", "web"):
            stack.enter_context(Service(directory / name, name))
        cluster = Cluster(directory=directory, web_port=web_port)
        cluster.wait(cluster.knows_its_tenant, seconds=300)
        yield cluster


@contextlib.contextmanager
def _served(logs: Path) -> Iterator[str]:
    """Serve *logs* as a log server does; the URL."""
    logs.mkdir()
    handler = functools.partial(_Quiet, directory=str(logs))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


Settings = Mapping[str, Mapping[str, object]]


def _configure(directory: Path, found: Settings, logs_url: str) -> None:
    """Write zuul.conf, the tenant and the site's variables."""
    (directory / "builds").mkdir()
    sections = dict.fromkeys((*_always(directory), *found))
    settings = {
        name: {**_always(directory).get(name, {}), **found.get(name, {})}
        for name in sections
    }
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_dict(settings)
    with (directory / "zuul.conf").open("w") as out:
        parser.write(out)
    tenant = [_tenant()]
    rule = {"name": "anyone", "conditions": [{"iss": "zuul_operator"}]}
    (directory / "main.yaml").write_text(
        yaml.safe_dump([{"authorization-rule": rule}, *tenant])
    )
    variables = {"stub_logs": str(directory / "logs"), "stub_logs_url": logs_url}
    (directory / "site.yaml").write_text(yaml.safe_dump(variables))


def _always(directory: Path) -> dict[str, dict[str, object]]:
    services: dict[str, dict[str, object]] = {
        name: {
            "command_socket": directory / f"{name}.socket",
            "state_dir": directory / name,
        }
        for name in ("scheduler", "web", "launcher")
    }
    services["scheduler"]["tenant_config"] = directory / "main.yaml"
    services["launcher"]["temp_dir"] = directory / "launcher" / "temporary"
    services["web"]["listen_address"] = "127.0.0.1"
    return {
        **services,
        "executor": {
            "command_socket": directory / "executor.socket",
            "state_dir": directory / "executor",
            "job_dir": directory / "builds",
            "git_dir": directory / "executor-git",
            "variables": directory / "site.yaml",
            "ansible_root": ENVIRONMENT / "ansible",
            "manage_ansible": "false",
            "trusted_ro_paths": directory / "git",
            "trusted_rw_paths": directory / "logs",
            "finger_port": free_port(),
            "default_username": "root",
            # This host does more than run builds.
            "min_avail_mem": 1,
            "load_multiplier": 100,
            "disk_limit_per_job": -1,
            "sigterm_method": "stop",
        },
        "merger": {
            "git_dir": directory / "merger-git",
            "git_user_name": "zuul",
            "git_user_email": "zuul@localhost",
        },
        "auth zuul_operator": {
            "driver": "HS256",
            "allow_authz_override": "true",
            "realm": "zuul",
            "client_id": "zuul",
            "issuer_id": "zuul_operator",
        },
        f"connection {HOST}": {
            "driver": "git",
            "baseurl": f"file://{directory}/git",
            "canonical_hostname": HOST,
            "poll_delay": 5,
        },
        "connection here": {"driver": "static"},
    }


def _tenant() -> dict[str, object]:
    projects = [
        f"{'zuul' if name == 'zuul-jobs' else 'openstack'}/{name}"
        for name in (*NAMES, "perfcompare")
        if name != "project-config"
    ]
    source = {
        "config-projects": ["openstack/project-config"],
        "untrusted-projects": projects,
    }
    return {
        "tenant": {
            "name": TENANT,
            "admin-rules": ["anyone"],
            "source": {HOST: source},
        }
    }
