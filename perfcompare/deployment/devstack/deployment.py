# SPDX-License-Identifier: Apache-2.0
"""A project in its variants, as units of a DevStack cloud on this host.

One cloud is one variant at a time.  Which release it is, Grenade decides; which backend
it runs, a drop-in and a restart decide, as often as the rounds ask for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Self

from perfcompare.clock import Clock
from perfcompare.deployment.base import VariantProvenance
from perfcompare.deployment.devstack import makeup
from perfcompare.deployment.devstack.access import Access
from perfcompare.deployment.devstack.running import DevstackRunning, UnitOf
from perfcompare.deployment.devstack.systemd import KillMode, Systemd
from perfcompare.deployment.local import configuration
from perfcompare.deployment.starting import Patience
from perfcompare.model.caveat import Caveat, Note
from perfcompare.model.errors import DeploymentError, ExperimentError
from perfcompare.model.plan import Plan
from perfcompare.model.project import Cloud, Project
from perfcompare.model.secret import MASK, masked
from perfcompare.model.target import CONTROL, Tree
from perfcompare.model.upgrade import Upgrade
from perfcompare.model.variant import Variant

_CONTROLS: Mapping[str, tuple[str, ...]] = {
    "mariadb": ("mariadb", "mysql"),
    "rabbitmq": ("rabbitmq-server",),
    "memcached": ("memcached",),
    "keystone": ("devstack@keystone",),
}
"""Server → the units that may run it; the first one that does counts."""
_START_SECONDS = 120.0
# What is given back is not measured: it need not be waited for long.
_STOP_SECONDS = 20.0


def give_back(systemd: Systemd, names: Sequence[str], *, wanted: Sequence[str]) -> None:
    """Take our drop-ins away and start those of *names* that are *wanted*."""
    # While the drop-ins are there: a stop must not leave workers behind.
    for name in reversed(names):
        systemd.stop(name, grace_seconds=_STOP_SECONDS)
    systemd.restore(names)
    systemd.reload()
    for name in (name for name in names if name in wanted):
        systemd.start(name, timeout_seconds=_START_SECONDS)


def recover(systemd: Systemd) -> tuple[str, ...]:
    """Give back, and return, the units that a killed perfcompare left altered."""
    names = systemd.altered()
    if names:
        wanted = [name for name in names if systemd.show(name).wanted]
        give_back(systemd, names, wanted=wanted)
    return names


class DevstackDeployment:
    """Flips the units of a cloud between variants; see `Deployment`.

    Entering it changes nothing.  Leaving it takes every change back: the drop-ins are
    gone, and the units that ran before run again, as their unit files say.
    """

    def __init__(  # noqa: PLR0913 - the collaborators; each stands for a door
        self,
        plan: Plan,
        project: Project,
        *,
        access: Access,
        systemd: Systemd,
        clock: Clock,
        progress: Callable[[str], None],
    ) -> None:
        """Say what to measure.

        Args:
            plan: Its variants differ in the backend; releases are what they are.
            project: Where DevStack has it is in `Project.cloud`.
            access: The way into the cloud.
            systemd: The service manager of this host.
            clock: Waits and times.
            progress: Told what takes long.
        """
        self._plan = plan
        self._project = project
        self._access = access
        self._clock = clock
        self._progress = progress
        self._systemd = systemd
        self._root = systemd.root
        self._absent: tuple[str, ...] = ()
        self._wanted: tuple[str, ...] = ()
        self._altered = False
        self._config: Mapping[str, str] = {}
        self._secrets: tuple[str, ...] = ()
        self._last: Mapping[str, bytes] = {}

    def __enter__(self) -> Self:
        """Find the units, and see that there is a way into the cloud.

        Raises:
            DeploymentError: There is none, or sudo asks for a password.
        """
        cloud = self._cloud()
        self._root.run("true")
        shown = {name: self._systemd.show(unit) for name, unit in cloud.units.items()}
        self._absent = tuple(name for name, unit in shown.items() if not unit.loaded)
        if len(self._absent) == len(shown):
            raise DeploymentError(
                f"no unit of {self._project.title} is here:"
                f" {', '.join(cloud.units.values())}; measure where DevStack runs it"
            )
        self._wanted = tuple(unit.name for unit in shown.values() if unit.wanted)
        self._config = makeup.read_config(self._root, cloud.config_files)
        self._secrets = (
            self._access.credentials.password,
            *makeup.secrets(self._config),
        )
        self._access.enter(self._project, cloud)
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Give the units back as they were.

        Raises:
            DeploymentError: All went well until then, and they do not get ready.
        """
        if not self._altered:
            return
        self._progress("giving the units back as they were")
        # Whoever comes next, Grenade for one, expects services that are ready; whoever
        # has pressed Ctrl-C does not want to wait for them.
        waits = exc_info[0] is None and self._wanted == self._present
        give_back(self._systemd, self._present, wanted=() if waits else self._wanted)
        self._altered = False
        if waits:
            entered = self._access.enter(self._project, self._cloud())
            running = self._running(self._plan.variants[0])
            running.start(self._project, entered, caveats=())

    def upgrade(self) -> Upgrade | None:
        """Leave it to Grenade."""
        return None

    def controls(self) -> tuple[Tree, ...]:
        """Return the servers of the cloud that run under systemd."""
        found = {
            name: next(filter(None, map(self._main_pid, units)), 0)
            for name, units in _CONTROLS.items()
        }
        return tuple(
            Tree(owner=CONTROL, service=name, pid=pid)
            for name, pid in found.items()
            if pid
        )

    @contextmanager
    def up(self, variant: Variant) -> Iterator[DevstackRunning]:
        """Restart the units as *variant* and wait until they are ready."""
        cloud = self._cloud()
        self._alter(variant)
        entered = self._access.enter(self._project, cloud)
        running = self._running(variant)
        try:
            running.start(self._project, entered, caveats=tuple(self._caveats()))
            yield running
            running.stop()
        except BaseException:
            # What will not stop must not hide what is being raised.
            with suppress(ExperimentError):
                self._stop(self._present)
            raise
        finally:
            self._last = running.logs()

    def last_logs(self, variant: Variant) -> Mapping[str, bytes]:
        """Return what the last instance of any variant wrote that is gone."""
        del variant  # one cloud is one variant at a time
        return self._last

    def provenance(self, variant: Variant) -> VariantProvenance:
        """Say what the cloud is made of now, as *variant*."""
        units = [self._systemd.show(name) for name in self._present]
        python, packages = makeup.installed(units, self._project.name)
        return VariantProvenance(
            packages=packages,
            config={
                name: self._redact(text)
                for name, text in makeup.redacted(self._config).items()
            },
            environment=masked(configuration.toggles(self._project, variant)),
            python=python,
        )

    @property
    def _present(self) -> tuple[str, ...]:
        """The units that exist, in start order."""
        units = self._cloud().units.items()
        return tuple(unit for name, unit in units if name not in self._absent)

    def _running(self, variant: Variant) -> DevstackRunning:
        return DevstackRunning(
            variant,
            self._unit_of(variant),
            systemd=self._systemd,
            redact=self._redact,
            patience=Patience(
                ready_seconds=self._plan.ready_timeout_seconds,
                stop_seconds=self._plan.stop_grace_seconds,
            ),
            clock=self._clock,
        )

    def _alter(self, variant: Variant) -> None:
        """Stop the units and let them be *variant* when they start again."""
        environment = configuration.toggles(self._project, variant)
        self._altered = True
        units = self._unit_of(variant)
        for each in units:
            self._systemd.alter(
                each.unit,
                environment,
                kill_mode=KillMode.MIXED
                if each.service.wsgi
                else KillMode.CONTROL_GROUP,
                grace_seconds=self._plan.stop_grace_seconds,
            )
        self._systemd.reload()
        self._stop([each.unit for each in units])

    def _stop(self, names: Sequence[str]) -> None:
        for name in reversed(names):
            self._systemd.stop(name, grace_seconds=self._plan.stop_grace_seconds)

    def _unit_of(self, variant: Variant) -> tuple[UnitOf, ...]:
        units = self._cloud().units
        services = {each.name: each for each in self._project.services[variant.backend]}
        return tuple(
            UnitOf(service=services[name], unit=unit)
            for name, unit in units.items()
            if name in services and name not in self._absent
        )

    def _caveats(self) -> Iterator[Caveat]:
        yield from makeup.disturbances(self._config)
        if self._absent:
            yield Note(
                text=f"{', '.join(self._absent)} has no unit in this cloud and was not"
                " watched"
            )

    def _main_pid(self, name: str) -> int:
        return self._systemd.show(name).main_pid

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def _cloud(self) -> Cloud:
        if self._project.cloud is None:
            raise DeploymentError(
                f"nobody has told where a cloud has {self._project.name}"
            )
        return self._project.cloud
