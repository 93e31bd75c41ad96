# SPDX-License-Identifier: Apache-2.0
"""A project in its variants, as processes on this host."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from perfcompare import command
from perfcompare.clock import Clock
from perfcompare.deployment.base import VariantProvenance
from perfcompare.deployment.local import configuration, disk
from perfcompare.deployment.local.instances import Instances
from perfcompare.deployment.local.keystone import KEYSTONE_PACKAGES
from perfcompare.deployment.local.requirements import missing_binaries
from perfcompare.deployment.local.running import LocalRunning
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.servers import Servers
from perfcompare.deployment.local.upgrade import Passage, Passed
from perfcompare.deployment.local.venvs import Venv, Venvs
from perfcompare.deployment.starting import Patience
from perfcompare.model.errors import DeploymentError
from perfcompare.model.plan import Plan
from perfcompare.model.project import Project, Server
from perfcompare.model.secret import masked
from perfcompare.model.target import Tree
from perfcompare.model.upgrade import Upgrade
from perfcompare.model.variant import Variant, VariantName

_BEFORE_UPGRADE = frozenset({VariantName.BASE, VariantName.SHAM})


class LocalDeployment:
    """Deploys the variants of a plan; see `Deployment` for what each method owes.

    Everything a run makes is below *scratch*; what later runs can use again (the
    virtual environments) is below *cache*.
    """

    def __init__(  # noqa: PLR0913 - the collaborators; each stands for a door
        self,
        plan: Plan,
        project: Project,
        *,
        scratch: Path,
        cache: Path,
        clock: Clock,
        progress: Callable[[str], None],
    ) -> None:
        self._plan = plan
        self._project = project
        self._scratch = scratch.absolute()
        self._clock = clock
        self._progress = progress
        self._secrets = Secrets()
        self._servers = Servers(
            project,
            scratch=self._scratch,
            secrets=self._secrets,
            clock=clock,
            progress=progress,
        )
        self._builder = Venvs(cache, clock=clock, progress=progress)
        self._venvs: Mapping[VariantName, Venv] = {}
        self._instances: Instances | None = None
        self._passed: Passed | None = None

    def __enter__(self) -> Self:
        """Install every variant and start the servers."""
        if missing := missing_binaries(self._project.servers):
            raise DeploymentError(
                f"{self._project.title} needs servers that this host lacks:"
                f" {'; '.join(missing)}"
            )
        try:
            self._venvs = self._build()
            keystone = Server.KEYSTONE in self._project.servers
            keystone_venv = self._builder.build(KEYSTONE_PACKAGES) if keystone else None
            with disk.writing(self._scratch):
                self._scratch.mkdir(parents=True, exist_ok=True)
                self._servers.start(keystone_venv)
        except BaseException:
            self._clean_up()
            raise
        self._instances = Instances(
            self._project,
            servers=self._servers,
            venvs=self._venvs,
            scratch=self._scratch,
            secrets=self._secrets,
        )
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop every server and remove the scratch directory."""
        try:
            self._servers.close()
        finally:
            self._clean_up()

    def upgrade(self) -> Upgrade:
        """Take base to target once, as Grenade does, and keep both states."""
        variants = {variant.name: variant for variant in self._plan.variants}
        base, target = variants[VariantName.BASE], variants[VariantName.TARGET]
        self._progress(
            f"upgrading {self._project.title} from {base.release} on {base.backend}"
            f" to {target.release} on {target.backend}"
        )
        passage = Passage(
            self._project,
            self._placed(),
            patience=self._patience(),
            clock=self._clock,
        )
        with disk.writing(self._scratch):
            self._passed = passage.carry_out(base, target)
        return self._passed.upgrade

    def controls(self) -> tuple[Tree, ...]:
        """Return the servers (owner "control") that are worth watching."""
        return self._servers.trees

    @contextmanager
    def up(self, variant: Variant) -> Iterator[LocalRunning]:
        """Start *variant* afresh from its state and wait until it is ready."""
        if self._passed is None:
            raise DeploymentError(
                f"{variant.name} has no state to start from before the upgrade"
            )
        state = (
            self._passed.before
            if variant.name in _BEFORE_UPGRADE
            else self._passed.after
        )
        instances = self._placed()
        with ExitStack() as stack:
            with disk.writing(self._scratch):
                instance = stack.enter_context(instances.place(variant, state))
                running = stack.enter_context(
                    instances.run(
                        instance, patience=self._patience(), clock=self._clock
                    )
                )
            yield running

    def last_logs(self, variant: Variant) -> Mapping[str, bytes]:
        """Return what the last instance of *variant* wrote that is gone."""
        return {} if self._instances is None else self._instances.last_logs(variant)

    def provenance(self, variant: Variant) -> VariantProvenance:
        """Say what *variant* is made of.

        The placeholders of the configuration are left in their braces: what differs
        between two variants' texts is what differs between the variants.
        """
        venv = self._venvs[variant.name]
        files = configuration.files(self._project, variant, None)
        return VariantProvenance(
            packages=venv.packages,
            config={
                name: self._secrets.redact(configuration.redacted(text))
                for name, text in files.items()
            },
            environment=masked(configuration.toggles(self._project, variant)),
            python=_version(venv),
        )

    def _build(self) -> Mapping[VariantName, Venv]:
        """Build one environment a variant.

        Equal packages get replicas, since two variants that share a file share its
        memory, and each would be charged half of it.
        """
        built: dict[VariantName, Venv] = {}
        for number, variant in enumerate(self._plan.variants):
            before = self._plan.variants[:number]
            replica = sum(other.packages == variant.packages for other in before)
            built[variant.name] = self._builder.build(variant.packages, replica=replica)
        return built

    def _placed(self) -> Instances:
        if self._instances is None:
            raise DeploymentError("the deployment has not been entered")
        return self._instances

    def _patience(self) -> Patience:
        return Patience(
            ready_seconds=self._plan.ready_timeout_seconds,
            stop_seconds=self._plan.stop_grace_seconds,
        )

    def _clean_up(self) -> None:
        self._builder.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


def _version(venv: Venv) -> str:
    program = "import platform; print(platform.python_version())"
    return command.run([str(venv.python), "-I", "-c", program]).output.strip()
