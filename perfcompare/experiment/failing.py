# SPDX-License-Identifier: Apache-2.0
"""Take down what ended an experiment: from its message, and the logs that were kept."""

import os.path
import re
import shlex
from collections.abc import Sequence
from textwrap import dedent

from perfcompare.experiment.narrator import Narrator
from perfcompare.model.failure import Failure
from perfcompare.model.plan import DeploymentKind, Plan
from perfcompare.model.secret import MASK
from perfcompare.model.variant import Variant
from perfcompare.store.kept import KeptLog
from perfcompare.store.writer import RunWriter

KEPT = "; logs are kept in "
"""Stands in a message between what happened and where the logs are."""

_LINES = 40
_LINE_CHARACTERS = 1000
_UPGRADE = re.compile(r"(base|target|crossover|sham)-(.+)")
# What leads from a message to the log lines below it.
_LEADS_ON = re.compile(r"(;? (its )?last (log lines|words))?\s*:?\s*$")
# Colours, window titles and other orders to a terminal.
_ORDERS = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)")
_URL_PASSWORD = re.compile(r"(://[^:/@\s]*):[^@/\s]+@")
_NAMED_SECRET = re.compile(
    r"""((?:password|passphrase|secret|token|_key)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)""",
    re.IGNORECASE,
)


def failure_of(
    message: str, *, at: float, scene: Narrator, writer: RunWriter, go_on: str
) -> Failure:
    """Return what is to be kept of a failure.

    Args:
        message: The whole of it: where, what, log lines, where logs are kept.
        at: Epoch seconds.
        scene: Knows what was being done.
        writer: Has kept the logs.
        go_on: The command that resumes.
    """
    event = scene.event
    told = message.rpartition(KEPT)[0] or message
    if event is not None:
        told = told.removeprefix(f"{event}: ")
    said, _, rest = told.partition("\n")
    variant = event.variant if event else ""
    log = _log_of(said, variant, writer.kept)
    lines = log.content.decode(errors="replace") if log else dedent(rest)
    return Failure(
        at=at,
        activity=event.activity.value if event else "",
        round=scene.round,
        rounds=writer.plan.rounds,
        variant=variant or (_variant(log) if log else ""),
        service=_service(log) if log else "",
        message=_redacted(_LEADS_ON.sub("", said)),
        hint=go_on,
        log_lines=_last_lines(lines),
        log=str(log.path) if log else _place(writer.kept),
    )


def going_on(plan: Plan, variants: Sequence[Variant], run: str) -> str:
    """Return the command that goes on with the run in the directory *run*."""
    if plan.deployment is DeploymentKind.LOCAL:
        words = ["perfcompare", "run", plan.path, "--resume", "--out", run]
    else:
        words = ["perfcompare", "measure", plan.path, "--run", run]
        for variant in variants:
            words += ["--variant", variant.name.value]
    return shlex.join(words)


def _log_of(said: str, variant: str, kept: Sequence[KeptLog]) -> KeptLog | None:
    """Return the one log of what is named first in *said*; None when in doubt."""
    named = [(at, log) for log in kept if (at := _at(_service(log), said)) is not None]
    first = min((at for at, _ in named), default=0)
    logs = [log for at, log in named if at == first]
    if len(logs) > 1:
        logs = [
            log
            for log in logs
            if _variant(log) == variant or _at(_variant(log), said) is not None
        ]
    return logs[0] if len(logs) == 1 else None


def _at(name: str, said: str) -> int | None:
    """Return where *name* stands in *said* as a word of its own."""
    found = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", said)
    return found.start() if found and name else None


def _service(log: KeptLog) -> str:
    stem = log.path.stem
    found = None if log.variant else _UPGRADE.fullmatch(stem)
    return found[2] if found else stem


def _variant(log: KeptLog) -> str:
    found = None if log.variant else _UPGRADE.fullmatch(log.path.stem)
    return found[1] if found else log.variant


def _place(kept: Sequence[KeptLog]) -> str:
    """Return the directory that holds all that was kept; "" when nothing was."""
    places = [str(log.path.parent) for log in kept]
    return os.path.commonpath(places) if places else ""


def _last_lines(text: str) -> tuple[str, ...]:
    lines = (_ORDERS.sub("", line).rstrip() for line in text.splitlines())
    told = [line for line in lines if line.strip()]
    return tuple(_redacted(_cut(line)) for line in told[-_LINES:])


def _cut(line: str) -> str:
    if len(line) <= _LINE_CHARACTERS:
        return line
    return f"{line[:_LINE_CHARACTERS]}…"


def _redacted(text: str) -> str:
    """Mask what looks like a secret; those that are known are gone already."""
    text = _URL_PASSWORD.sub(rf"\1:{MASK}@", text)
    return _NAMED_SECRET.sub(rf"\1{MASK}", text)
