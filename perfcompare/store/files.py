# SPDX-License-Identifier: Apache-2.0
"""Files that are there whole or not at all, and the lock of a run."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from perfcompare.model.errors import StoreError


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Translate what the operating system says about *path*."""
    try:
        yield
    except OSError as error:
        what = error.strerror or str(error)
        raise StoreError(f"{error.filename or path} cannot be written: {what}") from (
            error
        )


def write_durably(path: Path, content: bytes) -> None:
    """Write *path* and wait until it is on the disk."""
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def replace_durably(path: Path, content: bytes) -> None:
    """Put *content* in the place of *path* in one step: old or new, never half."""
    partial = path.with_name(f".partial-{path.name}")
    write_durably(partial, content)
    partial.replace(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Wait until the names in *path* are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_logs(directory: Path, logs: Mapping[str, bytes]) -> None:
    """Write each log under its own name, whatever path its name pretends to be."""
    directory.mkdir(parents=True)
    for name, content in sorted(logs.items()):
        write_durably(directory / Path(name).name, content)
    sync_directory(directory)


def remove(path: Path) -> None:
    """Remove the directory *path*, if it is there."""
    if path.exists():
        shutil.rmtree(path)


class Lock:
    """The right to write below a directory: one process at a time.

    Held on the directory itself (flock), so nothing is left behind, and the
    kernel lets go of it however the process ends.
    """

    def __init__(self, directory: Path) -> None:
        """Take the lock.

        Raises:
            StoreError: Another perfcompare has it.
        """
        self._descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            if isinstance(error, BlockingIOError):
                raise StoreError(
                    f"{directory} is being written by another perfcompare;"
                    " wait for it, or give this one another --out"
                ) from error
            raise

    def release(self) -> None:
        """Let go of it; more than once is fine."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def is_locked(directory: Path) -> bool:
    """Tell whether somebody is writing below *directory* right now."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
