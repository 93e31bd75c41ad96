# SPDX-License-Identifier: Apache-2.0
"""Tests of directories that runs share: made once, kept while used, then removed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perfcompare.clock import SystemClock
from perfcompare.deployment.local.shelf import Shelf

DAY_SECONDS = 86400


class Reader:
    """Makes directories that hold a file "whole"."""

    def __init__(self, directory: Path, said: list[str]) -> None:
        self.shelf = Shelf(directory, clock=SystemClock(), progress=said.append)
        self.made: list[str] = []

    def use(self, name: str) -> str:
        return self.shelf.use(name, find=self._find, make=self._make)

    def _find(self, path: Path) -> str | None:
        whole = path / "whole"
        return whole.read_text() if whole.exists() else None

    def _make(self, path: Path) -> str:
        path.mkdir()
        (path / "whole").write_text(path.name)
        self.made.append(path.name)
        return path.name


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def reader(tmp_path: Path, said: list[str]) -> Iterator[Callable[[], Reader]]:
    readers: list[Reader] = []

    def make() -> Reader:
        readers.append(Reader(tmp_path, said))
        return readers[-1]

    yield make
    for each in readers:
        each.shelf.close()


def age(lock: Path, *, days: float) -> None:
    then = SystemClock().now() - days * DAY_SECONDS
    os.utime(lock, (then, then))


def test_what_is_there_is_not_made_again(reader: Callable[[], Reader]) -> None:
    one, two = reader(), reader()

    assert one.use("a") == one.use("a") == two.use("a") == "a"
    assert (one.made, two.made) == (["a"], [])


def test_what_nobody_has_used_for_thirty_days_goes_when_something_is_made(
    reader: Callable[[], Reader], tmp_path: Path, said: list[str]
) -> None:
    earlier = reader()
    for name in ("old", "young"):
        earlier.use(name)
    earlier.shelf.close()
    age(tmp_path / "old.lock", days=30.5)
    age(tmp_path / "young.lock", days=29.5)

    reader().use("young")
    assert (tmp_path / "old").exists()
    reader().use("new")

    directories = sorted(path.name for path in tmp_path.iterdir() if path.is_dir())
    assert directories == ["new", "young"]
    assert said == [f"removing {tmp_path / 'old'}: unused for 30 days"]


def test_a_use_counts_as_one(reader: Callable[[], Reader], tmp_path: Path) -> None:
    earlier = reader()
    earlier.use("a")
    age(tmp_path / "a.lock", days=31)
    earlier.use("a")
    earlier.shelf.close()

    reader().use("new")

    assert (tmp_path / "a").exists()


def test_what_is_in_use_stays_however_long_ago_that_began(
    reader: Callable[[], Reader], tmp_path: Path
) -> None:
    for _ in range(2):
        user = reader()
        user.use("a")
    age(tmp_path / "a.lock", days=99)
    reader().use("new")
    assert (tmp_path / "a").exists()

    # One of two users is enough.
    user.shelf.close()
    reader().use("newer")
    assert (tmp_path / "a").exists()


def test_what_could_not_be_made_holds_nobody_up(
    reader: Callable[[], Reader], tmp_path: Path
) -> None:
    def fail(_: Path) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        reader().shelf.use("a", find=lambda _: None, make=fail)

    assert reader().use("a") == "a"


def test_half_of_a_removal_is_finished_by_the_next(
    reader: Callable[[], Reader], tmp_path: Path
) -> None:
    (tmp_path / "killed.unused" / "deep").mkdir(parents=True)

    reader().use("new")

    assert not (tmp_path / "killed.unused").exists()
