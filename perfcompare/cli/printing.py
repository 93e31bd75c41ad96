# SPDX-License-Identifier: Apache-2.0
"""Print to a reader who may leave before the end (``| head``)."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def to_reader() -> Iterator[None]:
    """Print to stdout in here; when nobody reads any more, go on without a word.

    The exit status then still is the verdict's, not that of a broken pipe.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more at the end; let that succeed.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def say(line: str) -> None:
    """Write *line* to stderr, if anybody is there."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
