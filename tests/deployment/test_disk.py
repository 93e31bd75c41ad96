# SPDX-License-Identifier: Apache-2.0
"""Tests of what a disk refuses, on a device that is always full."""

import errno
import shutil
from pathlib import Path

import pytest

from perfcompare.deployment.local.disk import writing
from perfcompare.model.errors import DeploymentError


def test_a_full_disk_is_named_with_what_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError) as caught, writing(tmp_path):
        # A write that fails does not say to which file.
        Path("/dev/full").write_text("more than nothing")

    assert str(caught.value) == (
        f"cannot write {tmp_path}: No space left on device; look at the free space in"
        f" {tmp_path} and at its permissions"
    )


def test_the_file_is_named_where_the_system_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(DeploymentError, match=r"cannot write .*/file/deeper: Not a dir"),
        writing(tmp_path),
    ):
        (tmp_path / "file" / "deeper").mkdir()


def test_a_tree_that_cannot_be_copied_names_what_failed(tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "one").write_text("content")
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "one").symlink_to("/dev/full")

    with (
        pytest.raises(DeploymentError, match=r"to/one: .*No space left on device"),
        writing(tmp_path),
    ):
        shutil.copytree(tmp_path / "from", tmp_path / "to", dirs_exist_ok=True)


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.ESRCH])
def test_what_is_not_the_disks_doing_stays_what_it_is(
    tmp_path: Path, number: int
) -> None:
    with pytest.raises(OSError, match="other") as caught, writing(tmp_path):
        raise OSError(number, "other")

    assert caught.value.errno == number
