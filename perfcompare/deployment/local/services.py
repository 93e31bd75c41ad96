# SPDX-License-Identifier: Apache-2.0
"""One instance of a variant: its own directories, ports and processes."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from perfcompare import command
from perfcompare.command import Daemon
from perfcompare.deployment.local import configuration, logs
from perfcompare.deployment.proctree import ProcessTree
from perfcompare.model.errors import DeploymentError, ExperimentError
from perfcompare.model.project import Project, Service
from perfcompare.model.variant import Backend, Variant

_MIGRATION_TIMEOUT_SECONDS = 600.0
_COMMANDS_LOG = "commands.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProcess:
    """A service that was started: the root of its tree, and its log."""

    name: str
    backend: Backend
    """The one that its processes should run."""
    daemon: Daemon
    tree: ProcessTree
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A variant with a place of its own, not running yet."""

    project: Project
    variant: Variant
    root: Path
    values: Mapping[str, str]
    """The placeholders of `configuration`."""
    redact: Callable[[str], str]
    """Cuts passwords out of what the services and commands say."""

    @property
    def etc(self) -> Path:
        """Where the rendered configuration is."""
        return Path(self.values["etc"])

    @property
    def state(self) -> Path:
        """What an upgrade carries over, beside the database."""
        return Path(self.values["state"])

    @property
    def log(self) -> Path:
        """One file a service, and one of the commands that were run."""
        return Path(self.values["log"])

    def logs(self) -> Mapping[str, bytes]:
        """File name → content (the last 256 KiB, secrets redacted) of each log."""
        return {
            log.name: self.redact(logs.tail(log)).encode()
            for log in sorted(self.log.glob("*.log"))
        }

    def configure(self) -> None:
        """Make the directories that are missing and write the configuration."""
        for directory in (self.etc, self.state, self.log):
            directory.mkdir(parents=True, exist_ok=True)
        for name in self.project.directories:
            (self.state / name).mkdir(parents=True, exist_ok=True)
        for name in self.project.copied_files:
            self._copy(name)
        rendered = configuration.files(self.project, self.variant, self.values)
        for name, text in rendered.items():
            (self.etc / name).touch(mode=0o600)
            (self.etc / name).write_text(text)

    def migrate(self) -> str:
        """Bring the database to the variant's release; return the commands run.

        Raises:
            DeploymentError: A command failed; the end of what it said is shown.
        """
        return "; ".join(self._run(argv) for argv in self.project.migrate)

    def initialize(self) -> None:
        """Give a fresh, migrated database what its first start needs.

        Raises:
            DeploymentError: As `migrate`.
        """
        for argv in self.project.initialize:
            self._run(argv)

    def environment(self) -> Mapping[str, str]:
        """Return every variable of the services."""
        return configuration.environment(self.project, self.variant, self.values)

    def start(self, service: Service) -> ServiceProcess:
        """Start *service* in a session of its own."""
        log = self.log / f"{service.name}.log"
        daemon = command.start(
            self._argv(service), log=log, env=self.environment(), cwd=self.state
        )
        return ServiceProcess(
            name=service.name,
            backend=service.backend or self.variant.backend,
            daemon=daemon,
            tree=ProcessTree(daemon.pid),
            log=log,
        )

    def _argv(self, service: Service) -> list[str]:
        if service.argv:
            return self._filled(service.argv)
        ini = self.etc / configuration.uwsgi_file(service)
        return [str(Path(self.values["venv"]) / "bin" / "pyuwsgi"), "--ini", str(ini)]

    def _run(self, template: tuple[str, ...]) -> str:
        argv = self._filled(template)
        try:
            finished = command.run(
                argv,
                env=self.environment(),
                cwd=self.state,
                timeout_seconds=_MIGRATION_TIMEOUT_SECONDS,
            )
        except ExperimentError as error:
            # It quotes the last line of what was said.
            raise DeploymentError(self.redact(str(error))) from error
        with (self.log / _COMMANDS_LOG).open("a") as log:
            log.write(f"$ {_spoken(argv)}\n{finished.output}")
        if finished.status != 0:
            said = self.redact(finished.output)
            raise DeploymentError(
                f"{_spoken(argv)} of {self.variant.name} ended with status"
                f" {finished.status}; its last words:\n{logs.last(said)}"
            )
        return _spoken(argv)

    def _filled(self, argv: tuple[str, ...]) -> list[str]:
        return [configuration.fill(argument, self.values) for argument in argv]

    def _copy(self, name: str) -> None:
        source = Path(self.values["venv"]) / name
        try:
            shutil.copy(source, self.etc)
        except OSError as error:
            raise DeploymentError(
                f"{self.variant.name} ({self.variant.release}) does not bring"
                f" {source}: {error.strerror}"
            ) from error


def _spoken(argv: list[str]) -> str:
    """Return a command as people say it: without paths and their options."""
    plain = (word for word in argv[1:] if "/" not in word and "\n" not in word)
    words = [Path(argv[0]).name, *plain]
    return " ".join(word for word in words if not word.startswith("--config"))
