# SPDX-License-Identifier: Apache-2.0
"""The one door to errors of the disk: full, read-only, not ours."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perfcompare.model.errors import DeploymentError

# Whatever else the system refuses (a port, a signal) is not the disk's doing.
_OF_THE_DISK = frozenset(
    (
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO),
        *(errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EEXIST),
        *(errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP),
    )
)


@contextmanager
def writing(directory: Path) -> Iterator[None]:
    """Turn what the disk refuses to what writes below *directory* into our error.

    Raises:
        DeploymentError: Names the file, what the system said, and what to look at.
    """
    try:
        yield
    except OSError as error:
        if (said := _said(error)) is None:
            raise
        raise DeploymentError(
            f"cannot write {error.filename or directory}: {said}; look at the free"
            f" space in {directory} and at its permissions"
        ) from error


def _said(error: OSError) -> str | None:
    """Return the words of a disk; None when it was not the disk that refused."""
    if isinstance(error, shutil.Error):
        # copytree goes on and collects (source, destination, words).
        return "; ".join(f"{to}: {words}" for _, to, words in error.args[0])
    return error.strerror if error.errno in _OF_THE_DISK else None
