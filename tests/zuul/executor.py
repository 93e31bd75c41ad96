# SPDX-License-Identifier: Apache-2.0
"""Playbooks as on Zuul's executor: its variables, its zuul_return; on this host."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.zuul.jobs import REPOSITORY

STUB_ROLES = Path(__file__).parent / "stub-roles"

Variables = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What came of a playbook."""

    status: int
    output: str

    @property
    def changed(self) -> int:
        """How many tasks changed something, after Ansible's recap."""
        return sum(int(each) for each in re.findall(r"changed=(\d+)", self.output))


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """One build: the job directory that an executor makes, and its node, this host."""

    directory: Path
    environment: Path
    build: str = "b" * 32

    @property
    def logs(self) -> Path:
        """The log root."""
        return self.directory / "work" / "logs"

    @property
    def node(self) -> Path:
        """In place of the node's file system."""
        return self.directory / "node"

    @property
    def returned(self) -> dict[str, list[object]]:
        """What the build's playbooks gave to Zuul."""
        text = (self.directory / "work" / "results.json").read_text()
        return dict(json.loads(text)["data"]["zuul"]) if text else {}

    @property
    def journal(self) -> list[str]:
        """Which stub roles and stages ran, in order."""
        return (self.node / "journal").read_text().splitlines()

    def prepare(self) -> None:
        """Make what Zuul makes before the first playbook."""
        self.logs.mkdir(parents=True)
        self.node.mkdir()
        (self.node / "journal").touch()
        # Zuul makes it, empty, before the build; zuul_return counts on that.
        (self.directory / "work" / "results.json").touch()
        (self.directory / "ansible.cfg").write_text(self._configuration())
        (self.directory / "inventory").write_text(
            "controller ansible_connection=local\n"
        )
        packages = self.directory / "python" / "zuul"
        packages.mkdir(parents=True)
        (packages / "__init__.py").touch()
        plugins = "lib/python3.11/site-packages/zuul/ansible/11"
        (packages / "ansible").symlink_to(self.environment / "venv" / plugins)
        # Not its `command`, which talks to a console that an executor starts.
        actions = self.directory / "actions"
        actions.mkdir()
        action = packages / "ansible" / "action" / "zuul_return.py"
        (actions / "zuul_return.py").symlink_to(action)

    def play(self, playbook: str | Path, variables: Variables) -> Play:
        """Run one playbook as Zuul's Ansible 11 does; wait for it."""
        given = self.directory / "variables.json"
        given.write_text(json.dumps({**self._zuul(), **variables}))
        ansible = self.environment / "ansible" / "11" / "bin" / "ansible-playbook"
        done = subprocess.run(
            [ansible, "-e", f"@{given}", REPOSITORY / "playbooks" / playbook],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.node),
                "LANG": "C.UTF-8",
                "PYTHONPATH": str(self.directory / "python"),
                "ANSIBLE_CONFIG": str(self.directory / "ansible.cfg"),
                "ZUUL_JOBDIR": str(self.directory),
            },
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Play(status=done.returncode, output=done.stdout)

    def _configuration(self) -> str:
        return "\n".join(
            [
                "[defaults]",
                f"inventory = {self.directory / 'inventory'}",
                f"roles_path = {REPOSITORY / 'roles'}:{STUB_ROLES}",
                f"action_plugins = {self.directory / 'actions'}",
                f"local_tmp = {self.directory / 'tmp'}",
                "interpreter_python = /usr/bin/python3",
                "nocows = true",
                # As Zuul sets them.
                "gathering = smart",
                "fact_caching = jsonfile",
                f"fact_caching_connection = {self.directory / 'facts'}",
                "pipelining = true",
                "",
            ]
        )

    def _zuul(self) -> dict[str, object]:
        name = "opendev.org/openstack/perfcompare"
        return {
            "stub_journal": str(self.node / "journal"),
            "ansible_user_dir": str(self.node),
            # There is no user stack here, and no sudo.
            "ansible_become": False,
            "devstack_bases": {
                "shared": str(self.node / "stack"),
                "old": str(self.node / "stack" / "old"),
                "new": str(self.node / "stack" / "new"),
            },
            "zuul": {
                "build": self.build,
                "executor": {
                    "log_root": str(self.logs),
                    "work_root": str(self.directory / "work"),
                },
                "project": {"src_dir": f"src/{name}"},
                "projects": {name: {"src_dir": f"src/{name}"}},
            },
        }
