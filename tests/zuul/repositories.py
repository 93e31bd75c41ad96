# SPDX-License-Identifier: Apache-2.0
"""The repositories that Zuul reads: stubs of OpenStack's, and this checkout."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.zuul.executor import STUB_ROLES
from tests.zuul.jobs import REPOSITORY

UPSTREAM = Path(__file__).parent / "upstream"
NAMES = {
    "project-config": (),
    "grenade": ("configure-grenade-branches", "write-grenade-conf", "run-grenade"),
    "devstack": ("orchestrate-devstack",),
    "openstack-zuul-jobs": (),
    "zuul-jobs": ("ensure-pip",),
    "testbed": (),
    "manila": (),
    "glance": (),
    "glance_store": (),
    "python-glanceclient": (),
    "python-manilaclient": (),
}
"""Repository → stub roles that it has, besides what `upstream` holds for it."""


def run(*command: object, cwd: Path | None = None) -> str:
    """Run a tool; its output, once it has ended well."""
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """What Zuul reads: one git repository a project, below ``git``."""

    directory: Path

    def path(self, name: str) -> Path:
        """Where the repository of that short name is."""
        owner = "zuul" if name == "zuul-jobs" else "openstack"
        return self.directory / owner / name

    def make(self, *, stored_run: Path, node_port: int) -> None:
        """Make them all, perfcompare's from the files of this checkout."""
        for name, roles in NAMES.items():
            path = self.path(name)
            path.mkdir(parents=True)
            if (UPSTREAM / name).is_dir():
                shutil.copytree(UPSTREAM / name, path, dirs_exist_ok=True)
            for role in roles:
                shutil.copytree(STUB_ROLES / role, path / "roles" / role)
        provider = self.path("project-config") / "zuul.d" / "provider.yaml"
        provider.write_text(provider.read_text().replace("NODE_PORT", str(node_port)))
        shutil.copytree(stored_run, self.path("grenade") / "run")
        self._copy_this_checkout()
        for name in (*NAMES, "perfcompare"):
            self._commit(self.path(name))

    def _copy_this_checkout(self) -> None:
        for name in run("git", "ls-files", cwd=REPOSITORY).splitlines():
            source, to = REPOSITORY / name, self.path("perfcompare") / name
            if source.is_file():
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, to)

    def _commit(self, path: Path) -> None:
        (path / ".gitkeep").touch()
        run("git", "init", "--quiet", "--initial-branch", "master", cwd=path)
        run("git", "add", "--all", "--force", cwd=path)
        me = ("-c", "user.name=test", "-c", "user.email=test@localhost")
        run("git", *me, "commit", "--quiet", "--message", "made", cwd=path)
