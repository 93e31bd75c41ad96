# SPDX-License-Identifier: Apache-2.0
"""What ended an experiment before its last round, for whoever has to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An experiment that failed: where, at what, and how to go on."""

    at: float
    """Epoch seconds."""
    activity: str
    """What was being done: "start", "load", "upgrade", …; "" when unknown."""
    round: int
    """0 before the first."""
    rounds: int
    """As many as were planned."""
    variant: str
    """"" where it concerns all of them, or nobody knows."""
    service: str
    """The one that the message names; "" when it names none."""
    message: str
    """What went wrong, one sentence, secrets redacted."""
    hint: str
    """What to do next: the command that goes on; "" when unknown."""
    log_lines: tuple[str, ...]
    """The last that the service logged, at most 40, secrets redacted."""
    log: str
    """Where more of it is, below the run's directory; "" where nothing was kept."""
