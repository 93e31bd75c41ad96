# SPDX-License-Identifier: Apache-2.0
"""Manila in the container, with units, paths and habits of DevStack.

What DevStack would install from git is here the virtual environment of a release that
perfcompare itself builds; the database, broker, cache and keystone are the private ones
of a local run, on the host's loopback.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from perfcompare.clock import Clock, SystemClock
from perfcompare.deployment.local import configuration
from perfcompare.deployment.local.ports import free_port
from perfcompare.deployment.local.secrets import Secrets
from perfcompare.deployment.local.servers import Servers
from perfcompare.deployment.local.venvs import Venv
from perfcompare.model.project import ApiClient
from perfcompare.model.variant import Backend, Variant, VariantName
from perfcompare.projects.manila import MANILA
from tests.devstack.container import Container
from tests.devstack.units import DAEMONS, SYSTEM, UNITS, Units, unit

OLD, NEW = (release.name for release in MANILA.releases)

OPENRC = "/opt/stack/old/devstack/openrc"
_OPENRCS = (OPENRC, "/opt/stack/new/devstack/openrc")
_DATA = "/opt/stack/data"
_VENV = f"{_DATA}/venv"
_ETC = "/etc/manila"
_READY_SECONDS = 120.0
_POLL_SECONDS = 0.2

# Two backends, so that manila-share has a worker each, as in DevStack.
_CONFIG = {
    "manila.conf": {
        # Sixty seconds by default, which a test would wait for too: the share service
        # on eventlet does not end before it has passed.
        "DEFAULT": {
            "enabled_share_backends": "alpha,beta",
            "graceful_shutdown_timeout": "2",
        },
        "beta": {
            **MANILA.config["manila.conf"]["alpha"],
            "share_backend_name": "BETA",
        },
    }
}

# What functions-common of DevStack writes (write_user_unit_file and its uwsgi
# sister): no Slice, since an instance of devstack@ has system-devstack.slice anyway.
_UNIT = """\
[Unit]
Description = Devstack devstack@{name}.service

[Service]
Environment = "PATH={venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
User = stack
ExecStart = {command}
KillMode = process
ExecReload = /usr/bin/kill -HUP $MAINPID
{more}

[Install]
WantedBy = multi-user.target
"""
_DAEMON_MORE = "TimeoutStopSec = 300"
_UWSGI_MORE = """\
SyslogIdentifier = devstack@{name}.service
Type = notify
Restart = always
NotifyAccess = all
RestartForceExitStatus = 100"""

# As DevStack's: nothing but variables, and the endpoint without a version.
_OPENRC = """\
if [[ -n "$1" ]]; then OS_USERNAME=$1; fi
if [[ -n "$2" ]]; then OS_PROJECT_NAME=$2; fi
export OS_AUTH_TYPE=password
export OS_PROJECT_NAME=${{OS_PROJECT_NAME:-demo}}
export OS_USERNAME=${{OS_USERNAME:-demo}}
export OS_PASSWORD={password}
export OS_REGION_NAME={region}
export OS_AUTH_URL=${{OS_AUTH_URL:-{url}}}
export OS_USER_DOMAIN_ID=${{OS_USER_DOMAIN_ID:-"default"}}
export OS_PROJECT_DOMAIN_ID=${{OS_PROJECT_DOMAIN_ID:-"default"}}
"""


class Cloud(Units):
    """A cloud of one project; `serve` brings it to a release."""

    openrc = OPENRC

    def __init__(
        self,
        container: Container,
        *,
        servers: Servers,
        secrets: Secrets,
        venvs: Mapping[str, Venv],
    ) -> None:
        super().__init__(container, servers=servers)
        self.release = ""
        """The one that runs; "" before the first `serve`."""
        self._secrets = secrets
        self._venvs = venvs
        self._clock: Clock = SystemClock()
        self._port = free_port()
        self._values: Mapping[str, str] = {}

    @property
    def api(self) -> ApiClient:
        """Manila's API as an administrator sees it."""
        return self._servers.api(f"http://127.0.0.1:{self._port}")

    def serve(self, release: str) -> None:
        """Make the cloud run *release*, with its units as installed and all up.

        The new release it reaches by an upgrade alone.
        """
        if self.release:
            self._tidy()
        if self.release == release:
            self.start()
            return
        if self.release != OLD:
            self.install()
        if release == NEW:
            self.upgrade()

    def install(self) -> None:
        """Do what stack.sh does: an empty cloud of the old release."""
        self.stop()
        self.release = OLD
        # Named so that its region is DevStack's RegionOne.
        endpoint = f"http://127.0.0.1:{self._port}{MANILA.endpoint_path}"
        placed = self._servers.place("one", endpoint=endpoint)
        self._servers.database.create("manila_one")
        self._values = {
            **placed,
            "venv": _VENV,
            "etc": _ETC,
            "state": f"{_DATA}/manila",
            "host": "127.0.0.1",
            "port": str(self._port),
            "endpoint": endpoint,
            "log": "",
            "release": OLD,
            "project": MANILA.name,
        }
        self._link()
        self._configure()
        for argv in (*MANILA.migrate, *MANILA.initialize):
            self._manage(argv)
        self._write_units()
        self.start()
        MANILA.prepare(self.api)

    def upgrade(self) -> None:
        """Do what Grenade does: stop the old, install and migrate, start the new."""
        self.stop()
        self.release = NEW
        self._link()
        for argv in MANILA.migrate:
            self._manage(argv)
        self._write_units()
        self.start()

    def start(self) -> None:
        """Start what does not run, and wait until shares can be created."""
        running = {name for name in UNITS if self.show(name, "ActiveState") == "active"}
        if running == set(UNITS):
            return
        began = self._clock.now()
        for name in ("m-api", "m-sch", "m-dat"):
            self.systemctl("start", name)
        # See MANILA.awaits: the other way round it may take a minute or two.
        awaited = MANILA.awaits["manila-share"]
        self.wait(lambda: self._answer(lambda: awaited(self.api, began)))
        self.systemctl("start", "m-shr")
        self.wait(lambda: self._answer(lambda: MANILA.ready(self.api, began)))

    def stop(self) -> None:
        """Stop every unit, and end what KillMode=process leaves behind.

        Grenade does not do the second; its tests are not about that.
        """
        if self.container.exists(f"{SYSTEM}/{unit('m-api')}"):
            self.container.do("systemctl", "stop", *map(unit, UNITS))
            self._end_leftovers()

    def create_share(self) -> float:
        """Create a share and delete it; return how long it took to be available."""
        api, began = self.api, self._clock.monotonic()
        body = {"share": {"share_proto": "NFS", "size": 1, "name": "test"}}
        made = api.send("POST", "/v2/shares", body)
        assert isinstance(made, dict)
        path = f"/v2/shares/{made['share']['id']}"

        def lacks() -> str:
            share = api.get(path)
            assert isinstance(share, dict)
            status = str(share["share"]["status"])
            return "" if status == "available" else f"the share is {status}"

        self.wait(lacks)
        seconds = self._clock.monotonic() - began
        api.send("DELETE", path, None)
        return seconds

    def wait(self, lacks: Callable[[], str], seconds: float = _READY_SECONDS) -> None:
        """Wait until *lacks* returns ""; at most so many *seconds*."""
        deadline = self._clock.monotonic() + seconds
        while missing := lacks():
            assert self._clock.monotonic() < deadline, f"{missing}\n{self._journal()}"
            self._clock.sleep(_POLL_SECONDS)

    def _answer(self, ask: Callable[[], str]) -> str:
        # An API that is about to start refuses.
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 - shown when time is over
            return str(error)

    def _journal(self) -> str:
        units = (f"--unit={unit(name)}" for name in DAEMONS)
        return self.container.do("journalctl", "--no-pager", "--lines=40", *units)

    def _tidy(self) -> None:
        """Undo what a test has done, or one that failed has left."""
        left, now = self.drop_ins(), self.now()
        if not left and all(now.groups[name] == now.family(name) for name in UNITS):
            return
        self.stop()
        if left:
            directories = {str(Path(path).parent) for path in left}
            self.container.do("rm", "-rf", *directories)
            self.container.do("systemctl", "daemon-reload")

    def _end_leftovers(self) -> None:
        if left := frozenset[int]().union(*self.now().groups.values()):
            self.container.run(["kill", "-KILL", *map(str, left)])

    def _link(self) -> None:
        venv = str(self._venvs[self.release].path)
        self.container.do("mkdir", "-p", _DATA, user="stack")
        self.container.do("ln", "-sfn", venv, _VENV, user="stack")

    def _configure(self) -> None:
        self.container.do("install", "-d", "-o", "stack", "-g", "stack", _ETC)
        for name in MANILA.copied_files:
            self.container.do("cp", f"{_VENV}/{name}", _ETC, user="stack")
        for name in MANILA.directories:
            self.container.do("mkdir", "-p", f"{_DATA}/manila/{name}", user="stack")
        rendered = configuration.files(MANILA, self._variant(), self._values)
        for name, text in rendered.items():
            self.container.write(f"{_ETC}/{name}", text, owner="stack")
        openrc = _OPENRC.format(
            password=self._secrets.password("keystone-admin"),
            region=self._values["region"],
            url=self._values["keystone_url"].removesuffix("/v3"),
        )
        for path in _OPENRCS:
            self.container.write(path, openrc, owner="stack")

    def _variant(self) -> Variant:
        return Variant(
            name=VariantName.BASE,
            release=self.release,
            backend=Backend.EVENTLET,
            packages=MANILA.release(self.release).packages,
            environment={},
            config=_CONFIG,
            uwsgi={},
        )

    def _write_units(self) -> None:
        for name in UNITS:
            if name in DAEMONS:
                program = (
                    f"{_VENV}/bin/{DAEMONS[name]} --config-file {_ETC}/manila.conf"
                )
                more = _DAEMON_MORE
            else:
                program = (
                    f"{_VENV}/bin/pyuwsgi --ini {_ETC}/manila-api-uwsgi.ini"
                    f" --procname-prefix manila-api --venv {_VENV}"
                )
                more = _UWSGI_MORE.format(name=name)
            text = _UNIT.format(name=name, venv=_VENV, command=program, more=more)
            self.container.write(f"{SYSTEM}/{unit(name)}", text)
        self.container.do("systemctl", "daemon-reload")
        self.container.do("systemctl", "enable", *map(unit, UNITS))

    def _manage(self, template: tuple[str, ...]) -> None:
        argv = [configuration.fill(argument, self._values) for argument in template]
        self.container.do("env", "PYTHONWARNINGS=ignore", *argv, user="stack")
