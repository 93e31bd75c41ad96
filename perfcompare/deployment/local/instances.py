# SPDX-License-Identifier: Apache-2.0
"""Make instances of variants, run them, and leave nothing of them."""

import itertools
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from perfcompare.clock import Clock
from perfcompare.deployment.httpclient import HttpApi
from perfcompare.deployment.local.configuration import HOST, fill
from perfcompare.deployment.local.ports import free_port
from perfcompare.deployment.local.running import LocalRunning
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.servers import Servers, database_name
from perfcompare.deployment.local.services import Instance
from perfcompare.deployment.local.venvs import Venv
from perfcompare.deployment.starting import Patience
from perfcompare.model.errors import ExperimentError
from perfcompare.model.project import ApiClient, Project
from perfcompare.model.target import LoadTarget
from perfcompare.model.variant import Variant, VariantName


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that a variant starts from: its database and its state directory."""

    database: Path
    directory: Path


class Instances:
    """Gives every instance a fresh place: directories, ports, database, vhost."""

    def __init__(
        self,
        project: Project,
        *,
        servers: Servers,
        venvs: Mapping[VariantName, Venv],
        scratch: Path,
        secrets: Secrets,
    ) -> None:
        self._project = project
        self._servers = servers
        self._venvs = venvs
        self._scratch = scratch
        self._secrets = secrets
        self._numbers = itertools.count(1)
        self._logs: dict[VariantName, Mapping[str, bytes]] = {}

    @contextmanager
    def place(self, variant: Variant, state: State | None) -> Iterator[Instance]:
        """Make an instance of *variant* that starts from *state*, None is empty.

        Its directories and its database are gone when the context is left.
        """
        self._logs.pop(variant.name, None)
        root = self._scratch / f"{next(self._numbers):03d}-{variant.name}"
        instance = Instance(
            project=self._project,
            variant=variant,
            root=root,
            values=self._values(variant, root),
            redact=self._secrets.redact,
        )
        name = database_name(self._project, variant.name)
        try:
            if state is None:
                self._servers.database.create(name)
            else:
                self._servers.database.restore(name, state.database)
                shutil.copytree(state.directory, instance.state, symlinks=True)
            instance.configure()
            yield instance
        finally:
            self._logs[variant.name] = instance.logs()
            # A server that has died refuses, and would hide what is being raised;
            # whoever takes the name next drops it first.
            with suppress(ExperimentError):
                self._servers.database.drop(name)
            shutil.rmtree(root, ignore_errors=True)

    def last_logs(self, variant: Variant) -> Mapping[str, bytes]:
        """Return what the last instance of *variant* wrote that is gone."""
        return self._logs.get(variant.name, {})

    def keep(self, instance: Instance, name: str) -> State:
        """Copy the state of *instance*, which does not run, to start from later."""
        state = State(
            database=self._scratch / "states" / name / "database",
            directory=self._scratch / "states" / name / "state",
        )
        state.directory.parent.mkdir(parents=True)
        database = database_name(self._project, instance.variant.name)
        self._servers.database.snapshot(database, state.database)
        shutil.copytree(instance.state, state.directory, symlinks=True)
        return state

    @contextmanager
    def run(
        self, instance: Instance, *, patience: Patience, clock: Clock
    ) -> Iterator[LocalRunning]:
        """Start *instance*, wait until it is ready, and stop it at the end."""
        running = LocalRunning(
            instance,
            check_servers=self._servers.check_alive,
            count=partial(self._servers.counters, instance.variant.name.value),
            patience=patience,
            clock=clock,
        )
        try:
            running.start(
                self._load_target(instance),
                health=HttpApi(_base(instance)),
                api=self.api(instance),
            )
            yield running
            running.stop()
        except BaseException:
            # What hangs in the kernel must not hide what is being raised.
            with suppress(ExperimentError):
                running.abandon()
            raise

    def api(self, instance: Instance) -> ApiClient:
        """Return the API of *instance* as an administrator sees it."""
        return self._servers.api(_base(instance))

    def _values(self, variant: Variant, root: Path) -> Mapping[str, str]:
        port = free_port()
        endpoint = f"http://{HOST}:{port}{self._project.endpoint_path}"
        return {
            "venv": str(self._venvs[variant.name].path),
            "etc": str(root / "etc"),
            "state": str(root / "state"),
            "log": str(root / "log"),
            "host": HOST,
            "port": str(port),
            "endpoint": endpoint,
            "release": variant.release,
            "project": self._project.name,
            **self._servers.place(variant.name, endpoint=endpoint),
        }

    def _load_target(self, instance: Instance) -> LoadTarget:
        values = instance.values
        return LoadTarget(
            platform=self._servers.platform(values["region"]),
            environment={
                name: fill(template, values)
                for name, template in self._project.task_environment.items()
            },
            secrets=self._secrets.values,
        )


def _base(instance: Instance) -> str:
    return f"http://{HOST}:{instance.values['port']}"
