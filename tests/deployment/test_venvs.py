# SPDX-License-Identifier: Apache-2.0
"""Tests of cached virtual environments: real uv, one tiny package and six."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from perfcompare import command
from perfcompare.clock import SystemClock
from perfcompare.deployment.local.venvs import Venv, Venvs, _redacted
from perfcompare.model.errors import DeploymentError
from perfcompare.model.variant import Packages

PYPROJECT = """\
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "tiny"
version = "1.0"
description = "a package of one line"
"""


def packages(
    *requirements: str,
    before: date | None = None,
    each: Mapping[str, date] | None = None,
    python: str = sys.executable,
) -> Packages:
    return Packages(
        requirements=requirements,
        uploaded_before=before,
        uploaded_before_each=each or {},
        python=python,
    )


def git(directory: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(
        ["git", "-C", directory, *identity, *arguments], check=True, capture_output=True
    )


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def venvs(tmp_path: Path, said: list[str]) -> Iterator[Venvs]:
    made = Venvs(tmp_path / "cache", clock=SystemClock(), progress=said.append)
    yield made
    made.close()


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    checkout = tmp_path / "tiny"
    checkout.mkdir()
    (checkout / "pyproject.toml").write_text(PYPROJECT)
    (checkout / "tiny.py").write_text("ANSWER = 1\n")
    return checkout


def answer(venv: Venv) -> str:
    code = "import tiny; print(tiny.ANSWER)"
    return command.run([str(venv.python), "-c", code]).output.strip()


def test_packages_are_frozen_by_date(venvs: Venvs) -> None:
    six = packages("six", each={"six": date(2015, 1, 1)})

    # six 1.9.0 was uploaded on 2015-01-02, 1.8.0 on 2014-09-15.
    assert venvs.build(six).packages == ("six==1.8.0",)


def test_the_day_itself_is_not_seen(venvs: Venvs) -> None:
    assert venvs.build(packages("six", before=date(2015, 1, 2))).packages == (
        "six==1.8.0",
    )
    assert venvs.build(packages("six", before=date(2015, 1, 3))).packages == (
        "six==1.9.0",
    )


def test_equal_packages_are_built_once(venvs: Venvs, said: list[str]) -> None:
    first = venvs.build(packages("six==1.17.0"))
    built = list(said)

    assert venvs.build(packages("six==1.17.0")) == first
    assert said == built


def test_a_replica_shares_no_file_with_the_first_copy(venvs: Venvs) -> None:
    first = venvs.build(packages("six==1.17.0"))
    second = venvs.build(packages("six==1.17.0"), replica=1)

    inodes = [next(v.path.rglob("six.py")).stat().st_ino for v in (first, second)]
    assert inodes[0] != inodes[1]
    assert first.packages == second.packages


def test_what_is_installed_is_compiled(venvs: Venvs) -> None:
    venv = venvs.build(packages("six==1.17.0"))

    assert list(venv.path.rglob("six.*.pyc"))


def test_an_interrupted_build_is_done_again(venvs: Venvs, said: list[str]) -> None:
    venv = venvs.build(packages("six==1.17.0"))
    (venv.path / "complete.json").unlink()
    next(venv.path.rglob("six.py")).write_text("half of i")

    again = venvs.build(packages("six==1.17.0"))

    assert again == venv
    assert "half of i" not in next(venv.path.rglob("six.py")).read_text()
    assert json.loads((venv.path / "complete.json").read_text()) == {
        "packages": ["six==1.17.0"]
    }


def test_a_killed_build_leaves_nothing_that_counts_as_complete(
    tmp_path: Path, venvs: Venvs, tiny: Path
) -> None:
    (tiny / "backend.py").write_text(
        "import pathlib, time\n"
        "pathlib.Path(__file__).with_name('begun').touch()\n"
        "while pathlib.Path(__file__).with_name('slow').exists():\n"
        "    time.sleep(0.01)\n"
        "from flit_core.buildapi import *\n"
    )
    (tiny / "pyproject.toml").write_text(
        PYPROJECT.replace("flit_core.buildapi", "backend").replace(
            "[project]", 'backend-path = ["."]\n[project]'
        )
    )
    (tiny / ".gitignore").write_text("begun\nslow\n__pycache__\n")
    git(tiny, "init")
    (tiny / "slow").touch()
    code = (
        "import sys; from pathlib import Path; from perfcompare.clock import *;"
        "from perfcompare.deployment.local.venvs import *;"
        "Venvs(Path(sys.argv[1]), clock=SystemClock(), progress=print).build("
        "Packages(requirements=(sys.argv[2],), uploaded_before=None,"
        " uploaded_before_each={}, python=sys.executable))"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "cache", str(tiny)],
        stdout=subprocess.DEVNULL,
    )
    clock = SystemClock()
    while not (tiny / "begun").exists():
        assert other.poll() is None
        clock.sleep(0.01)
    other.send_signal(signal.SIGKILL)
    other.wait()
    (tiny / "slow").unlink()

    assert answer(venvs.build(packages(str(tiny)))) == "1"


def test_two_runs_at_once_build_one_environment(tmp_path: Path) -> None:
    said: list[str] = []
    runs = [
        Venvs(tmp_path, clock=SystemClock(), progress=said.append) for _ in range(2)
    ]

    with ThreadPoolExecutor(2) as pool:
        built = list(pool.map(lambda v: v.build(packages("six==1.17.0")), runs))

    assert built[0] == built[1]
    assert said.count("installing six==1.17.0") == 1
    assert len([p for p in (tmp_path / "venvs").iterdir() if p.is_dir()]) == 1


def test_a_directory_is_installed_as_it_is_now(venvs: Venvs, tiny: Path) -> None:
    before = venvs.build(packages(str(tiny)))
    (tiny / "tiny.py").write_text("ANSWER = 2\n")
    after = venvs.build(packages(str(tiny)))

    assert answer(before) == "1"
    assert answer(after) == "2"
    assert after.packages == (f"tiny @ file://{tiny}",)


def test_an_uncommitted_change_of_a_checkout_counts_and_an_ignored_file_does_not(
    venvs: Venvs, tiny: Path
) -> None:
    (tiny / ".gitignore").write_text("*.log\n")
    git(tiny, "init")
    git(tiny, "add", ".")
    git(tiny, "commit", "-m", "one")
    first = venvs.build(packages(f"tiny @ file://{tiny}"))

    (tiny / "noise.log").write_text("ignored")
    assert venvs.build(packages(f"tiny @ file://{tiny}")) == first
    (tiny / "tiny.py").write_text("ANSWER = 2\n")
    second = venvs.build(packages(f"tiny @ file://{tiny}"))
    assert answer(second) == "2"
    (tiny / "untracked.py").touch()
    assert venvs.build(packages(f"tiny @ file://{tiny}")) not in (first, second)


def test_a_git_url_is_installed_at_the_commit_its_branch_names_now(
    venvs: Venvs, tiny: Path
) -> None:
    git(tiny, "init", "-b", "main")
    git(tiny, "add", ".")
    git(tiny, "commit", "-m", "one")
    wanted = packages(f"tiny @ git+file://{tiny}@main")
    before = venvs.build(wanted)
    (tiny / "tiny.py").write_text("ANSWER = 2\n")
    assert venvs.build(wanted) == before
    git(tiny, "commit", "-a", "-m", "two")

    assert answer(venvs.build(wanted)) == "2"


def wheel(tiny: Path, directory: Path) -> Path:
    build = (sys.executable, "-m", "uv", "build", "--wheel", "--out-dir")
    command.run([*build, str(directory)], cwd=tiny)
    return next(directory.glob("tiny-1.0-*.whl"))


def test_a_wheel_counts_by_its_content(
    venvs: Venvs, tiny: Path, tmp_path: Path
) -> None:
    before = venvs.build(packages(str(wheel(tiny, tmp_path))))
    (tiny / "tiny.py").write_text("ANSWER = 2\n")
    after = venvs.build(packages(str(wheel(tiny, tmp_path))))

    assert answer(before) == "1"
    assert answer(after) == "2"


class Index(SimpleHTTPRequestHandler):
    """A package index whose pages must be asked for again each time."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_without_the_index_the_same_packages_come_from_the_cache(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    venvs = Venvs(tmp_path, clock=SystemClock(), progress=said.append)
    wheel(tiny, tmp_path / "index" / "tiny")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    handler = partial(Index, directory=tmp_path / "index")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        first = venvs.build(packages("tiny"))
        server.shutdown()
        thread.join()

    again = venvs.build(packages("tiny"), replica=1)

    assert again.packages == first.packages == ("tiny==1.0",)
    assert any("installed from uv's cache" in line for line in said)


def test_a_version_that_does_not_exist_fails_with_what_uv_says(
    venvs: Venvs, tmp_path: Path
) -> None:
    with pytest.raises(
        DeploymentError, match=r"there is no version of six==99"
    ) as seen:
        venvs.build(packages("six==99"))

    assert "check the plan's versions and dates" in str(seen.value)
    assert not [p for p in (tmp_path / "cache/venvs").iterdir() if p.is_dir()]


def test_a_python_that_is_not_installed_is_named(venvs: Venvs) -> None:
    with pytest.raises(DeploymentError, match=r"python 3\.99 is not installed"):
        venvs.build(packages("six", python="3.99"))


def test_a_path_that_is_not_there_is_named(venvs: Venvs) -> None:
    with pytest.raises(DeploymentError, match="/nowhere does not exist"):
        venvs.build(packages("tiny @ file:///nowhere"))


def test_credentials_in_urls_are_cut_out() -> None:
    text = "cannot reach https://me:secret@example.org/simple"

    assert _redacted(text) == "cannot reach https://***@example.org/simple"


def test_a_cache_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    venvs = Venvs(tmp_path / "file", clock=SystemClock(), progress=print)

    with pytest.raises(
        DeploymentError, match=r"cannot write .*/file/venvs: Not a directory; look at"
    ):
        venvs.build(packages("six==1.17.0"))


def test_an_environment_in_use_is_kept_and_an_old_one_goes(
    tmp_path: Path, tiny: Path
) -> None:
    ours, other = (
        Venvs(tmp_path, clock=SystemClock(), progress=print) for _ in range(2)
    )
    venv = ours.build(packages("six==1.17.0"))
    os.utime(venv.path.with_suffix(".lock"), (0, 0))
    other.build(packages(str(tiny)))
    assert venv.python.exists()

    ours.close()
    other.build(packages(str(tiny)), replica=1)
    other.close()

    assert not venv.path.exists()
