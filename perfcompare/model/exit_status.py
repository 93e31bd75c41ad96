# SPDX-License-Identifier: Apache-2.0
"""Exit statuses: what a Zuul job branches on."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """The documented statuses of every command."""

    OK = 0
    """No regression, and every primary metric decided."""
    REGRESSION = 1
    USAGE = 2
    """A wrong argument or a file that cannot be used."""
    INCONCLUSIVE = 3
    """No regression shown, but a primary metric is undecided: not ok."""
    EXPERIMENT_FAILED = 4
    INTERNAL_ERROR = 70
